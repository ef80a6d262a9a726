"""Back-test and fit: the worked example of the reference, and honest refusals."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.curve.backtest import Hour, backtest, differences, limit_c
from heatmon.core.curve.fit import Sample, fit
from heatmon.core.curve.regulation import Design, QualityCurve
from heatmon.core.curve.table import TableCurve

CURVE = QualityCurve(Design())


def lower(by: float) -> TableCurve:
    return TableCurve([(t, CURVE.at(t).supply_c - by, None, None, None) for t in (8.0, 4.0, 0.0, -4.0, -8.0)])


def steady(outdoor: float, hours: int, room: float | None = None) -> list[Hour]:
    return [Hour(float(h), h % 24, outdoor, room) for h in range(hours)]


def test_two_kelvin_less_supply_at_zero_degrees() -> None:
    found = backtest(CURVE, lower(2.0), steady(0.0, 1500))
    assert found.supply_mean_k == pytest.approx(-2.0, abs=0.01)
    assert found.room_end_k == pytest.approx(-0.82, abs=0.01)
    assert found.heat_pct == pytest.approx(-4.8, abs=0.5)


def test_hours_too_cold_follow_the_rooms() -> None:
    found = backtest(CURVE, lower(2.0), steady(0.0, 480, 18.4))
    assert found.cold_hours_old == 0.0
    assert 150.0 < found.cold_hours_new < 480 * 15 / 24, "only by day, and only once the rooms have followed"
    assert [limit_c(h) for h in (5.99, 6.0, 20.99, 21.0)] == [16.0, 18.0, 18.0, 16.0]


def test_gaps_are_left_out() -> None:
    hours = [*steady(0.0, 10), Hour(500.0, 0.0, 0.0), Hour(501.0, 1.0, 0.0)]
    found = backtest(CURVE, lower(2.0), hours)
    assert (found.hours, found.skipped) == (10.0, 1)


ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(ANY, ANY, ANY), max_size=20))
def test_any_record_gives_a_defined_backtest(rows: list[tuple[float, float, float]]) -> None:
    found = backtest(CURVE, lower(1.0), [Hour(a, b, c, a) for a, b, c in rows])
    assert math.isfinite(found.room_end_k)
    assert all(math.isfinite(row[0]) for row in differences(CURVE, lower(1.0), (0.0, 5.0)))


def rooms(level: float, tilt: float, hours: int = 600) -> list[Sample]:
    noise = random.Random(3)
    samples = []
    for k in range(hours):
        outdoor = -8.0 + 16.0 * (k % 97) / 97.0
        error = level + tilt * outdoor + noise.gauss(0.0, 0.3)
        samples.append(Sample(outdoor, CURVE.at(outdoor).supply_c, 20.0 - error))
    samples[5] = Sample(0.0, 50.0, 5.5)
    return samples


def test_rooms_too_cold_everywhere_raise_the_level_by_at_most_two_kelvin() -> None:
    found = fit(rooms(0.5, 0.0), CURVE, 20.0, (8.0, 0.0, -7.0))
    assert found.advice == "raise level"
    assert [change for _, change in found.changes] == pytest.approx([1.3, 1.22, 1.18], abs=0.2)
    large = fit(rooms(3.0, 0.0), CURVE, 20.0, (0.0,))
    assert large.changes == ((0.0, 2.0),)


def test_cold_in_frost_and_warm_in_mild_weather_turns_the_curve() -> None:
    found = fit(rooms(0.0, -0.1), CURVE, 20.0, (8.0, -7.0))
    assert found.advice == "lower level, raise gradient"
    assert found.line is not None
    assert found.line.b == pytest.approx(-0.1, abs=0.01)
    assert found.line.b_error < 0.01
    assert found.changes[0][1] < 0 < found.changes[1][1]


def test_too_little_is_no_proposal() -> None:
    assert fit(rooms(0.5, 0.0, 100), CURVE, 20.0, (0.0,)).reason == "fit.few_hours"
    flat = [Sample(0.0, 50.0, 19.0)] * 600
    assert fit(flat, CURVE, 20.0, (0.0,)).reason == "fit.small_spread"
    blind = [Sample(s.outdoor_c, s.supply_c) for s in rooms(0.5, 0.0)]
    found = fit(blind, CURVE, 20.0, (0.0,))
    assert (found.reason, found.changes) == ("fit.no_rooms", ())
