"""NE 43: what a 4-20 mA loop says, and what it no longer says."""

from __future__ import annotations

import pytest

from heatmon.core.quality import Quality
from heatmon_drivers.modbus.current_loop import CurrentLoop

GOOD, BREAK, OVER = Quality.GOOD, Quality.WIRE_BREAK, Quality.OVER_RANGE


@pytest.mark.parametrize(
    ("currents_ma", "states"),
    [
        ([4.0, 12.0, 20.0], [GOOD, GOOD, GOOD]),
        ([3.7, 3.61, 3.6, 3.7, 3.79, 3.81], [GOOD, GOOD, BREAK, BREAK, BREAK, GOOD]),
        ([20.4, 20.9, 21.0, 20.9, 20.51, 20.49], [GOOD, GOOD, OVER, OVER, OVER, GOOD]),
        ([22.0], [OVER]),
        ([0.0], [BREAK]),
        ([0.0, 20.8], [BREAK, GOOD]),
        ([22.0, 3.7], [OVER, GOOD]),
        ([22.0, 0.0], [OVER, BREAK]),
    ],
)
def test_limits_with_hysteresis(currents_ma: list[float], states: list[Quality]) -> None:
    loop = CurrentLoop(0.0, 16_000.0)  # 1000 counts a mA
    assert [loop.judge(1000.0 * (current - 4.0)) for current in currents_ma] == states


def test_two_loops_have_two_memories() -> None:
    first, second = CurrentLoop(0, 27648), CurrentLoop(0, 27648)
    first.judge(-5000)
    assert first.judge(-500) == BREAK
    assert second.judge(-500) == GOOD
