"""Reading one day of the history: rows while they are written, or packed chunks that never change.

Both give rows in input order after a position. No transaction lasts longer than one window of rows.
What a damaged page or chunk holds is left out and reported; everything around it is read.
"""

from __future__ import annotations

import json
import sqlite3
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from heapq import merge
from itertools import islice
from pathlib import Path
from typing import Final

from heatmon.store.history.chunk import unpack, unpack_marks
from heatmon.store.history.day import PACKED, name_of, positions_given
from heatmon.store.history.stored import PlanRow, Row

WINDOW: Final = 5_000
"""Positions looked at in one transaction: some hundredths of a second on the slowest card."""
UNREADABLE_MAX: Final = 200_000
"""Positions on end that cannot be read: more than a damaged inner page can hide."""
UNREADABLE: Final = (sqlite3.DatabaseError, ValueError, struct.error, zlib.error)
"""What damage looks like; a file system that refuses is none (`is_refusal`)."""
_Scanned = tuple[int, int, int, int, bytes, int]
Told = Callable[[Path, str], None]
"""Called with a file and what is wrong with it, once for each damaged place."""


def is_refusal(error: Exception) -> bool:
    """Whether the file system or another process refuses, which says nothing about the file's content."""
    return (
        isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR
    )


class DayReader(ABC):
    """One open day. Not for two threads at once."""

    def __init__(self, file: Path, told: Told) -> None:
        self.file, self._told = file, told
        self.inode = file.stat().st_ino
        self._db = _connect(file)
        self._plans: dict[int, PlanRow] = {}
        self._newest_plan = 0

    @property
    def day(self) -> str:
        """The day's name."""
        return name_of(self.file)

    @property
    def current(self) -> bool:
        """Whether the name still belongs to this file."""
        try:
            return self.file.stat().st_ino == self.inode
        except FileNotFoundError:
            return False

    def plans(self) -> dict[int, PlanRow]:
        """The plans of the day so far, by id."""
        for row in self._db.execute(
            "select id, station, device, grp, tags from plan where id > ? order by id", (self._newest_plan,)
        ).fetchall():
            self._plans[row[0]] = PlanRow.of(row)
            self._newest_plan = row[0]
        return self._plans

    def ids(self, station: str | None) -> list[int]:
        """The plans of a station, or of all."""
        return [plan.id for plan in self.plans().values() if station in (None, plan.station)]

    @abstractmethod
    def rows(self, station: str | None, after: int, limit: int) -> list[Row]:
        """At most `limit` rows after a position; fewer than that: there are no more now."""

    @abstractmethod
    def last_position(self) -> int:
        """The last position in use, 0 in an empty file."""

    @abstractmethod
    def last_input(self, station: str, input_seq: int) -> int | None:
        """The position of a station's last input numbered 1 to `input_seq`."""

    def close(self) -> None:
        """Close the file."""
        self._db.close()


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

    def row(self, position: int) -> Row:
        """One row. Raises KeyError when it is not there, sqlite3.DatabaseError."""
        found = self._select(self._wanted(None), position - 1, position, 1)
        if not found:
            raise KeyError(position)
        return Row._make(found[0])

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


class PackedDay(DayReader):
    """A packed day. Reading on where the last call ended keeps the chunks that are half read."""

    def __init__(self, file: Path, told: Told) -> None:
        super().__init__(file, told)
        self._merged: Iterator[Row] = iter(())
        self._stands_at: tuple[str | None, int] | None = None

    def rows(self, station: str | None, after: int, limit: int) -> list[Row]:
        """As `DayReader.rows`."""
        if self._stands_at != (station, after):
            self._merged = merge(*(self._of_plan(plan, after) for plan in self.ids(station)))
        self._stands_at = None
        found = list(islice(self._merged, limit))
        self._stands_at = (station, found[-1].position if found else after)
        return found

    def _of_plan(self, plan: int, after: int) -> Iterator[Row]:
        for first in self._chunks(plan, after):
            try:
                marks, data = self._db.execute(
                    "select marks, data from chunk where first = ?", (first,)
                ).fetchone()
                rows = [
                    Row(*mark, frame, plan)
                    for mark, frame in zip(unpack_marks(marks), unpack(data), strict=True)
                    if mark[0] > after
                ]
            except UNREADABLE as error:
                if is_refusal(error):
                    raise
                self._told(self.file, f"chunk {first}: {error}")
                continue
            yield from rows

    def _chunks(self, plan: int, after: int) -> Sequence[int]:
        try:
            found = self._db.execute(
                "select first from chunk where plan = ? and last > ? order by last", (plan, after)
            ).fetchall()
        except sqlite3.DatabaseError as error:
            if is_refusal(error):
                raise
            self._told(self.file, str(error))
            found = self._without_index(plan, after)
        return [row[0] for row in found]

    def _without_index(self, plan: int, after: int) -> list[tuple[int]]:
        """From the front to the first bad page, and from the back to the last."""
        found: set[tuple[int]] = set()
        for order in ("asc", "desc"):
            try:
                for row in self._db.execute(
                    f"select first from chunk not indexed where plan = ? and last > ? order by first {order}",  # noqa: S608  one of two words
                    (plan, after),
                ):
                    found.add(row)
            except sqlite3.DatabaseError as error:
                if is_refusal(error):
                    raise
        return sorted(found)

    def last_position(self) -> int:
        """As `DayReader.last_position`."""
        return int(self._db.execute("select coalesce(max(last), 0) from chunk").fetchone()[0])

    def last_input(self, station: str, input_seq: int) -> int | None:
        """As `DayReader.last_input`."""
        found: list[int] = []
        for plan in self.ids(station):
            for (marks,) in self._db.execute(
                "select marks from chunk where plan = ? and low_seq <= ? order by last desc",
                (plan, input_seq),
            ):
                inside = [mark[0] for mark in unpack_marks(marks) if 1 <= mark[1] <= input_seq]
                if inside:
                    found.append(max(inside))
                    break
        return max(found, default=None)


def open_day(file: Path, told: Told) -> DayReader:
    """Open a day to read. Raises sqlite3.Error, FileNotFoundError when it has just been packed or deleted."""
    return PackedDay(file, told) if file.suffix == PACKED else RowsDay(file, told)


def _connect(file: Path) -> sqlite3.Connection:
    uri = file.absolute().as_uri()
    if file.suffix == PACKED:
        return sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False, isolation_level=None)
    db = sqlite3.connect(f"{uri}?mode=ro", uri=True, check_same_thread=False, isolation_level=None)
    try:
        db.execute("pragma busy_timeout = 5000")
        db.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite3.OperationalError:
        db.close()
        if file.with_name(file.name + "-wal").exists():
            raise
        # On a read-only medium, and nobody has it open.
        return sqlite3.connect(f"{uri}?immutable=1", uri=True, check_same_thread=False, isolation_level=None)
    except BaseException:
        db.close()
        raise
    return db
