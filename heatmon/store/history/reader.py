"""Reading the history while the daemon writes it: from any thread or process, never writing.

Every outward path reads here, each with a reader of its own: a reader keeps the place where it stands,
so that going on costs no more than what is new.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, TypeVar

from heatmon.core.scan import Scan
from heatmon.store.cursor import Cursor
from heatmon.store.history.day import PACKED, Days, name_of, size_of
from heatmon.store.history.dayreader import UNREADABLE, DayReader, Told, is_refusal
from heatmon.store.history.packedday import PackedDay
from heatmon.store.history.plot import Plot
from heatmon.store.history.rowsday import RowsDay
from heatmon.store.history.stored import Backlog, Columns, PlanRow, Row, StoredScan, columns_of, scan_of
from heatmon.store.history.tags import Series, read_plot, read_range

log = logging.getLogger("heatmon.history")

ATTEMPTS: Final = 5
"""A day may give way to its packed file between a look at the directory and the opening of the file."""
_T = TypeVar("_T")
Found = tuple[Sequence[Row], Mapping[int, PlanRow]]
NOTHING: Final[Found] = ((), {})


class HistoryReader:
    """All stations below one directory. Safe in any thread; one reader per outward path is fast.

    told: called with a file and what is damaged in it; the reader leaves that out and goes on.
    """

    def __init__(self, directory: Path, told: Told | None = None) -> None:
        self.directory = directory
        self._told = told if told is not None else Damage()
        self._days = Days(directory)
        self._reading = threading.Lock()
        self._held: DayReader | None = None

    def read_after(self, station: str | None, cursor: Cursor, limit: int) -> tuple[list[StoredScan], Cursor]:
        """At most `limit` scans after the cursor in input order, and the cursor behind them.

        station: None for all of them. The cursor may move without a scan: past days in which the
        station has nothing more. It has arrived when there are no scans. Raises sqlite3.OperationalError
        where the file system refuses.
        """
        return self._read(station, cursor, limit, _as_scans)

    def read_columns_after(
        self, station: str | None, cursor: Cursor, limit: int
    ) -> tuple[list[Columns], Cursor]:
        """The same scans by plan and column, for whoever handles thousands of them at once."""
        return self._read(station, cursor, limit, _as_columns)

    def _read(
        self,
        station: str | None,
        cursor: Cursor,
        limit: int,
        shape: Callable[[Sequence[Row], Mapping[int, PlanRow], Callable[[Exception], None]], list[_T]],
    ) -> tuple[list[_T], Cursor]:
        out: list[_T] = []
        with self._reading:
            files = [file for file in self.files() if name_of(file) >= cursor.day]
            for number, file in enumerate(files):
                after = cursor.position if name_of(file) == cursor.day else 0
                look = partial(_some, station, after, limit)
                rows, plans = self.look(file, look, NOTHING)
                out += shape(rows, plans, partial(self.damaged, file))
                limit -= len(rows)
                if rows:
                    cursor = Cursor(name_of(file), rows[-1].position)
                if limit <= 0:
                    break
                if number + 1 < len(files):
                    # A day that has a newer one gets no more rows.
                    cursor = max(cursor, Cursor(name_of(files[number + 1])))
        return out, cursor

    def cursor_at(self, station: str, input_seq: int) -> Cursor:
        """The cursor after which `read_after` gives a station's inputs later than `input_seq`."""
        with self._reading:
            for file in reversed(self.files()):
                found = self.look(file, lambda day: day.last_input(station, input_seq), None)
                if found is not None:
                    return Cursor(name_of(file), found)
        return Cursor()

    def end(self) -> Cursor:
        """Behind everything there is now: where a destination begins that wants only what comes."""
        with self._reading:
            for file in reversed(self.files()):
                last = self.look(file, _last, None)
                if last is not None:
                    return Cursor(name_of(file), last)
        return Cursor()

    def backlog(self, cursor: Cursor, station: str | None = None) -> Backlog:
        """How much lies behind a cursor; scans and bytes over all stations, oldest_ns of the asked ones."""
        scans = size = 0
        with self._reading:
            for file in self.files():
                if name_of(file) < cursor.day:
                    continue
                after = cursor.position if name_of(file) == cursor.day else 0
                last = self.look(file, _last, None) or after
                scans += last - after
                size += size_of(file) * (last - after) // max(1, last)
        first, _ = self.read_after(station, cursor, 1)
        return Backlog(scans, size, first[0].scan.received_ns if first else None)

    def read_range(self, station: str, tag: str, from_ns: int, to_ns: int) -> Series:
        """Every sample of a tag from `from_ns` to before `to_ns` with its quality, in order of time."""
        with self._reading:
            return read_range(self, station, tag, from_ns, to_ns)

    def plot(self, station: str, tag: str, from_ns: int, to_ns: int, points: int = 1000) -> Plot:
        """A tag as `points` steps from summaries; the minute that is not over yet is not in it."""
        with self._reading:
            return read_plot(self, station, tag, from_ns, to_ns, points)

    def files(self) -> list[Path]:
        """The days' files in order."""
        return self._days.files()

    def _at(self, file: Path) -> DayReader:
        """The day's open file; another one is closed, so that deleted days give their room back."""
        held = self._held
        if held is None or held.file != file or not held.current:
            if held is not None:
                held.close()
            self._held = None
            self._held = held = self._opened(file)
        return held

    def _opened(self, file: Path) -> DayReader:
        for _ in range(ATTEMPTS):
            try:
                return (PackedDay if file.suffix == PACKED else RowsDay)(file, self._told)
            except (FileNotFoundError, sqlite3.OperationalError):
                # Packed or deleted since we looked.
                again = [other for other in self._days.files() if name_of(other) == name_of(file)]
                if file in again:
                    raise
                if not again:
                    break
                file = again[-1]
        raise FileNotFoundError(file)

    def look(self, file: Path, look: Callable[[DayReader], _T], nothing: _T) -> _T:
        """What a look at a day gives; `nothing` from one that is damaged, without tables, or just deleted."""
        try:
            return look(self._at(file))
        except FileNotFoundError:
            return nothing
        except UNREADABLE as error:
            if is_refusal(error):
                raise
            self.damaged(file, error)
            return nothing

    def damaged(self, file: Path, error: Exception) -> None:
        """Tell about a damaged file."""
        self._told(file, str(error))

    def close(self) -> None:
        """Close what is open; reading on opens it again."""
        with self._reading:
            if self._held is not None:
                self._held.close()
                self._held = None


def _last(day: DayReader) -> int | None:
    return day.last_position()


class Damage:
    """Tells the log about each damaged file once."""

    def __init__(self) -> None:
        self._told: set[tuple[Path, str]] = set()

    def __call__(self, file: Path, reason: str) -> None:
        """Note one damaged place."""
        if (file, reason) not in self._told:
            self._told.add((file, reason))
            log.error("%s is damaged; what can be read of it is: %s", file.name, reason)


def _some(station: str | None, after: int, limit: int, day: DayReader) -> Found:
    return day.rows(station, after, limit), day.plans()


def _as_scans(
    rows: Sequence[Row], plans: Mapping[int, PlanRow], bad: Callable[[Exception], None]
) -> list[StoredScan]:
    out = []
    for row in rows:
        try:
            out.append(scan_of(row, plans[row.plan]))
        except UNREADABLE as error:
            bad(error)
    return out


def _as_columns(
    rows: Sequence[Row], plans: Mapping[int, PlanRow], bad: Callable[[Exception], None]
) -> list[Columns]:
    by_plan: dict[int, list[Scan]] = {}
    for row in rows:
        try:
            by_plan.setdefault(row.plan, []).append(scan_of(row, plans[row.plan]).scan)
        except UNREADABLE as error:
            bad(error)
    return [columns_of(plans[plan], scans) for plan, scans in by_plan.items()]
