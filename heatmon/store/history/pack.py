"""Packing a finished day: rows of scans become chunks of columns in a file that never changes again.

The packed file appears under its name when it is whole and on disk; only then the rows' file goes.
Whatever ends the process before that costs the work, never a scan: packing begins anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from heatmon.core.scan import Origin
from heatmon.store.history.chunk import pack, pack_marks, unpack, unpack_marks
from heatmon.store.history.day import PACKED, remove, rows_of
from heatmon.store.history.dayreader import Told, is_refusal
from heatmon.store.history.rowsday import RowsDay
from heatmon.store.history.stored import PlanRow, Row
from heatmon.store.history.summary import Sealer

MAX_SCANS: Final = 600
MAX_SAMPLES: Final = 12_000
"""Of one chunk: about 20 ms of work, so that a commit never waits longer for packing."""
_LOOK: Final = 5_000
_SCHEMA: Final = """
create table plan(id integer primary key, station text, device text, grp text, tags text);
create table chunk(first integer primary key, last integer not null, plan integer not null,
    low_seq integer, high_seq integer, low_ns integer not null, high_ns integer not null,
    marks blob not null, data blob not null);
create index chunk_of_plan on chunk(plan, last);
pragma user_version = 2;
"""
Mark = tuple[int, int, int, int]
"""Position, input_seq, due_ns, received_ns."""


class PackingError(Exception):
    """A chunk did not read back as it was written; the day's rows stay."""


class Packer:
    """Packs one finished day, a chunk for each call of `work`. `day`: its name, written no more.

    sources: what was set aside of the day, and its rows, in order; what is damaged in them is told
    and left out.
    """

    def __init__(self, directory: Path, day: str, sources: Sequence[Path], told: Told) -> None:
        self.day, self._directory = day, directory
        self._new = directory / f"{day}.packing"
        self._new.unlink(missing_ok=True)
        self._told = told
        self._sealer: Sealer | None = None
        self._sealed = False
        self._from: list[RowsDay] = []
        self._to = sqlite3.connect(self._new, isolation_level=None)
        try:
            for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -1024"):
                self._to.execute(f"pragma {pragma}")
            self._to.executescript(_SCHEMA)
            for source in sources:
                self._from.append(RowsDay(source, told))
        except BaseException:
            self.close()
            raise
        self._plans: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
        self._gathered: dict[int, array[int]] = {}
        self._ready: deque[tuple[int, array[int]]] = deque()
        self._ends: list[int] = []
        """The last position of each source looked through so far; positions go on from file to file."""
        self._looked_at = 0

    def work(self) -> bool:
        """One chunk, or the summaries of some tags; whether all is done.

        Raises sqlite3.Error, OSError, PackingError: give the packer up.
        """
        while not self._ready and len(self._ends) < len(self._from):
            self._look(self._from[len(self._ends)])
        if self._ready:
            self._pack(*self._ready.popleft())
            return False
        if self._sealer is None:
            self._sealer = Sealer(self._directory, self.day, self._from, self._told)
        return self._sealed or self._seal(self._sealer)

    def _seal(self, sealer: Sealer) -> bool:
        self._sealed = sealer.work()
        return self._sealed

    def _look(self, source: RowsDay) -> None:
        end = source.last_position()
        upto = max(self._looked_at, min(self._looked_at + _LOOK, end))
        plans = {local: self._plan(plan) for local, plan in source.plans().items()}
        for position, local in source.index(self._looked_at, upto):
            plan, size = plans[local]
            gathered = self._gathered.setdefault(plan, array("q"))
            gathered.append(position)
            if len(gathered) >= size:
                self._ready.append((plan, self._gathered.pop(plan)))
        self._looked_at = upto
        if upto >= end:
            self._ends.append(end)
            if len(self._ends) == len(self._from):
                self._ready.extend(self._gathered.items())
                self._gathered = {}

    def _plan(self, plan: PlanRow) -> tuple[int, int]:
        """A plan's number in the new file, and how many scans make a chunk."""
        key = plan[1:]
        if key not in self._plans:
            self._plans[key] = len(self._plans) + 1
            row = (self._plans[key], plan.station, plan.device, plan.group, json.dumps(plan.tags))
            self._to.execute("insert into plan values(?,?,?,?,?)", row)
        return self._plans[key], max(1, min(MAX_SCANS, MAX_SAMPLES // max(1, len(plan.tags))))

    def _pack(self, plan: int, positions: array[int]) -> None:
        rows = list(self._readable(positions))
        if not rows:
            return
        marks: list[Mark] = [row[:4] for row in rows]
        frames = [row.data for row in rows]
        data, packed_marks = pack(frames), pack_marks(marks)
        if unpack(data) != frames or unpack_marks(packed_marks) != marks:
            raise PackingError(f"{self.day}: plan {plan} from position {marks[0][0]}")
        numbers = [mark[1] for mark in marks if mark[1] > 0]
        low, high = (min(numbers), max(numbers)) if numbers else (None, None)
        self._to.execute(
            "insert into chunk values(?,?,?,?,?,?,?,?,?)",
            (marks[0][0], marks[-1][0], plan, low, high, *_span(rows), packed_marks, data),
        )

    def _readable(self, positions: array[int]) -> Iterator[Row]:
        for position in positions:
            source = self._from[min(bisect_left(self._ends, position), len(self._from) - 1)]
            try:
                yield source.row(position)
            except sqlite3.DatabaseError as error:
                if is_refusal(error):
                    raise
                self._told(source.file, str(error))

    def publish(self) -> bool:
        """Give the packed day its name, on disk, and remove the rows' file.

        What SQLite keeps beside the rows goes into them first: a reader in another process may have
        just opened the file whose neighbours are removed here. False while a reader prevents that:
        try again later. Raises sqlite3.Error, OSError.
        """
        rows = rows_of(self._directory, self.day)
        with closing(sqlite3.connect(rows, isolation_level=None)) as db:
            busy, logged, moved = db.execute("pragma wal_checkpoint(passive)").fetchone()
        if busy or logged != moved:
            return False
        self.close()
        _sync(self._new)
        self._new.replace(self._directory / f"{self.day}{PACKED}")
        _sync(self._directory)
        remove(rows)
        return True

    def close(self) -> None:
        """Close all files; what was not published is begun anew by the next packer."""
        if self._sealer is not None:
            self._sealer.close()
        for source in self._from:
            source.close()
        self._to.close()


def _span(rows: Sequence[Row]) -> tuple[int, int]:
    """The first and the last moment the scans stand for."""
    moments = [row.due_ns if row.data[1] == Origin.BACKFILL else row.received_ns for row in rows]
    return min(moments), max(moments)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
