from __future__ import annotations

import math
from typing import Any

import pytest

from heatmon.core.curve.table import FiledTable
from heatmon.core.filters import Exponential, rate_limited
from heatmon.core.quality import GOOD, Quality
from tests.unit.checks.conftest import SECOND, Bench, spec_of

HOUR = 3600


def test_rate_limiter_vector() -> None:
    assert rate_limited(50.0, 60.0, 10.0, 10.0, 300.0) == pytest.approx(50.833, abs=5e-4)
    assert rate_limited(50.0, 40.0, 10.0, 6.0, 300.0) == pytest.approx(49.5)


@pytest.mark.parametrize("step_s", [10, 600, 3600])
@pytest.mark.parametrize(
    ("hours", "expected"), [(1, -0.408), (6, -2.212), (12, -3.935), (24, -6.321), (48, -8.647)]
)
def test_building_filter_vector_at_any_sampling(step_s: int, hours: int, expected: float) -> None:
    building = Exponential(24 * HOUR)
    building.update(0.0, 0)
    for t in range(step_s, hours * HOUR + 1, step_s):
        building.update(-10.0, t * SECOND)
    assert building.value == pytest.approx(expected, abs=5e-4)


def test_a_gap_of_more_than_six_hours_seeds_the_filter_anew() -> None:
    building = Exponential(24 * HOUR)
    building.update(10.0, 0)
    assert building.update(0.0, 6 * HOUR * SECOND) == pytest.approx(7.788, abs=1e-3)
    assert building.update(-10.0, (12 * HOUR + 1) * SECOND) == -10.0


@pytest.mark.parametrize(
    ("outdoor", "supply", "outside"),
    [(-20, 65, False), (-10, 55, False), (-2.5, 47.5, False), (3, 42, False), (10, 34, False),
     (-30, 75, False), (15, 28, False), (-31, 75, True), (16, 28, True),
     (-math.inf, 75, True), (math.inf, 28, True)],
)  # fmt: skip
def test_six_point_table(outdoor: float, supply: float, outside: bool) -> None:
    table = FiledTable([(-30, 75), (-15, 60), (-5, 50), (0, 45), (5, 40), (15, 28)])
    value, marked = table.supply_c(outdoor)
    assert value == pytest.approx(supply)
    assert marked is outside


def test_table_of_nothing_is_nothing() -> None:
    value, outside = FiledTable([(0, 50), (10, 40)]).supply_c(math.nan)
    assert math.isnan(value)
    assert outside


def test_setpoint_starts_at_the_measured_supply_and_moves_at_its_rate(bench: Bench) -> None:
    bench.set(t2s=40.0)
    bench.run(310)
    assert bench.value("curve.setpoint_c") == pytest.approx(40.0 + 10.0 * 300 / 3600, abs=0.03)


def test_a_lowered_clamp_acts_at_once() -> None:
    bench = Bench(spec_of())
    bench.run(60)

    def lower(raw: dict[str, Any]) -> None:
        raw["curve"]["limits"]["max"] = "45 °C"

    after = Bench(spec_of(lower), bench.now)
    for old, new in zip(bench.calculators, after.calculators, strict=True):
        assert new.take_over(old) == ()
    after.run(20)
    assert after.value("curve.setpoint_c") == 45.0


def test_reload_keeps_the_rate_limiter_and_another_table_is_a_step() -> None:
    bench = Bench(spec_of())
    bench.run(1800)

    def steeper(raw: dict[str, Any]) -> None:
        raw["curve"]["points"][1]["supply"] = "54 °C"

    after = Bench(spec_of(steeper), bench.now)
    marks = [new.take_over(old) for old, new in zip(bench.calculators, after.calculators, strict=True)]
    assert ("curve.step",) in marks
    after.run(60)
    assert after.value("curve.setpoint_c") == pytest.approx(50.0 + 10 * 60 / 3600, abs=0.03)
    assert after.quality("curve.deviation_k") == Quality.OUT_OF_SERVICE
    after.set(t2s=30.0)
    after.run(20)
    assert after.value("curve.deviation_k") < -8.0


def test_composite_takes_half_of_a_cold_wave_at_once(bench: Bench) -> None:
    bench.run(60)
    bench.set(tout=-10.0)
    bench.run(60)
    assert bench.value("curve.outdoor_c") == pytest.approx(-5.0, abs=0.01)


@pytest.mark.parametrize("broken", [math.nan, math.inf, -273.0, 850.0])
def test_outdoor_is_held_then_replaced_by_the_fallback(bench: Bench, broken: float) -> None:
    bench.set(tout=4.0)
    bench.run(60)
    bench.set(tout=broken)
    bench.run(2 * HOUR - 20, step=10)
    assert (bench.value("curve.outdoor_c"), bench.quality("curve.setpoint_c")) == (4.0, Quality.HELD)
    bench.run(60, step=10)
    assert (bench.value("curve.outdoor_c"), bench.quality("curve.setpoint_c")) == (-5.0, Quality.SUBSTITUTED)


def test_outside_the_table_is_marked(bench: Bench) -> None:
    bench.run(20)
    assert bench.value("curve.outside_table") == 0.0
    bench.set(tout=-30.0)
    bench.run(20)
    assert bench.value("curve.outside_table") == 1.0


def test_deviation_waits_for_the_pump_to_settle_and_stops_with_it(bench: Bench) -> None:
    bench.run(1190, step=10)
    assert bench.quality("curve.deviation_k") == Quality.OUT_OF_SERVICE
    bench.set(t2s=46.0)
    bench.run(60, step=10)
    assert bench.value("curve.deviation_k") == pytest.approx(-4.0)
    assert bench.quality("curve.deviation_15min_k") == Quality.INCOMPLETE
    bench.run(900, step=10)
    assert bench.value("curve.deviation_15min_k") == pytest.approx(-4.0)
    assert bench.quality("curve.deviation_15min_k") == GOOD
    assert bench.quality("curve.deviation_30min_k") == Quality.INCOMPLETE
    bench.run(900, step=10)
    assert bench.quality("curve.deviation_30min_k") == GOOD
    bench.set(pump=0.0)
    bench.run(10)
    assert bench.quality("curve.deviation_30min_k") == Quality.OUT_OF_SERVICE


def test_bad_supply_is_no_deviation(bench: Bench) -> None:
    bench.run(1800, step=10)
    bench.qualities["t2s"] = Quality.WIRE_BREAK
    bench.run(10)
    assert bench.quality("curve.deviation_k") == Quality.NO_INPUT


@pytest.mark.parametrize(
    ("t2s", "t2r", "tout", "lost"),
    [
        (39.0, 30.0, 0.0, 1),
        (46.0, 45.0, 0.0, 1),
        (46.0, 40.0, 0.0, 0),
        (48.0, 47.0, 0.0, 0),
        (20.0, 19.0, 8.0, 0),
    ],
)
def test_heat_loss_rule(t2s: float, t2r: float, tout: float, lost: int) -> None:
    bench = Bench(spec_of())
    bench.run(1800, step=10)
    bench.set(t2s=t2s, t2r=t2r, tout=tout)
    bench.run(60)
    assert bench.value("curve.heat_loss") == lost


def test_supply_colder_than_return_contradicts_the_second_law(bench: Bench) -> None:
    bench.set(t2s=50.0, t2r=51.5)
    bench.run(20)
    assert (bench.value("curve.contradiction"), bench.value("curve.supply_minus_return_k")) == (1.0, -1.5)
    bench.set(pump=0.0)
    bench.run(10)
    assert bench.quality("curve.contradiction") == Quality.OUT_OF_SERVICE
