"""Claims of destinations: how far each outward path has come in the store, kept over restarts.

One file, ``cursors.db`` in the state directory, for all destinations; threads and processes may share
it. A destination owns its cursors until it is released: what a cursor has not passed is not deleted
while there is room (`heatmon.store.history.retention`).
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heatmon.store.cursor import BEGIN, Cursor
from heatmon.store.entry import Notice
from heatmon.store.errors import NotClaimed, StoreError
from heatmon.store.schema import migrate, scripts, version

log = logging.getLogger("heatmon.store")

FILE: Final = "cursors.db"
HISTORY: Final = "history"


def journal_of(station: str) -> str:
    """The name of a journal as a stream."""
    return f"journal/{station}"


@dataclass(frozen=True, slots=True)
class Claim:
    """A destination's cursor in one stream."""

    destination: str
    stream: str
    cursor: Cursor


class Claims:
    """The claims in a state directory. Any number of instances, in threads and processes.

    `advance` is atomic and in the file when it returns; after a loss of power the last of them may be
    forgotten, so a destination must bear to get something twice. A damaged file is set aside and begun
    anew (`notices` says so): each destination then starts where its `claim` says.
    The file is opened at the first use. Every method raises StoreError where it cannot be written.
    """

    def __init__(self, state: Path) -> None:
        self.path = state / FILE
        self.notices: tuple[Notice, ...] = ()
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None

    def _connected(self) -> sqlite3.Connection:
        if self._db is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._db = self._open()
        return self._db

    def _open(self) -> sqlite3.Connection:
        try:
            return _connect(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            aside = self.path.with_name(f"{FILE}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
            self.path.rename(aside)
            for suffix in ("-wal", "-shm"):
                self.path.with_name(FILE + suffix).unlink(missing_ok=True)
            lost = Notice("store.cursors_lost", {"aside": str(aside), "reason": str(error)}, "P3")
            self.notices += (lost,)
            log.exception("%s", lost)
            return _connect(self.path)

    def claim(self, destination: str, stream: str = HISTORY, start: Cursor = BEGIN) -> Cursor:
        """The cursor of a destination; one that has none in this stream begins after `start`.

        `BEGIN` asks for everything there is; `HistoryReader.end` or a journal's head for what comes.
        """
        with self._transaction() as db:
            db.execute(
                "insert or ignore into claim values (?, ?, ?, ?)",
                (destination, stream, start.day, start.position),
            )
            found = _cursor(db, destination, stream)
        assert found is not None
        return found

    def advance(self, destination: str, cursor: Cursor, stream: str = HISTORY) -> None:
        """Everything up to `cursor` has arrived. A cursor never goes back: an earlier one changes nothing.

        Raises NotClaimed for a destination that was released or never claimed.
        """
        with self._transaction() as db:
            moved = db.execute(
                "update claim set day = ?, position = ? where destination = ? and stream = ?"
                " and (day, position) <= (?, ?)",
                (cursor.day, cursor.position, destination, stream, cursor.day, cursor.position),
            ).rowcount
            if not moved and _cursor(db, destination, stream) is None:
                raise NotClaimed(f"{destination} has no claim in {stream}")

    def release(self, destination: str) -> None:
        """The destination is gone: its claims in all streams end. Twice in peace."""
        with self._transaction() as db:
            db.execute("delete from claim where destination = ?", (destination,))

    def held(self, stream: str | None = None) -> list[Claim]:
        """All claims, or those in one stream."""
        with self._locked() as db:
            rows = db.execute(
                "select destination, stream, day, position from claim"
                " where stream = coalesce(?, stream) order by destination, stream",
                (stream,),
            ).fetchall()
        return [Claim(row[0], row[1], Cursor(row[2], row[3])) for row in rows]

    def passed(self, stream: str = HISTORY) -> Cursor | None:
        """What all claims have passed; None when nobody claims anything."""
        return min((claim.cursor for claim in self.held(stream)), default=None)

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        with self._lock:
            if self._db is not None:
                self._db.close()
                self._db = None

    @contextmanager
    def _locked(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connected()
            except (sqlite3.Error, OSError) as error:
                hint = "the state directory must be writable"
                raise StoreError(f"{self.path}: {error}; {hint}") from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._locked() as db:
            db.execute("begin immediate")
            try:
                yield db
                db.execute("commit")
            finally:
                if db.in_transaction:
                    db.execute("rollback")


def _connect(path: Path) -> sqlite3.Connection:
    # Used by whichever thread holds the lock.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        for pragma in (
            "busy_timeout = 5000",
            "journal_mode = wal",
            "synchronous = normal",
            "cache_size = -64",
        ):
            db.execute(f"pragma {pragma}")
        try:
            migrate(db, "cursors", path)
        except sqlite3.OperationalError:
            # Two processes started at once, and the other one has done it.
            if version(db) != len(scripts("cursors")):
                raise
    except BaseException:
        db.close()
        raise
    return db


def _cursor(db: sqlite3.Connection, destination: str, stream: str) -> Cursor | None:
    row = db.execute(
        "select day, position from claim where destination = ? and stream = ?", (destination, stream)
    ).fetchone()
    return None if row is None else Cursor(row[0], row[1])
