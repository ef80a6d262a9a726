"""The outdoor temperature the curve is read at: sensor, else held, else the fallback, and filtered."""

from __future__ import annotations

from typing import Any, Final

from heatmon.core.filters import SECOND, Exponential
from heatmon.core.quality import FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.spec.checks import Outdoor

VALID_C: Final = (-60.0, 60.0)
"""No weather lies outside; such a value is a broken sensor."""


class OutdoorTemperature:
    """Validity, filter, hold for `max_hold`, then the fallback temperature.

    Quality of the result: good; held while the last one is kept; substituted for the fallback.
    """

    __slots__ = ("_last_c", "_last_ns", "_settings", "filter")

    def __init__(self, settings: Outdoor) -> None:
        self._settings = settings
        self.filter = Exponential(settings.time_constant_s)
        self._last_c: float | None = None
        self._last_ns = 0

    def update(self, value: float, quality: int, now_ns: int) -> tuple[float, int]:
        """Effective temperature and its quality from the tag's value and quality now."""
        if quality < FIRST_UNCERTAIN and VALID_C[0] <= value <= VALID_C[1]:
            self._last_c, self._last_ns = value, now_ns
            self.filter.update(value, now_ns)
            return self._mixed(value), GOOD
        held = self._last_c is not None and now_ns - self._last_ns <= self._settings.max_hold_s * SECOND
        if held and self._last_c is not None:
            return self._mixed(self._last_c), int(Quality.HELD)
        return self._settings.fallback_c, int(Quality.SUBSTITUTED)

    def _mixed(self, actual: float) -> float:
        filtered = self.filter.value
        if filtered is None or self._settings.filter == "none":
            return actual
        if self._settings.filter == "exponential":
            return filtered
        weight = self._settings.weight_actual_pct / 100.0
        return weight * actual + (1.0 - weight) * filtered

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._last_c, self._last_ns, self.filter.value, self.filter.time_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._last_c, self._last_ns, self.filter.value, self.filter.time_ns = state


def actual_or(value: float, quality: int, effective: float) -> float:
    """The sensor's own value where it is good, else the effective one."""
    good = quality < FIRST_UNCERTAIN and VALID_C[0] <= value <= VALID_C[1]
    return value if good else effective
