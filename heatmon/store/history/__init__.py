"""History: every scan that entered an engine, and what the engine concluded, on disk in input order.

One SQLite file for each UTC day, all stations together, time-led rows of one scan each. Once a newer
day has begun, the finished one is packed (`heatmon.store.history.pack`): positions stay, so that a
cursor means the same before and after. A damaged file costs that day; while writing it is set aside.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.store.cursor import BEGIN, Cursor
from heatmon.store.history.day import PACKED, day_of, remove
from heatmon.store.history.pack import Packer, PackingError
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.rows import Appended, Rows
from heatmon.store.history.stored import Backlog, Columns, StoredScan

log = logging.getLogger("heatmon.history")

RETENTION_DAYS: Final = 730


class History(HistoryReader):
    """All stations of a daemon, as it keeps them; the only one that writes.

    `append` belongs to the loop's thread, `commit` and `maintain` to the writer's.
    Queue ``appended``: bound by the writer, which commits once a second and stops recording while the
    disk is full; overflow policy: the writer counts and drops samples, never events.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory)
        self._days.tidy()
        self._lock = threading.Lock()
        self._appended: list[Appended] = []
        self._rows: Rows | None = None
        self._newest = max((file.stem for file in self._files()), default="")
        self._packer: Packer | None = None
        self._unpackable: set[str] = set()

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
                    self._open_rows(day).write(appended[start:end])
                    start = end
        except sqlite3.Error:
            with self._lock:
                self._appended[:0] = appended[start:]
            raise

    def _open_rows(self, day: str) -> Rows:
        # What comes late, or after the clock went back, goes into the open file: input order is kept.
        self._newest = max(day, self._newest)
        if self._rows is None or self._rows.day != self._newest:
            self._close_rows()
            self._rows = Rows(self.directory / f"{self._newest}.db")
        return self._rows

    def maintain(self, now_ns: int) -> None:
        """Unlink days beyond the retention; pack one chunk of the oldest finished day."""
        oldest = day_of(now_ns - RETENTION_DAYS * 86_400 * 1_000_000_000)
        for file in self._files():
            if file.stem < oldest and file.stem != self._newest:
                self._give_up_packing(file.stem)
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
            if self._packer.work() and self._packer.publish():
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

    def _close_rows(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None

    def close(self) -> None:
        """Close the day's file, and what was open to read."""
        self._close_rows()
        super().close()


__all__ = ["BEGIN", "Backlog", "Columns", "Cursor", "History", "HistoryReader", "StoredScan", "day_of"]
