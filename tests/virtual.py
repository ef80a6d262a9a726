"""Virtual time: an event loop that jumps to its next timer instead of waiting, and a station's clock on it.

    def test_a_day() -> None:
        run(story())          # hours of asyncio.sleep take milliseconds

Sockets do not work on it, because nothing outside the process knows the time.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

from heatmon.runtime.clock import SECOND, Clock

T = TypeVar("T")
START_NS = 1_800_000_000 * SECOND


class _Jumping(selectors.SelectSelector):
    """Never waits: the time it was asked to wait is what the loop's clock jumps by."""

    def __init__(self) -> None:
        super().__init__()
        self.jumped_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("the loop waits for nothing that could ever happen")
        self.jumped_s += max(0.0, timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Its `time` is how far it has jumped."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)
        # Below this resolution timers that are due together would be taken one by one.
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._jumping.jumped_s

    def clock(self, factor: float = 1.0) -> Clock:
        """Station time on this loop."""
        return Clock(factor, START_NS, utc=self.now_ns, monotonic=self.now_ns)

    def now_ns(self) -> int:
        return round(self.time() * 1e9)


def run(story: Coroutine[Any, Any, T]) -> T:
    """Run a story in virtual time; it fails if it leaves a task behind."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        result = runner.run(story)
        left = [task.get_name() for task in asyncio.all_tasks(loop) if not task.done()]
        assert not left, f"tasks left behind: {left}"
        return result


def clock(factor: float = 1.0) -> Clock:
    """The clock of the running virtual loop."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop.clock(factor)
