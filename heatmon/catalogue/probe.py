"""Texts of `heatmon probe`."""

TEXTS = {
    "cli.probe": ("find out what an unknown device holds, politely", "温和地探查未知设备的数据"),
    "probe.modbus": ("units and registers over Modbus", "通过 Modbus 探查站号和寄存器"),
    "probe.arg.gateway": ("RTU frames through a serial gateway", "经串口网关的 RTU 报文"),
    "probe.arg.serial": ("serial line; it is listened to for 10 s first", "串口；先监听 10 秒"),
    "probe.arg.units": ("units, 1-10,20", "站号，例如 1-10,20"),
    "probe.arg.registers": ("registers counted from 0, 0-199", "寄存器（从 0 计），例如 0-199"),
    "probe.arg.skip": (
        "registers that must not be read, 100-110,200 (some clear on reading)",
        "不得读取的寄存器，例如 100-110,200（有的读后清零）",
    ),
    "probe.arg.window": ("registers in one request", "每次请求的寄存器数"),
    "probe.arg.rate": ("requests a second at most", "每秒最多请求数"),
    "probe.arg.between": ("seconds between the two readings", "两次读取之间的秒数"),
    "probe.arg.notebook": ("where findings are kept; the scan goes on from it", "结果保存处；可从此继续"),
    "probe.arg.own": (
        "no other master is on this line: do not listen first",
        "本线路没有其他主站：不必先监听",
    ),
    "probe.arg.yaml": ("write tags for this device and group", "生成该设备和组的测点"),
    "probe.arg.pick": ("only these numbers of the table, 1,3-5", "只取表中这些序号，例如 1,3-5"),
    "probe.listening": (
        "listening for {seconds} s whether another master talks …",
        "先监听 {seconds} 秒，确认没有其他主站 …",
    ),
    "probe.master": (
        "another master talks on this line; two masters spoil each other's answers. Disconnect it, or use "
        "--i-own-this-line if what was heard was noise",
        "线路上有其他主站；两个主站会互相干扰。请断开它；若只是干扰信号，可用 --i-own-this-line",
    ),
    "probe.no_line": ("the serial line cannot be opened: {reason}", "无法打开串口：{reason}"),
    "probe.nothing": (
        "nothing answered: check unit numbers, baud rate and parity, wiring A/B, and whether the area is right",
        "没有任何应答：请检查站号、波特率、校验、A/B 接线以及数据区",
    ),
    "probe.resumable": (
        "stopped; the same command goes on from {file}",
        "已停止；再次运行同一命令将从 {file} 继续",
    ),
    "probe.head": (
        "  no      unit/area    reg type                      first         second score  may be",
        "序号      站号/区   寄存器 类型                    第一次         第二次  评分  可能是",
    ),
    "probe.meaning.temperature": ("temperature", "温度"),
    "probe.meaning.pressure": ("pressure", "压力"),
    "probe.meaning.flow": ("flow or power", "流量或功率"),
    "probe.meaning.totaliser": ("totaliser", "累计量"),
    "probe.meaning.state": ("state", "状态"),
    "probe.yaml_head": (
        "{count} candidates; compare each with the display, then give it its name, unit and range",
        "共 {count} 个候选；请逐一与设备显示核对，再填写名称、单位和量程",
    ),
}
