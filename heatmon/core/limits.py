"""Limits computed from the station's data: the pressure ladder and the hard supply temperature."""

from __future__ import annotations

from typing import Final

from heatmon.core.spec import Curve, Pressure

DENSITY_COLD_KG_M3: Final = 1000.0
"""Cold water binds: the top runs empty first with the pumps off and the water cold."""
GRAVITY_M_S2: Final = 9.80665
LOW_MARGIN_MPA: Final = 0.020
LOW_LOW_MARGIN_MPA: Final = 0.010
HIGH_SHARE: Final = 0.95
FLOOR_MAX_C: Final = 60.0
RADIATOR_MAX_C: Final = 95.0
ABOVE_CLAMP_K: Final = 5.0


def empty_pressure_mpa(pressure: Pressure) -> float:
    """Gauge pressure below which the highest point runs empty: ρ g Δz, never below zero."""
    head_m = pressure.highest_point_m - pressure.gauge_m
    return max(0.0, DENSITY_COLD_KG_M3 * GRAVITY_M_S2 * head_m * 1e-6)


def pressure_ladder(pressure: Pressure) -> dict[str, float]:
    """The four steps: HH working pressure, H 95 % of it, L and LL 20 and 10 kPa above running empty.

    A boiler maker's lowest pressure above LL takes its place; L moves up by the same amount.
    """
    empty = empty_pressure_mpa(pressure)
    low_low = max(empty + LOW_LOW_MARGIN_MPA, pressure.boiler_minimum_mpa or 0.0)
    return {
        "pressure.HH": pressure.working_mpa,
        "pressure.H": HIGH_SHARE * pressure.working_mpa,
        "pressure.L": low_low + (LOW_MARGIN_MPA - LOW_LOW_MARGIN_MPA),
        "pressure.LL": low_low,
    }


def hard_supply_limit_c(curve: Curve) -> float:
    """Supply temperature that is dangerous: 60 °C for floors, else 5 K above the clamp, at most 95 °C."""
    if curve.emitters == "floor":
        return FLOOR_MAX_C
    return min(RADIATOR_MAX_C, curve.limits.max_c + ABOVE_CLAMP_K)
