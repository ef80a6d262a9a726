"""Reading a station's journal: beside the daemon, in any thread or process, or a file without a daemon."""

from __future__ import annotations

import hashlib
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from heatmon.store.chain import EMPTY, Head
from heatmon.store.entry import COLUMNS, Entry
from heatmon.store.errors import JournalDamaged
from heatmon.store.open import reading

BATCH: Final = 500
"""Entries a reader takes in one transaction, so that none lasts."""
SETTLED_NS: Final = 1_000_000_000
"""A file changed this long ago cannot have changed again within the grain of its time stamp."""


class JournalReader:
    """Reads a journal while others write, or a file without a daemon; never writes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._quiet: tuple[int, tuple[int, ...]] | None = None

    def read_after(self, event_seq: int, limit: int) -> tuple[list[Entry], int]:
        """At most `limit` entries after a cursor, in order of the chain, and the cursor behind them.

        For outward paths: the cursor is kept as a claim (`heatmon.store.claims`). Asking again when
        nothing was written costs two looks at file times. Raises StoreError.
        """
        seen = self._seen()
        if seen is not None and self._quiet == (event_seq, seen):
            return [], event_seq
        found = self._rows("event_seq > ? order by event_seq limit ?", (event_seq, limit))
        self._quiet = (event_seq, seen) if seen is not None and not found else None
        return found, found[-1].header.event_seq if found else event_seq

    def _seen(self) -> tuple[int, ...] | None:
        """Times and sizes of the file and its log; None while they may change within a time stamp's grain."""
        seen: list[int] = []
        for path in (self.path, self.path.with_name(self.path.name + "-wal")):
            try:
                state = path.stat()
            except OSError:
                seen += (0, 0)
                continue
            if time.time_ns() - state.st_mtime_ns < SETTLED_NS:
                return None
            seen += (state.st_mtime_ns, state.st_size)
        return tuple(seen)

    def entries(self, after_event_seq: int = 0, limit: int | None = None) -> Iterator[Entry]:
        """Entries in order of the chain. No transaction is held between batches. Raises StoreError."""
        left = limit
        while left is None or left > 0:
            size = BATCH if left is None else min(left, BATCH)
            rows = self._rows("event_seq > ? order by event_seq limit ?", (after_event_seq, size))
            yield from rows
            if len(rows) < size:
                return
            after_event_seq = rows[-1].header.event_seq
            left = None if left is None else left - len(rows)

    def tail(self, count: int) -> list[Entry]:
        """The last entries, oldest first. Raises StoreError."""
        return self._rows("true order by event_seq desc limit ?", (count,))[::-1]

    def head(self) -> Head:
        """The end of the chain, as it travels to other places. Raises StoreError."""
        last = self.tail(1)
        return last[0].head if last else EMPTY

    def bundle(self, sha256: str) -> bytes:
        """Settings by the SHA-256 of their content. Raises KeyError, StoreError for a damaged one."""
        with reading(self.path) as db:
            row = db.execute("select content from bundle where sha256 = ?", (sha256,)).fetchone()
        if row is None:
            raise KeyError(sha256)
        try:
            content = zlib.decompress(row[0])
        except zlib.error:
            content = b""
        if hashlib.sha256(content).hexdigest() != sha256:
            raise JournalDamaged(f"{self.path}: the settings {sha256[:12]} are damaged")
        return content

    def _rows(self, where: str, values: tuple[int, ...]) -> list[Entry]:
        with reading(self.path) as db:
            # `where` is one of the constants of this class.
            found = db.execute(f"select {COLUMNS} from entry where {where}", values).fetchall()  # noqa: S608
        try:
            return [Entry.of(row) for row in found]
        except (TypeError, ValueError) as error:
            raise JournalDamaged(f"{self.path}: {error}") from None


@contextmanager
def read_only(path: Path) -> Iterator[JournalReader]:
    """A reader of a journal file, for ``with``."""
    yield JournalReader(path)
