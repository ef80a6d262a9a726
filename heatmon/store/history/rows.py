"""The day that is being written: rows of one scan each, in input order over all stations."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.store.history.day import name_of, positions_before, set_aside
from heatmon.store.history.dayreader import is_damage
from heatmon.store.history.frame import decode, encode
from heatmon.store.history.minutes import Gathering, Minute
from heatmon.store.open import publish
from heatmon.store.open import remove as discard
from heatmon.store.schema import migrate

CATCH_UP: Final = 5_000
"""Positions gathered again in one step."""
_TAIL: Final = (
    "select position, plan, input_seq, due_ns, received_ns, data from scan"
    " where position > ? and position <= ? order by position"
)
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
        self._gathering, self._stale = Gathering(), False
        try:
            self._db = _connect(file)
            self._last = self._last_position()
            self._catch_up()
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
            if self._stale:
                self._catch_up()
            self._write(appended)
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._db.close()
            self._begin_anew(error)
            self._write(appended)

    def _write(self, appended: Sequence[Appended]) -> None:
        with self._transaction() as db:
            rows, minutes = [], []
            for position, (station, scan, tags) in enumerate(appended, self._last + 1):
                plan = self._plan(station, scan, tags)
                rows.append((position, plan, scan.input_seq, scan.due_ns, scan.received_ns, encode(scan)))
                if (over := self._gathering.add(plan, position, scan)) is not None:
                    minutes.append(over)
            db.executemany(
                "insert into scan(position, plan, input_seq, due_ns, received_ns, data) values(?,?,?,?,?,?)",
                rows,
            )
            if minutes:
                self._put(db, [*minutes, *self._gathering.overdue()], self._last + len(rows))
        self._last += len(appended)

    def finish(self) -> None:
        """The day is over: what is gathered becomes minutes. Raises as `write`."""
        with self._transaction() as db:
            self._put(db, self._gathering.all(), self._last)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._db
        db.execute("begin immediate")
        try:
            yield db
            db.execute("commit")
        except BaseException:
            self._plans.clear()
            self._gathering = Gathering()
            if db.in_transaction:
                db.execute("rollback")
            self._stale = True
            raise

    def _put(self, db: sqlite3.Connection, minutes: Sequence[Minute], last: int) -> None:
        db.executemany("insert into minute(plan, minute, low, high, data) values(?,?,?,?,?)", minutes)
        held = self._gathering.first_held()
        db.execute("update summarised set position = ?", (last if held is None else held - 1,))

    def _catch_up(self) -> None:
        """Gather what an earlier run, or a failed transaction, had not brought into minutes."""
        self._gathering, self._stale = Gathering(), False
        db = self._db
        (after,) = db.execute("select position from summarised").fetchone()
        # Of a plan that is ahead of the others, some may be in minutes already.
        done: dict[int, int] = dict(
            db.execute("select plan, max(high) from minute where high > ? group by plan", (after,))
        )
        plans = {row[0]: (row[1], row[2]) for row in db.execute("select id, device, grp from plan")}
        while after < self._last:
            rows = db.execute(_TAIL, (after, after + CATCH_UP)).fetchall()
            minutes = []
            for position, plan, input_seq, due_ns, received_ns, data in rows:
                if position > done.get(plan, 0):
                    scan = decode(data, *plans[plan], due_ns, received_ns, input_seq)
                    if (over := self._gathering.add(plan, position, scan)) is not None:
                        minutes.append(over)
            after = min(after + CATCH_UP, self._last)
            if minutes:
                with self._transaction():
                    self._put(db, [*minutes, *self._gathering.overdue()], after)

    def _begin_anew(self, error: Exception) -> None:
        """Set the damaged file aside and start another, behind every position that was ever given."""
        aside = set_aside(self.file)
        self.set_aside.append((aside, str(error)))
        self._plans.clear()
        self._gathering, self._stale = Gathering(), False
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
