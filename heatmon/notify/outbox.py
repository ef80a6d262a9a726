"""What is to be told, on disk: one row a message, and how far each station's journal has been read.

A SQLite file of its own in the state directory. The rows of a batch of journal entries and the
cursor behind them are one transaction, so that after any crash each entry has been planned exactly
once. A row is marked ``sending`` on disk before its first byte goes out.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from heatmon.notify.row import COLUMNS, Draft, Row
from heatmon.notify.states import REACHED, SETTLED, State, Trigger, next_state
from heatmon.store.errors import StoreError
from heatmon.store.schema import migrate

TRIES: Final = 5
"""A reply code dies at this many wrong tries."""
_INSERT: Final = (
    "insert or ignore into message(station, event_seq, recipient, channel, place, address, occurrence, "
    "kind, priority, state, due, planned, changed, entry) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_REACHED: Final = ", ".join(f"'{state.value}'" for state in sorted(REACHED))
_SETTLED: Final = ", ".join(f"'{state.value}'" for state in sorted(SETTLED))


class Outbox:
    """The outbox of one daemon, all stations. Any thread; one call at a time. Raises StoreError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        self._within = False
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.touch(mode=0o600)
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            for pragma in ("journal_mode = wal", "synchronous = full", "busy_timeout = 5000",
                           "cache_size = -512", "foreign_keys = on"):  # fmt: skip
                self._db.execute(f"pragma {pragma}")
            migrate(self._db, "outbox", path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{path}: {error}") from None

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One transaction; several of the methods below inside it are one."""
        with self._lock:
            if self._within:
                yield
                return
            self._within = True
            try:
                self._db.execute("begin immediate")
                try:
                    yield
                    self._db.execute("commit")
                except BaseException:
                    if self._db.in_transaction:
                        self._db.execute("rollback")
                    raise
            except sqlite3.Error as error:
                raise StoreError(f"{self.path}: {error}") from None
            finally:
                self._within = False

    def _rows(self, where: str, *values: object) -> list[Row]:
        with self._lock:
            # `where` is always one of the constants of this class.
            found = self._db.execute(f"select {COLUMNS} from message where {where}", values)  # noqa: S608
            return [Row.of(row) for row in found]

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    # -- the cursor ----------------------------------------------------------------------------

    def cursor(self, station: str, at_first: int) -> int:
        """The last entry that was planned; a station that is new here begins behind `at_first`."""
        with self.writing():
            self._db.execute("insert or ignore into cursor values (?, ?)", (station, at_first))
            row = self._db.execute("select event_seq from cursor where station = ?", (station,)).fetchone()
        return int(row[0])

    def advance(self, station: str, event_seq: int) -> None:
        """Everything up to this entry has been planned. Call it in the transaction of the rows."""
        with self.writing():
            self._db.execute("update cursor set event_seq = ? where station = ?", (event_seq, station))

    # -- rows ----------------------------------------------------------------------------------

    def add(self, drafts: Iterable[Draft], now_ns: int) -> None:
        """Write messages down; one that is here already is passed over."""
        with self.writing():
            self._db.executemany(
                _INSERT,
                [
                    (
                        *(d.station, d.event_seq, d.recipient, d.channel, d.place, d.address, d.occurrence),
                        *(d.kind, d.priority, d.state.value, d.due_ns, now_ns, now_ns),
                        json.dumps(d.entry, ensure_ascii=False, separators=(",", ":")),
                    )
                    for d in drafts
                ],
            )

    def row(self, message: int) -> Row:
        """One row. Raises KeyError."""
        found = self._rows("id = ?", message)
        if not found:
            raise KeyError(message)
        return found[0]

    def by_ref(self, station: str, channel: str, ref: str) -> Row | None:
        """The latest message that was sent on a channel under a provider's reference."""
        found = self._rows(
            "station = ? and channel = ? and ref = ? and state = 'sent' order by id desc limit 1",
            *(station, channel, ref),
        )
        return found[0] if found else None

    def next(self, station: str, channel: str, now_ns: int) -> Row | None:
        """What a channel sends next: of what is due the gravest, then the oldest."""
        found = self._rows(
            "station = ? and channel = ? and state = 'queued' and due <= ? order by priority, id limit 1",
            *(station, channel, now_ns),
        )
        return found[0] if found else None

    def due(self, station: str, channel: str) -> int | None:
        """When the next queued message of a channel is due."""
        with self._lock:
            row = self._db.execute(
                "select min(due) from message where station = ? and channel = ? and state = 'queued'",
                (station, channel),
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def mark(
        self,
        row: Row,
        trigger: Trigger,
        now_ns: int,
        *,
        answer: str | None = None,
        ref: str | None = None,
        due_ns: int | None = None,
    ) -> Row:
        """What has happened to a message, by the table of its life; the row as it is then."""
        state = next_state(row.state, trigger)
        attempts = row.attempts + (trigger is Trigger.SEND and state is not row.state)
        with self.writing():
            self._db.execute(
                "update message set state = ?, attempts = ?, changed = ?, due = coalesce(?, due), "
                "answer = coalesce(?, answer), ref = coalesce(?, ref) where id = ?",
                (state.value, attempts, now_ns, due_ns, answer, ref, row.id),
            )
            return self.row(row.id)

    def pass_on(self, row: Row, to: Draft, now_ns: int, answer: str) -> Row:
        """Give a message up here and write it down for the person's next way, in one."""
        with self.writing():
            self.add([to], now_ns)
            return self.mark(row, Trigger.GIVEN_UP, now_ns, answer=answer)

    def note(self, message: int, answer: str) -> None:
        """Keep what is known about a message that was not answered."""
        with self.writing():
            self._db.execute("update message set answer = ? where id = ?", (answer, message))

    def set_due(self, message: int, due_ns: int) -> None:
        """A queued message is not to be sent before this."""
        with self.writing():
            self._db.execute("update message set due = ? where id = ?", (due_ns, message))

    def at_once(self, station: str, channel: str, now_ns: int) -> None:
        """A channel is back: everything queued for it is due."""
        with self.writing():
            self._db.execute(
                "update message set due = ? where station = ? and channel = ? and state = 'queued'",
                (now_ns, station, channel),
            )

    def restart(self, station: str, now_ns: int) -> list[Row]:
        """After a start: messages of which nobody knows whether they went out are to be sent again."""
        with self.writing():
            unsure = self._rows("station = ? and state = 'sending'", station)
            return [self.mark(row, Trigger.RESTART, now_ns, due_ns=now_ns) for row in unsure]

    # -- what planning needs to know -----------------------------------------------------------

    def recent(self, station: str, recipient: str, since_ns: int) -> int:
        """How many messages a person has been given since then, those that wait for a digest aside."""
        with self._lock:
            row = self._db.execute(
                "select count(*) from message where station = ? and recipient = ? and planned > ? "
                "and place = 0 and state not in ('held', 'folded')",
                (station, recipient, since_ns),
            ).fetchone()
        return int(row[0])

    def held_until(self, station: str, recipient: str) -> int | None:
        """When the digest that is being gathered for a person is due; None when none is."""
        with self._lock:
            row = self._db.execute(
                "select min(due) from message where station = ? and recipient = ? and state = 'held'",
                (station, recipient),
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def of_occurrence(self, station: str, occurrence: str) -> list[Row]:
        """Every message about an occurrence, in order."""
        return self._rows("station = ? and occurrence = ? order by id", station, occurrence)

    def reached(self, station: str, occurrence: str) -> list[tuple[str, str]]:
        """(person, channel) who have been told of an occurrence, in the order of telling."""
        with self._lock:
            found = self._db.execute(
                "select recipient, channel from message where station = ? and occurrence = ? "  # noqa: S608  constant
                f"and state in ({_REACHED}) group by recipient, channel order by min(changed)",
                (station, occurrence),
            )
            return [(row[0], row[1]) for row in found]

    # -- digests -------------------------------------------------------------------------------

    def held(self, station: str, now_ns: int) -> dict[str, list[Row]]:
        """By recipient, everything held for those whose digest is due."""
        rows = self._rows("station = ? and state = 'held' order by id", station)
        ready = {row.recipient for row in rows if row.due_ns <= now_ns}
        found: dict[str, list[Row]] = {}
        for row in rows:
            if row.recipient in ready:
                found.setdefault(row.recipient, []).append(row)
        return found

    def held_due(self, station: str) -> int | None:
        """When the next held message is due."""
        with self._lock:
            row = self._db.execute(
                "select min(due) from message where station = ? and state = 'held'", (station,)
            ).fetchone()
        return None if row[0] is None else int(row[0])

    def late(self, station: str, channel: str, before_ns: int) -> list[Row]:
        """What has been queued for a channel since before `before_ns`, in order."""
        return self._rows(
            "station = ? and channel = ? and state = 'queued' and planned < ? order by id",
            *(station, channel, before_ns),
        )

    def fold(self, rows: Sequence[Row], into: Draft, now_ns: int) -> None:
        """One digest in place of these messages. The journal hears of them by the digest's entry."""
        with self.writing():
            self.add([into], now_ns)
            digest = self._db.execute(
                "select id from message "
                "where station = ? and event_seq = ? and recipient = ? and channel = ?",
                (into.station, into.event_seq, into.recipient, into.channel),
            ).fetchone()[0]
            for row in rows:
                state = next_state(row.state, Trigger.FOLD).value
                self._db.execute(
                    "update message set state = ?, told = ?, changed = ?, digest = ? where id = ?",
                    (state, state, now_ns, digest, row.id),
                )

    def folded(self, digest: int) -> list[Row]:
        """What a digest holds, gravest first, then in order."""
        return self._rows("digest = ? order by priority, id", digest)

    # -- what the journal is to be told --------------------------------------------------------

    def untold(self, station: str, limit: int = 100) -> list[Row]:
        """Settled messages whose state the journal does not know yet."""
        return self._rows(
            f"station = ? and told <> state and state in ({_SETTLED}) order by id limit ?", station, limit
        )

    def told(self, message: int, state: State) -> None:
        """The journal has said that a message came to this state."""
        with self.writing():
            self._db.execute("update message set told = ? where id = ?", (state.value, message))

    def acknowledge(self, station: str, occurrence: str, person: str, now_ns: int) -> None:
        """A person has acknowledged: what they were told of the occurrence is done with."""
        for row in self.of_occurrence(station, occurrence):
            if row.recipient == person and row.state in REACHED:
                after = self.mark(row, Trigger.ACKNOWLEDGED, now_ns)
                self.told(after.id, after.state)

    # -- channels that are down ----------------------------------------------------------------

    def down(self, station: str) -> dict[str, tuple[int, str]]:
        """Channel -> since when it is down, and why."""
        with self._lock:
            found = self._db.execute("select channel, since, reason from down where station = ?", (station,))
            return {row[0]: (row[1], row[2]) for row in found}

    def set_down(self, station: str, channel: str, since_ns: int, reason: str) -> None:
        """A channel has gone down."""
        with self.writing():
            self._db.execute(
                "insert or replace into down values (?, ?, ?, ?)", (station, channel, since_ns, reason)
            )

    def set_up(self, station: str, channel: str) -> None:
        """A channel is back."""
        with self.writing():
            self._db.execute("delete from down where station = ? and channel = ?", (station, channel))

    def replace_heartbeats(self, drafts: Sequence[Draft], now_ns: int) -> None:
        """Heartbeats that were not sent yet are old news: the fresh ones stand in their place."""
        with self.writing():
            for draft in drafts:
                self._db.execute(
                    "update message set state = 'folded', told = 'folded', changed = ? where station = ? "
                    "and recipient = ? and kind = 'heartbeat' and state = 'queued'",
                    (now_ns, draft.station, draft.recipient),
                )
            self.add(drafts, now_ns)

    # -- reply codes ---------------------------------------------------------------------------

    def code(self, message: int, code: str, until_ns: int) -> str:
        """Keep a code for a message; the one that is kept already, if there is one."""
        with self.writing():
            self._db.execute(
                "insert or ignore into code(message, code, until) values (?, ?, ?)", (message, code, until_ns)
            )
            kept = self._db.execute("select code from code where message = ?", (message,)).fetchone()
        return str(kept[0])

    def open_codes(self, station: str, channel: str, address: str, now_ns: int) -> list[tuple[int, str, int]]:
        """(message, code, wrong tries) of the codes that still hold for an address on a channel."""
        return self._codes(
            "m.station = ? and m.channel = ? and m.address = ?", now_ns, station, channel, address
        )

    def open_code(self, message: int, now_ns: int) -> list[tuple[int, str, int]]:
        """The code of one message, if it still holds."""
        return self._codes("m.id = ?", now_ns, message)

    def _codes(self, where: str, now_ns: int, *values: object) -> list[tuple[int, str, int]]:
        with self._lock:
            found = self._db.execute(
                "select c.message, c.code, c.tries from code c join message m on m.id = c.message "  # noqa: S608  constants
                f"where {where} and c.until > ? and c.used = 0 and c.tries < {TRIES}",
                (*values, now_ns),
            )
            return [(row[0], row[1], row[2]) for row in found]

    def use_code(self, message: int) -> None:
        """A code was right; it holds no more."""
        with self.writing():
            self._db.execute("update code set used = 1 where message = ?", (message,))

    def wrong_code(self, messages: Sequence[int]) -> None:
        """A wrong code was tried against these."""
        with self.writing():
            self._db.executemany(
                "update code set tries = tries + 1 where message = ?", [(m,) for m in messages]
            )

    # -- housekeeping --------------------------------------------------------------------------

    def waiting(self, station: str) -> dict[str, int]:
        """Channel -> how many messages wait for it."""
        with self._lock:
            found = self._db.execute(
                "select channel, count(*) from message where station = ? "
                "and state in ('queued', 'held', 'sending') group by channel",
                (station,),
            )
            return {row[0]: row[1] for row in found}

    def prune(self, before_ns: int, limit: int = 500) -> int:
        """Remove settled messages from before then that the journal knows; how many."""
        with self.writing():
            # A digest goes after what it holds; the constant has no input in it.
            return self._db.execute(
                f"delete from message where id in (select id from message m where changed < ? "  # noqa: S608
                f"and told = state and state in ({_SETTLED}) "
                "and not exists (select 1 from message d where d.digest = m.id) limit ?)",
                (before_ns, limit),
            ).rowcount
