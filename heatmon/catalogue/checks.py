"""Names of the signals that the checks compute, and of what they restart at a reload."""

TEXTS = {
    "signal.curve.outdoor_c": ("effective outdoor temperature", "有效室外温度"),
    "signal.curve.setpoint_c": ("supply setpoint by the curve", "曲线供水设定温度"),
    "signal.curve.outside_table": ("outdoor temperature outside the filed table", "室外温度超出备案曲线表"),
    "signal.curve.deviation_k": ("supply deviation from the curve", "供水温度与曲线偏差"),
    "signal.curve.deviation_15min_k": ("supply deviation, mean of 15 min", "供水温度偏差（15 分钟均值）"),
    "signal.curve.deviation_30min_k": ("supply deviation, mean of 30 min", "供水温度偏差（30 分钟均值）"),
    "signal.curve.heat_loss": ("loss of heat in cold weather", "严寒失热"),
    "signal.curve.supply_minus_return_k": ("secondary supply minus return", "二次供回水温差"),
    "signal.curve.contradiction": (
        "supply colder than return with the pump on",
        "泵运行时供水低于回水（测量矛盾）",
    ),
    "signal.water.makeup_10min_m3h": ("makeup flow, mean of 10 min", "补水流量（10 分钟均值）"),
    "signal.water.loss_1h_pct": ("water loss rate, 1 h", "失水率（1 小时）"),
    "signal.water.loss_24h_pct": ("water loss rate, 24 h", "失水率（24 小时）"),
    "signal.water.filled_m3": ("water filled under permits", "许可注水累计量"),
    "signal.water.burst": ("burst pipe suspected", "疑似爆管"),
    "signal.pressure.slope_kpa_min": ("rate of change of return pressure, 10 s", "回水压力变化率（10 秒）"),
    "signal.pressure.slope_1min_kpa_min": (
        "rate of change of return pressure, 1 min",
        "回水压力变化率（1 分钟）",
    ),
    "signal.pressure.p_empty_mpa": ("pressure below which the top runs empty", "倒空压力"),
    "signal.pressure.empty_margin_mpa": ("margin above running empty", "防倒空裕量"),
    "signal.pressure.valve_lifts": ("lifts of the safety valve", "安全阀起跳次数"),
    "signal.pressure.valve_lift": ("safety valve lifted", "安全阀起跳"),
    "signal.permit.fill": ("filling is permitted", "注水许可有效"),
    "restarted.water.windows": (
        "windows of water loss restarted: the totaliser means something else now",
        "失水时间窗重新开始：补水表含义已变",
    ),
    "restarted.pressure.slope": (
        "window of the pressure slope restarted: the tag means something else now",
        "压力变化率时间窗重新开始：测点含义已变",
    ),
    "restarted.curve.step": (
        "another filed table: deviations up to 8 K wait for 2 h",
        "备案曲线已更换：2 小时内不评价 8 K 以内的偏差",
    ),
    "water.base.circulation": ("% of circulated water", "占循环水量 %"),
    "water.base.volume": ("% of the system's content per hour", "占系统水容量 %/小时"),
}
