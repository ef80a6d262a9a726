"""Our own recording: scans out of the history, everything else out of the journal, merged by number.

Inputs of the engine are numbered without gaps. A number that neither holds (a link that came up for the
first time, losses that were coalesced) brought nothing about that is written down; it is passed over,
and coalesced losses are named, because their entries cannot be told again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from heapq import merge
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from heatmon.core.effect import Event
from heatmon.core.input import (
    SYSTEM,
    Actor,
    ClockStepped,
    Command,
    ConfigChange,
    Input,
    Lifecycle,
    LinkChange,
)
from heatmon.core.judge import PATIENCE_NS
from heatmon.core.scan import Origin
from heatmon.core.spec import StationSpec
from heatmon.replay.source import Extent, Step
from heatmon.settings import spec_from_bundle
from heatmon.store.cursor import Cursor
from heatmon.store.entry import Entry
from heatmon.store.history.day import day_of, start_of
from heatmon.store.history.reader import HistoryReader
from heatmon.store.journal_reader import JournalReader

BATCH: Final = 2000
NOTES: Final = frozenset({"note", "command.refused"})
"""Entries of people that change nothing but the journal: taken over as they stand."""


class Recorded:
    """A state folder of the daemon, one station of it."""

    def __init__(self, state: Path, station: str) -> None:
        self._history = state / "history"
        self._journal = JournalReader(state / "stations" / station / "journal.db")
        self._station = station
        self.unknown: dict[str, int] = {}
        """Codes of people's entries that this program cannot tell again, and how many."""

    @property
    def patience_ns(self) -> int:
        """As `Source.patience_ns`: the daemon's."""
        return PATIENCE_NS

    def exists(self) -> bool:
        """Whether there is anything."""
        return self._journal.path.exists() and self._history.is_dir()

    def bundle_at_start(self) -> tuple[StationSpec, str] | None:
        """The settings in use at the first entry: those that the first change replaced, or the last known."""
        for entry in self._journal.entries():
            if entry.header.code == "config.changed":
                bundle = str(entry.fields.get("from"))
                return spec_from_bundle(self._journal.bundle(bundle)), bundle
        return None

    def extent(self) -> Extent | None:
        """Over history and journal."""
        times = [step.now_ns for step in self._first()]
        last = max((entry.header.time_ns for entry in self._journal.tail(1)), default=0)
        newest = max((file.stem for file in self._history.glob("????-??-??.*")), default="")
        if newest:
            for step in self._scans(start_of(newest)):
                last = max(last, step.now_ns)
        if not times:
            return None
        coalesced = sum(1 for entry in self._journal.entries() if entry.header.code == "link.unsteady")
        lost = [] if not coalesced else [f"link.unsteady x{coalesced}"]
        first = min(self._first(), key=lambda step: step.input_seq)
        return Extent(min(times), last, first.input_seq <= 2, lost)

    def _first(self) -> list[Step]:
        firsts = (next(iter(steps), None) for steps in (self._scans(0), self._entries(0, True)))
        return [step for step in firsts if step is not None]

    def steps(self, from_ns: int, to_ns: int, commands: bool) -> Iterator[Step]:
        """Scans and entries by their number."""
        both = merge(self._scans(from_ns), self._entries(from_ns, commands), key=lambda step: step.input_seq)
        for step in both:
            if step.now_ns >= to_ns:
                return
            if step.now_ns >= from_ns:
                yield step

    def _scans(self, from_ns: int) -> Iterator[Step]:
        reader = HistoryReader(self._history)
        cursor = Cursor(day_of(from_ns), 0) if from_ns else Cursor()
        while True:
            found, cursor = reader.read_after(self._station, cursor, BATCH)
            if not found:
                return
            for stored in found:
                scan = stored.scan
                # As lived: what came late was never judged, what the engine concluded never fed back.
                if scan.origin in (Origin.LIVE, Origin.MANUAL) and scan.input_seq:
                    yield Step(scan.received_ns, scan, scan.input_seq)

    def _entries(self, from_ns: int, commands: bool) -> Iterator[Step]:
        entries = (entry for entry in self._journal.entries() if entry.header.time_ns >= from_ns)
        for number, group in groupby(entries, key=lambda entry: entry.header.input_seq):
            yield from self._inputs(number, list(group), commands)

    def _inputs(self, number: int, entries: list[Entry], commands: bool) -> Iterator[Step]:
        """The input that entries of one number came from; none where they are the engine's conclusions."""
        for entry in entries:
            header = entry.header
            if (make := _SYSTEM.get(header.code)) is not None:
                item = self._config(entry) if header.code == "config.changed" else make(entry.fields)
                yield Step(header.time_ns, replace(item, input_seq=number), number)
                return
            if header.actor != SYSTEM.label:
                yield from self._persons(number, entries, commands)
                return

    def _config(self, entry: Entry) -> Input:
        bundle = str(entry.fields["bundle"])
        spec = spec_from_bundle(self._journal.bundle(bundle))
        difference = str(entry.fields["difference"])
        lines = tuple(difference.split("\n")) if difference else ()
        return ConfigChange(spec, bundle, actor_of(entry.header.actor), lines)

    def _persons(self, number: int, entries: list[Entry], commands: bool) -> Iterator[Step]:
        """What a person did; all entries of one number come from one command."""
        if not commands:
            return
        mine = [entry for entry in entries if entry.header.actor != SYSTEM.label]
        first = mine[0]
        header, actor = first.header, actor_of(first.header.actor)
        now = header.time_ns
        if header.code in NOTES:
            note = Event(header.event_seq, now, header.code, header.actor, number, dict(first.fields))
            yield Step(now, None, number, note)
            return
        acknowledged = [entry for entry in mine if entry.header.code == "alarm.acknowledged"]
        if len(acknowledged) > 1:
            yield Step(now, Command(f"replay-{number}", "ack_all", {}, actor, number), number)
            return
        make = _PERSONS.get(header.code)
        if make is None:
            self.unknown[header.code] = self.unknown.get(header.code, 0) + 1
            return
        verb, args = make(first.fields, now)
        given = {name: value for name, value in args.items() if value is not None}
        yield Step(now, Command(f"replay-{number}", verb, given, actor, number), number)


def actor_of(label: str) -> Actor:
    """``zhang@socket/uid`` as an actor who was allowed to: refusals stand in the journal by themselves."""
    person, _, rest = label.partition("@")
    via, _, proof = rest.partition("/")
    return Actor(person, "admin", via or "system", proof or "none")  # type: ignore[arg-type]  # as they were written


Fields = Mapping[str, Any]


def _lifecycle(what: str) -> Callable[[Fields], Input]:
    return lambda fields: Lifecycle(what, 0, 0, str(fields["cause"]))  # type: ignore[arg-type]  # one of three


_SYSTEM: Final[Mapping[str, Callable[[Fields], Any]]] = {
    "service.started": _lifecycle("started"),
    "service.stopped": _lifecycle("stopped"),
    "gap": lambda f: Lifecycle("gap", int(f["from_ns"]), int(f["to_ns"]), str(f["cause"])),
    "clock.stepped": lambda f: ClockStepped(int(f["offset_ms"]) * 1_000_000, bool(f["trusted"])),
    "link.lost": lambda f: LinkChange(str(f["link"]), (), False, str(f["reason"])),
    "link.restored": lambda f: LinkChange(str(f["link"]), (), True, ""),
    "config.changed": lambda f: f,
}
_PERSONS: Final[Mapping[str, Callable[[Fields, int], tuple[str, Fields]]]] = {
    "alarm.acknowledged": lambda f, _: (
        "ack",
        {"alarm": f["alarm"], "occurrence": f["occurrence"], "comment": f.get("comment")},
    ),
    "alarm.reset": lambda f, _: ("reset", {"alarm": f["alarm"]}),
    "alarm.disabled": lambda f, _: ("disable", {"alarm": f["alarm"], "reason": f["reason"]}),
    "alarm.closed": lambda f, _: (
        ("disable", {"alarm": f["alarm"], "reason": "replay"})
        if f["why"] == "disabled"
        else ("enable", {"alarm": f["alarm"]})
    ),
    "alarm.enabled": lambda f, _: ("enable", {"alarm": f["alarm"]}),
    "reading.entered": lambda f, _: (
        "enter_reading",
        {"tag": f["tag"], "value": f"{f['value']} {f['unit']}"},
    ),
    "permit.granted": lambda f, now: (
        "permit",
        {
            "kind": str(f["permit"]).partition("#")[0],
            "volume": f"{f['volume_m3']} m3",
            "duration": f"{(int(f['until_ns']) - now) / 1e9:.9f} s",
            "reason": f["reason"],
        },
    ),
    "permit.ended": lambda f, _: ("end_permit", {"kind": str(f["permit"]).partition("#")[0]}),
}
