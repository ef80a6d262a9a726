"""What no float holds, on its way through the engine; counters that say how they roll over."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from heatmon.core.engine import Engine
from heatmon.core.quality import Quality
from heatmon.core.spec import Tag
from tests.unit.core.station_spec import SECOND, START, content, scan, spec, tag, words

TAGS = [
    tag("model", "1", "0 1", "0 1", range=None),
    tag("count", "1", "0 1", "0 1", range=None),
    tag("p2r", "MPa", "0 MPa", "1 MPa"),
]


def engine() -> Engine:
    return Engine(spec(tags=TAGS), "b" * 64, START)


def test_a_text_is_good_without_a_number_and_goes_when_the_next_scan_has_none() -> None:
    made, big = engine(), (1 << 53) + 1
    table, exact = made.table, {0: "PLC-7", 1: big}
    made.step(scan(1, START + SECOND, [math.nan, float(big), 0.3], exact=exact), START + SECOND)
    assert table.exact == exact
    assert table.qualities[:3] == [Quality.GOOD] * 3
    assert math.isnan(table.values[0])
    assert made.last_good_ns(0) == START + SECOND
    made.step(scan(2, START + 2 * SECOND, [math.nan, 5.0, 0.3], [130, 0, 0]), START + 2 * SECOND)
    assert table.exact == {}
    assert table.qualities[0] == Quality.TIMEOUT
    assert made.last_good_ns(0) == START + SECOND
    again = Engine.restore(made.spec, made.bundle, made.checkpoint())
    assert again.checkpoint() == made.checkpoint()


def test_no_number_without_a_text_is_never_good() -> None:
    made = engine()
    made.step(scan(1, START + SECOND, [math.nan, math.nan, math.nan]), START + SECOND)
    assert made.table.qualities[:3] == [Quality.NOT_A_NUMBER] * 3


@pytest.mark.parametrize(
    ("unit", "totaliser", "m3"),
    [
        ("m3", {"digits": 6}, 1e6),
        ("L", {"digits": 8}, 1e5),
        ("m3", {"rollover": "42949672.96 m3"}, 42949672.96),
        ("L", {"rollover": "100000 m3"}, 1e5),
    ],
)
def test_a_counter_says_in_one_of_two_ways_where_it_rolls_over(
    unit: str, totaliser: dict[str, Any], m3: float
) -> None:
    made = Tag.model_validate(tag("makeup", unit, f"0 {unit}", f"1 {unit}", totaliser=totaliser))
    assert made.rollover is not None
    assert made.rollover.to("m3") == pytest.approx(m3, rel=1e-12)


@pytest.mark.parametrize("totaliser", [{}, {"digits": 6, "rollover": "1 m3"}, {"pulse": "10 L"}])
def test_a_counter_that_says_it_twice_or_not_at_all_is_refused(totaliser: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Tag.model_validate(tag("makeup", "m3", "0 m3", "1 m3", totaliser=totaliser))


def test_a_number_has_one_word() -> None:
    states = [{"value": 1, **words("on")}, {"value": 1, **words("off")}]
    with pytest.raises(ValidationError):
        spec(**content(tags=[tag("mode", "1", "0 1", "9 1", states=states)]))
