"""From settings to what the engine runs: signals, alarms, and the plan of each poll group."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from heatmon.core.alarm import AlarmPoint, LevelInfo, gravest
from heatmon.core.calculator import Calculator
from heatmon.core.checks import named_limits
from heatmon.core.condition import Watch
from heatmon.core.permit import KINDS
from heatmon.core.quality import Quality
from heatmon.core.quantity import Quantity
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import Alarm, Destination, Level, Priority, StationSpec, Tag, Words

SECOND = 1_000_000_000
SENSOR_DELAY_NS = 4 * SECOND
"""A sensor fault that lasts this long is an alarm (NAMUR NE 43 practice)."""
MISSED_POLLS = 3
COMMUNICATION: Final = frozenset(
    map(int, (Quality.TIMEOUT, Quality.LINK_DOWN, Quality.STALE, Quality.FOREIGN_REPLY, Quality.NOT_YET_READ))
)
"""Qualities that speak of the way to the device, not of the sensor."""


@dataclass(slots=True)
class Column:
    """How one column of a plan is judged.

    low, high: plausible range. rate: per second. calm_low, calm_high: between these a good value
    is of no concern to any alarm that is not awake; points: those it may wake.
    """

    signal: int
    low: float
    high: float
    rate: float
    frozen_ns: int | None
    points: list[AlarmPoint] = field(default_factory=list)
    calm_low: float = -math.inf
    calm_high: float = math.inf

    def row(self) -> Row:
        """What the hot loop needs: signal, calm band, rate per ns, frozen."""
        low, high = max(self.low, self.calm_low), min(self.high, self.calm_high)
        return self.signal, low, high, self.rate / SECOND, self.frozen_ns, self


Row = tuple[int, float, float, float, int | None, Column]


@dataclass(slots=True)
class Plan:
    """What a scan of one poll group sets off. feeds: (signal, calculator).

    exact: signals whose latest value no float holds. seen_ns: when the last scan came; missed: polls in a
    row that brought nothing; stale: no scan for longer than `stale_ns`, and that has been told.
    """

    rows: list[Row]
    communication: int
    feeds: list[tuple[int, Calculator]] = field(default_factory=list)
    points: list[AlarmPoint] = field(default_factory=list)
    exact: list[int] = field(default_factory=list)
    stale_ns: int = 0
    seen_ns: int = 0
    missed: int = 0
    stale: bool = False


def signal_infos(spec: StationSpec, calculators: Sequence[Calculator]) -> list[SignalInfo]:
    """Tags, then what the calculators conclude, then the engine's own: communication and permits."""
    infos = [SignalInfo(tag.id, tag.unit, tag.digits, tag.states) for tag in spec.tags]
    for calculator in calculators:
        infos.extend(calculator.outputs)
    infos.extend(SignalInfo(f"comm.{device.id.lower()}", "1", 0) for device in spec.devices)
    infos.extend(SignalInfo(f"permit.{kind}", "1", 0) for kind in KINDS)
    infos.extend(SignalInfo(path_signal(destination.id), "1", 0) for destination in spec.destinations)
    return infos


def path_signal(destination: str) -> str:
    """The signal that is 1 while an outward path is in trouble."""
    return f"path.{destination.lower()}"


def compile_plans(
    spec: StationSpec, table: Signals, calculators: Sequence[Calculator], points: Sequence[AlarmPoint]
) -> dict[tuple[str, str], Plan]:
    """One plan for each poll group that has tags."""
    plans: dict[tuple[str, str], Plan] = {}
    for device, group in spec.plans():
        tags = spec.columns(device, group)
        columns = [_column(tag, table, points) for tag in tags]
        plan = Plan([column.row() for column in columns], table.index[f"comm.{device.lower()}"])
        ids = {tag.id for tag in tags} | {f"comm.{device.lower()}"}
        for tag in tags:
            plan.feeds.extend((table.index[tag.id], c) for c in calculators if tag.id in c.inputs)
        for point in points:
            if any(table.infos[i].id in ids for i in (*point.signals, point.against) if i >= 0):
                plan.points.append(point)
        plans[device, group] = plan
    return plans


def _column(tag: Tag, table: Signals, points: Sequence[AlarmPoint]) -> Column:
    # Without a range any finite number passes; infinities and NaN never do.
    low = -sys.float_info.max if tag.range is None else tag.range.min.to(tag.unit)
    high = sys.float_info.max if tag.range is None else tag.range.max.to(tag.unit)
    frozen = None if tag.frozen_s is None else int(tag.frozen_s * SECOND)
    column = Column(table.index[tag.id], low, high, tag.max_rate_per_s or math.inf, frozen)
    for point in points:
        if column.signal in point.signals:
            column.points.append(point)
            low, high = point.calm(column.signal)
            column.calm_low, column.calm_high = max(column.calm_low, low), min(column.calm_high, high)
    return column


def compile_alarms(spec: StationSpec, table: Signals) -> list[AlarmPoint]:
    """The alarms of the settings, then one for each sensor and one for each device."""
    limits = named_limits(spec)
    points = [_point(alarm, table, limits, spec) for alarm in spec.alarms]
    points.extend(_sensor(tag, table, points) for tag in spec.tags)
    points.extend(_communication(spec, n, table) for n in range(len(spec.devices)))
    points.extend(_path(destination, table) for destination in spec.destinations)
    return points


def _point(alarm: Alarm, table: Signals, limits: Mapping[str, float], spec: StationSpec) -> AlarmPoint:
    signals = tuple(table.index[level.signal or alarm.signal] for level in alarm.levels)
    units = [_limit_unit(alarm, table.infos[i].unit) for i in signals]
    extra = {}
    if spec.water is not None and alarm.signal.startswith("water.loss"):
        extra = {"base": spec.water.base}
    return AlarmPoint(
        alarm.id,
        _words(alarm.name),
        signals,
        -1 if alarm.against is None else table.index[alarm.against],
        tuple(_watch(alarm, level, unit, limits) for level, unit in zip(alarm.levels, units, strict=True)),
        tuple(_info(alarm, level, unit, limits) for level, unit in zip(alarm.levels, units, strict=True)),
        latching=alarm.latching,
        enabled=alarm.enabled,
        realarm_ns=None if alarm.realarm_s is None else int(alarm.realarm_s * SECOND),
        either_way=alarm.when == "mismatch",
        rate=_rate(table.infos[signals[0]].unit) if alarm.when in ("rising", "falling") else 0.0,
        extra=extra,
    )


def _limit_unit(alarm: Alarm, unit: str) -> str:
    """What the limits of an alarm are written in: a deviation of temperatures is a difference, in K."""
    if alarm.when in ("rising", "falling"):
        return "K/h" if unit == "°C" else "kPa/min"
    return "K" if unit == "°C" and alarm.when in ("over_setpoint", "under_setpoint") else unit


def _rate(unit: str) -> float:
    """One unit per second in K/h or kPa/min. Raises QuantityError for other than the two dimensions."""
    return 3600.0 if unit == "°C" else Quantity(60.0, unit).to("kPa")


def _limit(level: Level, unit: str, limits: Mapping[str, float]) -> float | None:
    if level.limit is None:
        return None
    if isinstance(level.limit, str):
        base = "°C" if level.limit.startswith("temperature") else "MPa"
        return Quantity(limits[level.limit], base).to(unit)
    return level.limit.to(unit)


def _watch(alarm: Alarm, level: Level, unit: str, limits: Mapping[str, float]) -> Watch:
    # Digital conditions are limits at one half: `on` is above it, `off` below, `mismatch` a difference.
    limit, deadband = _limit(level, unit, limits), 0.0
    sign = -1.0 if alarm.when in ("below", "off", "under_setpoint", "falling") else 1.0
    if limit is None:
        limit = 0.5
    elif level.deadband is not None:
        deadband = level.deadband.to("K" if unit == "°C" else unit)
    reach = limit * sign if alarm.when not in ("under_setpoint", "falling") else abs(limit)
    hard = level.priority == "P1" or level.name in ("HH", "LL")
    on_ns, off_ns = int(level.on_delay_s * SECOND), int(level.off_delay_s * SECOND)
    return Watch(sign, reach, reach - deadband, on_ns, off_ns, hard, alarm.on_bad == "fail_to_alarm")


def _info(alarm: Alarm, level: Level, unit: str, limits: Mapping[str, float]) -> LevelInfo:
    limit = _limit(level, unit, limits)
    return LevelInfo(level.name, level.priority, limit, None if limit is None else unit)


def _path(destination: Destination, table: Signals) -> AlarmPoint:
    """Trouble on the way out; the forwarder has waited long enough before it says so."""
    watch = Watch(1.0, 0.5, 0.5, 0, 0, hard=True, safe=False)
    words = {
        "en": f"data does not reach {destination.id}",
        "zh": f"数据未能送达 {destination.id}",
    }
    info = LevelInfo("LOST", destination.priority, None, None)
    signal = table.index[path_signal(destination.id)]
    return AlarmPoint(f"PATH_{destination.id}", words, (signal,), -1, (watch,), (info,))


def _words(words: Words) -> dict[str, str]:
    return {"en": words.en, "zh": words.zh}


def _sensor(tag: Tag, table: Signals, points: Sequence[AlarmPoint]) -> AlarmPoint:
    """The instrument alarm of a tag: as grave as the alarm it blinds, and it names that alarm."""
    i = table.index[tag.id]
    watching = [point for point in points if i in point.signals]
    blinded = [point for point in watching if any(watch.safe for watch in point.watches)]
    delay, priority = SENSOR_DELAY_NS, sensor_priority(watching, blinded)
    if blinded:
        delay = min(watch.on_delay_ns for point in blinded for watch in point.watches if watch.safe)
    words = {"en": f"sensor fault: {tag.name.en}", "zh": f"传感器故障：{tag.name.zh}"}
    if blinded:
        ids = ", ".join(point.id for point in blinded)
        words = {"en": f"not being watched: {ids} ({tag.name.en})", "zh": f"失去监视：{ids}（{tag.name.zh}）"}
    watch = Watch(1.0, 0.5, 0.5, delay, SENSOR_DELAY_NS, hard=True, safe=False)
    info = LevelInfo("FAULT", priority, None, None)
    extra = {"blinds": ", ".join(point.id for point in blinded)} if blinded else {}
    # A lost device is one alarm; only a blinded safety alarm is named besides it. Beyond the range in the
    # direction of its limit that alarm is not blind: it counts as beyond the limit.
    apart = seen_beyond(blinded) if blinded else COMMUNICATION
    return AlarmPoint(f"SENSOR_{tag.id}", words, (i,), -1, (watch,), (info,), of_quality=apart, extra=extra)


def seen_beyond(safe: Sequence[AlarmPoint]) -> frozenset[int]:
    """The bad qualities that alarms of the safety set take as beyond their limit."""
    signs = {watch.sign for point in safe for watch in point.watches if watch.safe}
    over = {int(Quality.OVER_RANGE)} if 1.0 in signs else set[int]()
    under = {int(Quality.UNDER_RANGE)} if -1.0 in signs else set[int]()
    return frozenset(over | under)


def sensor_priority(watching: Sequence[AlarmPoint], blinded: Sequence[AlarmPoint]) -> Priority:
    """The priority of the blinded alarm for the safety set, P2 where another P1 watches, else P3."""
    if blinded:
        return gravest(blinded)
    return "P2" if watching and gravest(watching) == "P1" else "P3"


def _communication(spec: StationSpec, number: int, table: Signals) -> AlarmPoint:
    device = spec.devices[number]
    watch = Watch(1.0, 0.5, 0.5, 0, 0, hard=True, safe=False)
    name = device.name or Words(en=device.id, zh=device.id)
    words = {"en": f"no communication with {name.en}", "zh": f"与{name.zh}通信中断"}
    info = LevelInfo("LOST", "P2" if len(spec.devices) == 1 else "P3", None, None)
    signal = table.index[f"comm.{device.id.lower()}"]
    return AlarmPoint(f"COMM_{device.id}", words, (signal,), -1, (watch,), (info,))
