"""What the store tells people: damage, full disks, broken chains."""

TEXTS = {
    "store.salvaged": (
        "station {station}: the journal was damaged ({reason}); it was set aside as {aside}, "
        "{kept} entries could be read and are kept",
        "站点 {station}：运行日志文件损坏（{reason}），已另存为 {aside}，读出并保留 {kept} 条记录",
    ),
    "store.salvage_finished": (
        "station {station}: saving a damaged journal was interrupted and is now finished; "
        "the damaged file is {aside}",
        "站点 {station}：上次日志修复被中断，现已完成；损坏的文件为 {aside}",
    ),
    "store.missing": (
        "station {station}: there is no journal, but a damaged one: {aside}. A new one was begun",
        "站点 {station}：没有运行日志，只有损坏的文件 {aside}；已新建日志",
    ),
    "store.cursors_lost": (
        "the cursors of the destinations were damaged ({reason}); the file was set aside as {aside}. "
        "Each destination begins anew and may get something twice",
        "各传送目标的进度文件损坏（{reason}），已另存为 {aside}；各目标重新开始，部分数据可能重复发送",
    ),
    "store.checkpoint_damaged": (
        "station {station}: the engine's saved state is damaged; it is rebuilt from the history",
        "站点 {station}：保存的运行状态已损坏，将由历史数据重建",
    ),
    "store.checkpoint_missing": (
        "station {station}: the engine's saved state is missing although there are entries; "
        "it is rebuilt from the history",
        "站点 {station}：已有日志记录但缺少保存的运行状态，将由历史数据重建",
    ),
    "store.chain_broken": (
        "station {station}: entry {event_seq} does not fit the journal's hash chain; "
        "run `heatmon journal verify`",
        "站点 {station}：第 {event_seq} 条记录与日志哈希链不符；请运行 heatmon journal verify",
    ),
    "store.verify.missing": (
        "entry {event_seq} is missing: after {previous} comes {found}",
        "缺少第 {event_seq} 条记录：{previous} 之后是 {found}",
    ),
    "store.verify.payload": (
        "entry {event_seq}: the content is not the one that was written",
        "第 {event_seq} 条记录：内容与写入时不一致",
    ),
    "store.verify.hash": (
        "entry {event_seq}: its fields or its place do not fit the hash chain",
        "第 {event_seq} 条记录：字段或位置与哈希链不符",
    ),
    "store.verify.station": (
        "entry {event_seq} belongs to station {found}, not to {station}",
        "第 {event_seq} 条记录属于站点 {found}，而不是 {station}",
    ),
    "store.verify.erased": (
        "entry {event_seq}: the content is gone and no later entry says that it was erased",
        "第 {event_seq} 条记录：内容已不存在，且没有后续记录说明其被删除",
    ),
    "store.verify.unreadable": (
        "entry {event_seq} cannot be read: {reason}",
        "第 {event_seq} 条记录无法读取：{reason}",
    ),
    "store.verify.cut": (
        "the end was cut off: the head names entry {event_seq}, the journal ends at {found}",
        "日志尾部被截断：给定的链头为第 {event_seq} 条，而日志止于第 {found} 条",
    ),
    "store.verify.other": (
        "entry {event_seq} is not the one the head names: the journal up to there was rewritten",
        "第 {event_seq} 条记录与给定的链头不符：此前的日志被改写",
    ),
    "store.disk.good": (
        "the disk has room again; the reserve for events is whole",
        "磁盘空间已恢复，事件预留空间完整",
    ),
    "store.disk.events": (
        "the disk is full: samples are no longer kept, events use the reserve of {reserve_mb} MB ({reason})",
        "磁盘已满：不再保存采样数据，事件使用 {reserve_mb} MB 预留空间（{reason}）",
    ),
    "store.disk.last": (
        "the reserve for events is used up: entries of priority P3 and of links are only counted ({reason})",
        "事件预留空间已用完：P3 级和链路记录只计数（{reason}）",
    ),
    "store.disk.refused": (
        "journal not writable: {reason}. Polling and alarms go on, commands are refused; "
        "make room on the disk",
        "运行日志无法写入：{reason}。采集与报警继续，操作命令被拒绝；请清理磁盘空间",
    ),
    "store.cap.near": (
        "the samples take {percent} % of the room they may have ({used_mb} of {cap_mb} MB); at 100 % the oldest are deleted",
        "采样数据已占允许空间的 {percent}%（{used_mb} / {cap_mb} MB），达到 100% 时将删除最早的数据",
    ),
    "store.cap.good": (
        "the samples take {percent} % of the room they may have: there is room again",
        "采样数据占允许空间的 {percent}%，空间已恢复",
    ),
    "store.cap.passed": (
        "the room for samples is used up ({used_mb} of {cap_mb} MB): the samples of {day} were deleted "
        "before their time; every destination had received them",
        "采样数据空间已满（{used_mb} / {cap_mb} MB）：{day} 的数据提前删除，各目标均已接收",
    ),
    "store.cap.gap": (
        "the room for samples is used up ({used_mb} of {cap_mb} MB): the samples of {day} were deleted "
        "although {destinations} had not received them",
        "采样数据空间已满（{used_mb} / {cap_mb} MB）：{day} 的数据已删除，而 {destinations} 尚未接收",
    ),
    "store.cap.summary": (
        "the room for samples is used up ({used_mb} of {cap_mb} MB): the summaries of {month} were deleted",
        "采样数据空间已满（{used_mb} / {cap_mb} MB）：{month} 的统计数据已删除",
    ),
    "store.day_damaged": (
        "the samples of {day} are damaged ({file}: {reason}); what can be read of them is kept",
        "{day} 的采样数据文件损坏（{file}：{reason}），可读部分已保留",
    ),
    "store.history_failed": (
        "samples could not be written: {reason}",
        "采样数据无法写入：{reason}",
    ),
    "store.journal_failed": (
        "station {station}: the journal could not be written: {reason}",
        "站点 {station}：运行日志写入失败：{reason}",
    ),
}
