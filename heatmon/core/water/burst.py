"""The rule for a burst pipe: pressure collapses, or much makeup while the pressure keeps falling."""

from __future__ import annotations

import math
from typing import Any, Final

from heatmon.core.filters import SECOND
from heatmon.core.quality import FIRST_UNCERTAIN

COLLAPSE_KPA_MIN: Final = -100.0
FALLING_KPA_MIN: Final = -2.0
BASE_SHARE: Final = 0.05
CAPACITY_SHARE: Final = 0.9
CONTINUOUS_NS: Final = 15 * 60 * SECOND


class PumpRun:
    """How long a pump has been running without a pause. Bad feedback changes nothing."""

    __slots__ = ("_since",)

    def __init__(self) -> None:
        self._since: int | None = None

    def feed(self, value: float, quality: int, now_ns: int) -> None:
        """A sample of its run feedback."""
        if quality >= FIRST_UNCERTAIN or math.isnan(value):
            return
        if value > 0.5:
            if self._since is None:
                self._since = now_ns
        else:
            self._since = None

    def restart(self, now_ns: int) -> None:
        """Count from now, while filling is permitted."""
        if self._since is not None:
            self._since = now_ns

    def running_ns(self, now_ns: int) -> int:
        """Time since its start, 0 when it stands."""
        return 0 if self._since is None else now_ns - self._since

    def dump(self) -> Any:
        """State as JSON."""
        return self._since

    def load(self, state: Any) -> None:
        """Take a dumped state over."""
        self._since = state


def is_burst(
    slope_kpa_min: float | None,
    minute_slope_kpa_min: float | None,
    below_low: bool,
    makeup_m3h: float | None,
    largest_m3h: float,
    running_ns: int,
) -> bool | None:
    """The rule. None where the pressure is unknown and nothing else decides.

    p falls by more than 100 kPa/min, or: makeup over 10 min above `largest_m3h`, or the makeup pump
    more than 15 min without a pause, and p falls by more than 2 kPa/min (over a minute) or is low.
    """
    if slope_kpa_min is not None and slope_kpa_min < COLLAPSE_KPA_MIN:
        return True
    much = (makeup_m3h is not None and makeup_m3h > largest_m3h) or running_ns > CONTINUOUS_NS
    falling = minute_slope_kpa_min is not None and minute_slope_kpa_min < FALLING_KPA_MIN
    if much and (falling or below_low):
        return True
    return None if slope_kpa_min is None and minute_slope_kpa_min is None else False


def burst_limit_m3h(base_m3h: float, capacity_m3h: float | None) -> float:
    """5 % of the circulation, but not beyond what the makeup pump can give: 90 % of its capacity."""
    share = BASE_SHARE * base_m3h
    return share if capacity_m3h is None else min(share, CAPACITY_SHARE * capacity_m3h)
