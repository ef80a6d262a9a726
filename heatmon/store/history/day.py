"""The files of a history: one for each UTC day, rows (``.db``) until it is packed (``.packed``)."""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROWS: Final = ".db"
PACKED: Final = ".packed"
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)(\.db|\.packed)")
_SETTLED_NS: Final = 1_000_000_000
"""A directory changed this long ago cannot have changed again within the grain of its time stamp."""
SECOND: Final = 1_000_000_000
DAY_NS: Final = 86_400 * SECOND


def day_of(moment_ns: int) -> str:
    """The UTC day of a moment, which names its file."""
    return datetime.fromtimestamp(moment_ns // SECOND, UTC).strftime("%Y-%m-%d")


def start_of(day: str) -> int:
    """The first moment of a day, in ns UTC."""
    return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * SECOND


def remove(rows: Path) -> None:
    """Remove a rows' file and what SQLite keeps beside it."""
    for suffix in (ROWS, ".db-wal", ".db-shm"):
        rows.with_suffix(suffix).unlink(missing_ok=True)


def size_of(file: Path) -> int:
    """Bytes a day takes on disk, with what SQLite keeps beside it."""
    total = 0
    for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        try:
            total += part.stat().st_size
        except FileNotFoundError:
            continue
    return total


class Days:
    """The day files of a directory, in order; looked up again only when the directory has changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._seen_ns = -1
        self._files: list[Path] = []

    def files(self) -> list[Path]:
        """One file a day; where a kill left both, the packed one, which is whole."""
        changed_ns = self.directory.stat().st_mtime_ns
        if changed_ns != self._seen_ns:
            days: dict[str, str] = {}
            for name in sorted(os.listdir(self.directory)):  # noqa: PTH208  names only; a Path each costs ten times more
                if (found := _NAME.fullmatch(name)) is not None:
                    # ".packed" sorts behind ".db".
                    days[found[1]] = name
            self._files = [self.directory / days[day] for day in sorted(days)]
            self._seen_ns = changed_ns if time.time_ns() - changed_ns > _SETTLED_NS else -1
        return list(self._files)

    def tidy(self) -> None:
        """Remove rows that a kill left beside their packed file. For the writer only."""
        for file in self.files():
            if file.suffix == PACKED:
                remove(file)
