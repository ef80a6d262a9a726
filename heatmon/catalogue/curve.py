"""What is said about heating curves: findings, kinds, terms, and the verbs that show them."""

TEXTS = {
    "lint.clamps": ("the lower clamp is not below the upper one", "下限不低于上限"),
    "lint.floor_clamp": (
        "{value:g} °C: floor heating is in danger at 60 °C; the clamp should stay at or below {most:g} °C",
        "{value:g} °C：地暖 60 °C 即有危险，上限宜不高于 {most:g} °C",
    ),
    "lint.range": (
        "{value:g} °C is outside 20…{most:g} °C for these emitters",
        "{value:g} °C 超出该类散热设备允许范围 20…{most:g} °C",
    ),
    "lint.return_above": ("the return must be below the supply of this row", "该行回水温度不低于供水温度"),
    "lint.return_cold": (
        "a return of {value:g} °C is colder than the rooms it comes from",
        "回水 {value:g} °C 低于室温，不合物理",
    ),
    "lint.floor_drop": (
        "supply minus return is {value:g} K; floor heating is laid out for at most 10 K",
        "供回水温差 {value:g} K；地暖不宜超过 10 K",
    ),
    "lint.order": (
        "outdoor temperatures must fall strictly from point to point, mildest first",
        "各点须按室外温度由高到低书写，不得重复",
    ),
    "lint.rises": (
        "the supply falls while it gets colder; a heating curve never does",
        "室外变冷时供水温度反而降低",
    ),
    "lint.slope": (
        "slope {value:g} K/K; ordinary curves have {low:g}…{high:g}",
        "斜率 {value:g} K/K；一般为 {low:g}…{high:g}",
    ),
    "lint.gap": (
        "{value:g} K between two points; the straight line between them is a guess",
        "两点相隔 {value:g} K，其间直线只是推测",
    ),
    "lint.return_falls": (
        "the return falls while it gets colder; check the row",
        "室外变冷时回水温度反而降低，请检查该行",
    ),
    "lint.design_outdoor": (
        "the design outdoor temperature is not below the room temperature",
        "室外计算温度不低于室内温度",
    ),
    "lint.design_return": (
        "design temperatures must fall: supply, return, room",
        "设计温度须依次递减：供水、回水、室内",
    ),
    "lint.design_primary": (
        "the primary side must be warmer than the secondary at both ends of the exchanger",
        "一次侧在换热器两端都须高于二次侧",
    ),
    "lint.frozen": (
        "`frozen_above` must lie between the design outdoor temperature and the room temperature",
        "`frozen_above` 须介于室外计算温度与室内温度之间",
    ),
    "lint.stages": (
        "stages must give less flow the milder it is, and lie farther apart than the hysteresis on both sides",
        "各阶段流量须随室外升温递减，间距须大于两侧回差",
    ),
    "lint.design_clamped": (
        "at {outdoor:g} °C the curve asks for {asked:g} °C, which this clamp cuts off",
        "室外 {outdoor:g} °C 时曲线要求 {asked:g} °C，被此上限截断",
    ),
    "lint.changed": (
        "the curve was filed as version {version} with hash {filed} and has been changed since ({now}); a filed"
        " version never changes: restore it, or file the change as a new version",
        "曲线以版本 {version}（散列 {filed}）备案后已被修改（{now}）；备案版本不得更改：请恢复，或以新版本备案",
    ),
    "lint.not_filed": (
        "not filed with the command centre yet (missing: {missing}); no compliance is scored until it is",
        "尚未向指挥中心备案（缺：{missing}）；备案前不计算合格率",
    ),
    "lint.next_effective": (
        "`curve_next` needs a curve before it and `effective`, the moment it takes over",
        "`curve_next` 需要已有 curve，并写明生效时间 `effective`",
    ),
    "lint.next_version": (
        "`curve_next` must carry a version of its own",
        "`curve_next` 须使用新的版本号",
    ),
    "lint.content": (
        "{value:g} L for each m² of heated area; ordinary systems hold {low:g}…{high:g}",
        "每平方米供热面积 {value:g} L；一般系统为 {low:g}…{high:g}",
    ),
    "lint.static_line": (
        "the lower edge of the control band, {lower:g} MPa, is less than 30 kPa above running empty ({empty:g} MPa)",
        "控制带下沿 {lower:g} MPa 距倒空压力（{empty:g} MPa）不足 30 kPa",
    ),
    "lint.boiler_least": (
        "water of {t:g} °C needs at least {least:g} MPa at the outlet (boiling point 20 K above, GB 50041);"
        " raise boiler_minimum",
        "{t:g} °C 的出水至少需要 {least:g} MPa（汽化裕量 20 K，GB 50041）；请提高 boiler_minimum",
    ),
    "lint.valve_set": (
        "{value:g} MPa: the rule books give {low:g}…{high:g} MPa; check it against the nameplate",
        "{value:g} MPa：规程一般为 {low:g}…{high:g} MPa，请核对铭牌",
    ),
    "lint.day": (
        "unknown kind of day {name}; nearest: {near}; known: {known}",
        "未知的日类型 {name}；最接近：{near}；可用：{known}",
    ),
    "cli.curve": (
        "explain, draw, compare, back-test and fit heating curves",
        "解释、绘制、比较、回测和拟合供热曲线",
    ),
    "curve.about.explain": (
        "what the curve asks for at outdoor temperatures, or how a past setpoint came about",
        "曲线在各室外温度下的要求，或某一时刻设定值的由来",
    ),
    "curve.about.plot": (
        "draw the curve, its clamps and what was measured",
        "绘制曲线、限幅与实测点",
    ),
    "curve.about.diff": ("two versions of a curve, by outdoor temperature", "两版曲线按室外温度比较"),
    "curve.about.backtest": (
        "what another curve would have done over the recorded weather",
        "另一曲线在已记录天气下会怎样",
    ),
    "curve.about.fit": (
        "a proposal for the curve from what was lived; nothing is applied",
        "由历史提出曲线修改建议，绝不自动生效",
    ),
    "curve.arg.other": ("the other station folder", "另一个站点文件夹"),
    "curve.arg.target": ("what the rooms should have, °C", "室温目标，°C"),
    "curve.backtest.nothing": ("no outdoor temperature is recorded", "没有室外温度记录"),
    "curve.backtest": (
        "over {hours} h: supply {mean} K on average ({least} to {most}), steepest {step} K/h\n"
        "rooms {room} K on average, {end} K at the end; heat {heat} %\n"
        "hours below 18/16 °C: {old} before, {new} then; {beyond} h outside the curve; {skipped} gaps left out",
        "共 {hours} 小时：供温平均 {mean} K（{least} 至 {most}），最快 {step} K/h\n"
        "室温平均 {room} K，末期 {end} K；热量 {heat} %\n"
        "低于 18/16 °C 的小时数：原 {old}，新 {new}；超出曲线 {beyond} 小时；略过 {skipped} 处缺口",
    ),
    "curve.fit.rooms": (
        "rooms are {a} K {b} K/K·t_w off their target (slope ±{error}, scatter {sigma} K), from {hours} h",
        "室温与目标之差 {a} K {b} K/K·t_w（斜率 ±{error}，离散 {sigma} K），依据 {hours} 小时",
    ),
    "curve.fit.supply": (
        "supply is {a} K {b} K/K·t_w off the curve (slope ±{error}, scatter {sigma} K), from {hours} h",
        "供温与曲线之差 {a} K {b} K/K·t_w（斜率 ±{error}，离散 {sigma} K），依据 {hours} 小时",
    ),
    "curve.fit.few_hours": (
        "{hours} h are too few; 480 h of heating weather are needed",
        "仅 {hours} 小时，不足；至少需要 480 小时供热天气",
    ),
    "curve.fit.small_spread": (
        "the weather of these {hours} h varied by less than 8 K; nothing can be said of the gradient",
        "这 {hours} 小时的天气变化不足 8 K，无法判断斜率",
    ),
    "curve.fit.no_rooms": (
        "no room temperatures are recorded ({hours} h of supply): whether the curve fits its buildings cannot be said",
        "没有室温记录（供温 {hours} 小时）：无法判断曲线是否适合建筑",
    ),
    "curve.fit.advice": ("advice: {advice}", "建议：{advice}"),
    "curve.fit.change": ("  at {outdoor} °C: {change} K", "  室外 {outdoor} °C：{change} K"),
    "curve.fit.wait": (
        "at most 2 K at a time; wait three days before the next step. Nothing was changed.",
        "每次最多 2 K；三天后再作下一步。未作任何修改。",
    ),
    "curve.arg.what": ("what to do with the curve", "对曲线的操作"),
    "curve.arg.outdoor": ("outdoor temperature in °C; several may be given", "室外温度（°C），可给多个"),
    "curve.arg.at": (
        "the moment, with its offset: 2026-12-01T06:00+08:00; default now",
        "时刻，须带时区：2026-12-01T06:00+08:00；默认为现在",
    ),
    "curve.arg.state": (
        "state folder of the daemon: explain what was computed at the moment, plot what was measured",
        "守护进程的数据目录：解释当时的计算，绘制实测点",
    ),
    "curve.arg.svg": ("write an SVG picture to this file", "把 SVG 图写入此文件"),
    "curve.title": (
        "{station}: curve {version}, kind {kind}, hash {hash}, {filed}",
        "{station}：曲线 {version}，类型 {kind}，散列 {hash}，{filed}",
    ),
    "curve.filed": ("filed by {by} at {at}, receipt {receipt}", "已由 {by} 于 {at} 备案，回执 {receipt}"),
    "curve.unfiled": ("NOT FILED", "未备案"),
    "curve.none": ("{station} has no curve section", "{station} 没有 curve 配置"),
    "curve.no_state": (
        "{path}: nothing was computed for {station} at {at}; recorded is {first} to {last}",
        "{path}：{station} 在 {at} 没有计算记录；已有记录 {first} 至 {last}",
    ),
    "curve.bad_moment": (
        "{text!r} is no moment with an offset, for instance 2026-12-01T06:00+08:00",
        "{text!r} 不是带时区的时刻，例如 2026-12-01T06:00+08:00",
    ),
    "curve.at": ("at {at}", "时刻 {at}"),
    "curve.column.outdoor": ("outdoor °C", "室外 °C"),
    "curve.column.supply": ("supply °C", "供水 °C"),
    "curve.column.return": ("return °C", "回水 °C"),
    "curve.column.primary_supply": ("primary supply °C", "一次供水 °C"),
    "curve.column.primary_return": ("primary return °C", "一次回水 °C"),
    "curve.column.flow": ("flow %", "流量 %"),
    "curve.column.hours": ("hours a day", "小时/日"),
    "curve.column.slope": ("slope K/K", "斜率 K/K"),
    "curve.column.setpoint": ("setpoint °C", "设定 °C"),
    "curve.column.note": ("remark", "备注"),
    "curve.beyond.mild": ("no heating load, or beyond the mild end of the table", "无热负荷，或超出表的暖端"),
    "curve.beyond.cold": ("colder than the design point or the table", "低于设计点或表的冷端"),
    "curve.clamped": ("clamped", "受限幅"),
    "curve.axis.outdoor": ("outdoor temperature, °C", "室外温度，°C"),
    "curve.axis.supply": ("water temperature, °C", "水温，°C"),
    "curve.written": ("{path} written", "已写入 {path}"),
    "curve.legend.supply": ("supply", "供水"),
    "curve.legend.return": ("return", "回水"),
    "curve.legend.limits": ("clamps", "限幅"),
    "curve.legend.measured": ("measured", "实测"),
    "curve.lint": ("{where}: {text}", "{where}：{text}"),
    "curve.effective": (
        "curve {version} took effect in place of {from} (hash {hash}, filed by {by}, receipt {receipt}): {reason}",
        "曲线 {version} 生效，取代 {from}（散列 {hash}，备案人 {by}，回执 {receipt}）：{reason}",
    ),
    "curve.day": (
        "curve {version}, {day}: {compliance_pct} % of {hours} h inside the band, {deficit_kh} K·h owed, {surplus_kh} K·h too warm",
        "曲线 {version}，{day}：{hours} 小时中合格 {compliance_pct} %，欠热 {deficit_kh} K·h，过热 {surplus_kh} K·h",
    ),
}
