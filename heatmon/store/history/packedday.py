"""Reading a packed day: chunks of columns that never change."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from heapq import merge
from itertools import islice
from pathlib import Path

from heatmon.core.scan import Origin
from heatmon.store.history.chunk import unpack, unpack_column, unpack_marks, unpack_times
from heatmon.store.history.dayreader import UNREADABLE, DayReader, Sampled, Told, is_refusal
from heatmon.store.history.stored import Row


class PackedDay(DayReader):
    """A packed day. Reading on where the last call ended keeps the chunks that are half read."""

    def __init__(self, file: Path, told: Told) -> None:
        super().__init__(file, told)
        self._merged: Iterator[Row] = iter(())
        self._stands_at: tuple[str | None, int] | None = None
        # Days of the first heatmon do not say which time a chunk covers.
        (form,) = self._db.execute("pragma user_version").fetchone()
        self._touching = "and low_ns < ? and high_ns >= ?" if form >= 2 else ""

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

    def samples(self, station: str, tag: str, from_ns: int, to_ns: int) -> list[Sampled]:
        """As `DayReader.samples`, from the chunks whose times touch the span."""
        found: list[Sampled] = []
        for plan, column in self.columns(station, tag):
            select = f"select first from chunk where plan = ? {self._touching} order by last"  # noqa: S608  a constant
            times = (to_ns, from_ns) if self._touching else ()
            for (first,) in self._db.execute(select, (plan, *times)).fetchall():
                try:
                    found += self._of_chunk(first, column, from_ns, to_ns)
                except UNREADABLE as error:
                    if is_refusal(error):
                        raise
                    self._told(self.file, f"chunk {first}: {error}")
        return found

    def _of_chunk(self, first: int, column: int, from_ns: int, to_ns: int) -> list[Sampled]:
        packed = self._db.execute("select marks, data from chunk where first = ?", (first,)).fetchone()
        due, received = unpack_times(packed[0])
        values, qualities, origins, between = unpack_column(packed[1], column)
        found: list[Sampled] = []
        for index, origin in enumerate(origins):
            moment = due[index] if origin == Origin.BACKFILL else received[index]
            if from_ns <= moment < to_ns:
                found += [(moment, one.value, one.quality) for one in between.get(index, ())]
                found.append((moment, values[index], qualities[index]))
        return found

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
