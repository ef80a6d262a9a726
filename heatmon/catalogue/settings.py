"""What is wrong with settings, what is allowed, and what to do."""

TEXTS = {
    "settings.unreadable": ("cannot be read: {reason}", "无法读取：{reason}"),
    "settings.too_large": (
        "larger than {most} bytes, the most for a station file; is it the right file?",
        "超过站点文件上限 {most} 字节；是否选错了文件？",
    ),
    "settings.encoding": ("not UTF-8; save the file as UTF-8", "不是 UTF-8 编码；请另存为 UTF-8"),
    "settings.not_a_file": ("not a regular file", "不是普通文件"),
    "settings.tab": ("a tab stands here; YAML indents with spaces only", "此处有制表符；YAML 只能用空格缩进"),
    "settings.character": (
        "the character {character} may not stand in a YAML file; delete it",
        "YAML 文件中不允许字符 {character}；请删除",
    ),
    "settings.too_deep": ("nested deeper than {most} levels", "嵌套超过 {most} 层"),
    "settings.include.missing": (
        "there is no file {file} to include; the name counts from the folder of this file",
        "要包含的文件 {file} 不存在；文件名以本文件所在文件夹为起点",
    ),
    "settings.include.loop": ("these files include each other: {way}", "文件循环包含：{way}"),
    "settings.include.files": ("more than {most} files are included", "包含的文件超过 {most} 个"),
    "settings.include.name": (
        "include takes a file name or a list of file names",
        "include 后应为文件名或文件名列表",
    ),
    "settings.include.mapping": (
        "{file} holds no mapping; only keys and their values can be put in here",
        "{file} 不是映射；此处只能放入键和值",
    ),
    "settings.include.list": (
        "{file} holds no list; as an item of a list, include takes a file that is a list itself",
        "{file} 不是列表；作为列表项时，include 的文件本身应为列表",
    ),
    "settings.include.twice": (
        "{key} stands in two of the included files, last in {file}; keep one",
        "{key} 出现在两个包含文件中，后者为 {file}；请只保留一个",
    ),
    "settings.syntax": ("not readable as YAML: {what}", "YAML 语法错误：{what}"),
    "settings.unfolds": ("anchors unfold to more than {most} nodes", "锚点展开后超过 {most} 个节点"),
    "settings.tag": ("the tag {tag} is not taken; write plain values only", "不接受标签 {tag}；只写普通值"),
    "settings.key": ("the key {key} is no text; put it in quotes", "键 {key} 不是文本；请加引号"),
    "settings.duplicate": (
        "{key} stands twice, first in line {first}; keep one",
        "{key} 出现两次，首次在第 {first} 行；请只保留一个",
    ),
    "settings.merge": ("<< takes a mapping or a list of mappings", "<< 后应为映射或映射列表"),
    "settings.scalar": ("{text} cannot be read; put it in quotes", "无法解析 {text}；请加引号"),
    "settings.number": (
        "{text} is not finite or too large; allowed are numbers up to 1e15",
        "{text} 不是有限数或过大；允许的数最大为 1e15",
    ),
    "settings.season": ("the season's end must be after its start", "供热季结束必须晚于开始"),
    "settings.not_fail_to_alarm": (
        "warning: priority P1 on a measured limit without on_bad: fail_to_alarm; a dead sensor would keep it silent",
        "警告：P1 限值报警未设 on_bad: fail_to_alarm；传感器失效时将不会报警",
    ),
    "settings.empty_group": ("warning: the group {group} has no tags", "警告：采集组 {group} 没有测点"),
    "settings.trap.sexagesimal": (
        'YAML reads {text} as a number to base 60; write "{text}" in quotes',
        'YAML 会把 {text} 当作六十进制数；请写成带引号的 "{text}"',
    ),
    "settings.trap.boolean": (
        'YAML reads {text} as true or false; write true or false, or "{text}" in quotes',
        'YAML 会把 {text} 当作布尔值；请写 true 或 false，或带引号的 "{text}"',
    ),
    "settings.trap.octal": (
        'YAML reads {text} as an octal number; drop the leading zero or write "{text}"',
        'YAML 会把 {text} 当作八进制数；请去掉前导零或写成 "{text}"',
    ),
    "settings.trap.date": (
        'YAML reads {text} as a date; write "{text}" in quotes',
        'YAML 会把 {text} 当作日期；请写成带引号的 "{text}"',
    ),
    "settings.trap.exponent": (
        "YAML reads {text} as text; write it without exponent, or as 1.0e+3",
        "YAML 会把 {text} 当作文本；请不用指数形式，或写成 1.0e+3",
    ),
    "settings.section_twice": (
        "the section {section} already stands in {file}",
        "{section} 已在 {file} 中定义",
    ),
    "settings.not_mapping": ("a station file holds sections: {known}", "站点文件应由以下部分组成：{known}"),
    "settings.missing": ("missing; it must be given", "缺少；必须填写"),
    "settings.missing_section": (
        "the section {section} stands in no file of this folder",
        "此文件夹的文件中没有 {section} 部分",
    ),
    "settings.unknown_key": ("unknown key; known: {known}", "未知的键；可用：{known}"),
    "settings.unknown_key_near": (
        "unknown key; did you mean {near}? known: {known}",
        "未知的键；是否应为 {near}？可用：{known}",
    ),
    "settings.type": (
        "{value} stands here; wanted is {wanted}",
        "此处为 {value}；应为{wanted}",
    ),
    "settings.choice": (
        "{value} is not allowed; allowed: {allowed}",
        "不允许 {value}；可用：{allowed}",
    ),
    "settings.pattern": (
        "{value} is no id; an id has letters, digits, _ and -, begins with a letter, at most 64",
        "{value} 不能作编号；编号以字母开头，由字母、数字、_ 和 - 组成，最多 64 个字符",
    ),
    "settings.bound": (
        "{value} must be {relation} {bound}",
        "{value} 应{relation} {bound}",
    ),
    "settings.value": ("{why}", "{why}"),
    "settings.unknown_driver": (
        "no driver {driver} is installed; installed: {known}",
        "未安装驱动 {driver}；已安装：{known}",
    ),
    "settings.unknown_id": (
        "there is no {what} {id}; known: {known}",
        "没有名为 {id} 的{what}；现有：{known}",
    ),
    "settings.unknown_id_near": (
        "there is no {what} {id}; did you mean {near}? known: {known}",
        "没有名为 {id} 的{what}；是否应为 {near}？现有：{known}",
    ),
    "settings.id_twice": ("the id {id} stands twice", "编号 {id} 重复"),
    "settings.plan": ("{why}", "{why}"),
    "settings.no_range": (
        "the alarm {alarm} watches this tag: give the range that the plant can show, range: {{min: …, max: …}}",
        "报警 {alarm} 监视该测点：请填写量程 range: {{min: …, max: …}}",
    ),
    "settings.unit": (
        "{limit} does not fit; {unit} is wanted here, such as {near}",
        "{limit} 的单位不符；此处应为 {unit}，例如 {near}",
    ),
    "settings.totaliser": (
        "a totaliser needs either rollover or digits",
        "totaliser 须写 rollover 或 digits 其中之一",
    ),
    "settings.text_signal": (
        "{tag} is a text; alarms and computed values need a number",
        "{tag} 是文本；报警和计算值需要数字",
    ),
    "settings.state_twice": ("the value {value} stands twice among the states", "states 中数值 {value} 重复"),
    "settings.no_limit": (
        "{when} needs a limit, such as {near}",
        "{when} 需要限值 limit，例如 {near}",
    ),
    "settings.no_against": (
        "{when} needs `against`: the signal it is compared with",
        "{when} 需要 against：与之比较的信号",
    ),
    "settings.limits_cross": (
        "the low limit of {low} ({low_limit}) is not below the high limit of {high} ({high_limit})",
        "{low} 的低限（{low_limit}）不低于 {high} 的高限（{high_limit}）",
    ),
    "settings.no_deadband": (
        "warning: no deadband; noise at the limit will make it chatter",
        "警告：没有回差；限值附近的噪声会造成反复报警",
    ),
    "settings.no_delay": (
        "warning: no on_delay; a single sample will raise it",
        "警告：没有 on_delay；单个采样就会触发",
    ),
    "settings.no_section": (
        "the named limit {limit} needs the section {section}",
        "命名限值 {limit} 需要 {section} 部分",
    ),
    "settings.slow_line": (
        "link {link} needs {needed} s of each {period} s for what is due; lengthen the periods, or read faster",
        "链路 {link} 每 {period} 秒的采集需要 {needed} 秒；请加大周期或提高速率",
    ),
    "settings.timezone": (
        "unknown time zone {zone}; write for instance Asia/Shanghai",
        "未知时区 {zone}；例如应写 Asia/Shanghai",
    ),
    "settings.secret.reference": (
        "a secret stands here only by reference; write ${{credential:NAME}} or ${{env:NAME}} (in quotes inside {{ }}),"
        " NAME of letters, digits, _, . and -",
        "此处只能填写密钥的引用：${{credential:NAME}} 或 ${{env:NAME}}（在 {{ }} 内需加引号），NAME 由字母、数字、_、. 和 - 组成",
    ),
    "settings.secret.missing": ("warning: {why}", "警告：{why}"),
    "settings.secret.misplaced": (
        "references are resolved only where a secret stands (passwords, tokens); write the value itself",
        "引用只能用于密钥字段（密码、令牌）；此处请直接写值",
    ),
    "settings.whole": ("the file", "整个文件"),
    "settings.choice_near": (
        "{value} is not allowed; did you mean {near}? allowed: {allowed}",
        "不允许 {value}；是否应为 {near}？可用：{allowed}",
    ),
    "settings.other_pattern": (
        "{value} is not written as it must be: {pattern}",
        "{value} 的写法不符：{pattern}",
    ),
    "settings.moment": (
        '{value} is no moment; write date, time and zone in quotes, such as "2026-11-15T00:00:00+08:00"',
        '{value} 不是时刻；请写带引号的日期、时间和时区，例如 "2026-11-15T00:00:00+08:00"',
    ),
    "settings.too_short": (
        "too few items; at least {least}",
        "项数过少；至少 {least} 项",
    ),
    "settings.too_long": (
        "too many items; at most {most}",
        "项数过多；最多 {most} 项",
    ),
    "settings.string_too_short": (
        "empty; at least {least} character",
        "文本过短；至少 {least} 个字符",
    ),
    "settings.string_too_long": (
        "too long a text; at most {most} characters",
        "文本过长；最多 {most} 个字符",
    ),
    "settings.limit": (
        "{written} is neither a quantity (0.6 MPa) nor a computed limit; computed limits: {allowed}",
        "{written} 既不是带单位的数（0.6 MPa），也不是计算限值；计算限值有：{allowed}",
    ),
    "settings.needed_unit": (
        "the tag {tag} is in {unit}; here a tag in {needed} is needed (its address can scale it)",
        "测点 {tag} 的单位是 {unit}；此处需要单位为 {needed} 的测点（可在其 address 中换算）",
    ),
    "settings.range": (
        "min ({low}) must be below max ({high})",
        "min（{low}）必须低于 max（{high}）",
    ),
    "settings.above_zero": (
        "{value} must be above 0",
        "{value} 必须大于 0",
    ),
    "settings.digital_limit": (
        "{when} takes no limit; leave it out",
        "{when} 不需要限值 limit；请删除",
    ),
    "settings.own_alarm": (
        "ids that begin so are those of heatmon's own alarms for sensors and devices; choose another",
        "以此开头的编号保留给系统的传感器和通信报警；请换一个编号",
    ),
    "settings.levels_order": (
        "the limit of {grave} must lie beyond that of {mild}: levels go from the mildest to the gravest",
        "{grave} 的限值应超出 {mild} 的限值：各级由轻到重排列",
    ),
    "settings.limit_beyond_range": (
        "warning: {limit} is at or beyond the end of the range of {tag} ({end}); no good value can raise this",
        "警告：{limit} 已达到或超出 {tag} 的量程（{end}）；正常读数不可能触发",
    ),
    "settings.never_clears": (
        "warning: with the deadband {deadband} no value in the range of {tag} clears this alarm",
        "警告：回差为 {deadband} 时，{tag} 量程内的任何值都不能使报警恢复",
    ),
    "settings.nobody": (
        "warning: no person may acknowledge alarms here; give someone the role operator",
        "警告：没有人可以确认报警；请为至少一人设置 operator 角色",
    ),
    "settings.os_user_twice": (
        "the os user {id} stands with two persons; whose command would it be?",
        "操作系统用户 {id} 对应两个人；无法判断命令由谁发出",
    ),
    "settings.still_there": (
        "{id} is still here; renamed_from names an id that is gone",
        "{id} 仍然存在；renamed_from 应为已不再使用的编号",
    ),
    "settings.busy_line": (
        "warning: what is due on link {link} takes {share} % of the line's time",
        "警告：链路 {link} 的采集占用线路时间的 {share} %",
    ),
    "settings.shifts.twice": (
        "two shifts or two crews have the same id: give each its own",
        "班次或班组编号重复：每个编号只能用一次",
    ),
    "settings.shifts.order": (
        "shift {shift} ({start}): write the shifts in the order of their starts, each at least {least} min long",
        "班次 {shift}（{start}）：应按开始时刻排列，每班至少 {least} 分钟",
    ),
    "settings.shifts.handover": (
        "a handover may open at most {most} min before the end: the shortest shift less an hour for the night "
        "in which the clock goes forward",
        "交接班最多提前 {most} 分钟开始：最短班次减去夏令时开始之夜的一小时",
    ),
    "settings.shifts.cycle_whole": (
        "crews, cycle and cycle_from belong together: write all three or none",
        "crews、cycle、cycle_from 须同时填写或都不填写",
    ),
    "settings.shifts.cycle_row": (
        "day {day} of the cycle names {count} crews; the pattern has {wanted} shifts",
        "轮班第 {day} 天有 {count} 个班组；每天共 {wanted} 个班次",
    ),
    "settings.shifts.crew": (
        "day {day} of the cycle: there is no crew {crew}; there are {known}",
        "轮班第 {day} 天：没有班组 {crew}；可用：{known}",
    ),
}
