"""Packing a finished day: rows of scans become chunks of columns in a file that never changes again.

The packed file appears under its name when it is whole and on disk; only then the rows' file goes.
Whatever ends the process before that costs the work, never a scan: packing begins anew.
"""

from __future__ import annotations

import json
import os
import sqlite3
from array import array
from collections import deque
from pathlib import Path
from typing import Final

from heatmon.store.history.chunk import pack, pack_marks, unpack, unpack_marks
from heatmon.store.history.day import PACKED, remove

MAX_SCANS: Final = 600
MAX_SAMPLES: Final = 12_000
"""Of one chunk: about 20 ms of work, so that a commit never waits longer for packing."""
_LOOK: Final = 5_000
_SCHEMA: Final = """
create table plan(id integer primary key, station text, device text, grp text, tags text);
create table chunk(first integer primary key, last integer not null, plan integer not null,
    low_seq integer, high_seq integer, marks blob not null, data blob not null);
create index chunk_of_plan on chunk(plan, last);
"""
Mark = tuple[int, int, int, int]
"""Position, input_seq, due_ns, received_ns."""


class PackingError(Exception):
    """A chunk did not read back as it was written; the day's rows stay."""


class Packer:
    """Packs one finished day, a chunk for each call of `work`. `rows`: the day's file, written no more."""

    def __init__(self, rows: Path) -> None:
        self.rows = rows
        self._new = rows.with_suffix(".packing")
        self._new.unlink(missing_ok=True)
        # Writing is needed to open a file whose last writer was killed; nothing is written.
        self._from = sqlite3.connect(rows, isolation_level=None)
        self._to = sqlite3.connect(self._new, isolation_level=None)
        for pragma in ("journal_mode = off", "synchronous = off", "cache_size = -1024"):
            self._to.execute(f"pragma {pragma}")
        self._to.executescript(_SCHEMA)
        self._sizes: dict[int, int] = {}
        for row in self._from.execute("select id, station, device, grp, tags from plan"):
            self._to.execute("insert into plan values(?,?,?,?,?)", row)
            self._sizes[row[0]] = max(1, min(MAX_SCANS, MAX_SAMPLES // max(1, len(json.loads(row[4])))))
        self._gathered: dict[int, array[int]] = {}
        self._ready: deque[tuple[int, array[int]]] = deque()
        self._looked_at = 0
        self._all_seen = False

    def work(self) -> bool:
        """One chunk; whether the day is packed. Raises sqlite3.Error, PackingError: give the packer up."""
        while not self._ready and not self._all_seen:
            self._look()
        if self._ready:
            self._pack(*self._ready.popleft())
            return False
        return True

    def _look(self) -> None:
        rows = self._from.execute(
            "select position, plan from scan where position > ? order by position limit ?",
            (self._looked_at, _LOOK),
        ).fetchall()
        for position, plan in rows:
            gathered = self._gathered.setdefault(plan, array("q"))
            gathered.append(position)
            if len(gathered) >= self._sizes[plan]:
                self._ready.append((plan, self._gathered.pop(plan)))
        if rows:
            self._looked_at = rows[-1][0]
        else:
            self._all_seen = True
            self._ready.extend(self._gathered.items())
            self._gathered = {}

    def _pack(self, plan: int, positions: array[int]) -> None:
        marks: list[Mark] = []
        frames: list[bytes] = []
        for position in positions:
            row = self._from.execute(
                "select input_seq, due_ns, received_ns, data from scan where position = ?", (position,)
            ).fetchone()
            marks.append((position, *row[:3]))
            frames.append(row[3])
        data, packed_marks = pack(frames), pack_marks(marks)
        if unpack(data) != frames or unpack_marks(packed_marks) != marks:
            raise PackingError(f"{self.rows.name}: plan {plan} from position {positions[0]}")
        numbers = [mark[1] for mark in marks if mark[1] > 0]
        low, high = (min(numbers), max(numbers)) if numbers else (None, None)
        self._to.execute(
            "insert into chunk values(?,?,?,?,?,?,?)",
            (positions[0], positions[-1], plan, low, high, packed_marks, data),
        )

    def publish(self) -> bool:
        """Give the packed day its name, on disk, and remove the rows' file.

        What SQLite keeps beside the rows goes into them first: a reader in another process may have
        just opened the file whose neighbours are removed here. False while a reader prevents that:
        try again later. Raises sqlite3.Error, OSError.
        """
        busy, logged, moved = self._from.execute("pragma wal_checkpoint(passive)").fetchone()
        if busy or logged != moved:
            return False
        self.close()
        _sync(self._new)
        self._new.replace(self.rows.with_suffix(PACKED))
        _sync(self._new.parent)
        remove(self.rows)
        return True

    def close(self) -> None:
        """Close both files; what was not published is begun anew by the next packer."""
        self._from.close()
        self._to.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
