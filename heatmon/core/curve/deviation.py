"""Whether and how far the supply temperature is off its setpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.calculator import TICK_NS
from heatmon.core.filters import SECOND, Exponential
from heatmon.core.windows import SlidingMean

SETPOINT_MEAN_S: Final = 600.0
STEP_TOLERANCE_K: Final = 8.0
COVERED: Final = 0.9
SHORT_TICKS: Final = 90
LONG_TICKS: Final = 180


class Deviation:
    """e = T2s − setpoint (through an exponential mean of 10 min), and its means over 15 and 30 min.

    Not evaluated for `settle_s` after the pump's start, with no pump running, while a permit excludes
    it, and for `grace_s` after a step of schedule, stage or table unless |e| > 8 K.
    """

    def __init__(self, settle_s: float, grace_s: float = 7200.0) -> None:
        self._settle_ns = int(settle_s * SECOND)
        self._grace_ns = int(grace_s * SECOND)
        self._setpoint = Exponential(SETPOINT_MEAN_S)
        self._running_since: int | None = None
        self._step_ns: int | None = None
        self.step_pending = False
        self.short = SlidingMean(SHORT_TICKS)
        self.long = SlidingMean(LONG_TICKS)

    def evaluate(
        self,
        supply_c: float | None,
        setpoint_c: float,
        running: bool | None,
        now_ns: int,
        excluded: bool = False,
    ) -> float | None:
        """The deviation in K, or None where it is not to be judged now. running None: unknown."""
        mean = self._setpoint.update(setpoint_c, now_ns)
        if self.step_pending:
            self._step_ns, self.step_pending = now_ns, False
        if running is False:
            self._running_since = None
            self.short.clear()
            self.long.clear()
        elif running and self._running_since is None:
            self._running_since = now_ns
        e = None
        if supply_c is not None and running and self._running_since is not None and not excluded:
            e = self._judged(supply_c - mean, now_ns - self._running_since, now_ns)
        tick = now_ns // TICK_NS
        self.short.push(tick, e)
        self.long.push(tick, e)
        return e

    def _judged(self, e: float, running_ns: int, now_ns: int) -> float | None:
        if running_ns < self._settle_ns:
            return None
        after_step = self._step_ns is not None and now_ns - self._step_ns < self._grace_ns
        return None if after_step and abs(e) <= STEP_TOLERANCE_K else e

    @property
    def setpoint_mean_c(self) -> float | None:
        """The averaged setpoint the deviation is taken from."""
        return self._setpoint.value

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        return {
            "setpoint": [self._setpoint.value, self._setpoint.time_ns],
            "running": self._running_since,
            "step": self._step_ns,
            "pending": self.step_pending,
            "short": self.short.dump(),
            "long": self.long.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self._setpoint.value, self._setpoint.time_ns = state["setpoint"]
        self._running_since, self._step_ns = state["running"], state["step"]
        self.step_pending = state["pending"]
        self.short.load(state["short"])
        self.long.load(state["long"])
