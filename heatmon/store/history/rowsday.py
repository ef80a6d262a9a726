"""Reading a day of rows, while it is written or until it is packed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from heatmon.store.history.cells import Cell
from heatmon.store.history.day import positions_given
from heatmon.store.history.dayreader import DayReader, Sampled, Told, is_refusal
from heatmon.store.history.minutes import CELL, MINUTE_NS, moment_of
from heatmon.store.history.stored import PlanRow, Row, scan_of

WINDOW: Final = 5_000
"""Positions looked at in one transaction: some hundredths of a second on the slowest card."""
UNREADABLE_MAX: Final = 200_000
"""Positions on end that cannot be read: more than a damaged inner page can hide."""
_Scanned = tuple[int, int, int, int, bytes, int]


class RowsDay(DayReader):
    """A day that may still get rows."""

    def __init__(self, file: Path, told: Told) -> None:
        super().__init__(file, told)
        self._unreadable = 0
        """How many positions on end could not be read."""

    def rows(self, station: str | None, after: int, limit: int) -> list[Row]:
        """As `DayReader.rows`, in windows of `WINDOW` positions."""
        end, found = self.last_position(), list[Row]()
        wanted, self._unreadable = self._wanted(station), 0
        while after < end and len(found) < limit and self._unreadable < UNREADABLE_MAX:
            upto = min(after + WINDOW, end)
            found += self._window(wanted, after, upto, limit - len(found))
            after = upto
        return found

    def _wanted(self, station: str | None) -> str:
        return json.dumps(self.ids(station))

    def _window(self, wanted: str, after: int, upto: int, limit: int) -> list[Row]:
        try:
            found = [Row._make(row) for row in self._select(wanted, after, upto, limit)]
        except sqlite3.DatabaseError as error:
            self._note(error)
            return self._around_damage(wanted, after, upto, limit)
        if found:
            self._unreadable = 0
        return found

    def _around_damage(self, wanted: str, after: int, upto: int, limit: int) -> list[Row]:
        """Halve what cannot be read until only the damaged rows are left out."""
        if upto - after == 1:
            self._unreadable += 1
            return []
        middle, found = (after + upto) // 2, list[Row]()
        for low, high in ((after, middle), (middle, upto)):
            if len(found) < limit:
                try:
                    part = [Row._make(row) for row in self._select(wanted, low, high, limit - len(found))]
                except sqlite3.DatabaseError as error:
                    if is_refusal(error):
                        raise
                    part = self._around_damage(wanted, low, high, limit - len(found))
                if part:
                    self._unreadable = 0
                found += part
        return found

    def _note(self, error: Exception) -> None:
        if is_refusal(error):
            raise error
        self._told(self.file, str(error))

    def _select(
        self, wanted: str, after: int, upto: int, limit: int
    ) -> list[tuple[int, int, int, int, bytes, int]]:
        return self._db.execute(
            "select position, input_seq, due_ns, received_ns, data, plan from scan"
            " where position > ? and position <= ? and plan in (select value from json_each(?))"
            " order by position limit ?",
            (after, upto, wanted, limit),
        ).fetchall()

    def index(self, after: int, upto: int) -> list[tuple[int, int]]:
        """Position and plan of what can be read between two positions, for the packer."""
        select = "select position, plan from scan where position > ? and position <= ? order by position"
        try:
            return self._db.execute(select, (after, upto)).fetchall()
        except sqlite3.DatabaseError as error:
            self._note(error)
        wanted = self._wanted(None)
        return [(row.position, row.plan) for row in self._around_damage(wanted, after, upto, upto - after)]

    def minutes(self, station: str, tag: str, first: int, end: int) -> list[Cell]:
        """The summarised minutes of a tag from minute `first` to before `end`, in order of arrival."""
        found: list[tuple[int, int, bytes]] = []
        for plan, column in self.columns(station, tag) if self._has_minutes() else ():
            found += self._db.execute(
                "select id, minute, substr(data, ?, ?) from minute"
                " where plan = ? and minute >= ? and minute < ?",
                (CELL.size * column + 1, CELL.size, plan, first, end),
            )
        # Without a good value there is no cell.
        return [Cell(minute, *cell) for _, minute, data in sorted(found) if (cell := CELL.unpack(data))[-1]]

    def samples(self, station: str, tag: str, from_ns: int, to_ns: int) -> list[Sampled]:
        """As `DayReader.samples`: the minutes say where to look; behind them everything is looked at."""
        end, after, found = self.last_position(), 0, list[Sampled]()
        summarised = self._has_minutes()
        if summarised:
            (after,) = self._db.execute("select position from summarised").fetchone()
        for plan, column in self.columns(station, tag):
            spans = self._spans(plan, from_ns, to_ns) if summarised else []
            wanted = json.dumps([plan])
            for low, high in _joined([*spans, (after + 1, end)]):
                for start in range(low - 1, high, WINDOW):
                    rows = self._window(wanted, start, min(start + WINDOW, high), WINDOW)
                    found += _sampled(self.plans()[plan], column, rows, from_ns, to_ns)
        return found

    def _has_minutes(self) -> bool:
        """Whether the file is of a heatmon that summarises; an older one is migrated when it is packed."""
        return int(self._db.execute("pragma user_version").fetchone()[0]) >= 2

    def _spans(self, plan: int, from_ns: int, to_ns: int) -> list[tuple[int, int]]:
        return self._db.execute(
            "select low, high from minute where plan = ? and minute between ? and ?",
            (plan, from_ns // MINUTE_NS, to_ns // MINUTE_NS),
        ).fetchall()

    def row(self, position: int) -> Row:
        """One row. Raises KeyError when it is not there, sqlite3.DatabaseError."""
        found = self._db.execute(
            "select position, input_seq, due_ns, received_ns, data, plan from scan where position = ?",
            (position,),
        ).fetchone()
        if found is None:
            raise KeyError(position)
        return Row._make(found)

    def last_position(self) -> int:
        """As `DayReader.last_position`; of a file whose end is damaged, what it cannot exceed."""
        try:
            return int(self._db.execute("select coalesce(max(position), 0) from scan").fetchone()[0])
        except sqlite3.DatabaseError as error:
            self._note(error)
        return positions_given(self.file)

    def last_input(self, station: str, input_seq: int) -> int | None:
        """As `DayReader.last_input`; searched from the end, where a start's last checkpoint is."""
        wanted = self._wanted(station)
        upto = self.last_position()
        while upto > 0:
            found = self._db.execute(
                "select max(position) from scan where position > ? and position <= ?"
                " and plan in (select value from json_each(?)) and input_seq between 1 and ?",
                (upto - WINDOW, upto, wanted, input_seq),
            ).fetchone()
            if found[0] is not None:
                return int(found[0])
            upto -= WINDOW
        return None


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Spans of positions in order and without overlap, neighbours as one."""
    out: list[tuple[int, int]] = []
    for low, high in sorted(spans):
        if out and low - out[-1][1] < WINDOW:
            out[-1] = (out[-1][0], max(high, out[-1][1]))
        else:
            out.append((low, high))
    return out


def _sampled(plan: PlanRow, column: int, rows: Iterable[Row], from_ns: int, to_ns: int) -> Iterator[Sampled]:
    for row in rows:
        scan = scan_of(row, plan).scan
        if from_ns <= (moment := moment_of(scan)) < to_ns:
            for one in scan.between:
                if one.column == column:
                    yield moment, one.value, one.quality
            yield moment, scan.values[column], scan.qualities[column]
