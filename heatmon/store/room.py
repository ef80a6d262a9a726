"""What the writer asks of a history."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from heatmon.core.scan import Scan
from heatmon.store.entry import Notice


class HistoryRoom(Protocol):
    """The history as the writer uses it."""

    def append(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan; loop's thread, returns at once."""

    def commit(self) -> None:
        """Put everything appended so far on disk; writer thread."""

    def maintain(self, now_ns: int) -> Sequence[Notice]:
        """A small slice of housekeeping; writer thread. What people must be told."""

    def retain(self, now_ns: int) -> Sequence[Notice]:
        """Delete what must go, and nothing else: the disk is full. What people must be told."""
