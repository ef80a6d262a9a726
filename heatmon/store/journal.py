"""A station's journal: events in a hash chain, the engine's checkpoint, the settings by content.

One file a station, ``journal.db``. One transaction takes events and checkpoint together, so that
after any crash the checkpoint belongs to the last entry. Entries are never changed or deleted.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from heatmon.core.effect import Event
from heatmon.store.canonical import canonical
from heatmon.store.chain import EMPTY, Head
from heatmon.store.checkpoint import body_of, put_checkpoint
from heatmon.store.entry import COLUMNS, ERASED, Entry, Notice, Recovered
from heatmon.store.errors import JournalDamaged, JournalNotWritable, OutOfOrder, StoreError, WrongJournal
from heatmon.store.journal_reader import JournalReader, read_only
from heatmon.store.making import Making, first_of, lost
from heatmon.store.open import create, open_for_writing
from heatmon.store.salvage import finish_salvage, salvage

_INSERT: Final = f"insert into entry({COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  constant
_REFUSED: Final = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
)


def _no_step(name: str) -> None:
    """Where a test stops the process; otherwise nothing."""


class Journal(JournalReader):
    """The journal of a station as the daemon keeps it; the only one that writes it.

    Opening creates the file, migrates it, checks its pages, and sets a damaged file aside after
    saving what can be read (`recover` tells). A journal made under a scaled clock and a real one
    never mix. Raises WrongJournal, StoreError.
    """

    def __init__(self, path: Path, station: str, simulated: bool = False) -> None:
        super().__init__(path)
        self.station, self.simulated = station, simulated
        self._lock = threading.Lock()
        self._notices: list[Notice] = []
        self._db = self._open()
        try:
            self._check_owner()
            self._last = self._read_last()
            self._lost_to = self._checkpoint_event_seq()
        except sqlite3.Error as error:
            self._db.close()
            raise JournalDamaged(f"{path}: {error}") from None
        except StoreError:
            self._db.close()
            raise

    # -- start ---------------------------------------------------------------------------------

    def _open(self) -> sqlite3.Connection:
        try:
            self._notices += finish_salvage(self.path, self.station)
            if not self.path.exists():
                create(self.path, self.station)
            try:
                return open_for_writing(self.path)
            except JournalDamaged as error:
                self._notices.append(salvage(self.path, self.station, str(error)))
                return open_for_writing(self.path)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.path}: {error}; the state directory must be writable") from None

    def _check_owner(self) -> None:
        row = self._db.execute("select station from origin").fetchone()
        if row is None or row[0] != self.station:
            raise WrongJournal(
                f"{self.path} is the journal of {row[0] if row else 'nobody'}, not of {self.station}; "
                "give this station a state directory of its own"
            )
        held = self._db.execute("select exists(select 1 from entry where simulated = 1)").fetchone()[0]
        if held and not self.simulated:
            raise WrongJournal(
                f"{self.path} holds entries made under a simulated clock; the service never mixes them "
                "with real ones. Use another state directory, or move this one away"
            )
        real = self._db.execute("select simulated from entry limit 1").fetchone()
        if self.simulated and real is not None and not held:
            raise WrongJournal(
                f"{self.path} is the journal of a real station; a simulation never writes to it"
            )

    def _read_last(self) -> Head:
        row = self._db.execute("select event_seq, hash from entry order by event_seq desc limit 1").fetchone()
        return Head(row[0], row[1]) if row else EMPTY

    def _checkpoint_event_seq(self) -> int:
        row = self._db.execute("select event_seq from checkpoint").fetchone()
        return int(row[0]) if row else 0

    def recover(self) -> Recovered:
        """What the last run left. Raises StoreError."""
        with self._lock:
            row = self._db.execute(
                "select body, sha256, clean_stop, now, input_seq, event_seq from checkpoint"
            ).fetchone()
            last = self._db.execute(
                "select event_seq, time, input_seq from entry order by event_seq desc limit 1"
            ).fetchone() or (0, 0, 0)
        notices = [*self._notices, *self._last_is_sound()]
        checkpoint = None
        if row is not None:
            checkpoint = body_of(row[0], row[1])
            if checkpoint is None:
                notices.append(Notice("store.checkpoint_damaged", {"station": self.station}))
        elif last[0]:
            notices.append(Notice("store.checkpoint_missing", {"station": self.station}))
        return Recovered(
            checkpoint=checkpoint,
            head=self._last,
            event_seq=max(last[0], row[5] if row else 0),
            input_seq=max(last[2], row[4] if row else 0),
            simulated=self.simulated,
            clean_stop=bool(row and row[2]),
            last_time_ns=max(last[1], row[3] if row else 0),
            notices=tuple(notices),
        )

    def _last_is_sound(self) -> list[Notice]:
        """Look at the end of the chain; `heatmon.store.verify` looks at all of it."""
        end = self.tail(2)
        if not end:
            return []
        last, before = end[-1], end[0].hash if len(end) == 2 else EMPTY.hash
        sound = last.header.hash_after(before) == last.hash and (
            last.payload is None or last.payload_is_sound
        )
        return (
            []
            if sound
            else [Notice("store.chain_broken", {"station": self.station, "event_seq": last.head.event_seq})]
        )

    def read_after(self, event_seq: int, limit: int) -> tuple[list[Entry], int]:
        """As `JournalReader.read_after`; where nothing is new the file is not even looked at."""
        return ([], event_seq) if event_seq >= self._last.event_seq else super().read_after(event_seq, limit)

    # -- writing -------------------------------------------------------------------------------

    def append(
        self,
        events: Sequence[Event],
        checkpoint: Mapping[str, Any] | None,
        written_at_ns: int,
        simulated: bool | None = None,
        *,
        at_step: Callable[[str], None] = _no_step,
    ) -> Head:
        """Events and the checkpoint that knows them, in ONE transaction; on disk when this returns.

        Events that are here already (the answer to an earlier call was lost) are passed over.
        Returns the new head. Raises OutOfOrder, CanonicalError; JournalNotWritable where the disk
        refuses: then nothing of it was written.
        """
        if simulated not in (None, self.simulated):
            raise OutOfOrder(f"{self.path}: real and simulated entries do not mix")
        if events and checkpoint is None:
            raise OutOfOrder("events are written with the checkpoint that knows them")
        with self._lock:
            made = Making(self.station, written_at_ns, self.simulated)
            entries = made.chained(self._new(events), self._last.hash)
            end = entries[-1].head if entries else self._last
            if checkpoint is not None:
                self._must_belong(checkpoint["event_seq"], end)
            erased = [e for e in entries if e.header.code == ERASED]
            with self._transaction(erasing=bool(erased)):
                self._db.executemany(_INSERT, [entry.row for entry in entries])
                for entry in erased:
                    self._erase(entry.fields.get("event_seq"))
                if checkpoint is not None:
                    put_checkpoint(self._db, checkpoint)
                at_step("journal.before_commit")
            self._last = end
            # A daemon keeps hundreds of journals open, each written to about once a minute.
            self._db.execute("pragma shrink_memory")
            if entries:
                self._lost_to = 0
            if erased:
                # Until then the write-ahead log still holds the old page.
                self._db.execute("pragma wal_checkpoint(truncate)")
        return end

    def _new(self, events: Sequence[Event]) -> list[Event]:
        """The events that are not here yet, checked to continue the journal without a gap."""
        last = self._last.event_seq
        fresh = [event for event in events if event.event_seq > last]
        for event in events:
            if event.event_seq <= last:
                self._must_be_known(event)
        if fresh and first_of(fresh[0]) > last + 1 and first_of(fresh[0]) == self._lost_to + 1:
            fresh.insert(0, lost(last + 1, fresh[0]))
        expected = last + 1
        for event in fresh:
            if first_of(event) != expected:
                raise OutOfOrder(f"{self.station}: event {event.event_seq} came where {expected} was due")
            expected = event.event_seq + 1
        return fresh

    def _must_belong(self, event_seq: int, end: Head) -> None:
        """The checkpoint knows the last entry and no later one, or those a damaged file took with it."""
        if event_seq not in (end.event_seq, max(end.event_seq, self._lost_to)):
            raise OutOfOrder(f"{self.station}: checkpoint at event {event_seq}, journal at {end.event_seq}")

    def _must_be_known(self, event: Event) -> None:
        row = self._db.execute(
            "select code, time, payload, salt from entry where event_seq = ?",
            (event.event_seq,),
        ).fetchone()
        same = row is not None and row[0] == event.code and row[1] == event.time_ns
        if not same or (row[2] is not None and row[2].encode() != canonical(event.payload)):
            raise OutOfOrder(f"{self.station}: another event {event.event_seq} is in the journal already")

    def _erase(self, event_seq: object) -> None:
        self._db.execute(
            "update entry set payload = null, salt = null where event_seq = ? and salt is not null",
            (event_seq,),
        )

    def put_bundle(self, sha256: str, content: bytes) -> None:
        """Keep settings by content; the same ones once. Raises JournalNotWritable, StoreError."""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise StoreError(f"these settings are not {sha256}")
        with self._lock, self._transaction():
            self._db.execute(
                "insert or ignore into bundle(sha256, content) values (?, ?)",
                (sha256, zlib.compress(content)),
            )

    @contextmanager
    def _transaction(self, erasing: bool = False) -> Iterator[None]:
        try:
            if erasing:
                self._db.execute("pragma secure_delete = on")
            self._db.execute("begin immediate")
            try:
                yield
                self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
        except sqlite3.Error as error:
            # What Python's own module refuses (a closed database) carries no code of SQLite.
            name = getattr(error, "sqlite_errorname", type(error).__name__)
            if (getattr(error, "sqlite_errorcode", 0) & 0xFF) in _REFUSED:
                raise JournalNotWritable(f"{self.path}: {error} ({name})") from None
            raise StoreError(f"{self.path}: {error} ({name})") from None

    def close(self, clean: bool = False) -> None:
        """Close; `clean` when everything of this run is on disk. Twice in peace. Raises StoreError."""
        with self._lock:
            try:
                if clean:
                    with self._transaction():
                        self._db.execute("update checkpoint set clean_stop = 1")
            finally:
                self._db.close()


__all__ = ["Journal", "JournalReader", "read_only"]
