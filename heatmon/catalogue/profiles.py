"""Texts of device profiles."""

TEXTS = {
    "cli.profiles": ("devices whose registers are known", "已知寄存器的设备"),
    "profiles.arg.name": ("show everything about this one", "显示该设备的全部信息"),
    "profiles.arg.markdown": ("write the page of supported devices", "输出支持设备的文档页"),
    "profiles.unknown": ("there is no profile {name}; there are {known}", "没有 {name}；现有：{known}"),
    "profiles.source": ("source: {what}", "来源：{what}"),
    "profiles.examples": (
        "examples: {recorded} recorded, {constructed} constructed",
        "示例：实录 {recorded} 条，推算 {constructed} 条",
    ),
    "settings.profile.unknown": (
        "there is no {name}; nearest: {near}; there are {known}",
        "没有 {name}；最接近：{near}；现有：{known}",
    ),
    "settings.profile.none": (
        "the device {device} has no `profile`, so a tag of it cannot have a `point`",
        "设备 {device} 未写 `profile`，其测点不能写 `point`",
    ),
}
