"""What the engine tells people: its events and its answers to commands."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    # Events. Fields are those of docs/nomenclature.md.
    "alarm.raised": (
        "{priority} {alarm} {level}: {signal} = {value} {unit} (limit {limit} {unit}, quality {quality})",
        "{priority} {alarm} {level}：{signal} = {value} {unit}（限值 {limit} {unit}，质量 {quality}）",
    ),
    "alarm.acknowledged": ("{alarm} acknowledged ({occurrence})", "{alarm} 已确认（{occurrence}）"),
    "alarm.returned": (
        "{alarm} returned to normal: {signal} = {value} {unit}",
        "{alarm} 已恢复正常：{signal} = {value} {unit}",
    ),
    "alarm.closed": ("{alarm} closed ({occurrence}, {why})", "{alarm} 已关闭（{occurrence}，{why}）"),
    "alarm.reset": ("{alarm} reset", "{alarm} 已复位"),
    "alarm.reannounced": (
        "{priority} {alarm} still stands: {signal} = {value} {unit}",
        "{priority} {alarm} 仍未消除：{signal} = {value} {unit}",
    ),
    "alarm.priority_changed": (
        "{alarm} is now {priority} {level}: {signal} = {value} {unit}",
        "{alarm} 现为 {priority} {level}：{signal} = {value} {unit}",
    ),
    "alarm.disabled": ("{alarm} taken out of use: {reason}", "{alarm} 已停用：{reason}"),
    "alarm.enabled": ("{alarm} in use again", "{alarm} 已重新启用"),
    "link.lost": ("link {link} lost: {reason}", "链路 {link} 中断：{reason}"),
    "link.restored": ("link {link} back after {duration_s} s", "链路 {link} 已恢复，中断 {duration_s} 秒"),
    "link.unsteady": (
        "link {link} lost {count} more times in 10 min",
        "链路 {link} 10 分钟内又中断 {count} 次",
    ),
    "clock.stepped": (
        "the wall clock stepped by {offset_ms} ms; trusted: {trusted}",
        "系统时钟跳变 {offset_ms} 毫秒；可信：{trusted}",
    ),
    "service.started": ("service started ({cause})", "服务已启动（{cause}）"),
    "service.stopped": ("service stopped ({cause})", "服务已停止（{cause}）"),
    "gap": (
        "{priority} nobody watched for {duration_s} s ({cause})",
        "{priority} 有 {duration_s} 秒无人监视（{cause}）",
    ),
    "config.changed": (
        "settings changed, bundle {bundle}:\n{difference}",
        "配置已更改，配置包 {bundle}：\n{difference}",
    ),
    "config.restarted": (
        "started afresh under the new settings: {what}",
        "因配置更改而重新开始：{what}",
    ),
    "command.refused": ("command {verb} refused ({reason})", "命令 {verb} 被拒绝（{reason}）"),
    "reading.entered": (
        "reading entered by hand: {tag} = {value} {unit}",
        "人工录入读数：{tag} = {value} {unit}",
    ),
    "permit.granted": (
        "permitted: {permit}, {volume_m3} m3: {reason}",
        "许可：{permit}，{volume_m3} m3：{reason}",
    ),
    "permit.ended": (
        "permit {permit} ended: {why}; {used_m3} m3 used",
        "许可 {permit} 结束：{why}；用水 {used_m3} m3",
    ),
    "note": ("note: {text}", "备注：{text}"),
    # Answers.
    "done": ("done", "已执行"),
    "refused.verb": ("there is no command {verb}; there are: {known}", "没有命令 {verb}；可用命令：{known}"),
    "refused.action": ("{action} is none of {known}", "{action} 不在 {known} 之中"),
    "refused.path": ("there is no destination {path}; known: {known}", "没有目的地 {path}；现有：{known}"),
    "refused.numbers": (
        "{argument}: {value} are no numbers with commas",
        "{argument}：{value} 不是以逗号分隔的编号",
    ),
    "refused.role": (
        "{verb} needs the role {needed}; yours is {role}",
        "{verb} 需要角色 {needed}；您的角色是 {role}",
    ),
    "refused.argument": (
        "unknown argument {argument}; known: {known}",
        "未知参数 {argument}；可用参数：{known}",
    ),
    "refused.text": (
        "{argument} must be text of at most {most} characters",
        "{argument} 必须是不超过 {most} 个字符的文本",
    ),
    "refused.missing": ("{argument} is missing", "缺少 {argument}"),
    "refused.alarm": (
        "{alarm}: no such alarm, or it is already so; `heatmon status` lists them",
        "{alarm}：没有此报警，或已处于该状态；可用 `heatmon status` 查看",
    ),
    "refused.not_applicable": (
        "{alarm} is {state}; this does not apply to it now",
        "{alarm} 当前状态为 {state}，此操作不适用",
    ),
    "refused.tag": ("{tag}: no such tag", "{tag}：没有此测点"),
    "refused.permit_size": (
        "the volume must be above 0 m3, the duration above 0 and at most 30 d",
        "水量应大于 0 m3，时长应大于 0 且不超过 30 d",
    ),
    "refused.permit_kind": (
        "{kind}: no such permit; known: {known}",
        "{kind}：没有此类许可；可用：{known}",
    ),
    "refused.permit_active": (
        "{permit} still stands; end it first",
        "许可 {permit} 仍有效；请先结束",
    ),
    "refused.no_permit": (
        "say which permit ends: kind; standing now: {standing}",
        "请指明要结束的许可类型；当前有效：{standing}",
    ),
    # States of an alarm, as lists show them.
    "alarm.state.norm": ("normal", "正常"),
    "alarm.state.unack": ("unacknowledged", "未确认"),
    "alarm.state.acked": ("acknowledged", "已确认"),
    "alarm.state.rtnun": ("returned, unacknowledged", "已恢复未确认"),
    "alarm.state.lat_u": ("latched, unacknowledged", "锁存未确认"),
    "alarm.state.lat_a": ("latched, acknowledged", "锁存已确认"),
}
