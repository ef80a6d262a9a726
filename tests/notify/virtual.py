"""An event loop whose time passes only when nothing else is to be done: a week in a second.

Work for threads is done at once, in the loop, so that time never runs away from it. Sockets are real:
before time jumps, they get a moment of the real one.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from typing import Any, TypeVar

T = TypeVar("T")
GRACE_S = 0.002


class _Selector(selectors.DefaultSelector):
    def __init__(self) -> None:
        super().__init__()
        self.ahead_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is None or timeout > 0 else timeout)
        if not ready and (timeout is None or timeout > 0):
            busy = len(self.get_map()) > 1  # beside the loop's own wake-up
            ready = super().select(GRACE_S if busy or timeout is None else 0)
            if not ready and timeout is not None:
                self.ahead_s += timeout
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """See above."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.ahead_s

    def run_in_executor(  # type: ignore[override]  # done at once instead
        self, executor: Executor | None, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:
            future.set_exception(error)
        return future


def run_virtually(story: Callable[[VirtualLoop], Coroutine[Any, Any, T]]) -> T:
    """The story's result, in virtual time."""
    loop = VirtualLoop()
    try:
        asyncio.set_event_loop(loop)
        return loop.run_until_complete(story(loop))
    finally:
        asyncio.set_event_loop(None)
        loop.close()
