"""History: every scan that entered an engine, and what the engine concluded, on disk in input order.

One SQLite file for each UTC day, all stations together, time-led rows of one scan each. Once a newer
day has begun, the finished one is packed (`heatmon.store.history.pack`): positions stay, so that a
cursor means the same before and after. A damaged file costs that day; while writing it is set aside.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.store.history.frame import decode, encode
from heatmon.store.history.pack import PACKED, Packer, PackingError, last_packed, read_packed, remove

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
        self._newest = max((file.stem for file in self._files()), default="")
        self._packer: Packer | None = None
        self._unpackable: set[str] = set()
        self._swap = threading.Lock()
        """Held while files are read, and while a day's rows give way to its packed file."""

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
        # What comes late, or after the clock went back, goes into the open file: input order is kept.
        self._newest = max(day, self._newest)
        db = self._open(self._newest)
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
        """Unlink days beyond the retention; pack one chunk of the oldest finished day."""
        oldest = day_of(now_ns - RETENTION_DAYS * 86_400 * 1_000_000_000)
        for file in self._files():
            if file.stem < oldest and file.stem != self._newest:
                self._give_up_packing(file.stem)
                with self._swap:
                    file.unlink(missing_ok=True)
                    remove(file)
                log.info("history of %s is older than %d days and was deleted", file.stem, RETENTION_DAYS)
        self._pack()

    def _pack(self) -> None:
        rows = self._packer.rows if self._packer is not None else self._finished()
        if rows is None:
            return
        try:
            if self._packer is None:
                self._packer = Packer(rows)
            if self._packer.work():
                with self._swap:
                    self._packer.publish()
                self._packer = None
                log.info("history of %s is packed", rows.stem)
        except (sqlite3.Error, PackingError, KeyError, OSError):
            # Its rows stay as they are; the next start tries again.
            self._unpackable.add(rows.stem)
            self._give_up_packing(rows.stem)
            log.exception("history of %s cannot be packed and stays as it is", rows.stem)

    def _finished(self) -> Path | None:
        """The oldest day that still has rows and gets no more."""
        for file in self._files():
            if file.suffix != PACKED and file.stem < self._newest and file.stem not in self._unpackable:
                return file
        return None

    def _give_up_packing(self, day: str) -> None:
        if self._packer is not None and self._packer.rows.stem == day:
            self._packer.close()
            self._packer = None

    def cursor_at(self, station: str, input_seq: int) -> Cursor:
        """The cursor after which `read_after` gives inputs later than `input_seq`."""
        with self._swap:
            for file in reversed(self._files()):
                try:
                    with _reading(file) as db:
                        found = _last(db, file, station, input_seq)
                except sqlite3.DatabaseError as error:
                    _skip(file, error)
                    continue
                if found is not None:
                    return Cursor(file.stem, found)
        return Cursor()

    def read_after(self, station: str, cursor: Cursor, limit: int) -> tuple[list[StoredScan], Cursor]:
        """At most `limit` scans of a station after the cursor, in input order, and the new cursor."""
        scans: list[StoredScan] = []
        with self._swap:
            for file in self._files():
                if file.stem < cursor.day or len(scans) >= limit:
                    continue
                after = cursor.position if file.stem == cursor.day else 0
                try:
                    for position, stored in _rows(file, station, after, limit - len(scans)):
                        scans.append(stored)
                        cursor = Cursor(file.stem, position)
                except (sqlite3.DatabaseError, ValueError, struct.error, zlib.error) as error:
                    _skip(file, error)
        return scans, cursor

    def _files(self) -> list[Path]:
        """One file a day, in order; where a kill left both, the packed one, which is whole."""
        days = {file.stem: file for file in self.directory.glob("????-??-??.db")}
        for file in self.directory.glob("????-??-??" + PACKED):
            if days.get(file.stem) is not None:
                remove(file)
            days[file.stem] = file
        return [days[day] for day in sorted(days)]

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


def _plans_of(db: sqlite3.Connection, station: str) -> list[int]:
    return [row[0] for row in db.execute("select id from plan where station = ?", (station,))]


def _last(db: sqlite3.Connection, file: Path, station: str, input_seq: int) -> int | None:
    if file.suffix == PACKED:
        return last_packed(db, _plans_of(db, station), input_seq)
    found = db.execute(
        "select max(s.position) from scan s join plan p on p.id = s.plan"
        " where p.station = ? and s.input_seq between 1 and ?",
        (station, input_seq),
    ).fetchone()
    return None if found[0] is None else int(found[0])


def _rows(file: Path, station: str, after: int, limit: int) -> Iterator[tuple[int, StoredScan]]:
    with _reading(file) as db:
        plans = {
            row[0]: (row[1], row[2], tuple(json.loads(row[3])))
            for row in db.execute("select id, device, grp, tags from plan where station = ?", (station,))
        }
        if file.suffix == PACKED:
            rows = list(islice(read_packed(db, list(plans), after), limit))
        else:
            rows = db.execute(
                "select s.position, s.input_seq, s.due_ns, s.received_ns, s.data, s.plan"
                " from scan s join plan p on p.id = s.plan where p.station = ? and s.position > ?"
                " order by s.position limit ?",
                (station, after, limit),
            ).fetchall()
    for position, input_seq, due_ns, received_ns, data, plan in rows:
        device, group, tags = plans[plan]
        yield position, StoredScan(decode(data, device, group, due_ns, received_ns, input_seq), tags)


def _skip(file: Path, error: Exception) -> None:
    """A damaged day costs that day, as does one without tables; a file system that refuses is no damage."""
    if isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
        raise error
    log.error("%s cannot be read and is left out: %s", file.name, error)


__all__ = ["Cursor", "History", "StoredScan"]
