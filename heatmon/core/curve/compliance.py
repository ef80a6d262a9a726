"""How well a day kept its curve: share of hours inside the band, and degree-hours owed and wasted.

A station 1.9 K low for 24 h scores 100 % but owes 45.6 K·h: both are kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.calculator import TICK_NS
from heatmon.core.localtime import DAY_NS, HOUR_NS, LocalClock

TICK_H: Final = TICK_NS / HOUR_NS
VALID_TICKS: Final = 270
"""An hour counts when at least 45 of its 60 minutes were evaluated."""


@dataclass(slots=True)
class DayScore:
    """One local day. hours: valid ones; inside: of these within the band; K·h over the evaluated time."""

    day: int = -1
    hours: int = 0
    inside: int = 0
    deficit_kh: float = 0.0
    surplus_kh: float = 0.0

    @property
    def compliance_pct(self) -> float | None:
        """合格率; None for a day without a valid hour."""
        return 100.0 * self.inside / self.hours if self.hours else None


class Compliance:
    """Takes the deviation of each tick; keeps the running day and the last complete one."""

    __slots__ = ("_band_k", "_clock", "_count", "_hour", "_sum", "today", "yesterday")

    def __init__(self, band_k: float, zone: str) -> None:
        self._band_k = band_k
        self._clock = LocalClock(zone)
        self._hour = -1
        self._sum, self._count = 0.0, 0
        self.today = DayScore()
        self.yesterday = DayScore()

    def update(self, e: float | None, now_ns: int) -> bool:
        """The deviation of the tick that ends now, None where it was not evaluated. Whether a day ended."""
        # The tick that ends at a full hour belongs to the hour before.
        local = self._clock.local_ns(now_ns - TICK_NS)
        ended = False
        if (hour := local // HOUR_NS) != self._hour:
            self._close_hour()
            self._hour = hour
            ended = self._turn_day(local // DAY_NS)
        if e is not None:
            self._sum += e
            self._count += 1
            if e < 0.0:
                self.today.deficit_kh -= e * TICK_H
            else:
                self.today.surplus_kh += e * TICK_H
        return ended

    def _turn_day(self, day: int) -> bool:
        if day == self.today.day:
            return False
        ended = self.today.day >= 0
        if ended:
            self.yesterday = self.today
        self.today = DayScore(day)
        return ended

    def _close_hour(self) -> None:
        if self._count >= VALID_TICKS:
            self.today.hours += 1
            self.today.inside += abs(self._sum / self._count) <= self._band_k
        self._sum, self._count = 0.0, 0

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._hour, self._sum, self._count, _plain(self.today), _plain(self.yesterday)]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._hour, self._sum, self._count, today, yesterday = state
        self.today, self.yesterday = DayScore(*today), DayScore(*yesterday)


def _plain(score: DayScore) -> list[Any]:
    return [score.day, score.hours, score.inside, score.deficit_kh, score.surplus_kh]
