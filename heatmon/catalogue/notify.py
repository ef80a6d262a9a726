"""What messages say, what the journal says about messages, what check says about the roster."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # Templates of messages; their fields are those of heatmon/core/wording.py.
    "notify.text.raised": (
        "{mark}[{priority}] {station}: {name}\n{reading}\nSince {since}\nCause: {cause}\n"
        "Consequence: {consequence}\nDo: {action}\nTold: {told}\n{code}\n{console}\nJournal {head}",
        "{mark}【{priority}】{station}：{name}\n{reading}\n自 {since}\n原因：{cause}\n"
        "后果：{consequence}\n处置：{action}\n已通知：{told}\n{code}\n{console}\n日志 {head}",
    ),
    "notify.text.reannounced": (
        "{mark}[{priority}] {station}: STILL {name}\n{reading}\nSince {since} ({duration})\n"
        "Do: {action}\nTold: {told}\n{code}\n{console}\nJournal {head}",
        "{mark}【{priority}】{station}：仍未消除 {name}\n{reading}\n自 {since}（{duration}）\n"
        "处置：{action}\n已通知：{told}\n{code}\n{console}\n日志 {head}",
    ),
    "notify.text.escalated": (
        "{mark}[{priority}] {station}: NOBODY HAS ACTED: {name}\n{reading}\nSince {since} ({duration})\n"
        "Do: {action}\nTold: {told}\n{code}\n{console}\nJournal {head}",
        "{mark}【{priority}】{station}：无人处置 {name}\n{reading}\n自 {since}（{duration}）\n"
        "处置：{action}\n已通知：{told}\n{code}\n{console}\n日志 {head}",
    ),
    "notify.text.acknowledged": (
        "{mark}{station}: {name} acknowledged by {by}\n{comment}\nSince {since} ({duration})\nJournal {head}",
        "{mark}{station}：{name} 已由 {by} 确认\n{comment}\n自 {since}（{duration}）\n日志 {head}",
    ),
    "notify.text.returned": (
        "{mark}{station}: {name} back to normal\n{reading}\nIt stood for {duration}\nJournal {head}",
        "{mark}{station}：{name} 已恢复正常\n{reading}\n持续 {duration}\n日志 {head}",
    ),
    "notify.text.closed": (
        "{mark}{station}: {name} closed ({what})\nJournal {head}",
        "{mark}{station}：{name} 已关闭（{what}）\n日志 {head}",
    ),
    "notify.text.notice": (
        "{mark}[{priority}] {station}: {what}\n{time}\n{console}\nJournal {head}",
        "{mark}【{priority}】{station}：{what}\n{time}\n{console}\n日志 {head}",
    ),
    "notify.text.digest": (
        "{mark}{station}: {count} messages together\n{lines}\n{console}\nJournal {head}",
        "{mark}{station}：合并 {count} 条消息\n{lines}\n{console}\n日志 {head}",
    ),
    "notify.text.drill": (
        "EXERCISE {station}: please acknowledge, nothing has happened\n{time}\n{code}\nJournal {head}",
        "演练 {station}：请确认，现场并无异常\n{time}\n{code}\n日志 {head}",
    ),
    "notify.text.drill_report": (
        "EXERCISE {station} is over\n{what}\nJournal {head}",
        "演练 {station} 结束\n{what}\n日志 {head}",
    ),
    "notify.text.test": (
        "TEST {station}: a test message for {person}; nothing to do\n{time}\nJournal {head}",
        "测试 {station}：给 {person} 的测试消息，无需处置\n{time}\n日志 {head}",
    ),
    "notify.text.heartbeat": (
        "{station} watches: {what}\n{time}\nJournal {head}",
        "{station} 监视正常：{what}\n{time}\n日志 {head}",
    ),
    "notify.short.raised": (
        "{mark}{priority} {station} {name} {value} {action} {code}",
        "{mark}{priority} {station} {name} {value} {action} {code}",
    ),
    "notify.short.reannounced": (
        "{mark}{priority} {station} STILL {name} {value} {duration} {code}",
        "{mark}{priority} {station} 仍未消除 {name} {value} {duration} {code}",
    ),
    "notify.short.escalated": (
        "{mark}{priority} {station} NOBODY HAS ACTED {name} {value} {duration} {action} {code}",
        "{mark}{priority} {station} 无人处置 {name} {value} {duration} {action} {code}",
    ),
    "notify.short.acknowledged": (
        "{mark}{station} {name} acknowledged by {by}",
        "{mark}{station} {name} 已由 {by} 确认",
    ),
    "notify.short.returned": (
        "{mark}{station} {name} back to normal {value}",
        "{mark}{station} {name} 已恢复 {value}",
    ),
    "notify.short.closed": (
        "{mark}{station} {name} closed ({what})",
        "{mark}{station} {name} 已关闭（{what}）",
    ),
    "notify.short.notice": ("{mark}{priority} {station} {what}", "{mark}{priority} {station} {what}"),
    "notify.short.digest": (
        "{mark}{station} {count} messages: {what}",
        "{mark}{station} {count} 条消息：{what}",
    ),
    "notify.short.drill": (
        "EXERCISE {station}: please acknowledge {code}",
        "演练 {station}：请确认 {code}",
    ),
    "notify.short.drill_report": ("EXERCISE {station} is over: {what}", "演练 {station} 结束：{what}"),
    "notify.short.test": ("TEST {station} for {person}", "测试 {station} {person}"),
    "notify.short.heartbeat": ("{station} watches: {what}", "{station} 监视正常：{what}"),
    # Pieces of messages.
    "notify.reading": ("{name} {value}", "{name} {value}"),
    "notify.reading_limit": ("{name} {value}, limit {limit}", "{name} {value}，限值 {limit}"),
    "notify.no_value": ("no value ({quality})", "无有效值（{quality}）"),
    "notify.code": ("Acknowledge: reply {code}", "确认请回复 {code}"),
    "notify.code_link": ("Acknowledge: reply {code} or open {url}", "确认请回复 {code} 或打开 {url}"),
    "notify.link": ("Acknowledge: {url}", "确认请打开 {url}"),
    "notify.mark.exercise": ("EXERCISE ", "演练 "),
    "notify.mark.simulated": ("SIMULATED ", "模拟 "),
    "notify.mark.again": ("(perhaps sent before) ", "（可能重复）"),
    "notify.lines_more": ("and {count} more", "另有 {count} 条"),
    "notify.duration": ("{hours} h {minutes} min", "{hours} 小时 {minutes} 分"),
    "notify.duration_short": ("{minutes} min", "{minutes} 分"),
    "notify.duration_s": ("{seconds} s", "{seconds} 秒"),
    "notify.post_local": ("local sounder", "现场声光"),
    "notify.poller": ("{link} {age} ago", "{link} {age}前"),
    "notify.poller_never": ("{link} never", "{link} 从未"),
    "notify.drill_answered": ("{person} after {after}", "{person} 用时 {after}"),
    "notify.drill_silent": ("{person} NO ANSWER{after}", "{person} 未应答{after}"),
    # Events.
    "delivery.sent": (
        "{kind} {occurrence} to {recipient} by {channel}: sent ({attempts} attempts; {answer})",
        "{kind} {occurrence} 经 {channel} 发给 {recipient}：已发出（{attempts} 次；{answer}）",
    ),
    "delivery.handed_over": (
        "{kind} {occurrence} to {recipient} by {channel}: handed over ({answer})",
        "{kind} {occurrence} 经 {channel} 发给 {recipient}：已交出（{answer}）",
    ),
    "delivery.delivered": (
        "{kind} {occurrence} to {recipient} by {channel}: delivered ({attempts} attempts; {answer})",
        "{kind} {occurrence} 经 {channel} 发给 {recipient}：已送达（{attempts} 次；{answer}）",
    ),
    "delivery.refused": (
        "{kind} {occurrence} to {recipient} by {channel}: REFUSED ({answer})",
        "{kind} {occurrence} 经 {channel} 发给 {recipient}：被拒绝（{answer}）",
    ),
    "delivery.failed": (
        "{kind} {occurrence} to {recipient} by {channel}: FAILED, passed on ({attempts} attempts; {answer})",
        "{kind} {occurrence} 经 {channel} 发给 {recipient}：失败，转下一通道（{attempts} 次；{answer}）",
    ),
    "channel.failed": ("channel {channel} does not work: {reason}", "通道 {channel} 不可用：{reason}"),
    "channel.restored": (
        "channel {channel} works again after {down_s} s",
        "通道 {channel} 已恢复，中断 {down_s} 秒",
    ),
    "dispatch.lost": (
        "{priority} dispatch cannot be reached ({channels}); the local path is on",
        "{priority} 无法联系调度（{channels}）；已启用现场报警",
    ),
    "dispatch.restored": ("dispatch can be reached again", "与调度的联系已恢复"),
    "code.refused": (
        "an acknowledgement from outside was refused ({reason}) on {channel}",
        "外部确认被拒绝（{reason}），通道 {channel}",
    ),
    "drill.started": ("exercise {drill} of the way to people", "通知演练 {drill} 开始"),
    "drill.ended": ("exercise {drill} is over: {report}", "通知演练 {drill} 结束：{report}"),
    "drill.acknowledged": ("{person} acknowledged exercise {drill}", "{person} 已确认演练 {drill}"),
    "message.test": ("test message to {person} by {channel}", "经 {channel} 给 {person} 发测试消息"),
    # The page that takes acknowledgements.
    "ack.title": ("Acknowledge", "确认报警"),
    "ack.button": ("I have seen it and act on it", "已知悉并处置"),
    "ack.code": ("Code", "代码"),
    "ack.done": ("Acknowledged.", "已确认。"),
    "ack.onsite": (
        "Acknowledged. It still escalates until somebody confirms on site.",
        "已确认。现场确认之前仍会继续升级通知。",
    ),
    "ack.no": ("This code is not valid (any more).", "此代码无效或已失效。"),
    "ack.gone": ("The alarm is no longer waiting for it.", "该报警已无需确认。"),
    "ack.busy": ("Too many wrong codes; please try again later.", "错误代码过多，请稍后再试。"),
    # What check says.
    "settings.clock_time": ("write a time of day such as 20:00", "应写成时刻，例如 20:00"),
    "settings.notify.gap": (
        "nobody holds the post {post} from {start} to {end}",
        "岗位 {post} 在 {start} 至 {end} 无人值班",
    ),
    "settings.notify.empty_post": ("nobody ever holds the post {post}", "岗位 {post} 无人担任"),
    "settings.notify.no_contact": (
        "{person} is to be told but has no contact in notify.contacts",
        "需要通知 {person}，但 notify.contacts 中没有其联系方式",
    ),
    "settings.notify.no_way": (
        "{person} has no way for {priority}, but is to be told of it",
        "需要通知 {person} {priority} 报警，但没有适用的通道",
    ),
    "settings.notify.field": (
        "the template names {field}; there are: {known}",
        "模板中的 {field} 不存在；可用：{known}",
    ),
    "settings.notify.template": ("the template cannot be read: {why}", "模板无法解析：{why}"),
    "settings.notify.address": ("{why}", "{why}"),
    "settings.notify.phone": (
        "{address} is no telephone number; write it as +8613800138000",
        "{address} 不是电话号码；应写成 +8613800138000",
    ),
    "settings.notify.mail": ("{address} is no mail address", "{address} 不是邮件地址"),
    "settings.notify.program": (
        "{program}: name the program by its whole path, and it must be there and executable",
        "{program}：请写程序的完整路径，且文件须存在并可执行",
    ),
    "settings.notify.not_sounder": ("{channel} is no sounder", "{channel} 不是现场声光通道"),
    "settings.notify.open_listener": (
        "{bind} can be reached from outside: give certificate and key, or stay on loopback behind a proxy",
        "{bind} 可从外部访问：请配置 certificate 和 key，或仅监听回环地址并置于代理之后",
    ),
    "settings.notify.https": (
        "public_url must begin with https://: codes travel over it",
        "public_url 必须以 https:// 开头：代码经由它传输",
    ),
    "settings.notify.extra": (
        "the package apprise is not installed: pip install 'heatmon[notify]'",
        "未安装 apprise：请执行 pip install 'heatmon[notify]'",
    ),
    "settings.notify.heartbeat": ("give `to` or `channel`, one of them", "to 与 channel 只能填其一"),
    "settings.notify.priority": (
        "warning: {priority} alarms reach nobody: no escalation names them",
        "警告：{priority} 报警不会通知任何人：escalation 中没有此优先级",
    ),
    "settings.notify.one_way": (
        "warning: {person} has one way only; when it fails nothing is left",
        "警告：{person} 只有一个通道；一旦失效便无法联系",
    ),
    "settings.notify.plain": (
        "warning: without security the mail and its password can be read on the way",
        "警告：未加密，邮件与密码在途中可被读取",
    ),
    "settings.notify.unsigned": (
        "warning: no secret; whoever knows the address can write to this group",
        "警告：未配置签名密钥；知道地址者都可向该群发消息",
    ),
    # The command line.
    "cli.notify": ("drill, test or look at the way to people", "演练、测试或查看通知通道"),
    "cli.notify.waiting": ("{channel}: {waiting} waiting, {state}", "{channel}：{waiting} 条待发，{state}"),
    "cli.notify.up": ("works", "正常"),
    "cli.notify.down": ("DOWN since {since}: {reason}", "自 {since} 不可用：{reason}"),
    "cli.notify.none": ("this station has no section notify", "该站点没有 notify 部分"),
    "cli.arg.person": ("id of the person", "人员编号"),
    "cli.arg.channel": ("id of the channel", "通道编号"),
}
