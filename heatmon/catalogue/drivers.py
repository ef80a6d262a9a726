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
    "late.fetched": (
        "{device}/{group}: {cycles} cycles of a break of {duration_s} s were fetched from the device's history",
        "{device}/{group}：中断 {duration_s} 秒，已从设备历史补采 {cycles} 个周期",
    ),
    "late.gap": (
        "{device}/{group}: nothing is known of {duration_s} s: {reason}",
        "{device}/{group}：有 {duration_s} 秒没有数据：{reason}",
    ),
    "late.nothing": ("the device's history holds nothing for this time", "设备历史中没有该时段的数据"),
    "late.too_many": ("too many breaks were waiting to be fetched", "等待补采的中断过多"),
    "driver.refused": ("the connection was refused ({detail})", "连接被拒绝（{detail}）"),
    "driver.unreachable": ("cannot be reached ({detail})", "无法到达（{detail}）"),
    "driver.timeout": ("no answer in time ({detail})", "未按时应答（{detail}）"),
    "driver.closed": ("the connection was lost ({detail})", "连接中断（{detail}）"),
    "driver.protocol": ("the answer was not understood ({detail})", "应答无法识别（{detail}）"),
    "driver.authentication": ("access was denied ({detail})", "访问被拒绝（{detail}）"),
    "driver.encryption": ("no secure connection ({detail})", "无法建立安全连接（{detail}）"),
    "driver.busy": ("busy ({detail})", "忙（{detail}）"),
    "driver.settings": ("the settings do not fit ({detail})", "配置不符（{detail}）"),
    "driver.internal": (
        "internal fault of the driver; the log has the details, please report it",
        "驱动程序内部错误；详见日志，请报告",
    ),
    "driver.connected": ("connected", "已连接"),
    "driver.not_yet": ("not yet connected", "尚未连接"),
    "driver.half_open": (
        "the connection stands, but nothing answers any more; it is made again",
        "连接仍在，但已无任何应答；正在重新连接",
    ),
    "driver.poller_replaced": (
        "reading had stopped ({why}); it was started again",
        "采集已停顿（{why}），现已重新启动",
    ),
}
