"""The store as batches of lines: samples of all stations in input order, and each station's journal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.export.events import LOOK_BACK, lines_of
from heatmon.export.ledger import HOUR_MS
from heatmon.export.line import MS, Numbers, PlanLines
from heatmon.export.units import StationUnits, signature
from heatmon.store.cursor import Cursor
from heatmon.store.history.day import day_of
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.stored import Backlog, StoredScan
from heatmon.store.journal_reader import JournalReader

EVENTS: Final = 500
"""Most journal entries of one batch."""
USUAL_COLUMNS: Final = 20


def journal_file(state: Path, station: str) -> Path:
    """Where a station's journal is."""
    return state / "stations" / station / "journal.db"


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines, and where the cursor stands behind them.

    newest_ns, oldest_ns: receive times in it, 0 when there is none. full: there may be more now.
    hours: samples by the UTC hour of their time.
    """

    text: str
    rows: int
    to: Cursor
    newest_ns: int = 0
    oldest_ns: int = 0
    full: bool = False
    moved: int = 0
    merged: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)


class Source:
    """Reads for one destination. stations: whose data it gets. Not for two threads at once.

    Raises StoreError, sqlite3.OperationalError where the file system refuses.
    """

    def __init__(self, state: Path, stations: Iterable[str]) -> None:
        self._state = state
        self.stations = tuple(stations)
        self._wanted = frozenset(self.stations)
        self._past, self._front = HistoryReader(state / "history"), HistoryReader(state / "history")
        self._units = {station: StationUnits(journal_file(state, station)) for station in self.stations}
        self._lines: dict[tuple[str, str, tuple[str, ...], str], PlanLines] = {}
        self._numbers = Numbers()
        self._input_seq: dict[str, int] = {}
        self._columns, self._known = float(USUAL_COLUMNS), False
        self._seen: dict[str, tuple[int, ...]] = {}

    # -- samples -------------------------------------------------------------------------------

    def end(self) -> Cursor:
        """Behind everything there is now."""
        return self._front.end()

    def front(self, after: Cursor, rows: int) -> Batch:
        """The present: about so many rows after a place."""
        limit = self._scans(rows)
        return self._batch(*self._front.read_after(None, after, limit), limit)

    def past(self, after: Cursor, shore: Cursor, rows: int) -> Batch:
        """The past: about so many rows after a place, nothing beyond the shore."""
        limit = self._scans(rows)
        stored, to = self._past.read_after(None, after, limit)
        while to > shore and limit > 1:
            # Positions have no gaps within a day: a smaller bite ends before the shore.
            same_day = shore.day == after.day
            limit = shore.position - after.position if same_day else limit // 2
            stored, to = self._past.read_after(None, after, limit)
        return self._batch(stored, to, limit)

    def _scans(self, rows: int) -> int:
        return max(1, round(rows / self._columns))

    def _batch(self, stored: Sequence[StoredScan], to: Cursor, limit: int) -> Batch:
        parts: list[str] = []
        hours: Counter[int] = Counter()
        rows = moved = merged = newest = 0
        # After reading: whatever settings these scans were made under stand in the journal by now.
        for station in self._wanted.intersection(one.station for one in stored):
            self._units[station].refresh()
        for one in stored:
            scan = one.scan
            newest = max(newest, scan.received_ns)
            if one.station not in self._wanted:
                continue
            written = self._plan(one).write(scan)
            parts.append(written.text)
            rows += written.rows
            moved, merged = moved + written.moved, merged + written.merged
            _count(hours, scan, written.text, written.rows)
        if stored and rows:
            lately = rows / len(stored)
            self._columns = lately if not self._known else self._columns + (lately - self._columns) / 8
            self._known = True
        oldest = stored[0].scan.received_ns if stored else 0
        return Batch("".join(parts), rows, to, newest, oldest, len(stored) >= limit, moved, merged, hours)

    def _plan(self, one: StoredScan) -> PlanLines:
        scan, station = one.scan, one.station
        if scan.input_seq:
            self._input_seq[station] = scan.input_seq
        units = self._units[station]
        # What the engine concluded has no number of its own; it belongs to the inputs before it.
        bundle = units.bundle_at(scan.input_seq or self._input_seq.get(station, 0))
        key = (station, scan.device, one.tags, bundle)
        if (known := self._lines.get(key)) is None:
            known = PlanLines(station, scan.device, one.tags, units.of(bundle), self._numbers)
            self._lines[key] = known
        return known

    def hour(self, hour: int, after: Cursor | None, rows: int) -> Batch:
        """An hour once more: from its begin, or where it has come; no rows when it is through."""
        start_ns = hour * HOUR_MS * MS
        at = after if after is not None else place_before(self._past, start_ns)
        limit = self._scans(rows)
        batch = self._batch(*self._past.read_after(None, at, limit), limit)
        return batch if batch.oldest_ns < start_ns + HOUR_MS * MS else Batch("", 0, batch.to)

    def newest_ns(self) -> int:
        """When the last scan was received, 0 when there is none."""
        end = self._front.end()
        found, _ = self._front.read_after(None, Cursor(end.day, max(0, end.position - 1)), 1)
        return found[-1].scan.received_ns if found else 0

    def backlog(self, after: Cursor) -> Backlog:
        """What lies behind a place, in scans and bytes of all stations."""
        if not self._known:
            found, _ = self._past.read_after(None, after, 2 * USUAL_COLUMNS)
            if found:
                self._columns = sum(len(one.tags) for one in found) / len(found)
        return self._past.backlog(after)

    @property
    def columns(self) -> float:
        """Rows a scan, as they come lately."""
        return self._columns

    # -- events --------------------------------------------------------------------------------

    def stirred(self, station: str) -> bool:
        """Whether a station's journal may hold more than when this was last asked."""
        seen = signature(journal_file(self._state, station))
        changed = self._seen.get(station) != seen
        self._seen[station] = seen
        return changed

    def look_again(self, station: str) -> None:
        """There may be more in this journal although its file does not change."""
        self._seen.pop(station, None)

    def last_event(self, station: str) -> Cursor:
        """The journal's end now."""
        return Cursor(position=JournalReader(journal_file(self._state, station)).head().event_seq)

    def events(self, station: str, after: int) -> Batch:
        """Journal entries after one, as lines."""
        reader = JournalReader(journal_file(self._state, station))
        entries = list(reader.entries(max(0, after - LOOK_BACK), LOOK_BACK + EVENTS))
        written = lines_of(station, entries, after)
        last = max((entry.header.event_seq for entry in entries), default=after)
        to = Cursor(position=max(after, last))
        return Batch(
            written.text, written.rows, to, full=len(entries) >= LOOK_BACK + EVENTS, moved=written.moved
        )

    def close(self) -> None:
        """Close what is open."""
        self._past.close()
        self._front.close()


def _count(hours: Counter[int], scan: Scan, text: str, rows: int) -> None:
    if scan.between or scan.origin.value == 1:
        for line in text.splitlines():
            hours[hour_of(line)] += 1
    else:
        hours[scan.received_ns // MS // HOUR_MS] += rows


def hour_of(line: str) -> int:
    """The UTC hour of a line, by its time at the end."""
    return int(line.rpartition(" ")[2]) // HOUR_MS


def place_before(reader: HistoryReader, moment_ns: int) -> Cursor:
    """The last place before everything that was received from a moment on, by halves."""
    day = day_of(moment_ns)

    def reached(position: int) -> bool:
        found, _ = reader.read_after(None, Cursor(day, position), 1)
        return not found or found[0].scan.received_ns >= moment_ns

    if reached(0):
        return Cursor(day)
    low, high = 0, 1
    while not reached(high):
        low, high = high, high * 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return Cursor(day, high)
