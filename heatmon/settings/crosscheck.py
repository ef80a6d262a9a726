"""What only shows when the parts of a station are looked at together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from heatmon.core.authority import may
from heatmon.core.checks import build, named_limits
from heatmon.core.compile import signal_infos
from heatmon.core.spec import StationSpec
from heatmon.settings.alarms import alarm_problems, alarm_warnings, limit_problems
from heatmon.settings.curves import curve_problems, curve_tags
from heatmon.settings.faults import Both, nearest, shortened
from heatmon.settings.marks import NOWHERE, Path_, Problem
from heatmon.settings.notify import check_notify
from heatmon.settings.rules import check_rules
from heatmon.settings.rules import doubts as rule_doubts
from heatmon.settings.sides import side_tags, side_warnings
from heatmon.settings.tags import tag_problems, unit_problems
from heatmon.settings.waters import water_tags, water_warnings

KINDS: Final = {
    "link": Both("link", "链路"),
    "device": Both("device", "设备"),
    "group": Both("poll group", "采集组"),
    "tag": Both("tag", "测点"),
    "signal": Both("signal", "信号"),
}


def crosscheck(spec: StationSpec) -> tuple[list[Problem], list[Problem]]:
    """Faults and warnings; their marks are put by the caller."""
    found, odd = curve_problems(spec)
    faults = [*_identities(spec), *_references(spec), *_timezone(spec), *_season(spec), *_sections(spec)]
    faults += [*found, *tag_problems(spec), *unit_problems(spec, tag_references(spec))]
    whole = not faults
    # What the checks conclude is known only when everything they rest on is right.
    units = {tag.id: tag.unit for tag in spec.tags}
    if whole:
        units = {info.id: info.unit for info in signal_infos(spec, build(spec))}
    faults += [*_signals(spec, list(units), whole), *alarm_problems(spec, units)]
    told, doubts = check_notify(spec) if whole else ([], [])
    faults += [*told, *(check_rules(spec, units) if whole else ())]
    faults = faults or [*limit_problems(spec, units)]
    if faults:
        return faults, odd
    warnings = [*alarm_warnings(spec, units), *_empty_groups(spec), *_persons(spec)]
    return [], [*warnings, *odd, *water_warnings(spec), *side_warnings(spec), *doubts, *rule_doubts(spec)]


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, path, key, tuple(params.items()))


def _identities(spec: StationSpec) -> Iterator[Problem]:
    for section in ("links", "devices", "tags", "alarms", "persons"):
        items = getattr(spec, section)
        yield from _twice((section,), "id", [item.id for item in items], "settings.id_twice")
        if section != "persons":
            yield from _still_there(section, items)
    for i, device in enumerate(spec.devices):
        names = [group.id for group in device.groups]
        yield from _twice(("devices", i, "groups"), "id", names, "settings.id_twice")
    users = [person.os_user for person in spec.persons]
    yield from _twice(("persons",), "os_user", users, "settings.os_user_twice")


def _twice(path: Path_, field: str, values: Sequence[str | None], key: str) -> Iterator[Problem]:
    for i, value in enumerate(values):
        if value is not None and value in values[:i]:
            yield _problem((*path, i, field), key, id=value)


def _still_there(section: str, items: Sequence[Any]) -> Iterator[Problem]:
    ids = {item.id for item in items}
    for i, item in enumerate(items):
        if item.renamed_from in ids:
            yield _problem((section, i, "renamed_from"), "settings.still_there", id=item.renamed_from)


def _unknown(path: Path_, what: str, wanted: str, known: Sequence[str]) -> Iterator[Problem]:
    if wanted not in known:
        near = nearest(wanted, known)
        params = {"what": KINDS[what], "id": wanted, "known": shortened(known)}
        if near is not None:
            yield _problem(path, "settings.unknown_id_near", near=near, **params)
        else:
            yield _problem(path, "settings.unknown_id", **params)


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
    yield from side_tags(spec)


def alarm_references(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every place in the alarms that names a signal, with the signal."""
    for i, alarm in enumerate(spec.alarms):
        yield ("alarms", i, "signal"), alarm.signal
        if alarm.against is not None:
            yield ("alarms", i, "against"), alarm.against
        for k, level in enumerate(alarm.levels):
            if level.signal is not None:
                yield ("alarms", i, "levels", k, "signal"), level.signal


def _signals(spec: StationSpec, known: Sequence[str], whole: bool) -> Iterator[Problem]:
    for path, signal in alarm_references(spec):
        if whole or "." not in signal:
            yield from _unknown(path, "signal", signal, known)


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


def _empty_groups(spec: StationSpec) -> Iterator[Problem]:
    used = set(spec.plans())
    for i, device in enumerate(spec.devices):
        for k, group in enumerate(device.groups):
            if (device.id, group.id) not in used:
                yield _problem(("devices", i, "groups", k), "settings.empty_group", group=group.id)


def _persons(spec: StationSpec) -> Iterator[Problem]:
    """Nobody who may acknowledge: every alarm stays unacknowledged for ever."""
    if not any(may(person.role, "ack") for person in spec.persons):
        yield _problem(("persons",), "settings.nobody")
