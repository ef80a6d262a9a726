"""A cumulative sum over hourly losses: finds a small leak, says how large it is and when it began.

S = max(0, S + z − k), z = (x − μ0)/σ; μ0 and σ by median and median deviation of clean days. S > h is
a leak; it began where S was zero last, and is as large as the mean of x − μ0 since then.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

MAD_TO_SIGMA: Final = 1.4826
CALM_H: Final = 3
"""So many hours in a row without excess end an event: the leak has been repaired."""
WINSOR: Final = 12.0
"""No single hour counts for more than this many σ, so that one slip is not a leak."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an ordinary hour loses, m³/h, and how much hours differ."""

    mean_m3h: float
    sigma_m3h: float


def baseline(losses_m3h: Sequence[float], least_sigma_m3h: float) -> Baseline | None:
    """Median and 1.4826·MAD of clean hours; None for none. σ is never below `least_sigma_m3h`."""
    if not losses_m3h:
        return None
    middle = median(losses_m3h)
    spread = MAD_TO_SIGMA * median([abs(x - middle) for x in losses_m3h])
    return Baseline(middle, max(spread, least_sigma_m3h))


def arl(h: float, k: float, shift: float = 0.0) -> float:
    """Mean run length in samples until S > h, by Siegmund.

    (e^(−2Δb) + 2Δb − 1)/(2Δ²) with b = h + 1.166, Δ = δ − k.
    """
    delta, b = shift - k, h + 1.166
    if abs(delta) < 1e-9:
        return b * b
    return (math.exp(-2.0 * delta * b) + 2.0 * delta * b - 1.0) / (2.0 * delta * delta)


class Cusum:
    """One-sided. sign +1 watches for losses, −1 for gains. One sample an hour."""

    __slots__ = ("_calm", "_sign", "_sum_m3", "active", "hours", "s")

    def __init__(self, sign: float = 1.0) -> None:
        self._sign = sign
        self.s = 0.0
        self.hours = 0
        """Hours since S was zero last."""
        self._sum_m3 = 0.0
        self._calm = 0
        self.active = False

    def update(self, loss_m3h: float, base: Baseline, smallest_m3h: float, h: float) -> None:
        """Take an hour in. smallest_m3h: the shift it is tuned for; k is half of it, at least σ/2."""
        excess = self._sign * (loss_m3h - base.mean_m3h)
        k = 0.5 * max(1.0, smallest_m3h / base.sigma_m3h)
        z = min(excess / base.sigma_m3h, WINSOR)
        self._calm = 0 if z > k else self._calm + 1
        grown = max(0.0, self.s + z - k)
        if grown == 0.0 or (self.active and self._calm >= CALM_H):
            self.reset()
            return
        if self.s == 0.0:
            self.hours, self._sum_m3 = 0, 0.0
        self.s = grown
        self.hours += 1
        self._sum_m3 += excess
        self.active = self.active or grown > h

    def reset(self) -> None:
        """Nothing suspected."""
        self.s, self.hours, self._sum_m3, self._calm, self.active = 0.0, 0, 0.0, 0, False

    @property
    def size_m3h(self) -> float | None:
        """Mean excess since S was zero last; None without an event."""
        return self._sum_m3 / self.hours if self.hours else None

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self.s, self.hours, self._sum_m3, self._calm, self.active]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self.s, self.hours, self._sum_m3, self._calm, self.active = state
