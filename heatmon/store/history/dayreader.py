"""An open day of the history to be read, and what damage looks like.

Rows in input order after a position, samples of a tag within a span of time. No transaction lasts longer
than one window of rows. What a damaged page or chunk holds is left out and told; all around it is read.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Final

from heatmon.store.history.day import PACKED, name_of
from heatmon.store.history.stored import PlanRow, Row

UNREADABLE: Final = (sqlite3.DatabaseError, ValueError, struct.error, zlib.error)
"""What damage looks like; a file system that refuses is none (`is_refusal`)."""
Sampled = tuple[int, float, int]
"""Time in ns, value, quality."""
Told = Callable[[Path, str], None]
"""Called with a file and what is wrong with it, once for each damaged place."""


def is_refusal(error: Exception) -> bool:
    """Whether the file system or another process refuses, which says nothing about the file's content."""
    return (
        isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_ERROR
    )


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no sound database any more; a file system that refuses is no damage."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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

    def columns(self, station: str, tag: str) -> list[tuple[int, int]]:
        """The plans that hold a tag, and its column in each."""
        return [
            (plan.id, plan.tags.index(tag))
            for plan in self.plans().values()
            if plan.station == station and tag in plan.tags
        ]

    @abstractmethod
    def rows(self, station: str | None, after: int, limit: int) -> list[Row]:
        """At most `limit` rows after a position; fewer than that: there are no more now."""

    @abstractmethod
    def samples(self, station: str, tag: str, from_ns: int, to_ns: int) -> list[Sampled]:
        """Samples of a tag within a span, in order of arrival."""

    @abstractmethod
    def last_position(self) -> int:
        """The last position in use, 0 in an empty file."""

    @abstractmethod
    def last_input(self, station: str, input_seq: int) -> int | None:
        """The position of a station's last input numbered 1 to `input_seq`."""

    def close(self) -> None:
        """Close the file."""
        self._db.close()


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
