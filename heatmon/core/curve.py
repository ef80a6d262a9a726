"""The heating curve check: effective outdoor temperature, setpoint, deviation, loss of heat.

Order of processing: outdoor validity and fallback, filter, filed table, clamps (the upper one
wins), rate limit, the upper clamp once more. The limited value is what the deviation is taken from.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.calculator import Calculator
from heatmon.core.deviation import COVERED, Deviation
from heatmon.core.filters import SECOND, rate_limited
from heatmon.core.outdoor import OutdoorTemperature, actual_or
from heatmon.core.quality import FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import Curve
from heatmon.core.table import FiledTable
from heatmon.core.windows import SlidingMean

COLD_C: Final = 5.0
LOST_K: Final = -10.0
LOST_GUARD_K: Final = -3.0
LOST_SPREAD_K: Final = 2.0
CONTRADICTION_K: Final = -1.0


class CurveCheck:
    """Setpoint by the filed table and how well the station keeps it."""

    name = "curve"
    inputs: tuple[str, ...] = ()
    outputs = (
        SignalInfo("curve.outdoor_c", "°C", 1),
        SignalInfo("curve.setpoint_c", "°C", 1),
        SignalInfo("curve.outside_table", "1", 0),
        SignalInfo("curve.deviation_k", "K", 1),
        SignalInfo("curve.deviation_15min_k", "K", 1),
        SignalInfo("curve.deviation_30min_k", "K", 1),
        SignalInfo("curve.heat_loss", "1", 0),
        SignalInfo("curve.supply_minus_return_k", "K", 1),
        SignalInfo("curve.contradiction", "1", 0),
    )

    def __init__(self, settings: Curve) -> None:
        self._settings = settings
        points = [(point.outdoor_c, point.supply_c) for point in settings.points]
        self._table = FiledTable(points)
        self._basis = hashlib.sha256(repr(sorted(points)).encode()).hexdigest()[:16]
        self._outdoor = OutdoorTemperature(settings.outdoor)
        self._deviation = Deviation(settings.settle_s)
        self._last_c: float | None = None
        self._last_ns = 0

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        settings = self._settings
        self._signals = signals
        self._tout = signals.index[settings.outdoor.tag]
        self._supply = signals.index[settings.supply]
        self._return = None if settings.return_ is None else signals.index[settings.return_]
        self._pumps = tuple(signals.index[pump] for pump in settings.pumps)
        self._out = tuple(signals.index[info.id] for info in self.outputs)

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """Nothing is taken between ticks: the building is slower than they are."""

    def tick(self, now_ns: int) -> None:
        """Publish."""
        put, out = self._signals.put, self._out
        raw, raw_quality = self._signals.values[self._tout], self._signals.qualities[self._tout]
        outdoor, quality = self._outdoor.update(raw, raw_quality, now_ns)
        put(out[0], outdoor, quality, now_ns)
        target, outside = self._target(outdoor)
        put(out[2], 1.0 if outside else 0.0, quality, now_ns)
        setpoint = self._limited(target, now_ns)
        if setpoint is None:
            for signal in (out[1], *out[3:]):
                put(signal, math.nan, Quality.NOT_YET_READ, now_ns)
            return
        put(out[1], setpoint, quality, now_ns)
        supply, running = self._read(self._supply), self._running()
        e = self._deviation.evaluate(supply, setpoint, running, now_ns)
        unjudged = self._why_not(supply, running)
        if e is None:
            put(out[3], math.nan, unjudged, now_ns)
        else:
            put(out[3], e, quality, now_ns)
        self._put_mean(out[4], self._deviation.short, quality, unjudged, now_ns)
        self._put_mean(out[5], self._deviation.long, quality, unjudged, now_ns)
        self._put_heat(supply, running, actual_or(raw, raw_quality, outdoor), quality, now_ns)

    def _target(self, outdoor_c: float) -> tuple[float, bool]:
        limits = self._settings.limits
        value, outside = self._table.supply_c(outdoor_c)
        return min(max(value, limits.min_c), limits.max_c), outside

    def _limited(self, target: float, now_ns: int) -> float | None:
        """The setpoint after the rate limit; None until the supply has been asked for the first time."""
        limits = self._settings.limits
        if self._last_c is None:
            if self._signals.qualities[self._supply] == Quality.NOT_YET_READ:
                return None
            supply = self._read(self._supply)
            self._last_c, self._last_ns = (target if supply is None else supply), now_ns
        elapsed_s = (now_ns - self._last_ns) / SECOND
        moved = rate_limited(self._last_c, target, limits.rate_up_k_h, limits.rate_down_k_h, elapsed_s)
        self._last_c, self._last_ns = min(moved, limits.max_c), now_ns
        return self._last_c

    def _read(self, signal: int) -> float | None:
        value = self._signals.values[signal]
        good = self._signals.qualities[signal] < FIRST_UNCERTAIN and -300.0 < value < 1000.0
        return value if good else None

    def _running(self) -> bool | None:
        """Whether a circulation pump runs; None where no answer is good. No pumps named: it runs."""
        if not self._pumps:
            return True
        known = [self._read(pump) for pump in self._pumps]
        if any(state is not None and state > 0.5 for state in known):
            return True
        return None if None in known else False

    @staticmethod
    def _why_not(supply: float | None, running: bool | None) -> int:
        if running is None or (running and supply is None):
            return int(Quality.NO_INPUT)
        return int(Quality.OUT_OF_SERVICE)

    def _put_mean(self, signal: int, window: SlidingMean, quality: int, unjudged: int, now_ns: int) -> None:
        mean = window.mean
        if mean is None:
            self._signals.put(signal, math.nan, unjudged, now_ns)
        elif window.share < COVERED:
            self._signals.put(signal, mean, Quality.INCOMPLETE, now_ns)
        else:
            self._signals.put(signal, mean, quality, now_ns)

    def _put_heat(
        self, supply: float | None, running: bool | None, outdoor: float, quality: int, now_ns: int
    ) -> None:
        put, out = self._signals.put, self._out
        back = None if self._return is None else self._read(self._return)
        if supply is None or not running:
            why = self._why_not(supply, running)
            for signal in out[6:]:
                put(signal, math.nan, why, now_ns)
            return
        e = supply - (self._deviation.setpoint_mean_c or 0.0)
        cooling = back is not None and supply < back + LOST_SPREAD_K and e < LOST_GUARD_K
        lost = outdoor < COLD_C and (e < LOST_K or cooling)
        put(out[6], 1.0 if lost else 0.0, quality, now_ns)
        if back is None:
            put(out[7], math.nan, Quality.NO_INPUT, now_ns)
            put(out[8], math.nan, Quality.NO_INPUT, now_ns)
        else:
            put(out[7], supply - back, GOOD, now_ns)
            put(out[8], 1.0 if supply - back < CONTRADICTION_K else 0.0, GOOD, now_ns)

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint."""
        return {
            "basis": self._basis,
            "outdoor": self._outdoor.dump(),
            "last": [self._last_c, self._last_ns],
            "deviation": self._deviation.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a state over. Another filed table is a step: small deviations wait for 2 h."""
        if "outdoor" in state:
            self._outdoor.load(state["outdoor"])
        if "last" in state:
            self._last_c, self._last_ns = state["last"]
        if "deviation" in state:
            self._deviation.load(state["deviation"])
        if state.get("basis", self._basis) != self._basis:
            self._deviation.step_pending = True
            return ("curve.step",)
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())
