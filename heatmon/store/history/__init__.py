"""History: every scan that entered an engine, and what the engine concluded, on disk in input order.

One SQLite file for each UTC day, all stations together, time-led rows of one scan each. A file is
opened for writing on its day only; a damaged one costs that day and is set aside.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.store.history.frame import decode, encode

log = logging.getLogger("heatmon.history")

RETENTION_DAYS: Final = 730
_SCHEMA: Final = """
create table if not exists plan(id integer primary key, station text, device text, grp text, tags text,
    unique(station, device, grp, tags));
create table if not exists scan(position integer primary key, plan integer not null,
    input_seq integer not null, due_ns integer not null, received_ns integer not null, data blob not null);
"""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a station's history: the day's file and the position in it that was read last."""

    day: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan with the names of its columns."""

    scan: Scan
    tags: tuple[str, ...]


class History:
    """All stations of a daemon. `append` belongs to the loop's thread, `commit` to the writer's.

    Queue ``appended``: bound by the writer, which commits once a second and stops recording while the
    disk is full; overflow policy: the writer counts and drops samples, never events.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._appended: list[tuple[str, Scan, tuple[str, ...]]] = []
        self._day = ""
        self._db: sqlite3.Connection | None = None
        self._plans: dict[tuple[str, str, str, tuple[str, ...]], int] = {}

    def append(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan into the next commit; returns at once."""
        with self._lock:
            self._appended.append((station, scan, tags))

    def commit(self) -> None:
        """Put everything appended so far on disk. Raises sqlite3.Error; then nothing is lost but time."""
        with self._lock:
            appended, self._appended = self._appended, []
        start = 0
        try:
            for end in range(1, len(appended) + 1):
                day = day_of(appended[start][1].received_ns)
                if end == len(appended) or day_of(appended[end][1].received_ns) != day:
                    self._write(day, appended[start:end])
                    start = end
        except sqlite3.Error:
            with self._lock:
                self._appended[:0] = appended[start:]
            raise

    def _write(self, day: str, rows: list[tuple[str, Scan, tuple[str, ...]]]) -> None:
        db = self._open(day)
        db.execute("begin immediate")
        try:
            db.executemany(
                "insert into scan(plan, input_seq, due_ns, received_ns, data) values(?,?,?,?,?)",
                [
                    (
                        self._plan(db, station, scan, tags),
                        scan.input_seq,
                        scan.due_ns,
                        scan.received_ns,
                        encode(scan),
                    )
                    for station, scan, tags in rows
                ],
            )
            db.execute("commit")
        except BaseException:
            db.execute("rollback")
            self._plans.clear()
            raise

    def _plan(self, db: sqlite3.Connection, station: str, scan: Scan, tags: tuple[str, ...]) -> int:
        key = (station, scan.device, scan.group, tags)
        if (known := self._plans.get(key)) is None:
            row = (station, scan.device, scan.group, json.dumps(tags))
            db.execute("insert or ignore into plan(station, device, grp, tags) values(?,?,?,?)", row)
            found = db.execute(
                "select id from plan where (station, device, grp, tags) = (?,?,?,?)", row
            ).fetchone()
            known = self._plans[key] = int(found[0])
        return known

    def _open(self, day: str) -> sqlite3.Connection:
        if self._db is None or day != self._day:
            self.close()
            self._db = _connect(self.directory / f"{day}.db")
            self._day = day
        return self._db

    def maintain(self, now_ns: int) -> None:
        """Unlink days beyond the retention."""
        oldest = day_of(now_ns - RETENTION_DAYS * 86_400 * 1_000_000_000)
        for file in self._files():
            if file.stem < oldest:
                for part in (file, file.with_suffix(".db-wal"), file.with_suffix(".db-shm")):
                    part.unlink(missing_ok=True)
                log.info("history of %s is older than %d days and was deleted", file.stem, RETENTION_DAYS)

    def cursor_at(self, station: str, input_seq: int) -> Cursor:
        """The cursor after which `read_after` gives inputs later than `input_seq`."""
        cursor = Cursor()
        for file in self._files():
            with _reading(file) as db:
                found = db.execute(
                    "select max(s.position) from scan s join plan p on p.id = s.plan"
                    " where p.station = ? and s.input_seq between 1 and ?",
                    (station, input_seq),
                ).fetchone()
            if found[0] is not None:
                cursor = Cursor(file.stem, int(found[0]))
        return cursor

    def read_after(self, station: str, cursor: Cursor, limit: int) -> tuple[list[StoredScan], Cursor]:
        """At most `limit` scans of a station after the cursor, in input order, and the new cursor."""
        scans: list[StoredScan] = []
        for file in self._files():
            if file.stem < cursor.day or len(scans) >= limit:
                continue
            after = cursor.position if file.stem == cursor.day else 0
            for position, stored in _rows(file, station, after, limit - len(scans)):
                scans.append(stored)
                cursor = Cursor(file.stem, position)
        return scans, cursor

    def _files(self) -> list[Path]:
        return sorted(self.directory.glob("????-??-??.db"))

    def close(self) -> None:
        """Close the day's file."""
        if self._db is not None:
            self._db.close()
            self._db = None
            self._plans.clear()


def day_of(moment_ns: int) -> str:
    """The UTC day of a moment, which names its file."""
    return datetime.fromtimestamp(moment_ns // 1_000_000_000, UTC).strftime("%Y-%m-%d")


def _connect(file: Path) -> sqlite3.Connection:
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
        return _prepared(file)


def _prepared(file: Path) -> sqlite3.Connection:
    db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    db.execute("pragma journal_mode=wal")
    db.execute("pragma synchronous=full")
    db.execute("pragma busy_timeout=5000")
    db.executescript(_SCHEMA)
    return db


class _reading:  # noqa: N801  a context manager, used like a function
    """A short read-only look at one day."""

    def __init__(self, file: Path) -> None:
        self._db = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)

    def __enter__(self) -> sqlite3.Connection:
        return self._db

    def __exit__(self, *_: object) -> None:
        self._db.close()


def _rows(file: Path, station: str, after: int, limit: int) -> Iterator[tuple[int, StoredScan]]:
    with _reading(file) as db:
        rows = db.execute(
            "select s.position, s.data, p.device, p.grp, s.due_ns, s.received_ns, s.input_seq, p.tags"
            " from scan s join plan p on p.id = s.plan where p.station = ? and s.position > ?"
            " order by s.position limit ?",
            (station, after, limit),
        ).fetchall()
    for position, data, device, group, due_ns, received_ns, input_seq, tags in rows:
        scan = decode(data, device, group, due_ns, received_ns, input_seq)
        yield int(position), StoredScan(scan, tuple(json.loads(tags)))


__all__ = ["Cursor", "History", "StoredScan"]
