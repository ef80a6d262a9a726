"""How fast the past drains: rows accepted over the last minute. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

SPAN_S: Final = 60.0
ENOUGH_S: Final = 2.0
"""Over less than this there is no rate yet."""


@dataclass(slots=True)
class Rate:
    """Times in monotonic seconds. Bound: one entry a second."""

    _taken: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, now_s: float, rows: int) -> None:
        """So many rows have just been accepted."""
        if self._taken and now_s - self._taken[-1][0] < 1.0:
            at, before = self._taken.pop()
            self._taken.append((at, before + rows))
        else:
            self._taken.append((now_s, rows))
        while self._taken and now_s - self._taken[0][0] > SPAN_S:
            self._taken.popleft()

    def per_s(self, now_s: float) -> float | None:
        """Rows a second; None when too little is known."""
        rows = sum(rows for at, rows in self._taken if now_s - at <= SPAN_S)
        since = self._taken[0][0] if self._taken else now_s
        return rows / (now_s - since) if rows and now_s - since >= ENOUGH_S else None
