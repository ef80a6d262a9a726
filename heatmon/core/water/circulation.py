"""The circulation flow that a loss is a share of: measured, reckoned, or the design value, marked."""

from __future__ import annotations

import math
from enum import IntEnum
from typing import Final

from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.waterprops import liquid

STANDING_SHARE: Final = 0.02
"""Below this share of the design flow the water stands: no base to divide by."""
LARGEST_SHARE: Final = 20.0
"""Beyond this multiple of the design flow a meter is wrong."""
LEAST_DIFFERENCE_K: Final = 3.0
"""A heat balance over a smaller difference says nothing of the flow."""
GRAVITY_M_S2: Final = 9.80665
NOMINAL_HZ: Final = 50.0


class FlowSource(IntEnum):
    """Where the flow comes from; the codes are the values of ``water.circulation_source``."""

    METER = 0
    HEAT_BALANCE = 1
    PUMP_CURVE = 2
    DESIGN = 3


def circulation_m3h(value: float, quality: int, factor: float, design_m3h: float) -> tuple[float, bool]:
    """(flow, whether it is estimated) from the tag's value and quality; never about zero."""
    flow = value * factor
    if quality < FIRST_UNCERTAIN and is_flowing(flow, design_m3h):
        return flow, False
    return design_m3h, True


def is_flowing(flow_m3h: float, design_m3h: float) -> bool:
    """Whether this is a flow to divide by."""
    return STANDING_SHARE * design_m3h < flow_m3h < LARGEST_SHARE * design_m3h


def by_heat_m3h(heat_kw: float | None, supply_c: float | None, return_c: float | None) -> float | None:
    """G2 = Q/(ρ Δh), ρ at the return; None below 3 K of difference or without heat."""
    if heat_kw is None or supply_c is None or return_c is None:
        return None
    if not (heat_kw > 0.0 and supply_c - return_c >= LEAST_DIFFERENCE_K):
        return None
    water = liquid()
    rise = water.enthalpy_kj_kg(supply_c) - water.enthalpy_kj_kg(return_c)
    flow = heat_kw * 3600.0 / (water.density_kg_m3(return_c) * rise)
    return flow if math.isfinite(flow) and flow > 0.0 else None


def by_pump_m3h(
    head_m: float, k: float, dp_mpa: float | None, frequency_hz: float | None, density_kg_m3: float = 983.0
) -> float | None:
    """Q from H = head·n² − k Q², n = f/50 Hz; None where the pump stands or gives more than it can.

    frequency_hz None: full speed.
    """
    n = 1.0 if frequency_hz is None else frequency_hz / NOMINAL_HZ
    if dp_mpa is None or not 0.05 < n < 2.0:
        return None
    head = dp_mpa * 1e6 / (density_kg_m3 * GRAVITY_M_S2)
    spare = head_m * n * n - head
    return math.sqrt(spare / k) if spare > 0.0 and head > 0.0 else None
