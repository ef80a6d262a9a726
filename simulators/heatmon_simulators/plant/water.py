"""Properties of the heating water and the few constants the plant model keeps fixed."""

from __future__ import annotations

import math

SPECIFIC_HEAT_J_PER_KG_K = 4186.0
#: Primary water at about 90 °C, kg/m³ (kept constant in the flow terms of the model).
DENSITY_PRIMARY_KG_PER_M3 = 965.0
#: Secondary water at about 57 °C, kg/m³ (kept constant except in the thermal expansion).
DENSITY_SECONDARY_KG_PER_M3 = 983.0
ATMOSPHERE_MPA = 0.101325
#: Pressure in MPa of 1 m of secondary water: 983 · 9.80665 / 10⁶.
MPA_PER_METRE = 9.64e-3
#: Discharge coefficient of a sharp-edged hole.
DISCHARGE_COEFFICIENT = 0.62


def density_kg_per_m3(t_c: float) -> float:
    """Density of water at 0.6 MPa, kg/m³.

    Fourth-order fit to IAPWS-IF97 region 1, valid 5…130 °C, greatest error 0.071 kg/m³.
    Outside that range the polynomial is continued and must not be trusted.
    """
    return 1000.3236 + t_c * (0.023851629 + t_c * (-0.006522525 + t_c * (2.80828e-5 - 6.9774202e-8 * t_c)))


def orifice_flow_m3s(area_m2: float, dp_mpa: float) -> float:
    """Flow through a hole of `area_m2` under `dp_mpa`: q = C_d·A·√(2Δp/ρ); zero when Δp ≤ 0."""
    if area_m2 <= 0.0 or dp_mpa <= 0.0:
        return 0.0
    return DISCHARGE_COEFFICIENT * area_m2 * math.sqrt(2e6 * dp_mpa / DENSITY_SECONDARY_KG_PER_M3)


def hole_area_m2(diameter_mm: float) -> float:
    """Area of a round hole."""
    return math.pi / 4.0 * (diameter_mm / 1000.0) ** 2


def hole_diameter_mm(area_m2: float) -> float:
    """Diameter of a round hole: the inverse of `hole_area_m2`."""
    return 1000.0 * math.sqrt(4.0 / math.pi * area_m2)


def area_for_flow_m2(flow_m3h: float, dp_mpa: float) -> float:
    """Area of the hole that passes `flow_m3h` under `dp_mpa` (> 0): the inverse of `orifice_flow_m3s`."""
    return flow_m3h / 3600.0 / orifice_flow_m3s(1.0, dp_mpa)
