"""Texts of export and import."""

TEXTS = {
    "cli.export": ("samples of a period as CSV or Parquet", "将某时段的数据导出为 CSV 或 Parquet"),
    "cli.import": ("exported samples into a fresh state directory", "将导出的数据导入新的状态目录"),
    "cli.export.file": (
        "NAME.csv, NAME.parquet, or - for CSV on standard output",
        "NAME.csv、NAME.parquet，或 - 表示标准输出 CSV",
    ),
    "cli.export.from": (
        "begin, 2025-11-25 or 2025-11-25T07:00+08:00; without a zone UTC",
        "开始时间，如 2025-11-25 或 2025-11-25T07:00+08:00；无时区按 UTC",
    ),
    "cli.export.to": ("end, not included; now when left out", "结束时间（不含）；省略则为现在"),
    "cli.export.station": ("only this station; may be given several times", "只导出该站点；可多次给出"),
    "cli.export.no_moment": (
        "{text!s} is no moment; write 2025-11-25 or 2025-11-25T07:00+08:00",
        "{text!s} 不是时间；请写 2025-11-25 或 2025-11-25T07:00+08:00",
    ),
    "cli.export.no_period": ("the period's end must be after its begin", "结束时间必须晚于开始时间"),
    "cli.export.no_history": (
        "{path}: no history here; a state directory holds the folder history",
        "{path}：这里没有历史数据；状态目录应包含 history 文件夹",
    ),
    "cli.export.done": ("{rows} rows written to {path}", "已写入 {rows} 行到 {path}"),
    "cli.import.file": ("a file that `heatmon export` wrote", "由 heatmon export 写出的文件"),
    "cli.import.not_fresh": (
        "{path} holds samples already; import only goes into a fresh state directory, name another with --state",
        "{path} 已有数据；只能导入新的状态目录，请用 --state 指定其他目录",
    ),
    "cli.import.done": ("{rows} rows are in the history of {path}", "已将 {rows} 行导入 {path}"),
    "sheet.kind": (
        "{path}: the ending says the form; write .csv or .parquet",
        "{path}：由扩展名决定格式；请用 .csv 或 .parquet",
    ),
    "sheet.no_pyarrow": (
        "{path}: Parquet needs pyarrow, which is not installed (heatmon[parquet]); write .csv instead",
        "{path}：Parquet 需要 pyarrow，尚未安装（heatmon[parquet]）；请改用 .csv",
    ),
    "sheet.missing": (
        "the column {column} is missing; a table has {known}",
        "缺少列 {column}；表应包含 {known}",
    ),
    "sheet.empty": ("the column {column} is empty", "列 {column} 为空"),
    "sheet.number": ("{column}: {value} is no number", "{column}：{value} 不是数字"),
    "sheet.choice": ("{column}: {value} is none of {known}", "{column}：{value} 不在 {known} 之中"),
    "sheet.earlier": ("an earlier value of {tag} without its scan", "{tag} 的先前值没有所属扫描"),
}
