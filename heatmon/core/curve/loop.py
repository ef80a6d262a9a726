"""The return temperature, judged one loop time after the supply it came from."""

from __future__ import annotations

from array import array
from typing import Any, Final

from heatmon.core.windows import MISSING, SlidingMean, pack, unpack

KEPT_MIN: Final = 180
WINDOW_MIN: Final = 60
SHARE: Final = 0.75
STEPS: Final = 1000.0


class LoopReturn:
    """T2r(t) − expected return(t − V/G2), mean of an hour; one value a minute.

    The return does not move for a loop time (V/G2, 23 min for 100 m³ at 262 m³/h) after the supply
    has; checks of the return need 60 min windows. Loop times above 3 h count as 3 h.
    """

    __slots__ = ("_expected", "_minute", "minutes", "window")

    def __init__(self) -> None:
        self._expected = array("i", [MISSING]) * KEPT_MIN
        self._minute = -1
        self.window = SlidingMean(WINDOW_MIN)
        self.minutes: int | None = None
        """The loop time that was used last."""

    def update(
        self, minute: int, expected_c: float | None, return_c: float | None, loop_h: float | None
    ) -> None:
        """Take a minute in. None where the curve, the sensor or the flow says nothing."""
        cells = self._expected
        if minute - self._minute >= KEPT_MIN:
            cells[:] = array("i", [MISSING]) * KEPT_MIN
        else:
            for skipped in range(self._minute + 1, minute):
                cells[skipped % KEPT_MIN] = MISSING
        cells[minute % KEPT_MIN] = MISSING if expected_c is None else round(expected_c * STEPS)
        self._minute = minute
        self.minutes = None if loop_h is None else min(KEPT_MIN - 1, max(0, round(loop_h * 60.0)))
        e = None
        if self.minutes is not None and return_c is not None:
            then = cells[(minute - self.minutes) % KEPT_MIN]
            e = None if then == MISSING else return_c - then / STEPS
        self.window.push(minute, e)

    @property
    def deviation_k(self) -> float | None:
        """The mean of the hour, or None while less than three quarters of it are known."""
        return self.window.mean if self.window.share >= SHARE else None

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [self._minute, pack(self._expected), self.window.dump()]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._minute = int(state[0])
        self._expected = array("i", unpack(state[1]))
        self.window.load(state[2])
