"""The plate exchanger: UA from four temperatures, and how much of its clean value is left."""

from __future__ import annotations

import math
from typing import Final

from heatmon.core.curve.regulation import lmtd_k

LEAST_K: Final = 0.5
"""Below this the logarithm is ill-conditioned: sensors err by a tenth."""
MOST_K: Final = 400.0
FLOW_EXPONENT: Final = 0.7
LEAST_M3H: Final = 1e-3
MOST_M3H: Final = 1e6


def ua_kw_k(heat_kw: float, t1s_c: float, t2s_c: float, t1r_c: float, t2r_c: float) -> float | None:
    """UA = Q/LMTD of a counter-flow exchanger; None where an end has less than 0.5 K."""
    hot, cold = t1s_c - t2s_c, t1r_c - t2r_c
    if not (LEAST_K <= hot < MOST_K and LEAST_K <= cold < MOST_K and 0.0 < heat_kw < 1e9):
        return None
    return heat_kw / lmtd_k(hot, cold)


def clean_ua_kw_k(
    ua_design_kw_k: float, g1_design: float, g2_design: float, g1: float, g2: float
) -> float | None:
    """1/UA(G) = ½[(G1'/G1)^0.7 + (G2'/G2)^0.7]/UA'; None without flow on a side."""
    if not (LEAST_M3H < g1 < MOST_M3H and LEAST_M3H < g2 < MOST_M3H):
        return None
    one, two = math.pow(g1_design / g1, FLOW_EXPONENT), math.pow(g2_design / g2, FLOW_EXPONENT)
    return ua_design_kw_k / (0.5 * one + 0.5 * two)


def effectiveness(t1s_c: float, t1r_c: float, t2r_c: float) -> float | None:
    """ε = (T1s − T1r)/(T1s − T2r) where the primary is the smaller capacity; None without a difference."""
    span = t1s_c - t2r_c
    found = (t1s_c - t1r_c) / span if LEAST_K <= span < MOST_K else math.nan
    return found if 0.0 <= found <= 1.0 else None
