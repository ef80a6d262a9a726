"""What kind of loss it looks like, from the hours since it began and the pump's cycling."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from statistics import mean, pstdev
from typing import Final

LEAST_H: Final = 6
STEADY: Final = 0.35
"""Largest coefficient of variation of a steady loss."""
RHYTHM: Final = 0.5
DISCHARGE: Final = 0.62


class Signature(IntEnum):
    """The codes are the values of ``water.signature``."""

    NONE = 0
    STEADY = 1
    """The same by day and night: a burst or background leakage."""
    DRAW_OFF = 2
    """Ragged, by day and evening more than by night: users let water out."""
    CYCLING = 3
    """The pump starts often and the loss is small: waterlogged vessel or a relief valve that lifts."""
    RAGGED = 4
    """None of these."""


def signature(
    excess_m3h: Sequence[float | None],
    night_m3h: float | None,
    starts_per_h: float | None,
    most_starts_per_h: float,
    noise_m3h: float,
) -> Signature:
    """Judge the hourly excess over the baseline since the event began (at most the last two days).

    night_m3h: excess of the last night, 02:00–05:00; noise_m3h: σ of a clean hour.
    """
    known = [value for value in excess_m3h if value is not None]
    if starts_per_h is not None and starts_per_h > most_starts_per_h:
        return Signature.CYCLING
    if len(known) < LEAST_H or mean(known) <= noise_m3h:
        return Signature.NONE
    level = mean(known)
    rhythm = max(RHYTHM * level, 2.0 * noise_m3h)
    if night_m3h is not None and len(known) >= 12 and level - night_m3h > rhythm:
        return Signature.DRAW_OFF
    spread = max(0.0, pstdev(known) ** 2 - noise_m3h**2) ** 0.5
    return Signature.STEADY if spread <= STEADY * level else Signature.RAGGED


def hole_mm(leak_m3h: float, p_mpa: float, density_kg_m3: float = 983.0) -> float | None:
    """Diameter of the round hole that loses this much at gauge pressure p: q = C_d·A·√(2Δp/ρ), C_d 0.62."""
    if not (leak_m3h > 0.0 and p_mpa > 0.0):
        return None
    area = leak_m3h / 3600.0 / (DISCHARGE * (2e6 * p_mpa / density_kg_m3) ** 0.5)
    return 2000.0 * float((area / 3.141592653589793) ** 0.5)


def leak_m3h(diameter_mm: float, p_mpa: float, density_kg_m3: float = 983.0) -> float:
    """Flow through a round hole at gauge pressure p; 0 for none."""
    if not (diameter_mm > 0.0 and p_mpa > 0.0):
        return 0.0
    area = 3.141592653589793 / 4.0 * (diameter_mm / 1000.0) ** 2
    return DISCHARGE * area * float((2e6 * p_mpa / density_kg_m3) ** 0.5) * 3600.0


def leak_by_decay_m3h(stiffness_l_kpa: float, slope_kpa_min: float) -> float:
    """q = C_h·|dp/dt| with pumps and makeup off and temperatures steady; 0 for a rising pressure."""
    return stiffness_l_kpa * max(0.0, -slope_kpa_min) * 60.0 / 1000.0
