"""Answers of the control socket."""

TEXTS = {
    "control.malformed": (
        "the request is no JSON object with v, id, station, verb and args",
        "请求不是包含 v、id、station、verb、args 的 JSON 对象",
    ),
    "control.unknown_station": (
        "this daemon has no station {station}; it has {known}",
        "本进程没有站点 {station}；现有：{known}",
    ),
    "control.not_written": (
        "the journal cannot be written: {reason}; nothing was done",
        "日志无法写入：{reason}；未执行",
    ),
    "control.role": (
        "{verb} needs the role {needed}; {person} is {role}",
        "{verb} 需要 {needed} 权限；{person} 的角色是 {role}",
    ),
    "control.ok": ("done", "完成"),
    "control.invalid_settings": (
        "{station}: the new settings have faults; the old ones stay in use:\n{faults}",
        "{station}：新配置有错误，继续使用旧配置：\n{faults}",
    ),
    "control.unchanged": ("{station}: the settings have not changed", "{station}：配置没有变化"),
    "control.which_station": (
        "this daemon has several stations; name one with --station: {known}",
        "本进程有多个站点；请用 --station 指明一个：{known}",
    ),
    "control.lines": ("lines must be a whole number from 1 to {most}", "lines 应为 1 至 {most} 的整数"),
    "control.internal": (
        "internal fault of the daemon, nothing was done; its log tells more",
        "守护进程内部错误，未执行；详见其日志",
    ),
    "control.reloaded": ("{station}: the new settings are in use", "{station}：新配置已启用"),
    "control.would_change": (
        "{station}: the new settings are valid; this is what they would change",
        "{station}：新配置有效；启用后的变化如下",
    ),
    "control.would_start": ("{station}: the station would be started", "{station}：站点将被启动"),
    "control.started": ("{station}: the station was started", "{station}：站点已启动"),
    "control.left_out": (
        "{station}: the settings have faults; the station is not running:\n{faults}",
        "{station}：配置有错误，站点未运行：\n{faults}",
    ),
    "control.other_station": (
        "the folder of {station} now holds station {faults}; restart the daemon to take another station into it",
        "{station} 的文件夹现为站点 {faults}；更换站点需重启守护进程",
    ),
    "control.not_recorded": (
        "{station}: the new settings are in use, but the journal could not be written: {faults}",
        "{station}：新配置已启用，但日志无法写入：{faults}",
    ),
    "control.not_taken": (
        "{station}: the new settings could not be taken into use, the old ones stay: {faults}",
        "{station}：新配置无法启用，继续使用旧配置：{faults}",
    ),
}
