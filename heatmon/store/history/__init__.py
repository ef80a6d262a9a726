"""History: every scan that entered an engine, and what the engine concluded, on disk in input order.

One SQLite file for each UTC day, all stations together, time-led rows of one scan each. Once a newer
day has begun, the finished one is packed (`heatmon.store.history.pack`): positions stay, so that a
cursor means the same before and after. A damaged file costs that day; while writing it is set aside.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from itertools import groupby
from pathlib import Path
from typing import Final

from heatmon.core.scan import Scan
from heatmon.store.claims import Claims
from heatmon.store.cursor import BEGIN, Cursor
from heatmon.store.entry import Notice
from heatmon.store.history.day import DAY_NS, PACKED, SECOND, Days, day_of, name_of, rows_of, start_of
from heatmon.store.history.pack import Packer, PackingError
from heatmon.store.history.plot import Plot
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.retention import RAW_DAYS, Retention
from heatmon.store.history.rows import Appended, Rows
from heatmon.store.history.stored import Backlog, Columns, StoredScan
from heatmon.store.history.summary import FOLDER, month_files
from heatmon.store.history.tags import Series

log = logging.getLogger("heatmon.history")

LOOK_NS: Final = 60 * SECOND
"""How often it is looked whether something must go."""

SLICE_S: Final = 0.02
"""Packing goes on for this long at a time, and for one chunk at least; a commit waits no longer."""


class History(HistoryReader):
    """All stations of a daemon, as it keeps them; the only one that writes.

    `append` belongs to the loop's thread, `commit` and `maintain` to the writer's.
    Queue ``appended``: bound by the writer, which commits once a second and stops recording while the
    disk is full; overflow policy: the writer counts and drops samples, never events.
    claims, raw_days, cap_bytes: as in `heatmon.store.history.retention`. slice_s: `SLICE_S`.
    """

    def __init__(
        self,
        directory: Path,
        claims: Claims | None = None,
        *,
        raw_days: int = RAW_DAYS,
        cap_bytes: int | None = None,
        slice_s: float = SLICE_S,
    ) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        super().__init__(directory, self._note_damage)
        self._days.tidy()
        self._lock = threading.Lock()
        self._appended: list[Appended] = []
        self._rows: Rows | None = None
        self._newest = max((name_of(file) for file in self.files()), default="")
        self._packer: Packer | None = None
        self._unpackable: set[str] = set()
        self._claims = claims
        self._retention = Retention(directory, self._discard, claims, raw_days, cap_bytes)
        self._looked_ns, self._slice_s = 0, slice_s
        self._said: set[str] = set()
        self._notices: list[Notice] = []

    @property
    def waiting(self) -> int:
        """Scans that wait for the next commit."""
        return len(self._appended)

    def append(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan into the next commit; returns at once."""
        with self._lock:
            self._appended.append((station, scan, tags))

    def commit(self) -> None:
        """Put everything appended so far on disk. Raises sqlite3.Error; then nothing is lost but time."""
        with self._lock:
            appended, self._appended = self._appended, []
        done = 0
        try:
            for _, part in groupby(appended, key=_day_number):
                of_day = list(part)
                self._open_rows(day_of(of_day[0][1].received_ns)).write(of_day)
                done += len(of_day)
        except sqlite3.Error:
            with self._lock:
                self._appended[:0] = appended[done:]
            raise

    def _open_rows(self, day: str) -> Rows:
        # What comes late, or after the clock went back, goes into the open file: input order is kept.
        self._newest = max(day, self._newest)
        while (self.directory / f"{self._newest}{PACKED}").exists():
            # Somebody removed the open day; a packed one never grows.
            self._newest = day_of(start_of(self._newest) + DAY_NS)
        if self._rows is None or self._rows.day != self._newest:
            if self._rows is not None:
                self._rows.finish()
            self._close_rows()
            self._rows = Rows(rows_of(self.directory, self._newest))
        return self._rows

    def maintain(self, now_ns: int) -> list[Notice]:
        """Delete what must go; pack a slice of the oldest finished day. Returns what people must know."""
        if abs(now_ns - self._looked_ns) >= LOOK_NS:
            self._look_after(now_ns)
        self._pack()
        while self._rows is not None and self._rows.set_aside:
            self._note_damage(*self._rows.set_aside.pop())
        notices, self._notices = self._notices, []
        return notices

    def retain(self, now_ns: int) -> list[Notice]:
        """Delete what must go, and nothing else. Returns what people must know."""
        self._look_after(now_ns)
        notices, self._notices = self._notices, []
        return notices

    def _look_after(self, now_ns: int) -> None:
        self._looked_ns = now_ns
        self._notices += self._retention.apply(self._may_go(), month_files(self.directory), now_ns)
        if self._claims is not None and self._claims.notices:
            self._notices += self._claims.notices
            self._claims.notices = ()

    def _may_go(self) -> list[str]:
        """Days whose summaries are made, or cannot be; and the open one, at the end."""
        sealed = {name_of(file) for file in self.files() if file.suffix == PACKED}
        return [*sorted(sealed | self._unpackable), self._newest]

    def _discard(self, day: str) -> None:
        """Unlink a day, whatever there is of it."""
        if self._packer is not None and self._packer.day == day:
            self._give_up_packing()
        for file in self.directory.glob(f"{day}*"):
            file.unlink(missing_ok=True)

    def _note_damage(self, file: Path, reason: str) -> None:
        """Say it once for a file; every damaged place goes to the log."""
        log.error("%s is damaged; what can be read of it is: %s", file.name, reason)
        if file.name not in self._said:
            self._said.add(file.name)
            self._notices.append(Notice("store.day_damaged", _damage(file, reason), "P2"))

    def _pack(self) -> None:
        if self._packer is None and (day := self._finished()) is not None:
            self._try_packing(day, lambda: self._begin_packing(day))
        end = time.monotonic() + self._slice_s
        while self._packer is not None:
            self._try_packing(self._packer.day, self._go_on_packing)
            if time.monotonic() >= end:
                break

    def _begin_packing(self, day: str) -> None:
        with closing(Rows(rows_of(self.directory, day))) as rows:
            # A run that was killed has left the last minutes ungathered.
            rows.finish()
            for aside, reason in rows.set_aside:
                self._note_damage(aside, reason)
        sources = [file for file in Days(self.directory).files() if name_of(file) == day]
        self._packer = Packer(self.directory, day, sources, self._note_damage)

    def _go_on_packing(self) -> None:
        packer = self._packer
        if packer is not None and packer.work() and packer.publish():
            self._packer = None
            log.info("history of %s is packed", packer.day)

    def _try_packing(self, day: str, step: Callable[[], None]) -> None:
        try:
            step()
        except (sqlite3.Error, PackingError, KeyError, OSError) as error:
            # Its rows stay as they are; the next start tries again.
            self._unpackable.add(day)
            self._give_up_packing()
            log.exception("history of %s cannot be packed and stays as it is", day)
            if not isinstance(error, OSError):
                self._note_damage(rows_of(self.directory, day), str(error))

    def _finished(self) -> str | None:
        """The oldest day that still has rows and gets no more."""
        for file in self.files():
            day = name_of(file)
            if file.suffix != PACKED and day < self._newest and day not in self._unpackable:
                return day
        return None

    def _give_up_packing(self) -> None:
        if self._packer is not None:
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


def _day_number(appended: Appended) -> int:
    return appended[1].received_ns // DAY_NS


def _damage(file: Path, reason: str) -> dict[str, str | int]:
    """The fields of the entry: a day's file, or a month of summaries."""
    if file.parent.name == FOLDER:
        return {"day": file.stem, "file": f"{FOLDER}/{file.name}", "reason": reason}
    day = name_of(file)
    span = {"from_ns": start_of(day), "to_ns": start_of(day) + DAY_NS}
    return {"day": day, "file": file.name, "reason": reason, **span}


__all__ = [
    "BEGIN",
    "Backlog",
    "Columns",
    "Cursor",
    "History",
    "HistoryReader",
    "Plot",
    "Series",
    "StoredScan",
    "day_of",
]
