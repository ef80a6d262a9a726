"""Texts of `heatmon init`."""

TEXTS = {
    "cli.init": (
        "a station folder from the shipped example, by a few questions",
        "通过几个问题由示例生成站点文件夹",
    ),
    "init.dir": ("where the station's files go", "站点文件的存放位置"),
    "init.yes": ("take the defaults for whatever is not given", "未给出的项使用默认值"),
    "init.id": ("station id (letters, digits, - and _)", "站点编号（字母、数字、- 和 _）"),
    "init.name_zh": ("name in Chinese", "中文名称"),
    "init.name_en": ("name in English", "英文名称"),
    "init.language": ("language of the station, zh or en", "站点语言，zh 或 en"),
    "init.timezone": ("time zone", "时区"),
    "init.host": ("the PLC's address (Modbus TCP)", "PLC 地址（Modbus TCP）"),
    "init.port": ("its port", "端口"),
    "init.unit": ("its unit number", "从站号"),
    "init.bad_id": (
        "{value}: a letter first, then letters, digits, - and _",
        "{value}：须以字母开头，只含字母、数字、- 和 _",
    ),
    "init.bad_name": ("{value}: 1 to 100 characters, no quotes", "{value}：1 至 100 个字符，不含引号"),
    "init.bad_language": ("{value}: write zh or en", "{value}：请写 zh 或 en"),
    "init.bad_zone": (
        "{value}: no such time zone; for instance Asia/Shanghai",
        "{value}：没有此时区；例如 Asia/Shanghai",
    ),
    "init.bad_host": ("{value}: write a host name or an address", "{value}：请写主机名或地址"),
    "init.bad_number": ("{value}: not a number that is possible here", "{value}：不是此处允许的数字"),
    "init.not_empty": ("{path} holds files already; name a new folder", "{path} 已有文件；请指定新文件夹"),
    "init.done": (
        "{path} is there, with the example's registers, curve and limits. Next: put in the plant's own "
        "(devices.yaml, curve.yaml, station.yaml, alarms.yaml), then `heatmon check {path}` and `heatmon plan {path}`",
        "{path} 已生成，其寄存器、曲线和限值仍是示例值。下一步：填入本站的数据（devices.yaml、curve.yaml、station.yaml、"
        "alarms.yaml），然后运行 heatmon check {path} 和 heatmon plan {path}",
    ),
}
