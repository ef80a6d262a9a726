"""Verify a journal's chain: on a file, without a daemon or beside it, without writing to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heatmon.store.chain import EMPTY, Head
from heatmon.store.entry import COLUMNS, ERASED, Entry, Notice
from heatmon.store.errors import JournalDamaged
from heatmon.store.journal_reader import BATCH
from heatmon.store.open import reading

_SELECT: Final = f"select {COLUMNS} from entry where event_seq > ? order by event_seq limit {BATCH}"  # noqa: S608  constant


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. head: the end of the sound part; broken: the first thing wrong."""

    station: str
    entries: int
    head: Head
    simulated: int
    broken: Notice | None

    @property
    def ok(self) -> bool:
        """Whether every entry is as it was written, and none is missing."""
        return self.broken is None


def verify(path: Path, against: str | None = None) -> Verdict:
    """Walk the chain from its first entry; `against` is a head that was kept elsewhere.

    Finds an edit of any column, a deletion, a reordering, an insertion; and, against a head, a tail
    that was cut off or written anew. Raises StoreError for a file that cannot be opened.
    """
    anchor = None if against is None else Head.parse(against)
    with reading(path) as db:
        walk = _Walk(_station(db))
        broken = walk.run(db, anchor)
    return Verdict(walk.station, walk.entries, walk.head, walk.simulated, broken)


def _station(db: sqlite3.Connection) -> str:
    row = db.execute("select station from origin").fetchone()
    if row is None:
        raise JournalDamaged("the journal does not say whose it is")
    return str(row[0])


class _Walk:
    """One pass along the chain."""

    def __init__(self, station: str) -> None:
        self.station, self.entries, self.simulated, self.head = station, 0, 0, EMPTY
        self._erased: set[int] = set()
        self._said: set[object] = set()
        self._compared = False

    def run(self, db: sqlite3.Connection, anchor: Head | None) -> Notice | None:
        try:
            for row in _rows(db):
                if (broken := self._entry(row) or self._at(anchor)) is not None:
                    return broken
        except sqlite3.DatabaseError as error:
            return _broken("unreadable", self.head.event_seq + 1, reason=str(error))
        if unsaid := self._erased - self._said:
            return _broken("erased", min(unsaid))
        if anchor is not None and anchor.event_seq > self.head.event_seq:
            return _broken("cut", anchor.event_seq, found=self.head.event_seq)
        return None

    def _entry(self, row: tuple[object, ...]) -> Notice | None:
        previous = self.head.event_seq
        try:
            entry = Entry.of(row)
        except (TypeError, ValueError, AttributeError) as error:
            return _broken("unreadable", previous + 1, reason=str(error))
        header, seq = entry.header, entry.header.event_seq
        if header.station != self.station:
            return _broken("station", seq, found=header.station, station=self.station)
        first = entry.first_event_seq
        if first != previous + 1:
            return _broken("missing", previous + 1, previous=previous, found=first)
        if entry.payload is None:
            self._erased.add(seq)
        elif not entry.payload_is_sound:
            return _broken("payload", seq)
        if header.hash_after(self.head.hash) != entry.hash:
            return _broken("hash", seq)
        if header.code == ERASED:
            self._said.add(entry.fields.get("event_seq"))
        self.head = entry.head
        self.entries += 1
        self.simulated += header.simulated
        return None

    def _at(self, anchor: Head | None) -> Notice | None:
        """Compare the first entry at or behind the anchor's number; later ones are past it."""
        if anchor is None or self._compared or self.head.event_seq < anchor.event_seq:
            return None
        self._compared = True
        return None if self.head == anchor else _broken("other", anchor.event_seq)


def _rows(db: sqlite3.Connection) -> Iterator[tuple[object, ...]]:
    """All rows in batches, so that no transaction lasts while the daemon writes."""
    after = -1
    while batch := db.execute(_SELECT, (after,)).fetchall():
        yield from batch
        after = batch[-1][1]


def _broken(what: str, event_seq: int, **params: str | int) -> Notice:
    return Notice(f"store.verify.{what}", {"event_seq": event_seq, **params})
