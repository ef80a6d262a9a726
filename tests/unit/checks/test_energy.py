"""Heat, exchanger, degree days, regime of pressures: the worked numbers of the reference."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.curve.regulation import lmtd_k
from heatmon.core.energy.degreedays import (
    degree_days,
    energy_signature,
    missing_heat,
    normalised,
    robust_line,
)
from heatmon.core.energy.exchanger import clean_ua_kw_k, effectiveness, ua_kw_k
from heatmon.core.energy.heat import balance_pct, heat_kw, pump_power_kw, specific_w_m2, water_per_heat_m3_gj
from heatmon.core.pressure.dynamics import Crossings, PumpTrip, clean_loss_mpa, hammer_mpa, pump_mpa
from heatmon.core.pressure.regime import (
    Element,
    boiler_least_mpa,
    empty_mpa,
    highest_allowed_mpa,
    valve_set_mpa,
    vapour_margin_k,
)
from tests.unit.checks.conftest import SECOND

ATMOSPHERE = 0.101325


# -- heat ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("supply", "back", "at_return", "at_supply", "naive"),
    [(75, 50, 2871.0, 2832.7, 2907.5), (60, 45, 1724.7, 1712.5, 1744.5), (110, 50, 6913.8, 6654.3, 6978.0)],
)
def test_density_at_the_right_pipe(
    supply: float, back: float, at_return: float, at_supply: float, naive: float
) -> None:
    assert heat_kw(100.0, supply, back) == pytest.approx(at_return, abs=0.3)
    assert heat_kw(100.0, supply, back, "supply") == pytest.approx(at_supply, abs=0.3)
    assert naive == pytest.approx(1.163 * 100.0 * (supply - back))
    assert naive / at_supply > 1.018


def test_balance_and_figures() -> None:
    assert balance_pct(1000.0, 900.0) == pytest.approx(10.0)
    assert balance_pct(0.0, 900.0) is None
    assert specific_w_m2(4500.0, 100_000.0) == pytest.approx(45.0)
    assert water_per_heat_m3_gj(66.8, 4500.0) == pytest.approx(4.12, abs=0.01)
    assert pump_power_kw(262.0, 25.0, 0.70 * 0.92) == pytest.approx(27.2, abs=0.2)
    assert pump_power_kw(262.0, 25.0, 0.0) is None


# -- exchanger ----------------------------------------------------------------------------------


def test_exchanger_of_the_reference_station() -> None:
    assert lmtd_k(50.0, 5.0) == pytest.approx(19.543, abs=1e-3)
    assert ua_kw_k(4500.0, 110, 60, 50, 45) == pytest.approx(230.3, abs=0.1)
    assert ua_kw_k(4500.0, 110, 60, 55, 45) == pytest.approx(181.1, abs=0.1)
    assert effectiveness(110, 50, 45) == pytest.approx(0.9231, abs=1e-4)
    assert clean_ua_kw_k(230.3, 66.8, 262, 66.8, 262) == pytest.approx(230.3)
    assert ua_kw_k(4500.0, 110, 109.8, 50, 45) is None, "ill-conditioned"
    assert ua_kw_k(4500.0, 110, 60, 44, 45) is None
    assert clean_ua_kw_k(230.3, 66.8, 262, 0.0, 262) is None


# -- days ---------------------------------------------------------------------------------------


def test_degree_days() -> None:
    assert degree_days([-3, 2, 6, 19, -10]) == pytest.approx(77.0)
    assert normalised(100.0, 2000.0, 2200.0) == pytest.approx(110.0)
    assert normalised(100.0, 0.0, 2200.0) is None
    assert missing_heat(500.0, 200.0, 40.0, 12) == pytest.approx(100.0)
    assert missing_heat(500.0, 200.0, 40.0, 9) is None


def test_the_signature_is_robust() -> None:
    noise = random.Random(7)
    days = [(t, 190.0 * (16.0 - t) + noise.gauss(0, 30)) for t in [k * 0.5 - 10.0 for k in range(40)]]
    days[3] = (days[3][0], 12_000.0)
    days[20] = (days[20][0], 10.0)
    found = energy_signature(days)
    assert found is not None
    assert found.h_kw_k == pytest.approx(190.0, abs=4.0)
    assert found.balance_c == pytest.approx(16.0, abs=0.4)
    assert found.expected_kw(0.0) == pytest.approx(3040.0, rel=0.02)
    assert energy_signature(days[:10]) is None
    assert energy_signature([(0.1 * (k % 5), 1000.0) for k in range(40)]) is None, "no spread of weather"


ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(ANY, ANY), max_size=30))
def test_no_points_break_the_line(points: list[tuple[float, float]]) -> None:
    line = robust_line(points)
    assert line is None or all(map(math.isfinite, (line.a, line.b, line.sigma)))
    energy_signature(points)
    degree_days([x for x, _ in points])


@given(ANY, ANY, ANY, ANY)
def test_nonsense_gives_no_heat(a: float, b: float, c: float, d: float) -> None:
    found = (heat_kw(a, b, c), ua_kw_k(a, b, c, d, a), effectiveness(a, b, c), clean_ua_kw_k(1, 1, 1, a, b))
    assert all(value is None or math.isfinite(value) for value in found)


# -- regime -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("metres", "cold", "hot"), [(18, 0.177, 0.174), (33, 0.324, 0.318), (99, 0.971, 0.954)]
)
def test_static_line(metres: float, cold: float, hot: float) -> None:
    assert empty_mpa(metres, 0.0) == pytest.approx(cold, abs=6e-4)
    assert empty_mpa(metres, 0.0, 983.0) == pytest.approx(hot, abs=6e-4)
    assert empty_mpa(-5.0, 0.0) == 0.0


@pytest.mark.parametrize(
    ("t_max", "least"), [(95, 0.068), (110, 0.169), (115, 0.212), (130, 0.375), (150, 0.691)]
)
def test_a_boiler_keeps_twenty_kelvin_from_boiling(t_max: float, least: float) -> None:
    assert boiler_least_mpa(t_max, ATMOSPHERE) == pytest.approx(least, abs=6e-4)


def test_vaporisation_margin_is_absolute_and_knows_the_altitude() -> None:
    assert vapour_margin_k(0.35, 110.0, ATMOSPHERE) == pytest.approx(38.0, abs=0.1)
    assert vapour_margin_k(0.35, 110.0, 0.0775) < vapour_margin_k(0.35, 110.0, ATMOSPHERE)
    assert math.isnan(vapour_margin_k(-1.0, 110.0, ATMOSPHERE))


@pytest.mark.parametrize(
    ("working", "low", "high"),
    [(0.4, 0.47, 0.50), (0.6, 0.67, 0.70), (0.7, 0.77, 0.80), (1.0, 1.10, 1.12), (1.25, 1.375, 1.40)],
)
def test_valve_rules_are_for_plausibility(working: float, low: float, high: float) -> None:
    assert valve_set_mpa(working) == pytest.approx(low)
    assert valve_set_mpa(working, high=True) == pytest.approx(high)


def test_the_weakest_part_binds() -> None:
    parts = [
        Element("exchanger", 1.6, 0.0),
        Element("cellar radiator", 0.5, -10.0),
        Element("top", 0.5, 50.0),
    ]
    allowed, which = highest_allowed_mpa(parts, 0.0)
    assert which == "cellar radiator"
    assert allowed == pytest.approx(0.5 - 0.098, abs=1e-3)
    assert highest_allowed_mpa([], 0.0) == (math.inf, "")


# -- dynamics -----------------------------------------------------------------------------------


def test_pump_strainer_and_hammer() -> None:
    assert pump_mpa(32, 1.02e-4, 262) == pytest.approx(25 * 983 * 9.80665e-6, rel=2e-3)
    assert pump_mpa(32, 1.02e-4, 1000) == 0.0
    assert clean_loss_mpa(0.02, 131, 262) == pytest.approx(0.005)
    assert clean_loss_mpa(0.02, 0.0, 262) is None
    assert hammer_mpa(1.0) == pytest.approx(1.18, abs=0.01)


def test_cycling_counts_whole_swings() -> None:
    crossings = Crossings(0.29, 0.02)
    for k in range(200):
        crossings.feed(0.28 if k % 2 else 0.30, k * 60 * SECOND)
        crossings.feed(0.291, k * 60 * SECOND + 1)
    assert crossings.per_h(199 * 60 * SECOND) == pytest.approx(30, abs=1)
    assert crossings.per_h(10**15) == 0


def test_a_pump_trip_is_one_event_with_what_came_first() -> None:
    trip = PumpTrip()
    for second in range(20):
        trip.feedback(True, second * SECOND)
        trip.head(0.20, second * SECOND)
    for second, head in ((20, 0.15), (21, 0.08), (22, 0.03), (23, 0.01)):
        trip.head(head, second * SECOND)
    trip.feedback(False, 25 * SECOND)
    assert trip.standing(30 * SECOND)
    assert trip.first == "pressure"
    assert not trip.standing(1000 * SECOND)
    slow = PumpTrip()
    for second in range(300):
        slow.head(0.20 * (1 - second / 300), second * SECOND)
    assert not slow.standing(300 * SECOND), "slowed down on purpose"
