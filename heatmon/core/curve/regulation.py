"""Central regulation as the textbook 《供热工程》 (贺平, 孙刚) derives it, chapter on central regulation.

Steady state of a radiator system:

    Q̄ = (t_n − t_w)/(t_n − t_w') = ((t_g + t_h − 2 t_n)/(t_g' + t_h' − 2 t_n))^(1+b)
      = Ḡ·(t_g − t_h)/(t_g' − t_h')

A prime marks the design value, b = 0.3 for radiators (0.17…0.37), 0.1 for floor heating. Q̄ is held at
zero before any power is taken: a negative base has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from heatmon.core.curve.family import NOTHING, Beyond, CurveValue, Steady, sensible

HX_FLOW_EXPONENT: Final = 0.5
"""Exponent of relative flow in K̄ = Ḡ1^0.5 of a water-to-water exchanger (textbook, indirect connection)."""
BISECTIONS: Final = 60


@dataclass(frozen=True, slots=True)
class Design:
    """A heating system at its design point, °C; exponent_b = n − 1 of the emitters."""

    room_c: float = 18.0
    outdoor_c: float = -7.0
    supply_c: float = 60.0
    return_c: float = 45.0
    exponent_b: float = 0.3

    def load(self, outdoor_c: float, room_k: float = 0.0) -> float:
        """Relative heat load Q̄ ≥ 0; above 1 below the design temperature."""
        return max(0.0, (self.room_c + room_k - outdoor_c) / (self.room_c - self.outdoor_c))

    def mean_excess_k(self, load: float) -> float:
        """½(t_g + t_h) − t_n that gives this load."""
        spread = 0.5 * (self.supply_c + self.return_c - 2.0 * self.room_c)
        return spread * float(load ** (1.0 / (1.0 + self.exponent_b)))

    def beyond(self, load: float) -> Beyond:
        """Outside the design range?"""
        return "mild" if load <= 0.0 else "cold" if load > 1.0 + 1e-9 else ""


@dataclass(frozen=True, slots=True)
class Primary:
    """Primary side of an indirect connection at its design point, °C.

    flow: ``constant`` (quality regulation on both sides) or ``proportional`` (Ḡ1 = Q̄, quality-quantity).
    """

    supply_c: float = 110.0
    return_c: float = 50.0
    flow: Literal["constant", "proportional"] = "constant"


class QualityCurve:
    """Quality regulation: constant flow, or flow in stages (Ḡ = φ): the second term becomes ½Δt'·Q̄/φ.

    stages: (mildest outdoor temperature of the stage, φ), coldest first; the first is φ = 1 up to its
    temperature. primary: what the primary side runs at; only meaningful at full flow.
    """

    __slots__ = ("_bounds", "_shares", "design", "primary")

    def __init__(
        self,
        design: Design,
        primary: Primary | None = None,
        stages: Sequence[tuple[float, float]] = (),
    ) -> None:
        self.design = design
        self.primary = primary
        # A stage begins at an outdoor temperature; the full flow comes before the first of them.
        ordered = sorted(stages)
        self._bounds = tuple(bound for bound, _ in ordered)
        self._shares = (1.0, *(share for _, share in ordered))

    @property
    def stages(self) -> int:
        """Stages of flow."""
        return len(self._shares)

    @property
    def bounds_c(self) -> tuple[float, ...]:
        """Outdoor temperatures at which the next smaller flow begins."""
        return self._bounds

    def stage_wanted(self, outdoor_c: float) -> int:
        """How many bounds the outdoor temperature has passed."""
        return sum(outdoor_c >= bound for bound in self._bounds)

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """t_g, t_h = t_n + excess ± ½Δt'·Q̄/φ."""
        if not sensible(outdoor_c, room_k):
            return NOTHING
        design = self.design
        share = self._shares[min(max(stage, 0), len(self._shares) - 1)]
        load = design.load(outdoor_c, room_k)
        mean = design.room_c + room_k + design.mean_excess_k(load)
        half = 0.5 * (design.supply_c - design.return_c) * load / share
        supply, back = mean + half, mean - half
        one, two = (
            (None, None) if self.primary is None else primary_c(self.primary, design, supply, back, load)
        )
        return CurveValue(supply, back, share, 24.0, one, two, design.beyond(load))


def primary_c(
    primary: Primary, design: Design, supply_c: float, return_c: float, load: float
) -> tuple[float, float]:
    """Primary supply and return that belong to a secondary state.

    constant flow: τ1 = t_h + (τ1' − t_h')·Q̄. proportional: LMTD Δt = Δt'·Q̄^0.5, d = ((τ1' − τ2') −
    (t_g' − t_h')·Q̄), D = d/Δt, τ1 = t_g + d·e^D/(e^D − 1), τ2 = τ1 − (τ1' − τ2').
    """
    drop = primary.supply_c - primary.return_c
    if primary.flow == "constant":
        one = return_c + (primary.supply_c - design.return_c) * load
        return one, one - drop * load
    if load <= 0.0:
        return supply_c, supply_c
    design_lmtd = lmtd_k(primary.supply_c - design.supply_c, primary.return_c - design.return_c)
    d = drop - (design.supply_c - design.return_c) * load
    # Q = K F Δt with K̄ = Ḡ1^0.5 and Ḡ1 = Q̄ leaves Δt̄ = Q̄^0.5.
    ratio = d / (design_lmtd * load**HX_FLOW_EXPONENT)
    one = supply_c + (d / -math.expm1(-ratio) if abs(ratio) > 1e-12 else design_lmtd)
    return one, one - drop


def lmtd_k(a_k: float, b_k: float) -> float:
    """Logarithmic mean of two temperature differences; 0 unless both are positive."""
    if not (a_k > 0.0 and b_k > 0.0):
        return 0.0
    if abs(a_k - b_k) < 1e-9 * max(a_k, b_k):
        return a_k
    return (a_k - b_k) / math.log(a_k / b_k)


class QuantityCurve(Steady):
    """Quantity regulation: supply constant, flow follows the load; return by the logarithmic mean.

    The arithmetic mean would give returns below room temperature at low load. Solved by bisection:
    LMTD(t_g' − t_n, t_h − t_n) = LMTD'·Q̄^(1/(1+b)), then Ḡ = (t_g' − t_h')·Q̄/(t_g' − t_h).
    """

    __slots__ = ("design",)

    def __init__(self, design: Design) -> None:
        self.design = design

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """Supply as designed, return and flow share that carry the load."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        design = self.design
        load = design.load(outdoor_c, room_k)
        room = design.room_c + room_k
        if load <= 0.0:
            return CurveValue(room, room, 0.0, beyond="mild")
        top = design.supply_c - room
        wanted = lmtd_k(design.supply_c - design.room_c, design.return_c - design.room_c)
        wanted *= load ** (1.0 / (1.0 + design.exponent_b))
        low, high = 1e-9, top
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if lmtd_k(top, middle) < wanted else (low, middle)
        back = room + 0.5 * (low + high)
        drop = design.supply_c - back
        share = (design.supply_c - design.return_c) * load / drop if drop > 1e-6 else math.inf
        if not math.isfinite(share):
            return CurveValue(design.supply_c, back, 1.0, beyond="cold")
        return CurveValue(design.supply_c, back, share, beyond=design.beyond(load))


class IntermittentCurve(Steady):
    """Intermittent regulation: above `frozen_at_c` the supply stays, the hours shrink.

    n = 24·(t_n − t_w)/(t_n − t_w'').
    """

    __slots__ = ("_frozen_at_c", "_quality", "_room_c")

    def __init__(self, design: Design, frozen_at_c: float) -> None:
        self._quality = QualityCurve(design)
        self._room_c = design.room_c
        self._frozen_at_c = frozen_at_c

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """Quality regulation, frozen above t_w'' with hours a day below 24."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        value = self._quality.at(min(outdoor_c, self._frozen_at_c), room_k)
        room = self._room_c + room_k
        hours = heating_hours(room, outdoor_c, self._frozen_at_c)
        if not hours > 0.0:
            return CurveValue(value.supply_c, value.return_c, 1.0, 0.0, beyond="mild")
        return CurveValue(value.supply_c, value.return_c, 1.0, hours, beyond=value.beyond)


def heating_hours(room_c: float, outdoor_c: float, frozen_at_c: float) -> float:
    """Hours of heating a day in intermittent regulation, 0…24. NaN where the bound is no heating weather."""
    span = room_c - frozen_at_c
    if not span > 0.0 or math.isnan(outdoor_c):
        return math.nan
    return min(24.0, max(0.0, 24.0 * (room_c - outdoor_c) / span))
