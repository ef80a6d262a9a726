"""The outdoor temperature the curve is read at: its source, the building's filter, wind and sun."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from enum import IntEnum
from statistics import median
from typing import Any, Final

from heatmon.core.filters import SECOND, Exponential
from heatmon.core.localtime import LocalClock
from heatmon.core.quality import GOOD, Quality
from heatmon.core.spec.curve import Outdoor, Sun, Wind

VALID_C: Final = (-60.0, 60.0)
"""No weather lies outside; such a value is a broken sensor."""
STEP_K: Final = 5.0
STEP_MINUTES: Final = 10
APART_K: Final = 4.0
APART_MINUTES: Final = 60
FROZEN_MINUTES: Final = 180
FROZEN_K: Final = 0.1
MOVED_K: Final = 1.0
RUNNING_WEIGHTS: Final = (1.0, 0.8, 0.6, 0.5, 0.4, 0.3, 0.2)
"""EN 16798-1, equation B.2: Θ_rm = Σ w·Θ_ed−i / 3.8, the weights as the standard rounds them."""


class Source(IntEnum):
    """Where the outdoor temperature comes from; the codes are the values of ``curve.outdoor_source``."""

    OWN = 0
    SECOND = 1
    NEIGHBOURS = 2
    FORECAST = 3
    HELD = 4
    FALLBACK = 5


class OutdoorGuard:
    """Whether the own sensor may be believed: no step, not far from the neighbours, not frozen.

    One value a minute. A step of more than 5 K in 10 min is disbelieved for as long as it is younger
    than 10 min on both sides; more than 4 K from the median of the neighbours for an hour; a range
    below 0.1 K in 3 h while a reference moved by more than 1 K.
    """

    __slots__ = ("_apart", "_frozen", "_minute", "_recent", "suspect")

    def __init__(self) -> None:
        self._recent: deque[float | None] = deque(maxlen=STEP_MINUTES + 1)
        self._minute = -1
        self._apart = 0
        self._frozen: list[float] = []
        """lowest, highest own; lowest, highest reference; minutes since."""
        self.suspect = False

    def update(
        self, own_c: float | None, neighbours_c: float | None, reference_c: float | None, minute: int
    ) -> bool:
        """Whether the own sensor is suspect. neighbours_c: their median; reference_c: any other source."""
        if minute == self._minute:
            return self.suspect
        if minute - self._minute > STEP_MINUTES:
            self._recent.clear()
        self._minute = minute
        self._recent.append(own_c)
        known = [value for value in self._recent if value is not None]
        stepped = len(known) > 1 and max(known) - min(known) > STEP_K
        if own_c is not None and neighbours_c is not None and abs(own_c - neighbours_c) > APART_K:
            self._apart += 1
        else:
            self._apart = 0
        self.suspect = stepped or self._apart >= APART_MINUTES or self._is_frozen(own_c, reference_c)
        return self.suspect

    def _is_frozen(self, own_c: float | None, reference_c: float | None) -> bool:
        if own_c is None or reference_c is None:
            self._frozen = []
            return False
        if not self._frozen:
            self._frozen = [own_c, own_c, reference_c, reference_c, 0.0]
        low, high, ref_low, ref_high, minutes = self._frozen
        low, high = min(low, own_c), max(high, own_c)
        if high - low >= FROZEN_K:
            self._frozen = [own_c, own_c, reference_c, reference_c, 0.0]
            return False
        self._frozen = [low, high, min(ref_low, reference_c), max(ref_high, reference_c), minutes + 1.0]
        return minutes >= FROZEN_MINUTES and self._frozen[3] - self._frozen[2] > MOVED_K

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [list(self._recent), self._minute, self._apart, self._frozen, self.suspect]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        recent, self._minute, self._apart, self._frozen, self.suspect = state
        self._recent = deque(recent, maxlen=STEP_MINUTES + 1)


class RunningMean:
    """Weighted mean of the means of the last seven days; until a day is over, the mean so far."""

    __slots__ = ("_clock", "_count", "_day", "_means", "_sum")

    def __init__(self, zone: str) -> None:
        self._clock = LocalClock(zone)
        self._means: list[float] = []
        self._sum, self._count = 0.0, 0
        self._day: int | None = None

    def update(self, value_c: float, now_ns: int) -> float:
        """Take a value in; the running mean comes back."""
        day = self._clock.day(now_ns)
        if self._day is not None and day != self._day and self._count:
            self._means = [self._sum / self._count, *self._means][:7]
            self._sum, self._count = 0.0, 0
        self._day = day
        self._sum += value_c
        self._count += 1
        return running_mean_c(self._means) if self._means else self._sum / self._count

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._means, self._sum, self._count, self._day]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._means, self._sum, self._count, self._day = state


def running_mean_c(means_c: Sequence[float]) -> float:
    """Θ_rm of up to seven daily means, the most recent first, normalised to the weights used."""
    weights = RUNNING_WEIGHTS[: len(means_c)]
    return sum(w * t for w, t in zip(weights, means_c, strict=False)) / sum(weights)


class OutdoorTemperature:
    """The chain of sources with validity, then the filter. `source` tells which one it was.

    Quality of the result: good from the own sensor; substituted from another source or the fallback;
    held while the last one is kept.
    """

    __slots__ = ("_last_c", "_last_ns", "_mean", "_settings", "actual_c", "filter", "guard", "source")

    def __init__(self, settings: Outdoor, zone: str) -> None:
        self._settings = settings
        self.filter = Exponential(settings.time_constant_s)
        self._mean = RunningMean(zone) if settings.filter == "running_mean" else None
        self.guard = OutdoorGuard()
        self._last_c: float | None = None
        self._last_ns = 0
        self.source = Source.FALLBACK
        self.actual_c: float | None = None

    def update(
        self,
        own_c: float | None,
        now_ns: int,
        second_c: float | None = None,
        neighbours_c: Sequence[float | None] = (),
        forecast_c: float | None = None,
    ) -> tuple[float, int]:
        """Filtered temperature and its quality, from what the sources show now (None: not good)."""
        own, second, forecast = (_valid(value) for value in (own_c, second_c, forecast_c))
        near = [value for n in neighbours_c if (value := _valid(n)) is not None]
        around = median(near) if near else None
        reference = second if second is not None else around if around is not None else forecast
        apart = around if len(near) > 1 else None
        suspect = self.guard.update(own, apart, reference, now_ns // (60 * SECOND))
        self.actual_c = None
        for source, value in (
            (Source.OWN, None if suspect and reference is not None else own),
            (Source.SECOND, second),
            (Source.NEIGHBOURS, around),
            (Source.FORECAST, forecast),
        ):
            if value is not None:
                return self._take(source, value, now_ns)
        return self._keep(now_ns)

    def _take(self, source: Source, value: float, now_ns: int) -> tuple[float, int]:
        self.source, self.actual_c = source, value
        self._last_c, self._last_ns = value, now_ns
        self.filter.update(value, now_ns)
        quality = GOOD if source is Source.OWN else int(Quality.SUBSTITUTED)
        if self._mean is not None:
            return self._mean.update(value, now_ns), quality
        return self._mixed(value), quality

    def _keep(self, now_ns: int) -> tuple[float, int]:
        held = self._last_c is not None and now_ns - self._last_ns <= self._settings.max_hold_s * SECOND
        if held and self._last_c is not None:
            self.source = Source.HELD
            return self._mixed(self._last_c), int(Quality.HELD)
        self.source = Source.FALLBACK
        return self._settings.fallback_c, int(Quality.SUBSTITUTED)

    def _mixed(self, actual: float) -> float:
        filtered = self.filter.value
        if filtered is None or self._settings.filter in ("none", "running_mean"):
            return actual
        if self._settings.filter == "exponential":
            return filtered
        weight = self._settings.weight_actual_pct / 100.0
        return weight * actual + (1.0 - weight) * filtered

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        return {
            "last": [self._last_c, self._last_ns],
            "filter": [self.filter.value, self.filter.time_ns],
            "mean": None if self._mean is None else self._mean.dump(),
            "guard": self.guard.dump(),
            "source": int(self.source),
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take a dumped state over."""
        self._last_c, self._last_ns = state["last"]
        self.filter.value, self.filter.time_ns = state["filter"]
        if self._mean is not None and state["mean"] is not None:
            self._mean.load(state["mean"])
        self.guard.load(state["guard"])
        self.source = Source(state["source"])


def _valid(value: float | None) -> float | None:
    return value if value is not None and VALID_C[0] <= value <= VALID_C[1] else None


def wind_k(settings: Wind | None, speed_ms: float | None) -> float:
    """By how much the wind makes it colder, K ≤ 0; 0 for a speed that is not known."""
    if settings is None or speed_ms is None or not 0.0 <= speed_ms <= 100.0:
        return 0.0
    return -settings.per_ms_k * max(0.0, speed_ms - settings.above_ms)


def sun_k(settings: Sun | None, filtered_w_m2: float | None) -> float:
    """By how much the sun makes it warmer, K ≥ 0; 0 for an irradiance that is not known."""
    if settings is None or filtered_w_m2 is None:
        return 0.0
    return settings.per_100_k * min(max(0.0, filtered_w_m2), 1500.0) / 100.0
