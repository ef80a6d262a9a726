"""Texts of backup and restore."""

TEXTS = {
    "cli.backup": (
        "store and settings as one file, while the daemon runs",
        "在运行中将数据和配置备份为一个文件",
    ),
    "cli.restore": ("put a backup in place of the store", "用备份恢复数据"),
    "cli.backup.settings": ("station folders to take along", "一并备份的站点文件夹"),
    "cli.backup.done": (
        "{path}: {stations} stations, {entries} journal entries, {days} days of history; read through and whole",
        "{path}：{stations} 个站点，{entries} 条日志，{days} 天历史数据；已完整校验",
    ),
    "cli.restore.settings": ("put the settings below this folder too", "同时将配置恢复到此文件夹下"),
    "cli.restore.replace": ("move what is there aside", "将现有数据移到旁边"),
    "cli.restore.done": (
        "{path} is as it was at {made_at} (heatmon {version}); chains and counts are right",
        "{path} 已恢复到 {made_at} 的状态（heatmon {version}）；日志链和数量正确",
    ),
    "cli.restore.aside": ("what was there is kept as {path}", "原有数据保存在 {path}"),
    "backup.no_state": (
        "{path}: no store here; a state directory holds the folder stations",
        "{path}：这里没有数据；状态目录应包含 stations 文件夹",
    ),
    "backup.exists": ("{path} is there already; choose another name", "{path} 已存在；请换一个名称"),
    "backup.broken": (
        "{path}: the journal's chain is broken ({why}); no backup was made, run `heatmon journal verify`",
        "{path}：日志链已断（{why}）；未备份，请运行 heatmon journal verify",
    ),
    "backup.damaged": ("{path} is damaged ({why}); no backup was made", "{path} 已损坏（{why}）；未备份"),
    "backup.strange": ("{path} holds {name}, which no backup has", "{path} 含有备份不应有的 {name}"),
    "backup.unreadable": ("{path} cannot be read as a backup: {why}", "{path} 无法作为备份读取：{why}"),
    "backup.no_manifest": (
        "{path} has no manifest of this form; it is no backup, or one of a newer heatmon",
        "{path} 没有此格式的清单；它不是备份，或来自更新的 heatmon",
    ),
    "backup.differs": (
        "{path}: {name} is not as it was written; use another backup",
        "{path}：{name} 与写入时不一致；请使用其他备份",
    ),
    "backup.in_the_way": (
        "{path} holds journals; restore into an empty folder, or move it aside with --replace",
        "{path} 已有日志；请恢复到空文件夹，或用 --replace 将其移到旁边",
    ),
}
