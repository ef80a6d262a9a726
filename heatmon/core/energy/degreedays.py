"""Degree days, and what days of this weather usually take: the station's energy signature.

Q_d = H·(T_bal − t_w): least squares over the last days, by Huber weights, on daily means.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

BASE_C: Final = 18.0
HUBER: Final = 1.345
ROUNDS: Final = 12
LEAST_DAYS: Final = 20
LEAST_SPREAD_K: Final = 8.0


def degree_days(means_c: Sequence[float], base_c: float = BASE_C) -> float:
    """HDD18 = Σ max(0, 18 − t_mean); days −3, 2, 6, 19, −10 give 77."""
    return sum(max(0.0, base_c - t) for t in means_c if math.isfinite(t))


def normalised(heat: float, actual_days: float, normal_days: float) -> float | None:
    """Heat of a normal year: Q·HDD_norm/HDD; None without degree days."""
    return heat * normal_days / actual_days if actual_days > 0.0 else None


def missing_heat(
    reference: float, reference_days: float, gap_days: float, days_measured: int
) -> float | None:
    """CJJ/T 223-2014 §5.3.3: Q_G = Q_R·DD_G/DD_R, with at least ten days of reference after the repair."""
    if days_measured < 10 or reference_days <= 0.0:
        return None
    return reference * gap_days / reference_days


@dataclass(frozen=True, slots=True)
class Line:
    """y = a + b·x with the standard deviation of what is left, and of b."""

    a: float
    b: float
    sigma: float
    b_error: float
    used: int


def robust_line(points: Sequence[tuple[float, float]]) -> Line | None:
    """Huber regression by re-weighting; None for fewer than three points or a single x."""
    known = [(x, y) for x, y in points if abs(x) < 1e9 and abs(y) < 1e12]
    if len(known) < 3:
        return None
    weights = [1.0] * len(known)
    line: Line | None = None
    for _ in range(ROUNDS):
        line = _weighted(known, weights)
        if line is None:
            return None
        rest = [y - line.a - line.b * x for x, y in known]
        scale = 1.4826 * median([abs(r) for r in rest])
        if scale <= 1e-12:
            return Line(line.a, line.b, 0.0, 0.0, len(known))
        weights = [1.0 if abs(r) <= HUBER * scale else HUBER * scale / abs(r) for r in rest]
        line = Line(line.a, line.b, scale, scale / _spread(known, weights), len(known))
    return line


def _weighted(points: Sequence[tuple[float, float]], weights: Sequence[float]) -> Line | None:
    total = sum(weights)
    x_mean = sum(w * x for w, (x, _) in zip(weights, points, strict=True)) / total
    y_mean = sum(w * y for w, (_, y) in zip(weights, points, strict=True)) / total
    spread = sum(w * (x - x_mean) ** 2 for w, (x, _) in zip(weights, points, strict=True))
    if spread <= 1e-12:
        return None
    b = sum(w * (x - x_mean) * (y - y_mean) for w, (x, y) in zip(weights, points, strict=True)) / spread
    return Line(y_mean - b * x_mean, b, 0.0, 0.0, len(points))


def _spread(points: Sequence[tuple[float, float]], weights: Sequence[float]) -> float:
    total = sum(weights)
    x_mean = sum(w * x for w, (x, _) in zip(weights, points, strict=True)) / total
    return math.sqrt(sum(w * (x - x_mean) ** 2 for w, (x, _) in zip(weights, points, strict=True))) or 1e-12


@dataclass(frozen=True, slots=True)
class EnergySignature:
    """H in kW/K, T_bal in °C, σ of a day in kW; error of H."""

    h_kw_k: float
    balance_c: float
    sigma_kw: float
    h_error: float
    days: int

    def expected_kw(self, outdoor_c: float) -> float:
        """What a day of this mean outdoor temperature should take."""
        return max(0.0, self.h_kw_k * (self.balance_c - outdoor_c))


def energy_signature(days: Sequence[tuple[float, float]]) -> EnergySignature | None:
    """From (outdoor mean, heat mean in kW) of days; None below 20 days or 8 K of spread."""
    known = [(t, q) for t, q in days if math.isfinite(t) and math.isfinite(q) and q > 0.0]
    if len(known) < LEAST_DAYS or max(t for t, _ in known) - min(t for t, _ in known) < LEAST_SPREAD_K:
        return None
    line = robust_line(known)
    if line is None or line.b >= 0.0:
        return None
    return EnergySignature(-line.b, line.a / -line.b, line.sigma, line.b_error, line.used)
