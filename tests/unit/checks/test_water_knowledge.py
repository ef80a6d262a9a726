"""Mass balance, bases, pulses, cumulative sum and signatures: the worked numbers of the reference."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.spec.water import Compensation, Vessel
from heatmon.core.water.circulation import by_heat_m3h, by_pump_m3h
from heatmon.core.water.cusum import Baseline, Cusum, arl, baseline
from heatmon.core.water.definitions import design_circulation_kg_m2h, losses, season_figures
from heatmon.core.water.hours import HourOfWater, Hours
from heatmon.core.water.mass import MassBook, content_kg, stiffness_l_kpa, vessel_m3
from heatmon.core.water.pulses import Content, Stiffness, content_m3, leak_by_pulses_m3h
from heatmon.core.water.signature import Signature, hole_mm, leak_by_decay_m3h, leak_m3h, signature
from heatmon.core.waterprops import density_kg_m3

ATMOSPHERE = 0.101325
VESSEL = Vessel.model_validate({"volume": "3 m3", "precharge": "0.25 MPa"})


# -- bases --------------------------------------------------------------------------------------


def test_one_loss_in_all_its_bases() -> None:
    g_d = design_circulation_kg_m2h(45.0, 15.0)
    assert g_d == pytest.approx(2.583, abs=1e-3)
    found = losses(1.0, circulation_m3h=262, volume_m3=100, area_m2=100_000, design_circulation_kg_m2h=g_d)
    assert found.circulation_pct == pytest.approx(0.382, abs=1e-3)
    assert found.volume_pct_h == pytest.approx(1.0)
    assert found.area_kg_m2h == pytest.approx(0.0100, abs=1e-4)
    assert found.month_l_m2 == pytest.approx(7.2, abs=0.05)
    assert found.ratio_pct == pytest.approx(0.387, abs=1e-3)
    assert season_figures(3000.0, 100_000, 100) == (30.0, 30.0)


@pytest.mark.parametrize(
    ("m3h", "circulation", "volume"), [(0.25, 0.095, 0.25), (0.36, 0.137, 0.36), (2.62, 1.0, 2.62)]
)
def test_one_percent_of_circulation_is_not_one_percent_of_content(
    m3h: float, circulation: float, volume: float
) -> None:
    found = losses(m3h, circulation_m3h=262, volume_m3=100, area_m2=None, design_circulation_kg_m2h=None)
    assert found.circulation_pct == pytest.approx(circulation, abs=6e-4)
    assert found.volume_pct_h == pytest.approx(volume)
    assert found.area_kg_m2h is None


def test_nothing_is_divided_by_zero() -> None:
    found = losses(1.0, circulation_m3h=0.0, volume_m3=0.0, area_m2=0.0, design_circulation_kg_m2h=0.0)
    assert found == losses(1.0, circulation_m3h=-1, volume_m3=-1, area_m2=-1, design_circulation_kg_m2h=-1)
    assert found.circulation_pct is None
    assert season_figures(1.0, None, 0.0) == (None, None)


# -- mass ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "kg"), [(10, 50, -1167.5), (50, 40, 417.8), (45, 35, 381.8), (52.5, 44.5, 353.5)]
)
def test_thermal_expansion_of_a_hundred_cubic_metres(before: float, after: float, kg: float) -> None:
    assert 100.0 * (density_kg_m3(after) - density_kg_m3(before)) == pytest.approx(kg, abs=0.3)


def test_steel_takes_a_part_of_it() -> None:
    assert content_kg(100.0, 44.5) - content_kg(100.0, 52.5) == pytest.approx(326.2, abs=0.5)
    assert 5000.0 * (density_kg_m3(70) - density_kg_m3(80)) == pytest.approx(29_865, abs=15)


@pytest.mark.parametrize(("mpa", "stiffness"), [(0.28, 7.25), (0.30, 6.54), (0.34, 5.41)])
def test_stiffness_of_a_vessel(mpa: float, stiffness: float) -> None:
    assert stiffness_l_kpa(VESSEL, mpa, ATMOSPHERE) == pytest.approx(stiffness, abs=0.01)
    rise = vessel_m3(VESSEL, mpa + 0.0005, ATMOSPHERE) - vessel_m3(VESSEL, mpa - 0.0005, ATMOSPHERE)
    assert rise * 1000.0 == pytest.approx(stiffness, abs=0.01)
    assert vessel_m3(VESSEL, 0.2, ATMOSPHERE) == stiffness_l_kpa(VESSEL, 0.2, ATMOSPHERE) == 0.0


def booked(minutes: int, supply: float, back: float, book: MassBook, start: int = 1) -> None:
    for minute in range(start, start + minutes):
        book.close(minute, supply, back, 300.0, 262.0)


def test_the_mass_book_knows_a_cooling_and_its_transit() -> None:
    book = MassBook(Compensation(), 100.0, 262.0)
    booked(120, 60.0, 45.0, book)
    assert book.lag == 6, "25 m³ of return pipe at 262 m³/h"
    warm = book.at(100)
    booked(120, 50.0, 39.0, book, 121)
    cold = book.at(220)
    assert warm is not None
    assert cold is not None
    parts = ((25.0, 60.0, 50.0), (50.0, 52.5, 44.5), (25.0, 45.0, 39.0))
    expected = sum(content_kg(v, after) - content_kg(v, before) for v, before, after in parts)
    assert cold - warm == pytest.approx(expected, abs=0.2)
    assert book.at(239) is None, "not known before the return has arrived"


def test_standing_water_has_no_known_mass() -> None:
    book = MassBook(Compensation(), 100.0, 262.0)
    booked(60, 60.0, 45.0, book)
    for minute in range(61, 120):
        book.close(minute, 60.0, 45.0, 300.0, 0.0)
    assert book.at(100) is None
    assert book.at(50) is not None


ANY = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(st.tuples(st.integers(1, 3000), ANY, ANY, ANY, ANY), max_size=30))
def test_a_mass_book_survives_anything(rows: list[tuple[int, float, float, float, float]]) -> None:
    book, minute = MassBook(Compensation(), 100.0, 262.0), 0
    for step, supply, back, vessel, flow in rows:
        minute += step
        clean = [None if math.isinf(v) else v for v in (supply, back, vessel)]
        book.close(minute, clean[0], clean[1], clean[2], flow if math.isfinite(flow) else 0.0)
        kg = book.at(minute - book.lag)
        assert kg is None or math.isfinite(kg)
    again = MassBook(Compensation(), 100.0, 262.0)
    again.load(book.dump())
    assert again.dump() == book.dump()


def test_content_from_a_recorded_setback() -> None:
    assert content_m3(326.2, 3.535) == pytest.approx(100.0, abs=0.5)
    assert content_m3(300.0, 0.0) is None


def test_content_from_many_hours() -> None:
    content = Content()
    for k in range(200):
        swing = 300.0 * math.sin(k)
        content.update(swing, 0.8 * swing + 150.0)
    found = content.ratio
    assert found is not None
    assert found[0] == pytest.approx(0.8, abs=1e-6)
    still = Content()
    for _ in range(200):
        still.update(0.0, 150.0)
    assert still.ratio is None, "without swings there is nothing to learn"


# -- flow ---------------------------------------------------------------------------------------


def test_circulation_without_a_meter() -> None:
    assert by_heat_m3h(4496.0, 60.0, 45.0) == pytest.approx(262.0, abs=2.0)
    assert by_heat_m3h(4496.0, 47.0, 45.0) is None, "below 3 K it says nothing"
    assert by_heat_m3h(-1.0, 60.0, 45.0) is None
    at_design = 983.0 * 9.80665 * 25.0 * 1e-6
    assert by_pump_m3h(32.0, 1.02e-4, at_design, 50.0) == pytest.approx(262.0, abs=0.5)
    assert by_pump_m3h(32.0, 1.02e-4, 0.4, 50.0) is None, "more head than the pump has"
    assert by_pump_m3h(32.0, 1.02e-4, at_design, 0.0) is None


# -- pulses -------------------------------------------------------------------------------------


def test_a_leak_from_the_pulses_alone() -> None:
    assert leak_by_pulses_m3h(5.0, 108, 1410) == pytest.approx(0.383, abs=1e-3)
    assert leak_by_pulses_m3h(5.0, 672, 789) == pytest.approx(4.26, abs=0.01)
    assert leak_by_pulses_m3h(5.0, 10, 0) is None


def test_stiffness_from_makeup_pulses() -> None:
    found = Stiffness()
    for pulse in range(5):
        start = 10.0 + pulse
        found.update(True, start, 280.0)
        found.update(True, start + 0.065, 290.0)
        found.update(False, start + 0.131, 300.0)
    assert found.l_kpa == pytest.approx(6.55)
    found.update(True, 20.0, 290.0)
    found.update(False, 20.1, 291.0)
    assert found.l_kpa == pytest.approx(6.55), "a pulse that hardly moves the pressure does not count"


@pytest.mark.parametrize(
    ("mm", "low", "high"),
    [(3, 0.39, 0.50), (5, 1.08, 1.40), (10, 4.33, 5.59), (20, 17.3, 22.4), (50, 108, 140)],
)
def test_holes(mm: float, low: float, high: float) -> None:
    assert leak_m3h(mm, 0.3) == pytest.approx(low, rel=0.01)
    assert leak_m3h(mm, 0.5) == pytest.approx(high, rel=0.01)
    assert hole_mm(leak_m3h(mm, 0.3), 0.3) == pytest.approx(mm)
    assert hole_mm(0.0, 0.3) is None


def test_a_leak_from_the_decay_of_pressure() -> None:
    assert leak_by_decay_m3h(6.54, -11.0) == pytest.approx(4.33, abs=0.03)
    assert leak_by_decay_m3h(6.54, 3.0) == 0.0


# -- cumulative sum -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("h", "clean", "one_sigma"), [(4, 338, 8.3), (5, 938, 10.3), (6, 2573, 12.3), (8, 19_112, 16.3)]
)
def test_run_lengths(h: float, clean: float, one_sigma: float) -> None:
    assert arl(h, 0.5) == pytest.approx(clean, rel=0.01)
    assert arl(h, 0.5, 1.0) == pytest.approx(one_sigma, abs=0.06)


def test_a_leak_is_found_with_size_and_start_and_ends_with_its_repair() -> None:
    found, base = Cusum(), Baseline(0.15, 0.05)
    for k in range(200):
        found.update(0.15 + 0.05 * math.sin(k), base, 0.26, 8.0)
    assert (found.active, found.size_m3h) == (False, None)
    for k in range(24):
        found.update(0.15 + 0.786 + 0.05 * math.sin(k), base, 0.26, 8.0)
    assert found.active
    assert found.hours == 24
    assert found.size_m3h == pytest.approx(0.786, rel=0.05)
    for _ in range(3):
        found.update(0.15, base, 0.26, 8.0)
    assert (found.active, found.hours) == (False, 0)


def test_a_gain_is_the_other_side() -> None:
    gain = Cusum(-1.0)
    for _ in range(6):
        gain.update(-0.3, Baseline(0.15, 0.05), 0.26, 8.0)
    assert gain.active
    assert gain.size_m3h == pytest.approx(0.45)


def test_the_baseline_is_robust() -> None:
    clean = [0.15 + 0.01 * (k % 5 - 2) for k in range(100)]
    found = baseline([*clean, 9.0, 9.0, -4.0], 0.001)
    assert found is not None
    assert found.mean_m3h == pytest.approx(0.15, abs=0.005)
    assert found.sigma_m3h < 0.03
    assert baseline([], 0.1) is None


def test_hours_are_kept_and_unlearned() -> None:
    hours = Hours()
    for hour in range(1000, 1010):
        hours.put(hour, HourOfWater(1.0, 0.5, 262.0), clean=True)
    hours.put(1012, HourOfWater(1.0, None, 262.0), clean=True)
    assert hours.losses_m3h(4) == [0.5, None, None, None]
    assert len(hours.clean_losses_m3h()) == 10
    hours.unlearn(5)
    assert len(hours.clean_losses_m3h()) == 8
    makeup, circulated, known = hours.makeup(13)
    assert (makeup, circulated) == pytest.approx((11.0, 11 * 262.0))
    assert known == 11
    again = Hours()
    again.load(hours.dump())
    assert again.dump() == hours.dump()


# -- signature ----------------------------------------------------------------------------------


def test_kinds_of_loss() -> None:
    steady = [0.8 + 0.02 * (k % 3) for k in range(24)]
    assert signature(steady, 0.8, 2.0, 6.0, 0.05) is Signature.STEADY
    by_day = [2.0 if 6 <= k % 24 <= 22 else 0.05 for k in range(48)]
    assert signature(by_day, 0.05, 2.0, 6.0, 0.05) is Signature.DRAW_OFF
    assert signature(steady, 0.8, 20.0, 6.0, 0.05) is Signature.CYCLING
    ragged = [3.0 if k % 7 == 0 else 0.2 for k in range(24)]
    assert signature(ragged, 0.4, 2.0, 6.0, 0.05) is Signature.RAGGED
    assert signature([None] * 24, None, None, 6.0, 0.05) is Signature.NONE
    assert signature([0.01] * 24, 0.01, 2.0, 6.0, 0.05) is Signature.NONE
