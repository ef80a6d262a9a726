"""Whether a limit is crossed: deadband, on-delay, off-delay, and what bad input does.

One `Watch` is one level of one alarm. Bad input never clears and never raises by itself: it freezes
a running on-delay (which goes on if the gap is shorter than the delay, else starts again) and
restarts an off-delay. Uncertain values count for the hard limits (HH, LL) only; a computed value
that stands on a design figure counts for all: a station without a flow meter has no other. For the safety set
a value beyond the sensor's range in the direction of the limit counts as beyond the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, Quality

NEVER: Final = 1 << 62
"""A deadline that does not come."""


@dataclass(slots=True)
class Watch:
    """One limit. sign: +1 watches above, -1 below; limit and back are multiplied by it.

    hard: uncertain values count. safe: beyond the range counts as beyond the limit.
    since: when the running on-delay began; off_since: when the off-delay began; bad_since: when the
    input went bad. All station time, None when not running.
    """

    sign: float
    limit: float
    back: float
    on_delay_ns: int
    off_delay_ns: int
    hard: bool
    safe: bool
    active: bool = False
    since: int | None = None
    off_since: int | None = None
    bad_since: int | None = None

    @property
    def idle(self) -> bool:
        """Whether a good value that is not beyond the limit would change nothing."""
        return not self.active and self.since is None and self.bad_since is None

    def update(self, value: float, quality: int, now: int) -> None:
        """Take a sample in."""
        usable = quality < FIRST_UNCERTAIN or quality == Quality.ESTIMATED
        if usable or (self.hard and quality < FIRST_BAD):
            reach = value * self.sign
            beyond, back = reach > self.limit, reach <= self.back
        elif self.safe and quality == (Quality.OVER_RANGE if self.sign > 0 else Quality.UNDER_RANGE):
            beyond, back = True, False
        else:
            self.unwatched(now)
            return
        if self.bad_since is not None:
            self._after_gap(now)
        if not self.active:
            if not beyond:
                self.since = None
            elif self.since is None:
                self.since = now
        elif not back:
            self.off_since = None
        elif self.off_since is None:
            self.off_since = now
        self.pass_time(now)

    def unwatched(self, since: int) -> None:
        """The input is not known since then: hold what is, start the off-delay again."""
        if self.bad_since is None:
            self.bad_since, self.off_since = since, None

    def _after_gap(self, now: int) -> None:
        assert self.bad_since is not None
        gap = now - self.bad_since
        if self.since is not None and not self.active:
            self.since = self.since + gap if gap < self.on_delay_ns else None
        self.bad_since = None

    def pass_time(self, now: int) -> None:
        """Let a delay that has run out take effect."""
        if self.bad_since is not None:
            return
        if not self.active:
            if self.since is not None and now - self.since >= self.on_delay_ns:
                self.active, self.off_since = True, None
        elif self.off_since is not None and now - self.off_since >= self.off_delay_ns:
            self.active, self.since, self.off_since = False, None, None

    def deadline(self) -> int:
        """When `pass_time` will next change something, or NEVER."""
        if self.bad_since is not None:
            return NEVER
        if self.active:
            return NEVER if self.off_since is None else self.off_since + self.off_delay_ns
        return NEVER if self.since is None else self.since + self.on_delay_ns

    def dump(self) -> list[Any] | None:
        """State for the checkpoint; None when it is the state of a new one."""
        state = [self.active, self.since, self.off_since, self.bad_since]
        return None if state == [False, None, None, None] else state

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self.active, self.since, self.off_since, self.bad_since = state
