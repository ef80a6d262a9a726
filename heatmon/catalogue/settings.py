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
    "settings.type": ("{value} is no {wanted}", "{value} 不是{wanted}"),
    "settings.choice": ("{value} is not among {allowed}", "{value} 不在允许值 {allowed} 之内"),
    "settings.pattern": (
        "{value} must match {pattern} (letters, digits, _ and -, a letter first)",
        "{value} 应符合 {pattern}（字母开头，只含字母、数字、_ 和 -）",
    ),
    "settings.bound": ("{value} must be {relation} {bound}", "{value} 应{relation} {bound}"),
    "settings.length": ("wrong length: {why}", "长度不对：{why}"),
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
        "there is no {what} {id}; did you mean {near}?",
        "没有名为 {id} 的{what}；是否应为 {near}？",
    ),
    "settings.id_twice": ("the id {id} stands twice", "编号 {id} 重复"),
    "settings.plan": ("{why}", "{why}"),
    "settings.no_range": (
        "an alarm watches this tag: give its range (min, max)",
        "该测点带有报警：请填写量程 range（min、max）",
    ),
    "settings.unit": (
        "{limit} does not fit the signal, which is in {unit}",
        "{limit} 与信号单位 {unit} 不符",
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
    "settings.no_limit": ("{when} needs a limit", "{when} 需要限值 limit"),
    "settings.no_against": ("{when} needs `against`", "{when} 需要 against"),
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
        "the line needs {needed:.2f} s for what is due every {period:g} s",
        "每 {period:g} 秒的采集在此线路上需要 {needed:.2f} 秒",
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
}
