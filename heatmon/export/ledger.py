"""What the outward paths remember: ``forward.db`` in the state directory. One transaction an accepted batch.

Places, islands, parked lines and the hours' counts move together, so that a kill at any instant
leaves them as they were before or after a batch.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from heatmon.export.progress import Island, Progress
from heatmon.export.sieve import Refused
from heatmon.store.cursor import Cursor
from heatmon.store.errors import StoreError
from heatmon.store.schema import migrate

FILE: Final = "forward.db"
HOURS_KEPT: Final = 24 * 62
HOUR_MS: Final = 3_600_000


@dataclass(frozen=True, slots=True)
class Parked:
    """A line that was set aside. at_ns: when, UTC."""

    id: int
    destination: str
    at_ns: int
    line: str
    why: str
    state: Literal["parked", "retry"]


@dataclass(frozen=True, slots=True)
class Hour:
    """Samples of one hour (number since 1970 UTC): accepted, and held by the server when it was asked."""

    hour: int
    sent: int
    stored: int | None
    checked_ns: int | None


@dataclass(frozen=True, slots=True)
class Accepted:
    """Totals of a destination. at_ns: of the last accepted batch, UTC, 0 before the first."""

    at_ns: int = 0
    rows: int = 0
    moved: int = 0
    merged: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one accepted batch changes. hours: samples a UTC hour. places: stream -> its new past."""

    at_ns: int
    rows: int
    moved: int = 0
    merged: int = 0
    hours: Mapping[int, int] = field(default_factory=dict)
    refusals: Sequence[Refused] = ()
    history: Progress | None = None
    places: Mapping[str, Cursor] = field(default_factory=dict)


class Ledger:
    """The file. Any number of processes may read; one forwarder writes for a destination.

    Raises StoreError where the file system refuses: then nothing of a call was written.
    """

    def __init__(self, state: Path) -> None:
        self.path = state / FILE
        self._lock = threading.Lock()
        try:
            state.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            for pragma in (
                "busy_timeout = 5000",
                "journal_mode = wal",
                "synchronous = full",
                "cache_size = -256",
            ):
                self._db.execute(f"pragma {pragma}")
            migrate(self._db, "forward", self.path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path}: {error}; the state directory must be writable") from None

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # -- places --------------------------------------------------------------------------------

    def progress(self, destination: str) -> Progress | None:
        """How far a destination has come through the history; None for a new one."""
        past = self.place(destination, "history")
        if past is None:
            return None
        rows = self._all(
            "select start_day, start_position, end_day, end_position from island"
            " where destination = ? order by number",
            (destination,),
        )
        return Progress(past, [Island(Cursor(r[0], r[1]), Cursor(r[2], r[3])) for r in rows])

    def place(self, destination: str, stream: str) -> Cursor | None:
        """The past of one stream; None for a new one."""
        rows = self._all(
            "select day, position from place where destination = ? and stream = ?", (destination, stream)
        )
        return Cursor(*rows[0]) if rows else None

    def record(self, destination: str, outcome: Outcome) -> None:
        """Everything an accepted batch changes, at once."""
        with self._transaction() as db:
            if outcome.history is not None:
                _put_place(db, destination, "history", outcome.history.past)
                _put_islands(db, destination, outcome.history.islands)
            for stream, cursor in outcome.places.items():
                _put_place(db, destination, stream, cursor)
            db.executemany(
                "insert into hour(destination, hour, sent) values (?, ?, ?)"
                " on conflict do update set sent = sent + excluded.sent, checked_ns = null",
                [(destination, hour, count) for hour, count in outcome.hours.items()],
            )
            db.executemany(
                "insert into parked(destination, at_ns, line, why, state) values (?, ?, ?, ?, 'parked')",
                [(destination, outcome.at_ns, r.line, r.why) for r in outcome.refusals],
            )
            db.execute(
                "insert into accepted values (?, ?, ?, ?, ?) on conflict do update set"
                " at_ns = excluded.at_ns, rows = rows + excluded.rows,"
                " moved = moved + excluded.moved, merged = merged + excluded.merged",
                (destination, outcome.at_ns, outcome.rows, outcome.moved, outcome.merged),
            )

    def forget(self, destination: str) -> None:
        """The destination is gone. Parked lines stay until somebody skips them."""
        with self._transaction() as db:
            for table in ("place", "island", "hour", "accepted", "again"):
                db.execute(f"delete from {table} where destination = ?", (destination,))  # noqa: S608  constants

    def destinations(self) -> list[str]:
        """All that have a place."""
        return [row[0] for row in self._all("select distinct destination from place order by 1", ())]

    def accepted(self, destination: str) -> Accepted:
        """The totals."""
        rows = self._all(
            "select at_ns, rows, moved, merged from accepted where destination = ?", (destination,)
        )
        return Accepted(*rows[0]) if rows else Accepted()

    # -- parked lines --------------------------------------------------------------------------

    def parked(
        self, destination: str | None = None, state: str | None = None, limit: int = 1000
    ) -> list[Parked]:
        """Lines set aside, oldest first."""
        rows = self._all(
            "select id, destination, at_ns, line, why, state from parked"
            " where destination = coalesce(?, destination) and state = coalesce(?, state)"
            " order by id limit ?",
            (destination, state, limit),
        )
        return [Parked(*row) for row in rows]

    def parked_count(self, destination: str) -> int:
        """How many lines of a destination are set aside."""
        return int(self._all("select count(*) from parked where destination = ?", (destination,))[0][0])

    def ask_again(self, destination: str, ids: Sequence[int] | None) -> int:
        """Have lines sent again (all when ids is None); how many."""
        return self._choose("update parked set state = 'retry'", destination, ids)

    def drop(self, destination: str, ids: Sequence[int] | None) -> int:
        """Give lines up for good (all when ids is None); how many."""
        return self._choose("delete from parked", destination, ids)

    def _choose(self, what: str, destination: str, ids: Sequence[int] | None) -> int:
        with self._transaction() as db:
            if ids is None:
                return db.execute(f"{what} where destination = ?", (destination,)).rowcount
            return sum(
                db.execute(f"{what} where destination = ? and id = ?", (destination, number)).rowcount
                for number in ids
            )

    def tried_again(self, destination: str, number: int, outcome: Outcome | None, why: str = "") -> None:
        """A parked line was taken (then it goes, with what that changes), or refused once more."""
        if outcome is not None:
            self.record(destination, outcome)
        with self._transaction() as db:
            if outcome is not None:
                db.execute("delete from parked where id = ?", (number,))
            else:
                db.execute("update parked set state = 'parked', why = ? where id = ?", (why, number))

    # -- hours sent once more ------------------------------------------------------------------

    def ask_hour(self, destination: str, hour: int) -> None:
        """Have an hour of samples sent once more."""
        with self._transaction() as db:
            db.execute("insert or replace into again values (?, ?, null, null)", (destination, hour))

    def asked_hour(self, destination: str) -> tuple[int, Cursor | None] | None:
        """The first hour that was asked for, and how far it has come."""
        rows = self._all(
            "select hour, day, position from again where destination = ? order by hour limit 1",
            (destination,),
        )
        if not rows:
            return None
        hour, day, position = rows[0]
        return int(hour), None if day is None else Cursor(day, position)

    def hour_moved(self, destination: str, hour: int, to: Cursor | None) -> None:
        """The hour has come so far; None: all of it was accepted, and it is to be counted anew."""
        with self._transaction() as db:
            if to is not None:
                db.execute(
                    "update again set day = ?, position = ? where destination = ? and hour = ?",
                    (to.day, to.position, destination, hour),
                )
                return
            db.execute("delete from again where destination = ? and hour = ?", (destination, hour))
            db.execute(
                "update hour set stored = null, checked_ns = null where destination = ? and hour = ?",
                (destination, hour),
            )

    # -- counts --------------------------------------------------------------------------------

    def unchecked(self, destination: str, before_hour: int, limit: int = 24) -> list[Hour]:
        """Hours before one that were not compared yet, or have grown since; newest first."""
        rows = self._all(
            "select hour, sent, stored, checked_ns from hour where destination = ? and hour < ?"
            " and checked_ns is null order by hour desc limit ?",
            (destination, before_hour, limit),
        )
        return [Hour(*row) for row in rows]

    def differing(self, destination: str) -> list[Hour]:
        """Hours of which the server held another number of samples when it was asked."""
        rows = self._all(
            "select hour, sent, stored, checked_ns from hour"
            " where destination = ? and stored is not null and stored <> sent order by hour",
            (destination,),
        )
        return [Hour(*row) for row in rows]

    def checked(self, destination: str, hour: int, stored: int, now_ns: int) -> None:
        """The server holds so many samples of an hour; hours of more than two months ago are forgotten."""
        with self._transaction() as db:
            db.execute(
                "update hour set stored = ?, checked_ns = ? where destination = ? and hour = ?",
                (stored, now_ns, destination, hour),
            )
            oldest = now_ns // (HOUR_MS * 1_000_000) - HOURS_KEPT
            db.execute(
                "delete from hour where checked_ns is not null and stored = sent and hour < ?", (oldest,)
            )

    # -- plumbing ------------------------------------------------------------------------------

    def _all(self, statement: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._db.execute(statement, values).fetchall()
            except sqlite3.Error as error:
                raise StoreError(f"{self.path}: {error}") from None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("begin immediate")
                try:
                    yield self._db
                    self._db.execute("commit")
                finally:
                    if self._db.in_transaction:
                        self._db.execute("rollback")
            except sqlite3.Error as error:
                raise StoreError(f"{self.path}: {error}") from None


def parked_lines(state: Path) -> list[dict[str, object]]:
    """All lines set aside in a state directory, as plain data. Raises StoreError."""
    if not (state / FILE).exists():
        return []
    ledger = Ledger(state)
    try:
        return [asdict(parked) for parked in ledger.parked()]
    finally:
        ledger.close()


def _put_place(db: sqlite3.Connection, destination: str, stream: str, cursor: Cursor) -> None:
    db.execute(
        "insert or replace into place values (?, ?, ?, ?)", (destination, stream, cursor.day, cursor.position)
    )


def _put_islands(db: sqlite3.Connection, destination: str, islands: Sequence[Island]) -> None:
    db.execute("delete from island where destination = ?", (destination,))
    db.executemany(
        "insert into island values (?, ?, ?, ?, ?, ?)",
        [
            (destination, n, i.start.day, i.start.position, i.end.day, i.end.position)
            for n, i in enumerate(islands)
        ],
    )
