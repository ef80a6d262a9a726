"""The clock that plants and servers follow; the daemon under test holds the same object."""

from __future__ import annotations

from typing import Protocol


class ClockLike(Protocol):
    """Station time."""

    @property
    def factor(self) -> float:
        """How many times faster than real time it runs."""

    def now_ns(self) -> int:
        """Station time, integer ns UTC."""

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds` of station time."""
