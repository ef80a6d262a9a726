"""An engine without a usable checkpoint: rebuilt from what history and journal hold, never blank in silence.

The windows of the checks come from the scans of the last two days; states, occurrences and numbers of
alarms from their entries. Delays start afresh, permits must be granted again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from heatmon.app.shared import Shared
from heatmon.core.engine import Engine
from heatmon.core.judge import PATIENCE_NS
from heatmon.core.lifecycle import ACTIVE, State
from heatmon.core.spec import StationSpec
from heatmon.runtime.clock import Clock
from heatmon.store.entry import Entry, Recovered
from heatmon.store.history import Cursor, day_of
from heatmon.store.journal import Journal

BATCH: Final = 1000
DAY_NS: Final = 86_400 * 1_000_000_000
STATES: Final = {
    "alarm.raised": State.UNACK,
    "alarm.reannounced": State.UNACK,
    "alarm.acknowledged": State.ACKED,
    "alarm.returned": State.RTNUN,
    "alarm.closed": State.NORM,
}
"""The state after an entry; a return or an acknowledgement that closes is followed by `alarm.closed`."""


def patience_ns(clock: Clock) -> int:
    """How long a silent group is waited for: stalls are wall time under any clock."""
    return int(PATIENCE_NS * max(1.0, clock.factor))


def rebuilt(shared: Shared, spec: StationSpec, bundle: str, journal: Journal, found: Recovered) -> Engine:
    """The engine as near to the one that was lost as the disk allows; its numbers go on from `found`."""
    began = found.last_time_ns - DAY_NS
    engine = Engine(spec, bundle, began, patience_ns(shared.clock))
    cursor = Cursor(day_of(began), 0)
    while True:
        stored, cursor = shared.history.read_after(spec.station.id, cursor, BATCH)
        if not stored:
            break
        for one in stored:
            if one.scan.input_seq:
                # Other inputs lay between them; the numbers of the scans are what is kept.
                engine.input_seq = one.scan.input_seq - 1
                engine.step(one.scan, one.scan.received_ns)
    # What it said while it relived them stands in the journal already.
    engine.alarms.forget()
    engine.alarms.load(alarm_states(engine, journal.entries()))
    engine.event_seq, engine.input_seq = found.event_seq, found.input_seq
    return engine


def alarm_states(engine: Engine, entries: Iterable[Entry]) -> dict[str, dict[str, Any]]:
    """The last state of each alarm that the journal knows, in the form of a checkpoint."""
    states: dict[str, dict[str, Any]] = {}
    for entry in entries:
        alarm = str(entry.fields.get("alarm", ""))
        point = engine.alarms.by_id.get(alarm)
        if point is None or not entry.header.code.startswith("alarm."):
            continue
        state = states.setdefault(alarm, point.blank())
        if entry.header.code in ("alarm.disabled", "alarm.enabled"):
            state["e"] = entry.header.code == "alarm.enabled"
        if (after := STATES.get(entry.header.code)) is None:
            continue
        state["s"] = _latched(after, state["s"]) if point.latching else after.value
        _number(state, entry, [info.name for info in point.infos])
    return states


def _latched(after: State, before: str) -> str:
    """A latching alarm returns to a latch, and an acknowledged latch stays one."""
    if after is State.RTNUN:
        return (State.LAT_A if before == State.ACKED.value else State.LAT_U).value
    return State.LAT_A.value if after is State.ACKED and before == State.LAT_U.value else after.value


def _number(state: dict[str, Any], entry: Entry, levels: list[str]) -> None:
    occurrence = str(entry.fields.get("occurrence", ""))
    number = occurrence.rpartition("#")[2]
    state["o"], state["n"] = occurrence, int(number) if number.isdigit() else state["n"]
    since, _, acked = state["t"]
    if entry.header.code == "alarm.raised":
        since = entry.header.time_ns
    elif entry.header.code == "alarm.acknowledged":
        acked = entry.header.time_ns
    state["t"] = [since, entry.header.time_ns, acked]
    level = str(entry.fields.get("level", ""))
    state["l"] = levels.index(level) if level in levels else 0
    # An alarm that stands holds until good input has been back for the off-delay.
    state["w"] = {level: [True, None, None, None]} if state["s"] in ACTIVE and level in levels else {}
