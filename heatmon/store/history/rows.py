"""The day that is being written: rows of one scan each, in input order over all stations."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.history.day import name_of, positions_before, set_aside
from heatmon.store.history.frame import encode
from heatmon.store.open import publish
from heatmon.store.open import remove as discard
from heatmon.store.schema import migrate

Appended = tuple[str, Scan, tuple[str, ...]]
"""Station, scan, names of its columns."""


class Rows:
    """One day's file, open to be written. Raises sqlite3.Error, OSError.

    A file that is damaged is set aside and the day goes on in a new one, behind all positions that
    were given: cursors hold. `set_aside` names what was.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set_aside: list[tuple[Path, str]] = []
        self._plans: dict[tuple[str, str, str, tuple[str, ...]], int] = {}
        try:
            self._db = _connect(file)
            self._last = self._last_position()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._begin_anew(error)

    @property
    def day(self) -> str:
        """The day's name."""
        return name_of(self.file)

    def write(self, appended: Sequence[Appended]) -> None:
        """Scans behind all others, in one transaction; on disk when this returns."""
        try:
            self._write(appended)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._db.close()
            self._begin_anew(error)
            self._write(appended)

    def _write(self, appended: Sequence[Appended]) -> None:
        db = self._db
        db.execute("begin immediate")
        try:
            db.executemany(
                "insert into scan(position, plan, input_seq, due_ns, received_ns, data) values(?,?,?,?,?,?)",
                [
                    (
                        position,
                        self._plan(station, scan, tags),
                        scan.input_seq,
                        scan.due_ns,
                        scan.received_ns,
                        encode(scan),
                    )
                    for position, (station, scan, tags) in enumerate(appended, self._last + 1)
                ],
            )
            db.execute("commit")
        except BaseException:
            self._plans.clear()
            if db.in_transaction:
                db.execute("rollback")
            raise
        self._last += len(appended)

    def _begin_anew(self, error: Exception) -> None:
        """Set the damaged file aside and start another, behind every position that was ever given."""
        aside = set_aside(self.file)
        self.set_aside.append((aside, str(error)))
        self._plans.clear()
        self._db = _connect(self.file)
        self._last = positions_before(self.file)

    def _last_position(self) -> int:
        """Where writing goes on; a file that is still empty may stand behind one that was set aside."""
        found = self._db.execute("select max(position) from scan").fetchone()[0]
        return int(found) if found is not None else positions_before(self.file)

    def _plan(self, station: str, scan: Scan, tags: tuple[str, ...]) -> int:
        key = (station, scan.device, scan.group, tags)
        if (known := self._plans.get(key)) is None:
            row = (station, scan.device, scan.group, json.dumps(tags))
            self._db.execute("insert or ignore into plan(station, device, grp, tags) values(?,?,?,?)", row)
            found = self._db.execute(
                "select id from plan where (station, device, grp, tags) = (?,?,?,?)", row
            ).fetchone()
            known = self._plans[key] = int(found[0])
        return known

    def close(self) -> None:
        """Close the file; SQLite brings its log into it."""
        self._db.close()


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Whether the file is no sound database any more; a file system that refuses is no damage."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _connect(file: Path) -> sqlite3.Connection:
    if not file.exists():
        _create(file)
    return _prepared(file)


def _create(file: Path) -> None:
    """An empty day appears under its name when it is whole: readers in other processes look for names."""
    new = file.with_suffix(".new")
    discard(new)
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        migrate(db, "history", file)
        db.execute("pragma journal_mode = wal")
    publish(new, file)


def _prepared(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    try:
        for pragma in ("busy_timeout = 5000", "journal_mode = wal", "synchronous = full"):
            db.execute(f"pragma {pragma}")
        migrate(db, "history", file)
    except BaseException:
        db.close()
        raise
    return db
