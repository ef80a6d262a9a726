"""Current loops of 4-20 mA: which currents are measurements and which say that the loop has failed.

Limits of NAMUR NE 43: 3.8 to 20.5 mA is information, at most 3.6 mA and at least 21 mA is failure.
Between the two a loop stays what it was, so that a current at the limit does not chatter.
"""

from __future__ import annotations

from typing import Final

from heatmon.core.quality import Quality

FAILED_LOW_MA: Final = 3.6
VALID_LOW_MA: Final = 3.8
VALID_HIGH_MA: Final = 20.5
FAILED_HIGH_MA: Final = 21.0


class CurrentLoop:
    """One loop with its memory. `low` and `high` are the raw numbers of 4 and 20 mA."""

    def __init__(self, low: float, high: float) -> None:
        self._low, self._per_ma = low, (high - low) / 16.0
        self._state = Quality.GOOD

    def judge(self, raw: float) -> Quality:
        """GOOD, WIRE_BREAK (too little current) or OVER_RANGE (too much)."""
        current_ma = 4.0 + (raw - self._low) / self._per_ma
        if current_ma <= FAILED_LOW_MA:
            self._state = Quality.WIRE_BREAK
        elif current_ma >= FAILED_HIGH_MA:
            self._state = Quality.OVER_RANGE
        elif (
            VALID_LOW_MA < current_ma < VALID_HIGH_MA
            or (self._state == Quality.WIRE_BREAK and current_ma >= VALID_HIGH_MA)
            or (self._state == Quality.OVER_RANGE and current_ma <= VALID_LOW_MA)
        ):
            self._state = Quality.GOOD
        return self._state
