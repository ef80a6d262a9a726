"""Texts of the command line and the terminal view."""

TEXTS = {
    "cli.about": (
        "heatmon watches boiler rooms and heat-exchange stations: it reads, judges, alarms and records.",
        "heatmon 监测锅炉房和换热站：采集、判断、报警、记录。",
    ),
    "cli.run": ("run the daemon for one station folder or many", "为一个或多个站点文件夹运行守护进程"),
    "cli.check": ("check the settings of stations; all faults at once", "检查站点配置，一次列出全部错误"),
    "cli.plan": (
        "show the requests that will be made, their bytes and time",
        "显示将发出的请求、字节数和耗时",
    ),
    "cli.schema": (
        "print the JSON Schema of the settings, for editors",
        "输出配置的 JSON Schema，供编辑器使用",
    ),
    "cli.status": ("how a running daemon is; why a value is old", "查看守护进程状态；某个值为何过时"),
    "cli.watch": ("live view of one station in the terminal", "在终端实时查看一个站点"),
    "cli.journal": ("read or verify a station's journal", "查看或校验站点日志"),
    "cli.reload": ("validate changed settings and take them into use", "校验并启用修改后的配置"),
    "cli.command": ("have a running daemon carry out `{verb}`", "让守护进程执行 `{verb}`"),
    "cli.arg.dir": (
        "station folder, or a folder of station folders",
        "站点文件夹，或包含多个站点文件夹的目录",
    ),
    "cli.arg.history_cap": (
        "what samples and summaries may take on disk, in MB (default: nine tenths of the free disk)",
        "采样与统计数据可占用的磁盘空间，单位 MB（默认：可用磁盘的十分之九）",
    ),
    "cli.arg.state": ("where journal and history are kept", "日志和历史数据的存放目录"),
    "cli.arg.runtime": ("where the control socket is", "控制套接字所在目录"),
    "cli.arg.station": (
        "station id; may be left out when the daemon has one",
        "站点编号；只有一个站点时可省略",
    ),
    "cli.arg.dead": (
        "how many silent units to assume for the worst cycle",
        "计算最坏周期时假定的无响应从站数",
    ),
    "cli.arg.against": (
        "a head from outside (event_seq:hash): finds a cut tail",
        "外部保存的链头（序号:散列）：可发现尾部被截",
    ),
    "cli.arg.tag": ("only this tag, with everything known about it", "只看这个测点的全部信息"),
    "cli.arg.show": ("only show the difference, take nothing into use", "只显示差异，不启用"),
    "cli.arg.json": ("print JSON", "输出 JSON"),
    "cli.arg.lines": ("how many entries", "条目数"),
    "cli.no_daemon": (
        "no daemon answers at {path} ({reason}); start it with `heatmon run`, or name its --runtime folder",
        "{path} 处没有守护进程应答（{reason}）；请先运行 `heatmon run`，或用 --runtime 指明其目录",
    ),
    "cli.no_state": (
        "{path}: {reason}; the state directory must be writable, name another one with --state",
        "{path}：{reason}；状态目录必须可写，可用 --state 另行指定",
    ),
    "cli.no_socket": (
        "{path}: {reason}; the runtime folder must be writable, name another one with --runtime",
        "{path}：{reason}；运行目录必须可写，可用 --runtime 另行指定",
    ),
    "cli.checked": (
        "{station}: settings are valid; {tags} tags, {alarms} alarms, bundle {bundle}",
        "{station}：配置有效；{tags} 个测点，{alarms} 个报警，配置包 {bundle}",
    ),
    "cli.faults": ("{count} faults; nothing was started", "{count} 处错误；未启动"),
    "cli.no_station": (
        "{path}: no station folder here; a station folder holds station.yaml",
        "{path}：这里没有站点文件夹；站点文件夹应包含 station.yaml",
    ),
    "cli.plan.group": (
        "{device}/{group}, every {period:g} s: {requests} requests, {sent} bytes out, {received} bytes in",
        "{device}/{group}，每 {period:g} 秒：{requests} 个请求，发送 {sent} 字节，接收 {received} 字节",
    ),
    "cli.plan.cycle": (
        "worst cycle of link {link} with {dead} silent units: {seconds:.3f} s",
        "链路 {link} 在 {dead} 个从站无响应时的最坏周期：{seconds:.3f} 秒",
    ),
    "cli.verified": (
        "{path}: {entries} entries, chain unbroken, head {head}",
        "{path}：{entries} 条，链完整，链头 {head}",
    ),
    "cli.broken": ("{path}: BROKEN: {what}", "{path}：已被破坏：{what}"),
    "cli.done": ("done: {code}", "完成：{code}"),
    "cli.refused": ("refused: {text}", "被拒绝：{text}"),
    "cli.bad_value": ("{name}: {value!r} is no {kind}", "{name}：{value!r} 不是 {kind}"),
    "cli.internal": (
        "internal fault: {error!r}; please report it with the lines above",
        "内部错误：{error!r}；请连同以上输出一并报告",
    ),
}
