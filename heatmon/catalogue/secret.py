"""Texts about secrets; none of them ever holds any part of one."""

TEXTS = {
    "secret.no_variable": (
        "{secret}: the environment variable {name} is not set or empty; set it for the process that needs it",
        "{secret}：环境变量 {name} 未设置或为空；请为所需进程设置该变量",
    ),
    "secret.no_file": (
        "{secret}: there is no file {place}; put the secret there, readable by the service only",
        "{secret}：没有文件 {place}；请将密钥放入该文件，仅允许服务读取",
    ),
    "secret.unreadable": (
        "{secret}: {place} cannot be read: {reason}",
        "{secret}：无法读取 {place}：{reason}",
    ),
    "secret.too_large": (
        "{secret}: {place} is larger than {most} bytes; is it the right file?",
        "{secret}：{place} 超过 {most} 字节；是否选错了文件？",
    ),
    "secret.encoding": (
        "{secret}: {place} is not UTF-8 text; save the secret as plain text",
        "{secret}：{place} 不是 UTF-8 文本；请将密钥存为纯文本",
    ),
    "secret.empty": ("{secret}: {place} is empty", "{secret}：{place} 为空"),
}
