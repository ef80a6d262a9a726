"""Whether a replay equals the journal, and two replays side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from heatmon.core.effect import Event
from heatmon.replay.run import Outcome
from heatmon.store.canonical import canonical
from heatmon.store.entry import Entry
from heatmon.store.journal_reader import JournalReader

UNTOLD: Final = ("journal.", "store.")
"""Entries that the shell wrote, not the engine."""


@dataclass(frozen=True, slots=True)
class Difference:
    """The first place at which replay and journal part; None on a side that has ended."""

    lived: Mapping[str, Any] | None
    replayed: Mapping[str, Any] | None


def form(event: Event | Entry) -> dict[str, Any]:
    """What must be equal: everything but the time of writing and the chain."""
    if isinstance(event, Event):
        return {
            "event_seq": event.event_seq, "time": event.time_ns, "code": event.code, "actor": event.actor,
            "input_seq": event.input_seq, "payload": dict(event.payload),
        }  # fmt: skip
    header = event.header
    return {
        "event_seq": header.event_seq, "time": header.time_ns, "code": header.code, "actor": header.actor,
        "input_seq": header.input_seq, "payload": dict(event.fields),
    }  # fmt: skip


def lived(state: Path, station: str, from_ns: int, to_ns: int) -> Iterator[Entry]:
    """The engine's entries of a period."""
    for entry in JournalReader(state / "stations" / station / "journal.db").entries():
        if from_ns <= entry.header.time_ns < to_ns and not entry.header.code.startswith(UNTOLD):
            yield entry


def first_difference(entries: Iterable[Entry], events: Iterable[Event]) -> tuple[int, Difference | None]:
    """(how many are equal from the start, the first difference or None)."""
    equal = 0
    for entry, event in zip_longest(entries, events):
        one = None if entry is None else form(entry)
        other = None if event is None else form(event)
        if one is None or other is None or canonical(one) != canonical(other):
            return equal, Difference(one, other)
        equal += 1
    return equal, None


def side_by_side(one: Outcome, other: Outcome) -> list[tuple[str, str, str]]:
    """(what, in the first, in the second): alarms by priority and name, then conclusions and compliance."""
    names = dict.fromkeys((*one.last, *other.last))
    scores = ("compliance_pct", "deficit_kh", "surplus_kh")
    return [
        *(
            (f"{key[0]} {key[1]}", str(one.raised[key]), str(other.raised[key]))
            for key in sorted({*one.raised, *other.raised})
        ),
        ("alarms", str(one.raised.total()), str(other.raised.total())),
        *((name, _shown(one.last.get(name)), _shown(other.last.get(name))) for name in names),
        *((f"curve.day {name}", _mean(one, name), _mean(other, name)) for name in scores),
    ]


def _mean(outcome: Outcome, name: str) -> str:
    values = [float(day[name]) for day in outcome.days if day[name] is not None and int(day["hours"]) > 0]
    return f"{sum(values) / len(values):.1f}" if values else "–"


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3g}"
