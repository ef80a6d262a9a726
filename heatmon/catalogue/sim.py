"""Texts of the simulator's verbs."""

TEXTS = {
    "cli.sim": (
        "a simulated plant behind real servers, with the register map of your station",
        "用真实服务器提供的模拟工艺，寄存器表取自您的站点配置",
    ),
    "cli.rehearse": (
        "what a station's settings make of a scenario, in seconds instead of hours",
        "演练：用几秒钟看站点配置如何应对一个场景",
    ),
    "cli.demo": ("a simulated station and the daemon that watches it", "模拟站点与监测它的守护进程"),
    "sim.arg.scenario": ("scenario file; config/scenarios holds some", "场景文件；示例见 config/scenarios"),
    "sim.arg.station": ("station folder whose register map is served", "站点文件夹，按其寄存器表提供数据"),
    "sim.arg.rehearsed": ("station folder", "站点文件夹"),
    "sim.arg.host": ("address to listen on", "监听地址"),
    "sim.arg.port": (
        "port of the first link, the next ones follow; 0 takes free ones",
        "第一条链路的端口，其余依次递增；0 为自动选择",
    ),
    "sim.arg.transport": (
        "how Modbus links are served, instead of as the settings say",
        "Modbus 链路的提供方式；默认按站点配置",
    ),
    "sim.arg.factor": (
        "how many times faster than real time, up to 1000",
        "时间倍速，最大 1000",
    ),
    "sim.arg.length": (
        "how long, for instance 6 h; as the scenario says otherwise",
        "时长，如 6 h；默认按场景",
    ),
    "sim.arg.journal": ("keep the entries in this file, marked simulated", "把记录存入此文件，并标为模拟"),
    "sim.arg.seconds": (
        "end by itself after so many seconds of wall time",
        "运行若干秒（实际时间）后自动结束",
    ),
    "sim.not_mapping": ("a scenario file holds: {known}", "场景文件应由以下部分组成：{known}"),
    "sim.no_list": ("events is a list of lines, each with at", "events 应为列表，每行都有 at"),
    "sim.no_event": (
        "a line of the story is a mapping, for instance {{at: 5 min, leak: 10 mm}}",
        "情节的一行应为映射，例如 {{at: 5 min, leak: 10 mm}}",
    ),
    "sim.unknown_value": (
        "the plant has no value {name}; did you mean {near}? known: {known}",
        "该工艺没有名为 {name} 的量；是否应为 {near}？可用：{known}",
    ),
    "sim.nothing_happens": ("nothing happens here; known: {known}", "此行没有任何动作；可用：{known}"),
    "sim.over_numbers": (
        "over is for numbers; what is true or false happens at once",
        "over 只用于数值；真假量立即生效",
    ),
    "sim.goes_with": ("{key} goes with {what}, and with nothing else", "{key} 只与 {what} 一起使用"),
    "sim.needs": ("{what} needs {key}", "{what} 需要 {key}"),
    "sim.no_command": ("there is no command {does}; known: {known}", "没有命令 {does}；可用：{known}"),
    "sim.weather": ("the weather cannot be used: {why}", "气象数据不可用：{why}"),
    "sim.bad_factor": (
        "--factor {factor:g}: allowed is more than 0 and up to 1000",
        "--factor {factor:g}：应大于 0 且不超过 1000",
    ),
    "sim.cannot_serve": ("cannot serve: {why}", "无法提供服务：{why}"),
    "sim.head": ("SIMULATION: {name} · station {station}", "模拟：{name} · 站点 {station}"),
    "sim.where.tcp": (
        "link {link}: Modbus TCP at {where} (transport: {{kind: tcp, host: …, port: …}})",
        "链路 {link}：Modbus TCP {where}（transport: {{kind: tcp, host: …, port: …}}）",
    ),
    "sim.where.rtu_over_tcp": (
        "link {link}: Modbus RTU over TCP at {where} (transport: {{kind: rtu_over_tcp, host: …, port: …}})",
        "链路 {link}：RTU over TCP {where}（transport: {{kind: rtu_over_tcp, host: …, port: …}}）",
    ),
    "sim.where.rtu": (
        "link {link}: Modbus RTU on {where}, any speed (transport: {{kind: rtu, device: {where}}})",
        "链路 {link}：Modbus RTU {where}，任意波特率（transport: {{kind: rtu, device: {where}}}）",
    ),
    "sim.unit": ("  unit {unit}: {span}", "  站号 {unit}：{span}"),
    "sim.missing": (
        "the plant has no value for: {tags}; they answer exception 2. Name their values under `signals` in the scenario",
        "工艺没有以下测点的值：{tags}；对它们返回异常码 2。可在场景的 signals 中指定对应的量",
    ),
    "sim.unserved": (
        "not served, because there is no simulated server for their driver: links {links}",
        "以下链路的驱动没有模拟服务器，未提供：{links}",
    ),
    "sim.factor": ("time runs {factor:g} × real time", "时间倍速：{factor:g}"),
    "sim.story": ("the story (time since its beginning):", "情节（自开始起的时间）："),
    "sim.on_the_wall": ("  (after {wall} on the wall)", "（实际 {wall} 后）"),
    "sim.every": (", then every {every}", "，此后每 {every}"),
    "sim.keys": ("Ctrl-C ends; what happens is told here as it happens", "Ctrl-C 结束；事件发生时在此显示"),
    "sim.ended": ("ended", "已结束"),
    "sim.event.sensor": ("sensor {sensor}: {fault}", "传感器 {sensor}：{fault}"),
    "sim.event.wire": ("wire: {wire} for {seconds:g} s", "通信线路：{wire}，持续 {seconds:g} 秒"),
    "sim.event.person": ("{person} does {does} (in a rehearsal)", "{person} 执行 {does}（仅演练）"),
    "sim.rehearsed": (
        "{length} in {wall:.1f} s: {scans} scans, {entries} entries",
        "{length} 用时 {wall:.1f} 秒：{scans} 次采集，{entries} 条记录",
    ),
}
