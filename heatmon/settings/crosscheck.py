"""What only shows when the parts of a station are looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from heatmon.core.checks import build, named_limits
from heatmon.core.compile import signal_infos
from heatmon.core.quantity import DIMENSION, Quantity
from heatmon.core.spec import Alarm, Level, StationSpec
from heatmon.settings.curves import curve_problems, curve_tags
from heatmon.settings.faults import nearest
from heatmon.settings.marks import Mark, Path_, Problem
from heatmon.settings.waters import water_tags, water_warnings

NOWHERE: Final = Mark("", 0, 0)
DIGITAL: Final = ("on", "off", "mismatch")
RATE: Final = {"pressure": "pressure rate", "temperature": "temperature rate"}


def crosscheck(spec: StationSpec) -> tuple[list[Problem], list[Problem]]:
    """Faults and warnings; their marks are put by the caller."""
    faults = [*_identities(spec), *_references(spec), *_timezone(spec), *_season(spec)]
    if faults:
        return faults, []
    found, odd = curve_problems(spec)
    faults = [*_sections(spec), *found]
    if not faults:
        units = {info.id: info.unit for info in signal_infos(spec, build(spec))}
        faults = [*_alarms(spec, units)]
    warnings = [*_warnings(spec), *odd, *water_warnings(spec)]
    if not faults:
        faults.extend(_crossing(spec))
    return faults, warnings


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, path, key, tuple(params.items()))


def _identities(spec: StationSpec) -> Iterator[Problem]:
    for section in ("links", "devices", "tags", "alarms", "persons", "destinations"):
        seen: set[str] = set()
        for i, item in enumerate(getattr(spec, section)):
            if item.id in seen:
                yield _problem((section, i, "id"), "settings.id_twice", id=item.id)
            seen.add(item.id)

    for i, device in enumerate(spec.devices):
        groups: set[str] = set()
        for k, group in enumerate(device.groups):
            if group.id in groups:
                yield _problem(("devices", i, "groups", k, "id"), "settings.id_twice", id=group.id)
            groups.add(group.id)


def _unknown(path: Path_, what: str, wanted: str, known: Sequence[str]) -> Iterator[Problem]:
    if wanted not in known:
        near = nearest(wanted, known)
        if near is not None:
            yield _problem(path, "settings.unknown_id_near", what=what, id=wanted, near=near)
        else:
            yield _problem(path, "settings.unknown_id", what=what, id=wanted, known=", ".join(known) or "–")


def _references(spec: StationSpec) -> Iterator[Problem]:
    links = [link.id for link in spec.links]
    groups = {device.id: [group.id for group in device.groups] for device in spec.devices}
    for i, device in enumerate(spec.devices):
        yield from _unknown(("devices", i, "link"), "link", device.link, links)
    for i, tag in enumerate(spec.tags):
        found = list(_unknown(("tags", i, "device"), "device", tag.device, list(groups)))
        yield from found
        if not found:
            yield from _unknown(("tags", i, "group"), "group", tag.group, groups[tag.device])
    tags = [tag.id for tag in spec.tags]
    for path, tag_id in tag_references(spec):
        yield from _unknown(path, "tag", tag_id, tags)


def tag_references(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every place in the sections that names a tag, with the tag."""
    yield from curve_tags(spec)
    yield from water_tags(spec)
    if spec.pressure is not None:
        yield ("pressure", "return"), spec.pressure.return_
        if spec.pressure.supply is not None:
            yield ("pressure", "supply"), spec.pressure.supply


def alarm_references(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every place in the alarms that names a signal, with the signal."""
    for i, alarm in enumerate(spec.alarms):
        yield ("alarms", i, "signal"), alarm.signal
        if alarm.against is not None:
            yield ("alarms", i, "against"), alarm.against
        for k, level in enumerate(alarm.levels):
            if level.signal is not None:
                yield ("alarms", i, "levels", k, "signal"), level.signal


def _timezone(spec: StationSpec) -> Iterator[Problem]:
    try:
        ZoneInfo(spec.station.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield _problem(("station", "timezone"), "settings.timezone", zone=spec.station.timezone)


def _season(spec: StationSpec) -> Iterator[Problem]:
    season = spec.station.season
    if season is not None and season.end <= season.start:
        yield _problem(("station", "season", "end"), "settings.season")


def _sections(spec: StationSpec) -> Iterator[Problem]:
    limits = named_limits(spec)
    for i, alarm in enumerate(spec.alarms):
        for k, level in enumerate(alarm.levels):
            if isinstance(level.limit, str) and level.limit not in limits:
                section = "curve" if level.limit.startswith("temperature") else "pressure"
                path: Path_ = ("alarms", i, "levels", k, "limit")
                yield _problem(path, "settings.no_section", limit=level.limit, section=section)


def _alarms(spec: StationSpec, units: dict[str, str]) -> Iterator[Problem]:
    ranged = {tag.id for tag in spec.tags if tag.range is not None}
    tags = {tag.id: i for i, tag in enumerate(spec.tags)}
    for i, alarm in enumerate(spec.alarms):
        signals: list[tuple[Path_, str]] = [(("alarms", i, "signal"), alarm.signal)]
        if alarm.against is not None:
            signals.append((("alarms", i, "against"), alarm.against))
        elif alarm.when in ("mismatch", "over_setpoint", "under_setpoint"):
            yield _problem(("alarms", i), "settings.no_against", when=alarm.when)
        for k, level in enumerate(alarm.levels):
            if level.signal is not None:
                signals.append((("alarms", i, "levels", k, "signal"), level.signal))
        unknown = [
            found for path, signal in signals for found in _unknown(path, "signal", signal, list(units))
        ]
        yield from unknown
        if unknown:
            continue
        if alarm.when not in DIGITAL and alarm.signal in tags and alarm.signal not in ranged:
            yield _problem(("tags", tags[alarm.signal]), "settings.no_range")
        for k, level in enumerate(alarm.levels):
            yield from _level(("alarms", i, "levels", k), alarm, level, units[level.signal or alarm.signal])


def _level(path: Path_, alarm: Alarm, level: Level, unit: str) -> Iterator[Problem]:
    if alarm.when in DIGITAL:
        return
    if level.limit is None:
        yield _problem(path, "settings.no_limit", when=alarm.when)
        return
    dimension = DIMENSION[unit]
    if alarm.when in ("over_setpoint", "under_setpoint") and dimension == "temperature":
        dimension = "difference"
    if alarm.when in ("rising", "falling"):
        dimension = RATE.get(dimension, dimension)
    if isinstance(level.limit, Quantity) and level.limit.dimension != dimension:
        yield _problem((*path, "limit"), "settings.unit", limit=str(level.limit), unit=unit)
    deadband = "difference" if dimension == "temperature" else dimension
    if level.deadband is not None and level.deadband.dimension != deadband:
        yield _problem((*path, "deadband"), "settings.unit", limit=str(level.deadband), unit=unit)


def _crossing(spec: StationSpec) -> Iterator[Problem]:
    """A low limit at or above a high limit of the same signal: one of them always alarms."""
    limits = named_limits(spec)

    def value(level: Level) -> float | None:
        if isinstance(level.limit, str):
            return limits[level.limit]
        return None if level.limit is None else level.limit.to(_base(level.limit))

    lows = [(a, lv, value(lv)) for a in spec.alarms if a.when == "below" for lv in a.levels]
    for i, alarm in enumerate(spec.alarms):
        for k, level in enumerate(alarm.levels):
            high = value(level) if alarm.when == "above" else None
            for other, low_level, low in lows:
                if high is not None and low is not None and other.signal == alarm.signal and low >= high:
                    yield _problem(
                        ("alarms", i, "levels", k, "limit"),
                        "settings.limits_cross",
                        low=f"{other.id}.{low_level.name}",
                        low_limit=str(low_level.limit),
                        high=f"{alarm.id}.{level.name}",
                        high_limit=str(level.limit),
                    )


def _base(limit: Quantity) -> str:
    return {"pressure": "MPa", "temperature": "°C"}.get(limit.dimension, limit.unit)


def _warnings(spec: StationSpec) -> Iterator[Problem]:
    for i, alarm in enumerate(spec.alarms):
        for k, level in enumerate(alarm.levels):
            path: Path_ = ("alarms", i, "levels", k)
            if alarm.when not in DIGITAL and level.deadband is None:
                yield _problem(path, "settings.no_deadband")
            if alarm.when not in DIGITAL and not level.on_delay_s:
                yield _problem(path, "settings.no_delay")
        gravest = any(level.priority == "P1" for level in alarm.levels)
        if gravest and alarm.when in ("above", "below") and alarm.on_bad != "fail_to_alarm":
            yield _problem(("alarms", i), "settings.not_fail_to_alarm")
    used = set(spec.plans())
    for i, device in enumerate(spec.devices):
        for k, group in enumerate(device.groups):
            if (device.id, group.id) not in used:
                yield _problem(("devices", i, "groups", k), "settings.empty_group", group=group.id)
