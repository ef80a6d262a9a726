"""What the keys of the pressure and energy sections mean; see `heatmon.catalogue.keys`."""

TEXTS = {
    "key.Strainer.clean": ("loss over the strainer when it was clean", "清洁时压差"),
    "key.Strainer.clean_flow": ("the flow at which that was measured", "测得清洁压差时的流量"),
    "key.Valve.command": ("tag of the command, %", "阀门指令测点"),
    "key.Valve.feedback": ("tag of the position, %", "阀位反馈测点"),
    "key.Energy.exchanger": ("the plate exchanger when it was clean", "清洁状态的板式换热器"),
    "key.Energy.fouling": (
        "share of the clean heat transfer below which it is fouled",
        "低于此传热比例即为结垢",
    ),
    "key.Energy.valve": ("the control valve of the primary side", "一次侧调节阀"),
    "key.CirculationPump.flow": ("tag of the circulation flow", "循环流量测点"),
    "key.PrimarySide.flow": ("tag of the primary flow", "一次流量测点"),
    "key.PrimarySide.nominal_flow": ("primary flow at the design load", "设计一次流量"),
    "key.Part.height": ("how high the part lies", "部件标高"),
    "key.Part.rating": ("the gauge pressure it stands", "部件承压"),
    "key.Pressure.parts": ("parts of the system and what they stand", "系统各部件承压"),
    "key.Pressure.pump": ("the curve of the circulation pumps", "循环泵特性"),
    "key.Pressure.strainer": ("the strainer and its clean loss", "除污器及清洁压差"),
    "key.Exchanger.primary_flow": ("primary flow at which UA holds", "对应一次流量"),
    "key.Exchanger.secondary_flow": ("secondary flow at which UA holds", "对应二次流量"),
    "key.Exchanger.ua_kw_k": ("heat transfer when clean, kW/K", "清洁时传热能力 UA，kW/K"),
}
