"""Alarms against the signals they watch: units, limits in their order, deadbands, delays, ranges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from heatmon.core.checks import named_limits
from heatmon.core.quantity import DIMENSION, Quantity, QuantityError
from heatmon.core.spec import Alarm, Level, StationSpec, Tag
from heatmon.settings.marks import NOWHERE, Path_, Problem

DIGITAL: Final = ("on", "off", "mismatch")
AGAINST: Final = ("mismatch", "over_setpoint", "under_setpoint")
RATE: Final = {"pressure": "pressure rate", "temperature": "temperature rate"}
WRITTEN_IN: Final = {"pressure rate": "kPa/min", "temperature rate": "K/h", "difference": "K"}
OWN: Final = ("SENSOR_", "COMM_")
"""How the alarms begin that heatmon makes for every sensor and device."""


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, path, key, tuple(params.items()))


# -- one by one --------------------------------------------------------------------------------


def alarm_problems(spec: StationSpec, units: Mapping[str, str]) -> Iterator[Problem]:
    """Faults of the alarms whose signals are known. units: of every known signal."""
    ranged = {tag.id for tag in spec.tags if tag.range is not None}
    tags = {tag.id: i for i, tag in enumerate(spec.tags)}
    for i, alarm in enumerate(spec.alarms):
        at: Path_ = ("alarms", i)
        if alarm.id.startswith(OWN):
            yield _problem((*at, "id"), "settings.own_alarm", id=alarm.id)
        if alarm.against is None and alarm.when in AGAINST:
            yield _problem(at, "settings.no_against", when=alarm.when)
        for name, count in Counter(level.name for level in alarm.levels).items():
            if count > 1:
                yield _problem((*at, "levels"), "settings.id_twice", id=name)
        if alarm.when not in DIGITAL and alarm.signal in tags and alarm.signal not in ranged:
            yield _problem(("tags", tags[alarm.signal]), "settings.no_range", alarm=alarm.id)
        for k, level in enumerate(alarm.levels):
            if (unit := units.get(level.signal or alarm.signal)) is not None:
                yield from _level((*at, "levels", k), alarm, level, unit)


def _level(path: Path_, alarm: Alarm, level: Level, unit: str) -> Iterator[Problem]:
    if alarm.when in DIGITAL:
        if level.limit is not None:
            yield _problem((*path, "limit"), "settings.digital_limit", when=alarm.when)
        return
    if level.limit is None:
        yield _problem(path, "settings.no_limit", when=alarm.when, near=f"1 {unit}")
        return
    dimension = _dimension(alarm, unit)
    if isinstance(level.limit, Quantity) and level.limit.dimension != dimension:
        near = WRITTEN_IN.get(dimension, unit)
        yield _problem((*path, "limit"), "settings.unit", limit=str(level.limit), unit=near, near=f"1 {near}")
    deadband = "difference" if dimension == "temperature" else dimension
    if level.deadband is not None and level.deadband.dimension != deadband:
        near = WRITTEN_IN.get(deadband, unit)
        params = {"limit": str(level.deadband), "unit": near, "near": f"1 {near}"}
        yield _problem((*path, "deadband"), "settings.unit", **params)
    elif level.deadband is not None and level.deadband.value < 0:
        yield _problem((*path, "deadband"), "settings.above_zero", value=str(level.deadband))


def _dimension(alarm: Alarm, unit: str) -> str:
    """What a limit of the alarm measures, when its signal is in this unit."""
    dimension = DIMENSION[unit]
    if alarm.when in ("over_setpoint", "under_setpoint") and dimension == "temperature":
        return "difference"
    if alarm.when in ("rising", "falling"):
        return RATE.get(dimension, dimension)
    return dimension


# -- together ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Bound:
    """A limit of `above` or `below`, as a number in its signal's unit."""

    path: Path_
    alarm: Alarm
    level: Level
    signal: str
    value: float

    @property
    def name(self) -> str:
        return f"{self.alarm.id}.{self.level.name}"


def _bounds(spec: StationSpec, units: Mapping[str, str], when: str) -> list[_Bound]:
    limits, found = named_limits(spec), []
    for i, alarm in enumerate(spec.alarms):
        for k, level in enumerate(alarm.levels):
            signal = level.signal or alarm.signal
            if alarm.when == when and level.limit is not None:
                value = _value(level, limits, units[signal])
                found.append(_Bound(("alarms", i, "levels", k), alarm, level, signal, value))
    return found


def _value(level: Level, limits: Mapping[str, float], unit: str) -> float:
    if isinstance(level.limit, str):
        base = "°C" if level.limit.startswith("temperature") else "MPa"
        return Quantity(limits[level.limit], base).to(unit)
    assert level.limit is not None
    return level.limit.to(unit)


def limit_problems(spec: StationSpec, units: Mapping[str, str]) -> Iterator[Problem]:
    """Limits that contradict each other: a low one at or above a high one, levels in a wrong order."""
    try:
        highs, lows = _bounds(spec, units, "above"), _bounds(spec, units, "below")
    except QuantityError:
        # A computed limit on a signal of another dimension; the engine cannot judge it either.
        yield from _named_misfits(spec, units)
        return
    for high in highs:
        for low in lows:
            if high.signal == low.signal and low.value >= high.value:
                yield _problem(
                    (*high.path, "limit"),
                    "settings.limits_cross",
                    low=low.name,
                    low_limit=str(low.level.limit),
                    high=high.name,
                    high_limit=str(high.level.limit),
                )
    for bounds, sign in ((highs, 1.0), (lows, -1.0)):
        for mild, grave in pairwise(bounds):
            same = mild.alarm is grave.alarm and mild.signal == grave.signal
            if same and sign * grave.value <= sign * mild.value:
                params = {"grave": grave.level.name, "mild": mild.level.name}
                yield _problem((*grave.path, "limit"), "settings.levels_order", **params)


def _named_misfits(spec: StationSpec, units: Mapping[str, str]) -> Iterator[Problem]:
    limits = named_limits(spec)
    for i, alarm in enumerate(spec.alarms):
        for k, level in enumerate(alarm.levels):
            if isinstance(level.limit, str):
                unit = units[level.signal or alarm.signal]
                try:
                    _value(level, limits, unit)
                except QuantityError:
                    path: Path_ = ("alarms", i, "levels", k, "limit")
                    yield _problem(path, "settings.unit", limit=level.limit, unit=unit, near=f"1 {unit}")


# -- what is allowed but odd -------------------------------------------------------------------


def alarm_warnings(spec: StationSpec, units: Mapping[str, str]) -> Iterator[Problem]:
    """Alarms that would chatter, that one sample raises, or that a good value can never raise or clear."""
    tags = {tag.id: tag for tag in spec.tags}
    for i, alarm in enumerate(spec.alarms):
        at: Path_ = ("alarms", i)
        for k, level in enumerate(alarm.levels):
            path: Path_ = (*at, "levels", k)
            if alarm.when not in DIGITAL and level.deadband is None:
                yield _problem(path, "settings.no_deadband")
            if alarm.when not in DIGITAL and not level.on_delay_s:
                yield _problem(path, "settings.no_delay")
        gravest = any(level.priority == "P1" for level in alarm.levels)
        if gravest and alarm.when in ("above", "below") and alarm.on_bad != "fail_to_alarm":
            yield _problem(at, "settings.not_fail_to_alarm")
    for when, sign in (("above", 1.0), ("below", -1.0)):
        for bound in _bounds(spec, units, when):
            if (tag := tags.get(bound.signal)) is not None and tag.range is not None:
                yield from _against_range(bound, tag, sign)


def _against_range(bound: _Bound, tag: Tag, sign: float) -> Iterator[Problem]:
    assert tag.range is not None
    low, high = tag.range.min.to(tag.unit), tag.range.max.to(tag.unit)
    beyond = bound.value >= high if sign > 0 else bound.value <= low
    if beyond:
        end = tag.range.max if sign > 0 else tag.range.min
        params = {"limit": str(bound.level.limit), "tag": tag.id, "end": str(end)}
        yield _problem((*bound.path, "limit"), "settings.limit_beyond_range", **params)
        return
    deadband = bound.level.deadband
    back = 0.0 if deadband is None else deadband.to("K" if tag.unit == "°C" else tag.unit)
    clears = bound.value - sign * back
    if not low < clears < high:
        yield _problem((*bound.path, "deadband"), "settings.never_clears", tag=tag.id, deadband=str(deadband))
