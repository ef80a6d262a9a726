"""What replay, back-test and fit say."""

TEXTS = {
    "cli.replay": (
        "run a configuration over recorded history: alarms, figures, two configurations side by side",
        "用任一配置重放历史数据：报警、指标，或两套配置并列比较",
    ),
    "replay.arg.state": ("state folder of the daemon: its recording", "守护进程的数据目录（记录）"),
    "replay.arg.table": ("a CSV, CSV.gz or Parquet file instead", "改用 CSV、CSV.gz 或 Parquet 文件"),
    "replay.arg.map": ("column map of that file (YAML)", "该文件的列对照（YAML）"),
    "replay.arg.from": (
        "from this moment, station time where it has no offset",
        "起始时刻（无时区时按站点时间）",
    ),
    "replay.arg.to": ("up to this moment, exclusive", "结束时刻（不含）"),
    "replay.arg.warm_up": (
        "how much earlier to start, so that windows and filters are full: 3 d",
        "提前多久开始，以填满时间窗与滤波：3 d",
    ),
    "replay.arg.against": ("another configuration, side by side", "并列比较的另一套配置"),
    "replay.arg.no_commands": ("leave out what people did", "不重放人员操作"),
    "replay.arg.quiet": ("no progress bar", "不显示进度条"),
    "replay.nothing": ("{path}: nothing is recorded here for this station", "{path}：没有该站点的记录"),
    "replay.needs_map": (
        "a table needs --map, a column map; see docs/curves.md",
        "表格文件需要 --map 列对照，见 docs/curves.md",
    ),
    "replay.period": (
        "{first} to {last}; the engine starts blank at {start}",
        "{first} 至 {last}；引擎自 {start} 空白启动",
    ),
    "replay.done": ("{inputs} inputs, {hours} h of station time", "{inputs} 个输入，站点时间 {hours} 小时"),
    "replay.equal": ("equal to the journal: {count} entries", "与日志一致：{count} 条"),
    "replay.differs": (
        "differs from the journal after {count} equal entries:\n  lived:    {lived}\n  replayed: {replayed}",
        "在 {count} 条一致之后与日志不同：\n  实录：{lived}\n  重放：{replayed}",
    ),
    "replay.blank": (
        "not compared with the journal: the replay did not begin with the recording",
        "未与日志比较：重放不是从记录起点开始",
    ),
    "replay.excluded": (
        "cannot be told again from what is recorded: {what}",
        "以下内容无法由记录重现：{what}",
    ),
}
