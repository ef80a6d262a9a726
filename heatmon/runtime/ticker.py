"""Shared wake-ups: whoever waits for the same instant is woken by one timer.

Waking a sleeping process is most of what polling costs (measured: half of the CPU at 200 stations),
so pollers wait for instants on a common grid of `PHASES` a second instead of each for its own.
"""

from __future__ import annotations

import asyncio
import heapq
from typing import Final

from heatmon.runtime.clock import MS, SECOND, Clock

PHASES: Final = 20
"""Instants a second on which pollers start their cycles."""


def phase_ns(number: int) -> int:
    """The offset of the n-th poller inside a second: neighbours on different phases."""
    return (number * 7 % PHASES) * (SECOND // PHASES)


def next_due(now_ns: int, period_ns: int, offset_ns: int) -> int:
    """The first instant after `now_ns` of the absolute grid with this period and offset."""
    return (now_ns - offset_ns) // period_ns * period_ns + period_ns + offset_ns


class Ticker:
    """Wakes waiters at instants of station time.

    Buffered: no. Bound: one entry a waiter. Late wake-ups are not made up for: who was late sees it
    from the clock and skips.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiters: dict[int, list[asyncio.Future[None]]] = {}
        self._instants: list[int] = []
        self._timer: asyncio.TimerHandle | None = None
        self._armed_ns = 0

    def until(self, instant_ns: int) -> asyncio.Future[None]:
        """A future that is done at the instant, or at once if it has passed."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[None] = loop.create_future()
        if instant_ns <= self._clock.now_ns():
            future.set_result(None)
            return future
        waiters = self._waiters.get(instant_ns)
        if waiters is None:
            self._waiters[instant_ns] = [future]
            heapq.heappush(self._instants, instant_ns)
            if self._timer is None or instant_ns < self._armed_ns:
                self._arm(loop)
        else:
            waiters.append(future)
        return future

    def _arm(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed_ns = self._instants[0]
        # Station time is floored to the millisecond: aim one beyond, so that one wake-up is enough.
        self._timer = loop.call_later(self._clock.wall_s(self._armed_ns + MS // 2), self._fire, loop)

    def _fire(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = self._clock.now_ns()
        while self._instants and self._instants[0] <= now:
            for future in self._waiters.pop(heapq.heappop(self._instants)):
                if not future.done():
                    future.set_result(None)
        if self._instants:
            self._arm(loop)
