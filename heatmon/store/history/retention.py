"""What of the history may go, and when: by age, and when the disk is used up to its cap.

By age a day goes once every claimed cursor has passed it. At the cap go, oldest first: days that all
cursors have passed; then days that not all have passed, each with a notice and an entry for the gap;
then summaries. The open day and the journals never go.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from heatmon.store.claims import HISTORY, Claims
from heatmon.store.entry import Notice
from heatmon.store.history.day import DAY_NS, day_of, start_of

log = logging.getLogger("heatmon.history")

RAW_DAYS: Final = 730
"""Two seasons."""
SUMMARY_DAYS: Final = 6 * 366
SHARE_OF_DISK: Final = 0.9
"""Without a cap in the settings: of what the history takes and what is free together."""
NEAR: Final = ((90, "P2"), (70, "P3"))
"""Per cent of the cap at which people are told, and how urgent that is."""
CALM: Final = 65
"""Below this it is said that there is room again."""


@dataclass(frozen=True, slots=True)
class Usage:
    """How full the history's part of the disk is, in bytes."""

    used: int
    cap: int

    @property
    def percent(self) -> int:
        """Used share of the cap."""
        return self.used * 100 // max(1, self.cap)


class Retention:
    """Decides and deletes; the writer's thread only. `discard` removes a day and everything of it.

    cap_bytes: for days and summaries together; None: `SHARE_OF_DISK`.
    """

    def __init__(
        self,
        directory: Path,
        discard: Callable[[str], None],
        claims: Claims | None = None,
        raw_days: int = RAW_DAYS,
        cap_bytes: int | None = None,
    ) -> None:
        self._directory, self._discard, self._claims = directory, discard, claims
        self._raw_days, self._cap_bytes = raw_days, cap_bytes
        self._told_at = 0

    def apply(self, days: Sequence[str], summaries: Sequence[Path], now_ns: int) -> list[Notice]:
        """Delete what must go; `days` in order, the last one open. Returns what people must be told."""
        old = day_of(now_ns - self._raw_days * DAY_NS)
        left, passed = list(days[:-1]), self._passed()
        for day in [day for day in left if day < old and day < passed]:
            self._remove(day, "older than its retention")
            left.remove(day)
        oldest = day_of(now_ns - SUMMARY_DAYS * DAY_NS)[: len("2026-01")]
        for file in [file for file in summaries if file.stem < oldest]:
            file.unlink(missing_ok=True)
        usage = self.usage()
        notices = self._near(usage)
        kept = [file for file in summaries[:-1] if file.stem >= oldest]
        while usage.used > usage.cap and (left or kept):
            notices.append(self._make_room(left, kept, passed, usage))
            usage = self.usage()
        return notices

    def usage(self) -> Usage:
        """Bytes in use, and the cap. Raises OSError."""
        used = sum(_size(file) for file in self._directory.rglob("*"))
        if self._cap_bytes is not None:
            return Usage(used, self._cap_bytes)
        room = os.statvfs(self._directory)
        return Usage(used, int(SHARE_OF_DISK * (used + room.f_bavail * room.f_frsize)))

    def _passed(self) -> str:
        """Days before this one have been passed by every cursor; far away when nobody claims anything."""
        passed = self._claims.passed() if self._claims is not None else None
        return passed.day if passed is not None else "9999"

    def _near(self, usage: Usage) -> list[Notice]:
        level, priority = next(((at, p) for at, p in NEAR if usage.percent >= at), (0, ""))
        if level == 0 and usage.percent >= CALM:
            level = self._told_at
        if level == self._told_at:
            return []
        worse, self._told_at = level > self._told_at, level
        if worse:
            return [Notice("store.cap.near", _figures(usage), priority)]
        return [] if level else [Notice("store.cap.good", _figures(usage), "P4")]

    def _make_room(self, left: list[str], summaries: list[Path], passed: str, usage: Usage) -> Notice:
        if not left:
            file = summaries.pop(0)
            file.unlink(missing_ok=True)
            return Notice("store.cap.summary", {"month": file.stem, **_figures(usage)}, "P2")
        day = left.pop(0)
        self._remove(day, "the disk cap is reached")
        if day < passed:
            return Notice("store.cap.passed", {"day": day, **_figures(usage)}, "P3")
        held = self._claims.held(HISTORY) if self._claims is not None else []
        behind = {claim.destination for claim in held if claim.cursor.day <= day}
        gap: dict[str, str | int] = {
            "day": day,
            "from_ns": start_of(day),
            "to_ns": start_of(day) + DAY_NS,
            "destinations": ", ".join(sorted(behind)),
        }
        return Notice("store.cap.gap", {**gap, **_figures(usage)}, "P2")

    def _remove(self, day: str, why: str) -> None:
        log.info("history of %s is deleted: %s", day, why)
        self._discard(day)


def _size(file: Path) -> int:
    """Of a file that a reader's end may have taken away meanwhile."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:
        return 0


def _figures(usage: Usage) -> dict[str, str | int]:
    return {"percent": usage.percent, "used_mb": usage.used >> 20, "cap_mb": usage.cap >> 20}
