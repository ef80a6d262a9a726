"""Line protocol from journal entries: what happened, in numbers and tags. Pure; texts stay in the journal.

    heatmon_alarm,alarm=P2R_HH,station=HX-017 code=10i,event_seq=841i,priority=1i,state=2i 1764061200000
    heatmon_event,event=link.lost,station=HX-017,subject=plc_lan code=20i,event_seq=842i 1764061201000

Two entries of one series in one millisecond are moved apart: the later is moved forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from heatmon.export.line import MS, Written, escaped
from heatmon.store.entry import Entry

LOOK_BACK: Final = 64
"""Entries read again before a cursor, so that times moved apart do not depend on where batches begin."""

# Stored in databases for years: numbers are only ever added, never given to something else.
CODES: Final[Mapping[str, int]] = {
    "alarm.raised": 10,
    "alarm.acknowledged": 11,
    "alarm.returned": 12,
    "alarm.closed": 13,
    "alarm.reset": 14,
    "alarm.reannounced": 15,
    "alarm.priority_changed": 16,
    "alarm.disabled": 17,
    "alarm.enabled": 18,
    "link.lost": 20,
    "link.restored": 21,
    "link.unsteady": 22,
    "path.lost": 25,
    "path.restored": 26,
    "path.parked": 27,
    "forward.retried": 28,
    "forward.skipped": 29,
    "service.started": 30,
    "service.stopped": 31,
    "gap": 32,
    "clock.stepped": 33,
    "config.changed": 34,
    "config.restarted": 35,
    "reading.entered": 40,
    "permit.granted": 41,
    "permit.ended": 42,
    "note": 43,
    "command.refused": 44,
}
OTHER: Final = 0
"""The number of codes that have none yet; the tag `event` names them."""
STATES: Final[Mapping[str, int]] = {
    "alarm.closed": 0,
    "alarm.reset": 0,
    "alarm.enabled": 0,
    "alarm.acknowledged": 1,
    "alarm.raised": 2,
    "alarm.reannounced": 2,
    "alarm.priority_changed": 2,
    "alarm.returned": 3,
    "alarm.disabled": 4,
}
"""Of an alarm after the entry: 0 normal, 1 acknowledged, 2 unacknowledged, 3 returned, 4 out of use."""
_PRIORITIES: Final = {"P1": 1, "P2": 2, "P3": 3, "P4": 4}
_SUBJECTS: Final = ("link", "path", "tag", "permit", "what", "verb")


def lines_of(station: str, entries: Iterable[Entry], after: int) -> Written:
    """The lines of entries numbered above `after`; those before only help to move times apart."""
    last: dict[str, int] = {}
    lines: list[str] = []
    moved = 0
    for entry in entries:
        key, fields = _line(station, entry)
        ms = entry.header.time_ns // MS
        placed = max(ms, last.get(key, ms - 1) + 1)
        last[key] = placed
        if entry.header.event_seq > after:
            moved += placed != ms
            lines.append(f"{key} {fields} {placed}\n")
    return Written("".join(lines), len(lines), moved)


def _line(station: str, entry: Entry) -> tuple[str, str]:
    header, payload = entry.header, entry.fields
    common = f"code={CODES.get(header.code, OTHER)}i,event_seq={header.event_seq}i"
    if (priority := _PRIORITIES.get(str(payload.get("priority")))) is not None:
        common += f",priority={priority}i"
    if header.code in STATES and "alarm" in payload:
        key = f"heatmon_alarm,alarm={escaped(str(payload['alarm']))},station={escaped(station)}"
        return key, f"{common},state={STATES[header.code]}i"
    subject = next((str(payload[name]) for name in _SUBJECTS if payload.get(name)), "")
    named = f",subject={escaped(subject)}" if subject and "\n" not in subject else ""
    return f"heatmon_event,event={escaped(header.code)},station={escaped(station)}{named}", common
