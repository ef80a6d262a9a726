"""Corrections by measurement: rooms once a day, the return limit all the time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any, Final

from heatmon.core.curve.family import Family, slope
from heatmon.core.filters import SECOND
from heatmon.core.localtime import LocalClock, minutes_of
from heatmon.core.spec.curve import ReturnLimit, RoomTrim

ROOM_RANGE_C: Final = (5.0, 40.0)
"""What a room sensor may show and be believed."""
LONGEST_STEP_S: Final = 60.0


class DailyRoomTrim:
    """Once a day, at `at`: the median of the rooms over the last 24 h against the target, times (1 + s).

    A day without rooms changes nothing. The step is `share` of what the difference asks for, at most
    `max_day`; the sum stays within ±`max`.
    """

    __slots__ = ("_at", "_clock", "_count", "_day", "_settings", "_sum", "trim_k")

    def __init__(self, settings: RoomTrim, zone: str) -> None:
        self._settings = settings
        self._clock = LocalClock(zone)
        self._at = minutes_of(settings.at)
        self._sum, self._count = 0.0, 0
        self._day: int | None = None
        self.trim_k = 0.0

    def update(self, rooms_c: Sequence[float | None], family: Family, outdoor_c: float, now_ns: int) -> float:
        """The trim in K of supply. Called once a minute with the rooms as they are, None where not good."""
        good = [room for room in rooms_c if room is not None and ROOM_RANGE_C[0] <= room <= ROOM_RANGE_C[1]]
        if good:
            self._sum += median(good)
            self._count += 1
        # The trim's day begins at `at`, so that one comparison tells when it is due.
        day = self._clock.day(now_ns - self._at * 60 * SECOND)
        if self._day is None:
            self._day = day
        elif day != self._day:
            self._day = day
            self._step(family, outdoor_c)
            self._sum, self._count = 0.0, 0
        return self.trim_k

    def _step(self, family: Family, outdoor_c: float) -> None:
        settings = self._settings
        if not self._count:
            return
        s = slope(family, outdoor_c)
        wanted = (1.0 + (0.0 if math.isnan(s) else s)) * (settings.target_c - self._sum / self._count)
        step = wanted * settings.share_pct / 100.0
        step = min(max(step, -settings.max_day_k), settings.max_day_k)
        self.trim_k = min(max(self.trim_k + step, -settings.max_k), settings.max_k)

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._sum, self._count, self._day, self.trim_k]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._sum, self._count, self._day, self.trim_k = state
        self.trim_k = min(max(self.trim_k, -self._settings.max_k), self._settings.max_k)


class ReturnLimiter:
    """Correction of the setpoint, K ≤ 0, while the return is above its limit."""

    __slots__ = ("_integral_k", "_last_ns", "_settings")

    def __init__(self, settings: ReturnLimit) -> None:
        self._settings = settings
        self._integral_k = 0.0
        self._last_ns: int | None = None

    def update(self, return_c: float | None, now_ns: int) -> float:
        """Proportional part and slow integral, never below −`max_correction`; 0 for None."""
        settings, last = self._settings, self._last_ns
        self._last_ns = now_ns
        if return_c is None:
            return 0.0
        over = return_c - settings.max_c
        if settings.reset_s is not None and last is not None:
            elapsed = min((now_ns - last) / SECOND, LONGEST_STEP_S)
            moved = self._integral_k + settings.influence * over * elapsed / settings.reset_s
            self._integral_k = min(0.0, max(moved, -settings.max_correction_k))
        proportional = settings.influence * over if over > 0.0 else 0.0
        return max(-settings.max_correction_k, proportional + self._integral_k)

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._integral_k, self._last_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._integral_k, self._last_ns = state


def danfoss_room_influence_k(error_k: float, influence: float, heat_curve: float) -> float:
    """Room influence of the ECL: (room error)·influence·slope; 2 K too warm, −4.0, 1.8 gives −14.4 K."""
    return error_k * influence * heat_curve
