"""A totaliser as volume between two readings: rollover, reset, exchange."""

from __future__ import annotations

from enum import Enum
from typing import Final

SLACK_S: Final = 60.0


class Jump(Enum):
    """What a difference of two readings was."""

    NONE = "none"
    ROLLOVER = "rollover"
    RESET = "reset"
    EXCHANGE = "exchange"


class Totaliser:
    """A counter in m³. It never shows `rollover_m3`, after which it starts at zero.

    largest_m3h: more than that cannot have flowed; a jump beyond is a reset (down) or an exchange of
    the meter (up): no volume is booked for it. pulse_m3: the counter's step.
    """

    __slots__ = ("_largest_m3h", "_pulse_m3", "_rollover_m3", "last_m3")

    def __init__(self, rollover_m3: float | None, largest_m3h: float, pulse_m3: float = 0.0) -> None:
        self._rollover_m3 = rollover_m3
        self._largest_m3h = largest_m3h
        self._pulse_m3 = pulse_m3
        self.last_m3: float | None = None

    def advance(self, reading_m3: float, elapsed_s: float) -> tuple[float | None, Jump]:
        """Volume since the reading before, or None where there is none to compare with."""
        last, self.last_m3 = self.last_m3, reading_m3
        if last is None:
            return None, Jump.NONE
        possible = self._largest_m3h * (elapsed_s + SLACK_S) / 3600.0 + 2.0 * self._pulse_m3
        delta = reading_m3 - last
        if 0.0 <= delta <= possible:
            return delta, Jump.NONE
        if delta > 0.0:
            return None, Jump.EXCHANGE
        if self._rollover_m3 is not None and 0.0 <= delta + self._rollover_m3 <= possible:
            return delta + self._rollover_m3, Jump.ROLLOVER
        return None, Jump.RESET
