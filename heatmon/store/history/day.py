"""The files of a history: one for each UTC day, rows (``.db``) until it is packed (``.packed``).

A rows' file that was found damaged while it was written is set aside as ``<day>.damaged-<n>.db``, and the
day goes on in a new file with higher positions; what can be read of it is still read, in its order.
"""

from __future__ import annotations

import os
import re
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

ROWS: Final = ".db"
PACKED: Final = ".packed"
_NAME: Final = re.compile(r"(\d{4}-\d\d-\d\d)(\.damaged-\d{3})?(\.db|\.packed)")
LEAST_BYTES: Final = 16
"""No row takes less."""
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


def name_of(file: Path) -> str:
    """The day a file belongs to."""
    return file.name[:10]


def rows_of(directory: Path, day: str) -> Path:
    """The rows' file of a day."""
    return directory / f"{day}{ROWS}"


def remove(file: Path) -> None:
    """Remove a file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


def set_aside(rows: Path) -> Path:
    """Rename a damaged rows' file, its log with it; returns what it is called now."""
    number = 1 + len(list(rows.parent.glob(f"{name_of(rows)}.damaged-???.db")))
    aside = rows.with_name(f"{name_of(rows)}.damaged-{number:03}{ROWS}")
    rows.with_name(rows.name + "-shm").unlink(missing_ok=True)
    for suffix in ("-wal", ""):
        source = rows.with_name(rows.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))
    return aside


def size_of(file: Path) -> int:
    """Bytes a day takes on disk, with what SQLite keeps beside it."""
    total = 0
    for part in (file, file.with_name(file.name + "-wal"), file.with_name(file.name + "-shm")):
        try:
            total += part.stat().st_size
        except FileNotFoundError:
            continue
    return total


def positions_given(file: Path) -> int:
    """No position in a rows' file exceeds this; the same for ever once nobody writes to it."""
    parts = (file, file.with_name(file.name + "-wal"))
    own = sum(part.stat().st_size for part in parts if part.exists()) // LEAST_BYTES
    return positions_before(file) + own


def positions_before(file: Path) -> int:
    """Where the positions of a rows' file begin: behind all that were set aside before it."""
    asides = sorted(file.parent.glob(f"{name_of(file)}.damaged-???{ROWS}"))
    earlier = [aside for aside in asides if file not in asides or aside < file]
    return positions_given(earlier[-1]) if earlier else 0


class Days:
    """The day files of a directory, in order; looked up again only when the directory has changed."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._seen_ns = -1
        self._files: list[Path] = []

    def files(self) -> list[Path]:
        """In order of what they hold: a day's packed file, or what was set aside of it and its rows."""
        changed_ns = self.directory.stat().st_mtime_ns
        if changed_ns != self._seen_ns:
            days: dict[str, list[str]] = {}
            for name in sorted(os.listdir(self.directory)):  # noqa: PTH208  names only; a Path each costs ten times more
                if (found := _NAME.fullmatch(name)) is None:
                    continue
                if found[3] == PACKED:
                    # Where a kill left the rows too: it is whole.
                    days[found[1]] = [name]
                else:
                    days.setdefault(found[1], []).append(name)
            self._files = [self.directory / name for day in sorted(days) for name in days[day]]
            self._seen_ns = changed_ns if time.time_ns() - changed_ns > _SETTLED_NS else -1
        return list(self._files)

    def tidy(self) -> None:
        """Remove rows that a kill left beside their packed file. For the writer only."""
        for file in self.files():
            if file.suffix == PACKED:
                remove(rows_of(self.directory, name_of(file)))
