"""What the station's PLC does by itself: setpoint by the curve, and the change-over of circulation pumps."""

from __future__ import annotations

import math
from typing import Final

from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.curve import DesignCurve

CHANGE_OVER_S: Final = 10.0
"""From the fault of the duty pump to the start of the standby pump."""
DAMPING_S: Final = 24 * 3600.0
DAMPED_WEIGHT: Final = 0.5
"""The curve is read at the mean of the measured and the damped outdoor temperature, as filed."""


class Plc:
    """Mutable settings of the controller; `step` sets the setpoint and the pump's speed.

    It reads the outdoor temperature through its own sensor: when that one lies, the setpoint is wrong.
    """

    __slots__ = (
        "_damped_c",
        "_down_s",
        "_outdoor_c",
        "commanded_speed",
        "curve",
        "duty",
        "faults",
        "highest_c",
        "manual_setpoint_c",
        "shift_k",
        "standby",
    )

    def __init__(self, curve: DesignCurve, highest_c: float, t_outdoor_c: float) -> None:
        self.curve = curve
        #: The setpoint never goes beyond.
        self.highest_c = highest_c
        #: A setpoint entered by hand, °C; None = by the curve.
        self.manual_setpoint_c: float | None = None
        #: Added to the setpoint by the curve, K: setback, or a wrong curve.
        self.shift_k = 0.0
        #: Speed asked of the circulation pump as a share of 50 Hz; 0 = stopped by command.
        self.commanded_speed = 1.0
        #: Which pump is on duty, 1 or 2, and which of them are out of order.
        self.duty = 1
        self.faults = [False, False]
        #: Whether the second pump starts by itself when the first one fails.
        self.standby = False
        self._outdoor_c = self._damped_c = t_outdoor_c
        self._down_s = 0.0

    def running(self, number: int, outside: Boundary) -> bool:
        """Whether pump 1 or 2 runs."""
        return number == self.duty and outside.power_on and outside.circulation_speed > 0.0

    def step(self, outside: Boundary, measured_outdoor_c: float, dt: float) -> None:
        """Look and act; a sensor without value leaves the outdoor temperature as it was."""
        if math.isfinite(measured_outdoor_c):
            self._outdoor_c = measured_outdoor_c
        self._damped_c += (self._outdoor_c - self._damped_c) * (1.0 - math.exp(-dt / DAMPING_S))
        if self.manual_setpoint_c is not None:
            outside.setpoint_c = self.manual_setpoint_c
        else:
            read_at = DAMPED_WEIGHT * self._damped_c + (1.0 - DAMPED_WEIGHT) * self._outdoor_c
            outside.setpoint_c = min(self.highest_c, self.curve.supply_c(read_at) + self.shift_k)
        self._change_over(dt)
        down = self.faults[self.duty - 1]
        outside.circulation_speed = 0.0 if down else self.commanded_speed

    def _change_over(self, dt: float) -> None:
        if not self.faults[self.duty - 1]:
            self._down_s = 0.0
            return
        self._down_s += dt
        other = 3 - self.duty
        if self.standby and self._down_s >= CHANGE_OVER_S and not self.faults[other - 1]:
            self.duty, self._down_s = other, 0.0
