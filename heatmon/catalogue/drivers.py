"""Texts of what drivers learn."""

TEXTS = {
    "modbus.isolated": (
        "unit {unit} refuses the address of {tags}; they are read apart from now on, the others are not affected",
        "站号 {unit} 拒绝 {tags} 的地址；今后单独读取，其他测点不受影响",
    ),
}
