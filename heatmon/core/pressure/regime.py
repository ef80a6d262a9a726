"""The pressure regime: not vaporise, not run empty, not burst (不汽化 不倒空 不超压).

CJJ 34 §7.4 asks it of running and of stopped pumps. Pressures are gauge, in MPa, at the gauge's height.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from heatmon.core.waterprops import saturation_pressure_mpa, saturation_temperature_c

GRAVITY_M_S2: Final = 9.80665
COLD_KG_M3: Final = 1000.0
BOILER_RESERVE_K: Final = 20.0
"""GB 50041 §10.1.1: the outlet pressure of a hot-water boiler keeps water from boiling at t_max + 20 K."""
BAND_RESERVE_MPA: Final = 0.030
"""The lower edge of the control band stays this far above running empty, so that LL + 10 kPa survives it."""


def empty_mpa(highest_m: float, gauge_m: float, density_kg_m3: float = COLD_KG_M3) -> float:
    """p_empty = ρ g (Z_highest − Z_gauge), never below zero; cold water with pumps off binds."""
    return max(0.0, density_kg_m3 * GRAVITY_M_S2 * (highest_m - gauge_m) * 1e-6)


def vapour_margin_k(p_mpa: float, t_c: float, atmosphere_mpa: float) -> float:
    """T_sat(p + p_atm) − T: how many K the water is from boiling; NaN outside the range of liquid water."""
    return saturation_temperature_c(p_mpa + atmosphere_mpa) - t_c


def boiler_least_mpa(t_max_c: float, atmosphere_mpa: float) -> float:
    """Gauge pressure that keeps water of t_max + 20 °C from boiling; NaN above 353 °C."""
    return saturation_pressure_mpa(t_max_c + BOILER_RESERVE_K) - atmosphere_mpa


@dataclass(frozen=True, slots=True)
class Element:
    """A part of the system that stands a pressure, and how high it lies."""

    name: str
    rating_mpa: float
    height_m: float


def highest_allowed_mpa(elements: list[Element], gauge_m: float) -> tuple[float, str]:
    """(largest gauge pressure at the gauge's height, the part that binds); infinity and no name for none.

    p ≤ min over parts of (rating − ρ g (Z_gauge − Z_part)): a low part sees more than the gauge shows.
    """
    found = (math.inf, "")
    for element in elements:
        lower = COLD_KG_M3 * GRAVITY_M_S2 * (gauge_m - element.height_m) * 1e-6
        found = min(found, (element.rating_mpa - lower, element.name))
    return found


def valve_set_mpa(working_mpa: float, *, high: bool = False, old_rules: bool = False) -> float:
    """Set pressure of a hot-water boiler's safety valve by rule, for plausibility only.

    TSG 11-2020: 1.10·p, at least p + 0.07 (the high-set valve 1.12·p, at least p + 0.10); texts of 1997
    say 1.12 and 1.14. What counts is the nameplate or the test certificate.
    """
    factor = (1.14 if high else 1.12) if old_rules else (1.12 if high else 1.10)
    return max(factor * working_mpa, working_mpa + (0.10 if high else 0.07))
