"""Texts of the simulator's verbs."""

TEXTS = {
    "cli.sim": ("a simulated station behind a real Modbus server", "由真实 Modbus 服务器提供的模拟站点"),
    "cli.demo": ("a simulated station and the daemon that watches it", "模拟站点与监测它的守护进程"),
    "sim.banner": (
        "{name}: Modbus TCP on 127.0.0.1:{port}, unit {unit}, holding registers 0..73, {factor:g} × real time; Ctrl-C ends",
        "{name}：Modbus TCP 127.0.0.1:{port}，站号 {unit}，保持寄存器 0..73，{factor:g} 倍速；Ctrl-C 结束",
    ),
}
