"""The one module that reads the clock.

Station time is UTC at the start of the process plus the monotonic time that has passed since,
times a factor: 1 for the service, more for a simulation, where plant and daemon share the clock.
It is in integer nanoseconds, whole milliseconds, and never goes backwards; steps of the wall clock
are inputs of the engine, not jumps of station time.
"""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Callable
from typing import Final

MS: Final = 1_000_000
SECOND: Final = 1_000_000_000
STEP_NS: Final = 2 * SECOND
"""A wall-clock step larger than this is an event (smaller ones are slewed by NTP anyway)."""
RELEASED_NS: Final = 1_793_000_000 * SECOND
"""October 2026: no clock that is right shows an earlier time to this program."""
TIME_ERROR: Final = 5
"""adjtimex(2): the clock is not synchronised."""
TIMEX_BYTES: Final = 512
"""More than a struct timex takes on any machine; with mode 0 it is only written to."""


class Clock:
    """Station time. `factor` seconds of it pass in each second of wall time.

    simulated: what runs under it is a simulation, even where it runs no faster than life.
    """

    def __init__(
        self,
        factor: float = 1.0,
        start_ns: int | None = None,
        utc: Callable[[], int] = time.time_ns,
        monotonic: Callable[[], int] = time.monotonic_ns,
        *,
        simulated: bool = False,
    ) -> None:
        if not 0 < factor <= 1000:
            raise ValueError(f"a clock runs at a factor above 0 and at most 1000, not {factor}")
        self.factor = factor
        self.simulated = simulated or factor != 1.0
        self._utc, self._monotonic = utc, monotonic
        self._origin = utc() if start_ns is None else start_ns
        self._began = monotonic()
        self._offset = 0
        self._least = RELEASED_NS

    def now_ns(self) -> int:
        """Station time, integer nanoseconds UTC, whole milliseconds."""
        elapsed = self._monotonic() - self._began
        if self.factor != 1.0:
            elapsed = int(elapsed * self.factor)
        now = self._origin + elapsed
        return now - now % MS

    def not_before(self, station_ns: int) -> None:
        """Station time goes on from here at least: what was lived already is not lived again.

        A wall clock that stands before it is not to be trusted, and `step` reports the difference.
        """
        self._least = max(self._least, station_ns)
        self._origin += max(0, station_ns - self.now_ns())

    def trusted(self) -> bool:
        """Whether UTC can be right: later than all that was lived and than this program, or synchronised."""
        return self.simulated or self._utc() >= self._least or synchronised()

    def wall_s(self, station_ns: int) -> float:
        """Wall seconds from now until a moment of station time; 0 when it has passed."""
        return max(0.0, (station_ns - self.now_ns()) / (SECOND * self.factor))

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds` of station time."""
        await asyncio.sleep(seconds / self.factor)

    def step(self) -> int | None:
        """How far the wall clock has moved against station time since the last call, if by > 2 s.

        A simulated clock has nothing to do with the wall clock and never steps.
        """
        if self.simulated:
            return None
        offset = self._utc() - self._origin - (self._monotonic() - self._began)
        moved = offset - self._offset
        if abs(moved) <= STEP_NS:
            return None
        self._offset = offset
        return moved


def synchronised() -> bool:
    """Whether the kernel says that something keeps its clock right (adjtimex without STA_UNSYNC)."""
    buffer = ctypes.create_string_buffer(TIMEX_BYTES)
    libc = ctypes.CDLL(None, use_errno=True)
    state = int(libc.adjtimex(buffer)) if hasattr(libc, "adjtimex") else TIME_ERROR
    return state not in (-1, TIME_ERROR)
