"""The day that is being written: rows of one scan each, in input order over all stations."""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.history.frame import encode
from heatmon.store.open import publish
from heatmon.store.open import remove as discard
from heatmon.store.schema import migrate

log = logging.getLogger("heatmon.history")

Appended = tuple[str, Scan, tuple[str, ...]]
"""Station, scan, names of its columns."""


class Rows:
    """One day's file, open to be written. Raises sqlite3.Error, OSError."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._db = _connect(file)
        self._plans: dict[tuple[str, str, str, tuple[str, ...]], int] = {}

    @property
    def day(self) -> str:
        """The day's name."""
        return self.file.stem

    def write(self, appended: Sequence[Appended]) -> None:
        """Scans behind all others, in one transaction; on disk when this returns."""
        db = self._db
        db.execute("begin immediate")
        try:
            db.executemany(
                "insert into scan(plan, input_seq, due_ns, received_ns, data) values(?,?,?,?,?)",
                [
                    (
                        self._plan(station, scan, tags),
                        scan.input_seq,
                        scan.due_ns,
                        scan.received_ns,
                        encode(scan),
                    )
                    for station, scan, tags in appended
                ],
            )
            db.execute("commit")
        except BaseException:
            if db.in_transaction:
                db.execute("rollback")
            self._plans.clear()
            raise

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


def _connect(file: Path) -> sqlite3.Connection:
    if not file.exists():
        _create(file)
    try:
        return _prepared(file)
    except sqlite3.DatabaseError as error:
        if isinstance(error, sqlite3.OperationalError):
            raise
        # It is no database any more: it costs this day so far, and nothing else.
        aside = file.with_suffix(f".damaged-{file.stat().st_mtime_ns}")
        file.rename(aside)
        for part in (file.with_suffix(".db-wal"), file.with_suffix(".db-shm")):
            part.unlink(missing_ok=True)
        log.exception("%s is damaged and was set aside as %s", file.name, aside.name)
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
