"""One daemon to a state directory."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from heatmon.store.errors import Locked, StoreError


class StateLock:
    """An advisory lock the kernel takes back when the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._file: int | None = None

    def acquire(self) -> None:
        """Take the lock, making the directory where there is none. Raises Locked, StoreError."""
        path = self.directory / "lock"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}; the state directory must be writable") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(file, 32).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            raise Locked(
                f"{self.directory}: another heatmon works here (process {holder}); "
                "stop it, or give this one another state directory"
            ) from None
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Give the lock back; twice in peace."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
