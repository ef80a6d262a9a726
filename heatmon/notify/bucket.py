"""A token bucket: how often a provider may be called. Pure; the time is an argument."""

from __future__ import annotations

from collections import deque
from typing import Final

MINUTE_NS: Final = 60_000_000_000


class Bucket:
    """At most `per_minute` calls in ANY minute, and `per_second` in any second.

    Providers count in windows of their own and punish what goes beyond (one of them by ten minutes
    of silence), so this is no average: the times of the last calls are kept, at most `per_minute`.
    """

    def __init__(self, per_minute: int, per_second: int | None = None) -> None:
        if per_minute < 1:
            raise ValueError("a channel that may never be used is no channel")
        self._spans = [(per_minute, MINUTE_NS)]
        if per_second is not None:
            self._spans.append((per_second, MINUTE_NS // 60))
        self._taken: deque[int] = deque(maxlen=max(most for most, _ in self._spans))
        self._closed_until = 0

    def free_at(self, now_ns: int) -> int:
        """When the next call may be made, `now_ns` or later."""
        free = max(now_ns, self._closed_until)
        for most, span in self._spans:
            if len(self._taken) >= most:
                free = max(free, self._taken[-most] + span)
        return free

    def take(self, now_ns: int) -> None:
        """A call is made now."""
        self._taken.append(now_ns)

    def close(self, until_ns: int) -> None:
        """The provider says that it is too much: nothing before `until_ns`."""
        self._closed_until = max(self._closed_until, until_ns)
