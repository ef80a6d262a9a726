"""What the shift log tells people: shifts, entries, handovers, answers."""

from __future__ import annotations

from typing import Final

TEXTS: Final[dict[str, tuple[str, str]]] = {
    "shift.began": ("shift {shift} of {day} begins", "{day} {shift}班次开始"),
    "shift.ended": (
        "shift {shift} of {day} ends; on duty: {on_duty}",
        "{day} {shift}班次结束；当班：{on_duty}",
    ),
    "log.entry": ("[{category}] {text}", "［{category}］{text}"),
    "log.corrected": (
        "entry {entry}, {field}: should read {text} ({reason})",
        "更正第 {entry} 条的 {field}：应为 {text}（{reason}）",
    ),
    "handover.opened": (
        "{handover} is open: {alarms} alarms, {unacknowledged} of them unacknowledged, {silenced} silenced, "
        "{permits} permits",
        "{handover} 开始：报警 {alarms} 条，其中未确认 {unacknowledged} 条，静默 {silenced} 条，许可 {permits} 项",
    ),
    "handover.signed_in": (
        "{handover}: the incoming person has signed; {alarms} alarms, {unacknowledged} of them unacknowledged, "
        "{silenced} silenced, {permits} permits",
        "{handover}：接班人已签字；报警 {alarms} 条，其中未确认 {unacknowledged} 条，静默 {silenced} 条，"
        "许可 {permits} 项",
    ),
    "handover.signed_out": (
        "{handover} is done: {incoming} has taken over from {outgoing}, {late_s} s late",
        "{handover} 完成：{incoming} 接 {outgoing} 的班，超时 {late_s} 秒",
    ),
    "handover.refused": ("{handover} refused: {reason}", "{handover} 被拒绝接班：{reason}"),
    "handover.voided": (
        "{handover}: {alarm} came; the signature of the incoming person is void",
        "{handover}：发生 {alarm}，接班人签字作废",
    ),
    "handover.carried_over": (
        "{handover}: {alarms} stabilised, carried over: {reason}",
        "{handover}：{alarms} 已稳定，带入下一班：{reason}",
    ),
    "handover.overdue": (
        "{handover} is overdue by {late_s} s; responsible: {on_duty}",
        "{handover} 已超时 {late_s} 秒；责任人：{on_duty}",
    ),
    "handover.cancelled": (
        "{handover} cancelled: the settings have no shifts any more",
        "{handover} 取消：设置中已无班次",
    ),
    # Answers.
    "refused.category": (
        "there is no category {category}; there are {known}",
        "没有类别 {category}；可用：{known}",
    ),
    "refused.entry": (
        "there is no entry {entry}; write its number, 1 to {last}",
        "没有第 {entry} 条；应填写记录编号 1 至 {last}",
    ),
    "refused.no_shifts": ("this station has no section shifts", "该站点没有 shifts 部分"),
    "refused.clock_untrusted": (
        "the clock is not trusted yet: no shift can be handed over",
        "时钟尚不可信，不能交接班",
    ),
    "refused.no_handover": ("no handover is open", "当前没有进行中的交接班"),
    "refused.handover_state": (
        "{handover} is {state}: the incoming person signs first, the outgoing one after",
        "{handover} 状态为 {state}：接班人先签字，交班人后签字",
    ),
    "refused.same_person": (
        "{handover}: {person} cannot sign for both sides",
        "{handover}：{person} 不能同时代表交接双方签字",
    ),
    "refused.not_incoming": (
        "{handover}: only the incoming person can refuse, not {person}",
        "{handover}：只有接班人可以拒绝，{person} 不是",
    ),
    "refused.not_outgoing": (
        "{handover}: {person} is on duty and signs, or dispatch for that person",
        "{handover}：应由当班人 {person} 签字，或由调度代签",
    ),
    "refused.incident": (
        "{handover}: {alarms} must be acknowledged first, or carried over by whoever gives orders",
        "{handover}：须先确认 {alarms}，或由调度批准带入下一班",
    ),
    "refused.no_incident": ("{handover}: no incident is open", "{handover}：没有未处理的事故"),
}
