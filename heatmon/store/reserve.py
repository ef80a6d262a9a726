"""Room on the disk that is kept for events: files that are removed when the file system refuses.

``good`` → ``events`` (the reserve of 64 MB is given up: samples stop, all events go on) → ``last``
(8 MB more: P3 and link entries are only counted). Each step is taken when a write was really
refused, never on a guess about free space.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path
from typing import Final, Literal

Stage = Literal["good", "events", "last"]
EVENTS_BYTES: Final = 64 << 20
LAST_BYTES: Final = 8 << 20
MARGIN: Final = 2
"""The reserve is taken again when this many times its size is free: no to and fro at the edge."""


class Reserve:
    """The reserve of one state directory. Used by the writer thread alone, but for `stage`."""

    def __init__(
        self, directory: Path, events_bytes: int = EVENTS_BYTES, last_bytes: int = LAST_BYTES
    ) -> None:
        self._directory = directory
        self._events, self._last = directory / "reserve-events", directory / "reserve-last"
        self.events_bytes, self._last_bytes = events_bytes, last_bytes
        self.stage: Stage = "good"

    def take(self) -> None:
        """Take the room there is; `stage` says what that is. Raises OSError for an unusable directory."""
        self._directory.mkdir(parents=True, exist_ok=True)
        if not _allocate(self._last, self._last_bytes):
            self.stage = "last"
        else:
            self.stage = "good" if _allocate(self._events, self.events_bytes) else "events"

    def give_up(self) -> bool:
        """A write was refused: remove the next file. False when there is nothing left to remove."""
        if self.stage == "last":
            return False
        released = self._events if self.stage == "good" else self._last
        self.stage = "events" if self.stage == "good" else "last"
        released.unlink(missing_ok=True)
        return True

    def ample(self) -> bool:
        """Whether there is room enough to take the reserve again and go on."""
        room = os.statvfs(self._directory)
        return room.f_bavail * room.f_frsize >= MARGIN * (self.events_bytes + self._last_bytes)


def _allocate(path: Path, size: int) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            # Real blocks, not a hole: a sparse file keeps no room.
            os.posix_fallocate(handle, 0, size)
        finally:
            os.close(handle)
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True


def is_full(error: Exception) -> bool:
    """Whether the file system has no room, however it was said."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
