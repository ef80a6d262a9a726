"""Filters for irregular sampling. The share of a new value is always 1 − e^(−Δt/τ)."""

from __future__ import annotations

import math
from typing import Final

SECOND: Final = 1_000_000_000
RESEED_NS: Final = 6 * 3600 * SECOND
"""After a longer gap the filter knows nothing any more and starts from the value at hand."""


class Exponential:
    """First-order filter: T_f += (1 − e^(−Δt/τ))·(T − T_f). tau_s > 0."""

    __slots__ = ("tau_ns", "time_ns", "value")

    def __init__(self, tau_s: float) -> None:
        self.tau_ns = tau_s * SECOND
        self.value: float | None = None
        self.time_ns = 0

    def update(self, value: float, now_ns: int) -> float:
        """Take a finite value in; the filtered one comes back."""
        elapsed = now_ns - self.time_ns
        if self.value is None or elapsed > RESEED_NS:
            self.value = value
        elif elapsed > 0:
            self.value += -math.expm1(-elapsed / self.tau_ns) * (value - self.value)
        self.time_ns = now_ns
        return self.value


def rate_limited(last: float, target: float, up_k_h: float, down_k_h: float, elapsed_s: float) -> float:
    """`target`, but no farther from `last` than the rates allow in the time."""
    hours = max(0.0, elapsed_s) / 3600.0
    return min(max(target, last - down_k_h * hours), last + up_k_h * hours)
