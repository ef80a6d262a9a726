"""The order in which a setpoint comes about; every term is kept.

Outdoor temperature with its source, filter, wind and sun; curve at the scheduled (and ordered) room
setpoint; orders of supply temperature; room trim; return limit; clamps; rate limit; the upper clamp
once more. The limited value is what a deviation is taken from.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.curve.build import content_hash, family_of, shape_hash
from heatmon.core.curve.family import CurveValue
from heatmon.core.curve.orders import InForce
from heatmon.core.filters import SECOND, rate_limited
from heatmon.core.spec.curve import Curve, StagedCurve

NO_DWELL: Final = -(10**18)


@dataclass(slots=True)
class Terms:
    """How one setpoint came about: K where the name ends in _k, °C where it ends in _c."""

    outdoor_c: float = math.nan
    wind_k: float = 0.0
    sun_k: float = 0.0
    effective_c: float = math.nan
    stage: int = 0
    schedule_k: float = 0.0
    room_order_k: float = 0.0
    base_c: float = math.nan
    ordered_k: float = 0.0
    """What orders of supply temperature change, an absolute one as its difference."""
    trim_k: float = 0.0
    return_k: float = 0.0
    clamp_k: float = 0.0
    target_c: float = math.nan
    limited_c: float = math.nan
    beyond: str = ""
    orders: tuple[str, ...] = ()

    def dump(self, actual_c: float | None) -> list[Any]:
        """What the ticks until the next minute need, with the actual outdoor temperature, as JSON."""
        numbers = (self.outdoor_c, self.effective_c, self.target_c)
        return [*(None if math.isnan(x) else x for x in numbers), self.beyond, actual_c]

    def load(self, state: list[Any]) -> float | None:
        """Take a dumped state over; the actual outdoor temperature comes back."""
        numbers = [math.nan if x is None else x for x in state[:3]]
        self.outdoor_c, self.effective_c, self.target_c = numbers
        self.beyond = state[3]
        return None if state[4] is None else float(state[4])


class StageSwitch:
    """Which stage of flow is in use: hysteresis around each bound, and a dwell in each stage."""

    __slots__ = ("_dwell_ns", "_hysteresis_k", "_since_ns", "stage")

    def __init__(self, hysteresis_k: float, dwell_s: float) -> None:
        self._hysteresis_k = hysteresis_k
        self._dwell_ns = int(dwell_s * SECOND)
        self._since_ns: int | None = None
        self.stage = 0

    def update(self, bounds_c: tuple[float, ...], outdoor_c: float, now_ns: int) -> bool:
        """Take the filtered outdoor temperature in; whether the stage has changed (not at the first)."""
        wanted = self.stage
        if self._since_ns is None:
            wanted = sum(outdoor_c >= bound for bound in bounds_c)
        else:
            wanted = min(wanted, len(bounds_c))
            while wanted < len(bounds_c) and outdoor_c >= bounds_c[wanted] + self._hysteresis_k:
                wanted += 1
            while wanted > 0 and outdoor_c < bounds_c[wanted - 1] - self._hysteresis_k:
                wanted -= 1
        if self._since_ns is not None and (wanted == self.stage or now_ns - self._since_ns < self._dwell_ns):
            return False
        first = self._since_ns is None
        self.stage, self._since_ns = wanted, now_ns
        return not first

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self.stage, self._since_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self.stage, self._since_ns = state


class Setpoint:
    """Curve, orders, corrections, clamps and rate limit of one version of the curve."""

    def __init__(self, settings: Curve) -> None:
        self._limits = settings.limits
        self.family = family_of(settings)
        self.hash = content_hash(settings)
        self.shape = shape_hash(settings)
        self._stages: StageSwitch | None = None
        self._bounds: tuple[float, ...] = ()
        if isinstance(settings, StagedCurve):
            self._stages = StageSwitch(settings.hysteresis_k, settings.dwell_s)
            self._bounds = tuple(sorted(stage.above_c for stage in settings.stages))
        self.terms = Terms()
        self.value: CurveValue | None = None
        self._last_c: float | None = None
        self._last_ns = 0

    def stage(self, outdoor_c: float, now_ns: int) -> bool:
        """Find the stage of flow; whether it has changed."""
        terms = self.terms
        changed = self._stages is not None and self._stages.update(self._bounds, outdoor_c, now_ns)
        terms.stage = 0 if self._stages is None else self._stages.stage
        return changed

    def target(self, orders: InForce, trim_k: float, return_k: float) -> float:
        """Steps 4 to 8, from `terms.effective_c` and `terms.schedule_k`; NaN where there is no weather."""
        terms, limits = self.terms, self._limits
        terms.room_order_k = orders.room_shift_k
        value = self.family.at(terms.effective_c, terms.schedule_k + orders.room_shift_k, terms.stage)
        self.value = value
        terms.base_c, terms.beyond = value.supply_c, value.beyond
        ordered = value.supply_c if orders.supply_c is None else orders.supply_c
        terms.ordered_k = ordered - value.supply_c + orders.offset_k
        terms.orders = orders.ids
        terms.trim_k, terms.return_k = trim_k, return_k
        wanted = value.supply_c + terms.ordered_k + trim_k + return_k
        terms.target_c = min(max(wanted, limits.min_c), limits.max_c)
        terms.clamp_k = terms.target_c - wanted
        return terms.target_c

    def begin(self, measured_c: float | None, now_ns: int) -> None:
        """The first setpoint is the measured supply, never 0: no rate has been broken yet."""
        if self._last_c is None:
            self._last_c = self.terms.target_c if measured_c is None else measured_c
            self._last_ns = now_ns

    @property
    def begun(self) -> bool:
        """Whether there is a last setpoint to move from."""
        return self._last_c is not None

    def limited(self, now_ns: int) -> float:
        """Step 9: the target at the rate that is allowed, and the upper clamp at once."""
        limits, target = self._limits, self.terms.target_c
        last = target if self._last_c is None else self._last_c
        elapsed_s = (now_ns - self._last_ns) / SECOND
        moved = rate_limited(last, target, limits.rate_up_k_h, limits.rate_down_k_h, elapsed_s)
        self._last_c, self._last_ns = min(moved, limits.max_c), now_ns
        self.terms.limited_c = self._last_c
        return self._last_c

    @property
    def expected_drop_k(self) -> float | None:
        """Supply minus return by the curve; None where the family says nothing of the return."""
        value = self.value
        return None if value is None or value.return_c is None else value.supply_c - value.return_c

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        stages = None if self._stages is None else self._stages.dump()
        return {
            "last": [self._last_c, self._last_ns],
            "stages": stages,
            "shape": self.shape,
            "hash": self.hash,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over; the rate limiter goes on from its last output."""
        self._last_c, self._last_ns = state["last"]
        if self._stages is not None and state["stages"] is not None:
            self._stages.load(state["stages"])
