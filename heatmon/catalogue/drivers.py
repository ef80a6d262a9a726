"""Texts of what drivers learn."""

TEXTS = {
    "modbus.split": (
        "unit {unit} refuses {count} registers from {address} in one read; they are read in {parts} parts from now on",
        "站号 {unit} 拒绝一次读取从 {address} 起的 {count} 个寄存器；今后分 {parts} 次读取",
    ),
    "modbus.isolated": (
        "unit {unit} refuses the address of {tags}; they are read apart from now on, the others are not affected",
        "站号 {unit} 拒绝 {tags} 的地址；今后单独读取，其他测点不受影响",
    ),
}
