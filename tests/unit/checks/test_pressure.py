from __future__ import annotations

from typing import Any

import pytest

from heatmon.core.checks import named_limits
from heatmon.core.pressure import ValveWatch, slope_kpa_min
from heatmon.core.quality import Quality
from tests.unit.checks.conftest import SECOND, Bench, spec_of


def test_ladder() -> None:
    limits = named_limits(spec_of())
    assert limits["pressure.HH"] == 0.6
    assert limits["pressure.H"] == pytest.approx(0.57)
    assert limits["pressure.L"] == pytest.approx(0.1965, abs=1e-4)
    assert limits["pressure.LL"] == pytest.approx(0.1865, abs=1e-4)
    assert limits["temperature.HH"] == 80.0


@pytest.mark.parametrize(("metres", "empty"), [(18, 0.177), (33, 0.324), (54, 0.530), (99, 0.971)])
def test_pressure_below_which_the_top_runs_empty(metres: int, empty: float) -> None:
    def higher(raw: dict[str, Any]) -> None:
        raw["pressure"] |= {"highest_point": f"{metres} m", "working": "1.6 MPa"}

    assert named_limits(spec_of(higher))["pressure.LL"] == pytest.approx(empty + 0.010, abs=6e-4)


def test_boiler_minimum_moves_both_low_limits() -> None:
    def boiler(raw: dict[str, Any]) -> None:
        raw["pressure"]["boiler_minimum"] = "0.25 MPa"

    limits = named_limits(spec_of(boiler))
    assert limits["pressure.LL"] == 0.25
    assert limits["pressure.L"] == pytest.approx(0.26)


@pytest.mark.parametrize(
    ("emitters", "highest", "limit"),
    [("floor", "55 °C", 60.0), ("radiators", "93 °C", 95.0), ("radiators", "75 °C", 80.0)],
)
def test_hard_supply_limit(emitters: str, highest: str, limit: float) -> None:
    def other(raw: dict[str, Any]) -> None:
        raw["curve"]["emitters"] = emitters
        raw["curve"]["limits"]["max"] = highest

    assert named_limits(spec_of(other))["temperature.HH"] == limit


def test_slope_by_least_squares() -> None:
    assert slope_kpa_min([(k * SECOND, 300.0 - 2.0 * k) for k in range(11)]) == pytest.approx(-120.0)
    assert slope_kpa_min([(k * SECOND, 300.0) for k in range(4)]) is None
    assert slope_kpa_min([(SECOND, 300.0)] * 9) is None


def test_slow_polls_get_a_longer_window() -> None:
    def slow(raw: dict[str, Any]) -> None:
        raw["devices"][0]["groups"][0]["period"] = "10 s"

    bench = Bench(spec_of(slow))

    def fall(_: int) -> None:
        bench.inputs["p2r"] -= 0.005

    bench.run(120, fall, 10)
    assert bench.value("pressure.slope_kpa_min") == pytest.approx(-30.0)
    assert bench.value("pressure.slope_1min_kpa_min") == pytest.approx(-30.0)


def test_pressure_in_kilopascal_gives_the_same() -> None:
    def kilopascal(raw: dict[str, Any]) -> None:
        raw["tags"][8]["unit"] = "kPa"

    bench = Bench(spec_of(kilopascal))
    bench.set(p2r=290.0)

    def fall(_: int) -> None:
        bench.inputs["p2r"] -= 1.0

    bench.run(20, fall)
    assert bench.value("pressure.slope_kpa_min") == pytest.approx(-60.0)
    assert bench.value("pressure.empty_margin_mpa") == pytest.approx(0.270 - 0.17652, abs=1e-5)


def lifts(trace: list[float]) -> int:
    watch = ValveWatch(0.67)
    for k, p in enumerate(trace):
        watch.feed(p, k * SECOND)
    return watch.lifts


def test_valve_lifts() -> None:
    assert lifts([0.45] * 30) == 0
    assert lifts([0.45, 0.30, 0.28]) == 0, "a pump trip is no lift"
    assert lifts([0.45, 0.60, 0.64, 0.655, 0.66, 0.60, 0.58]) == 1, "one excursion counts once"
    assert lifts([0.45, 0.61, 0.62, 0.58]) == 1, "a drop of 5 % after a peak"
    assert lifts([0.61 - 0.0005 * k for k in range(200)]) == 0, "a slow fall is no lift"
    assert lifts(([0.655] + [0.60] * 15) * 3) == 3


def test_a_lift_is_shown_for_a_minute(bench: Bench) -> None:
    bench.run(20)
    bench.set(p2s=0.66)
    bench.run(10)
    bench.set(p2s=0.45)
    bench.run(20)
    assert (bench.value("pressure.valve_lift"), bench.value("pressure.valve_lifts")) == (1.0, 1.0)
    bench.run(60)
    assert (bench.value("pressure.valve_lift"), bench.value("pressure.valve_lifts")) == (0.0, 1.0)


def test_a_dead_sensor_gives_no_slope(bench: Bench) -> None:
    bench.run(60)
    bench.qualities["p2r"] = Quality.WIRE_BREAK
    bench.run(20)
    for signal in ("pressure.slope_kpa_min", "pressure.empty_margin_mpa", "water.burst"):
        assert bench.quality(signal) == Quality.NO_INPUT, signal


def test_no_slope_while_a_circulation_pump_starts_or_stops(bench: Bench) -> None:
    bench.run(60)
    bench.set(pump=0.0, p2r=0.25)
    bench.run(10)
    assert bench.quality("pressure.slope_kpa_min") == Quality.OUT_OF_SERVICE
    assert bench.value("water.burst") != 1.0
    bench.run(40)
    assert bench.value("pressure.slope_kpa_min") == pytest.approx(0.0)
