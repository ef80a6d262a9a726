"""Texts of the Modbus driver."""

TEXTS = {
    "modbus.request.registers": (
        "FC{function}, unit {unit}, registers {first}..{last} ({count})",
        "功能码 {function}，站号 {unit}，寄存器 {first}..{last}（{count} 个）",
    ),
    "modbus.request.bits": (
        "FC{function}, unit {unit}, bits {first}..{last} ({count})",
        "功能码 {function}，站号 {unit}，位 {first}..{last}（{count} 个）",
    ),
    "modbus.plan.no_such_bit": (
        "bit {bit} of a {type}: bits are taken from 16-, 32- and 64-bit integers, 0 the lowest",
        "{type} 没有第 {bit} 位：只能从 16、32、64 位整数取位，最低位为 0",
    ),
    "modbus.plan.which_bit": (
        "type bit of a register: say which one (bit: 0 to 15)",
        "寄存器的 bit 类型：请写明第几位（bit: 0 至 15）",
    ),
    "modbus.plan.bits_only": (
        "the area {area} holds bits, not a {type}; write type: bit",
        "区域 {area} 只有位，没有 {type}；请写 type: bit",
    ),
    "modbus.plan.long_order": (
        "order {order} has eight bytes and {type} has not; write ABCD, CDAB, BADC or DCBA",
        "顺序 {order} 为八字节，不适用于 {type}；请写 ABCD、CDAB、BADC 或 DCBA",
    ),
    "modbus.plan.below_one": (
        "register {register} counted from 1: registers begin at 1",
        "寄存器 {register} 从 1 起计数：最小为 1",
    ),
    "modbus.plan.beyond": (
        "addresses {first}..{last}: the last one is 65535",
        "地址 {first}..{last}：最大为 65535",
    ),
    "modbus.plan.too_wide": (
        "{type} takes more registers than the device gives in one read ({most})",
        "{type} 所占寄存器超过设备一次可读的数量（{most}）",
    ),
    "modbus.plan.no_block": (
        "addresses {first}..{last} lie in none of the device's blocks",
        "地址 {first}..{last} 不在设备的任何 blocks 之内",
    ),
    "modbus.plan.reads_too_long": (
        "for {first}..{last} the device must be read from {begin} to {end}, more than it gives in one read ({most})",
        "读取 {first}..{last} 须从 {begin} 读到 {end}，超过设备一次可读的数量（{most}）",
    ),
    "modbus.plan.never_read": (
        "reading {first}..{last} asks for {begin}..{end}, which touches never_read",
        "读取 {first}..{last} 需请求 {begin}..{end}，涉及 never_read 地址",
    ),
    "modbus.plan.rollover": (
        "rollover at {rollover} {unit}: a {type} with this scale never shows {most} {unit} or more; write that",
        "翻转值 {rollover} {unit}：此比例的 {type} 不会显示 {most} {unit} 或更大；请写该值",
    ),
    "modbus.plan.rollover_unit": ("rollover: {why}", "翻转值 rollover：{why}"),
    "modbus.connect.refused": (
        "{host}:{port} refuses the connection: no program listens there, or it has too many clients",
        "{host}:{port} 拒绝连接：该端口没有程序监听，或其客户端已满",
    ),
    "modbus.connect.unreachable": (
        "{host} cannot be reached from here: check cable, address and route",
        "无法到达 {host}：请检查网线、地址和路由",
    ),
    "modbus.connect.unknown_host": (
        "the name {host} cannot be resolved: check its spelling, or write the address",
        "无法解析名称 {host}：请检查拼写，或直接写地址",
    ),
    "modbus.connect.timeout": (
        "nobody answers at {host}:{port}: check power, cable, address and firewall",
        "{host}:{port} 无应答：请检查电源、网线、地址和防火墙",
    ),
    "modbus.connect.cut": (
        "{host}:{port} cut the connection at once: too many clients, or it asks for TLS",
        "{host}:{port} 立即断开连接：客户端已满，或要求 TLS",
    ),
    "modbus.tls.expired": (
        "the certificate of {host}:{port} has expired: renew it on the device, or set this machine's clock",
        "{host}:{port} 的证书已过期：请在设备上更新证书，或校准本机时钟",
    ),
    "modbus.tls.not_yet_valid": (
        "the certificate of {host}:{port} is not valid yet: set this machine's clock",
        "{host}:{port} 的证书尚未生效：请校准本机时钟",
    ),
    "modbus.tls.untrusted": (
        "the certificate of {host}:{port} was not issued by the authority named under `ca`",
        "{host}:{port} 的证书不是由 ca 所指的机构签发",
    ),
    "modbus.tls.wrong_name": (
        "the certificate of {host}:{port} was issued for another name: write the name it bears under `host`",
        "{host}:{port} 的证书属于其他名称：请在 host 填写证书上的名称",
    ),
    "modbus.tls.cut": (
        "{host}:{port} cut the connection during the TLS handshake: does it speak TLS there, does it want a certificate of ours?",
        "{host}:{port} 在 TLS 握手时断开连接：该端口是否为 TLS，是否要求本机证书？",
    ),
    "modbus.tls.none": (
        "{host}:{port} does not speak TLS: check the port (802 is usual), or use transport tcp",
        "{host}:{port} 不是 TLS：请检查端口（通常为 802），或改用 tcp",
    ),
    "modbus.tls.wants_ours": (
        "{host}:{port} asks for a certificate of ours: write certificate and key",
        "{host}:{port} 要求本机证书：请填写 certificate 和 key",
    ),
    "modbus.tls.refused_ours": (
        "{host}:{port} does not accept our certificate: have the device trust it",
        "{host}:{port} 不接受本机证书：请让设备信任该证书",
    ),
    "modbus.tls.file": (
        "{file} cannot be used: it must exist, be readable for heatmon, and hold what is asked for in PEM",
        "{file} 无法使用：该文件须存在、heatmon 可读，且为 PEM 格式",
    ),
    "modbus.serial.missing": (
        "there is no serial device {device}: check the adapter; /dev/serial/by-id names it for good",
        "没有串口设备 {device}：请检查转换器；/dev/serial/by-id 下的名称固定不变",
    ),
    "modbus.serial.forbidden": (
        "heatmon may not open {device}: its user must be in the group dialout",
        "heatmon 无权打开 {device}：其用户须属于 dialout 组",
    ),
    "modbus.serial.taken": (
        "another program holds {device}: one line has one master; end the other program",
        "{device} 已被其他程序占用：一条总线只能有一个主站，请结束该程序",
    ),
    "modbus.no_answer": (
        "unit {unit} did not answer within {timeout_s} s",
        "站号 {unit} 在 {timeout_s} 秒内无应答",
    ),
    "modbus.foreign": (
        "unit {unit}: what came was no answer to what was asked; the connection is opened afresh",
        "站号 {unit}：收到的数据不是所请求的应答，将重新建立连接",
    ),
    "modbus.lost_twice": (
        "the other side cut the connection, and again after a new one",
        "对方断开连接，重连后再次断开",
    ),
    "modbus.not_connected": ("the link is not connected", "链路未连接"),
    "modbus.options.notation": (
        'register "{text}": write a number, or 0xxxx, 1xxxx, 3xxxx or 4xxxx in quotes',
        '寄存器 "{text}"：请写数字，或加引号的 0xxxx、1xxxx、3xxxx、4xxxx',
    ),
    "modbus.options.other_area": (
        'register "{text}" is in the area {area}, not {written}',
        '寄存器 "{text}" 属于区域 {area}，而不是 {written}',
    ),
    "modbus.options.base": (
        'register "{text}": this notation counts from 1, leave base out',
        '寄存器 "{text}"：此写法从 1 起计数，请勿写 base',
    ),
    "modbus.options.last_below_first": (
        "last ({last}) must not be below first ({first})",
        "last（{last}）不得小于 first（{first}）",
    ),
    "modbus.options.no_blocks": (
        "read_rule whole_blocks needs the blocks that can be read",
        "read_rule 为 whole_blocks 时须写明可读的 blocks",
    ),
    "modbus.options.raw_range": (
        "high ({high:g}) must be greater than low ({low:g})",
        "high（{high:g}）须大于 low（{low:g}）",
    ),
    "modbus.options.scaled_twice": (
        "raw says how to scale; leave scale and offset out",
        "raw 已规定换算；请勿再写 scale 和 offset",
    ),
    "modbus.options.two_parts": ("write one of bit, bits and mask", "bit、bits、mask 只能写一个"),
    "modbus.options.length": (
        "type string needs a length in registers, and only a string has one",
        "string 类型须写 length（寄存器个数），其他类型不写",
    ),
    "modbus.options.packet": (
        "{text}: write text, or hex: and pairs of digits",
        "{text}：请写文本，或 hex: 加十六进制数",
    ),
    "modbus.options.network": (
        "{text} is no network such as 10.8.0.0/16",
        "{text} 不是网段（例如 10.8.0.0/16）",
    ),
    "modbus.dial_in.not_yet": (
        "the modem of this station has not dialled in at {host}:{port}: check its power, SIM, target address and registration",
        "本站的 DTU 尚未连到 {host}:{port}：请检查其电源、SIM 卡、目标地址和注册包",
    ),
    "modbus.dial_in.port_taken": (
        "another program listens on {host}:{port}; write another port, here and in the modems",
        "{host}:{port} 已被其他程序监听；请在此处和 DTU 中改用其他端口",
    ),
    "modbus.dial_in.not_our_address": (
        "{host} is no address of this machine; 0.0.0.0 stands for all of them",
        "{host} 不是本机地址；0.0.0.0 表示全部地址",
    ),
    "modbus.dial_in.forbidden": (
        "heatmon may not listen on port {port}: ports below 1024 need a privilege; write a higher one",
        "heatmon 无权监听端口 {port}：1024 以下端口需要特权，请改用更大的端口",
    ),
    "modbus.dial_in.registration_taken": (
        "another link on {host}:{port} has the same registration; each modem needs its own",
        "{host}:{port} 上另一链路使用了相同的注册包；每个 DTU 须各不相同",
    ),
    "modbus.dial_in.two_claimants": (
        "two modems on port {port} claim this station and both answer; its values are uncertain for ten minutes",
        "端口 {port} 上有两个 DTU 自称本站且均有应答；其数值在十分钟内存疑",
    ),
}
