"""The vectors of the reference, one family after the other; what every family keeps to."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.curve.family import Family, room_response_k, slope
from heatmon.core.curve.makers import (
    PowerCurve,
    SamsonCurve,
    SiemensTiltCurve,
    SiemensTwoPointCurve,
    ViessmannCurve,
    siemens_room_influence_k,
)
from heatmon.core.curve.regulation import (
    Design,
    IntermittentCurve,
    Primary,
    QualityCurve,
    QuantityCurve,
    heating_hours,
    lmtd_k,
)
from heatmon.core.curve.table import SAMSON_POINTS, DanfossCurve, TableCurve
from heatmon.core.curve.trim import danfoss_room_influence_k

A = Design(18, -9, 95, 70, 0.3)
B = Design(18, -7, 75, 50, 0.3)
C = Design()
D = Design(18, -24.2, 45, 35, 0.1)
TABLE = TableCurve([(8, 38.1, 32.1, None, None), (0, 50.2, 39.4, 90.0, None), (-7, 60.0, 45.0, 110.0, 50.0)])
FAMILIES: dict[str, Family] = {
    "table": TABLE,
    "quality": QualityCurve(C),
    "indirect": QualityCurve(C, Primary(flow="proportional")),
    "staged": QualityCurve(B, None, [(-3, 0.8), (3, 0.6)]),
    "quantity": QuantityCurve(B),
    "intermittent": IntermittentCurve(B, 0.0),
    "viessmann": ViessmannCurve(1.4, 0, 20),
    "siemens_tilt": SiemensTiltCurve(1.5),
    "siemens_two_point": SiemensTwoPointCurve(60, 30),
    "danfoss": DanfossCurve((75, 60, 50, 45, 40, 28)),
    "samson": SamsonCurve(1.8),
    "samson_points": TableCurve([(x, supply, back, None, None) for x, supply, back in SAMSON_POINTS]),
    "power": PowerCurve.two_point(20, 75, -7, 1.3),
    "heat_pump": PowerCurve.heat_pump(20, 1.0),
}


@pytest.mark.parametrize(
    ("design", "outdoor", "load", "supply", "back"),
    [
        (A, 5, 0.4815, 60.78, 48.74), (A, 0, 0.6667, 73.55, 56.88), (A, -5, 0.8519, 85.66, 64.37),
        (A, -9, 1, 95.00, 70.00),
        (B, 5, 0.52, 51.41, 38.41), (B, 0, 0.72, 61.56, 43.56), (B, -3, 0.84, 67.41, 46.41),
        (B, -7, 1, 75.00, 50.00),
        (C, 8, 0.40, 38.05, 32.05), (C, 5, 0.52, 42.76, 34.96), (C, 0, 0.72, 50.20, 39.40),
        (C, -3, 0.84, 54.47, 41.87), (C, -7, 1, 60.00, 45.00), (C, -10, 1.12, 64.04, 47.24),
        (D, 5, 0.3081, 27.08, 24.00), (D, 0, 0.4265, 30.27, 26.01), (D, -10, 0.6635, 36.47, 29.83),
        (D, -20, 0.9005, 42.50, 33.50), (D, -24.2, 1, 45.00, 35.00),
    ],
)  # fmt: skip
def test_quality_regulation(design: Design, outdoor: float, load: float, supply: float, back: float) -> None:
    assert design.load(outdoor) == pytest.approx(load, abs=6e-5)
    value = QualityCurve(design).at(outdoor)
    assert value.supply_c == pytest.approx(supply, abs=0.006)
    assert value.return_c == pytest.approx(back, abs=0.006)
    assert value.beyond == ("cold" if load > 1 else "")


@pytest.mark.parametrize(
    ("outdoor", "supply", "back"),
    [(10, 37, 33), (5, 46, 39), (0, 55, 45), (-5, 64, 50), (-10, 71, 55), (-15, 79, 60), (-20, 87, 65),
     (-25, 94, 69)],
)  # fmt: skip
def test_a_published_operating_table_within_a_degree(outdoor: float, supply: float, back: float) -> None:
    value = QualityCurve(Design(18, -26, 95, 70, 0.3)).at(outdoor)
    assert value.supply_c == pytest.approx(supply, abs=0.95)
    assert value.return_c == pytest.approx(back, abs=0.95)


@pytest.mark.parametrize(("outdoor", "s"), [(-7, 1.362), (0, 1.445), (5, 1.534)])
def test_local_slope_and_the_room_rule(outdoor: float, s: float) -> None:
    curve = QualityCurve(C)
    assert slope(curve, outdoor) == pytest.approx(s, abs=1e-3)
    shifted = curve.at(outdoor, 0.1).supply_c - curve.at(outdoor).supply_c
    assert shifted == pytest.approx(0.1 * (1.0 + s), abs=2e-3)


@pytest.mark.parametrize(
    ("outdoor", "constant", "proportional"),
    [(-7, (110.00, 50.00), (110.00, 50.00)), (-3, (96.47, 46.07), (105.49, 45.49)),
     (0, (86.20, 43.00), (102.07, 42.07)), (5, (68.76, 37.56), (96.28, 36.28))],
)  # fmt: skip
def test_primary_curve(
    outdoor: float, constant: tuple[float, float], proportional: tuple[float, float]
) -> None:
    assert lmtd_k(50.0, 5.0) == pytest.approx(19.543, abs=1e-3)
    for primary, expected in ((Primary(), constant), (Primary(flow="proportional"), proportional)):
        value = QualityCurve(C, primary).at(outdoor)
        assert (value.primary_supply_c, value.primary_return_c) == pytest.approx(expected, abs=0.006)


@pytest.mark.parametrize(
    ("outdoor", "stage", "supply", "back"),
    [(0, 1, 63.81, 41.31), (3, 1, 57.42, 38.67), (5, 2, 55.74, 34.08), (-3, 0, 67.41, 46.41)],
)
def test_staged_flow(outdoor: float, stage: int, supply: float, back: float) -> None:
    value = QualityCurve(B, None, [(-3, 0.8), (3, 0.6)]).at(outdoor, stage=stage)
    assert (value.supply_c, value.return_c) == pytest.approx((supply, back), abs=0.006)


@pytest.mark.parametrize(
    ("outdoor", "back", "share"),
    [(-7, 50.00, 1.000), (-5, 45.72, 0.785), (-3, 41.59, 0.629), (0, 35.74, 0.458), (3, 30.39, 0.336),
     (5, 27.18, 0.272)],
)  # fmt: skip
def test_quantity_regulation_by_the_log_mean(outdoor: float, back: float, share: float) -> None:
    value = QuantityCurve(B).at(outdoor)
    assert value.supply_c == 75.0
    assert value.return_c == pytest.approx(back, abs=0.006)
    assert value.flow_share == pytest.approx(share, abs=6e-4)


@given(st.floats(-40, 40))
def test_the_return_of_quantity_regulation_is_never_colder_than_the_room(outdoor: float) -> None:
    value = QuantityCurve(B).at(outdoor)
    assert value.return_c is not None
    assert value.return_c >= 18.0


@pytest.mark.parametrize(("outdoor", "hours"), [(2, 21.33), (3, 20.0), (5, 17.33), (8, 13.33), (-5, 24.0)])
def test_intermittent_hours(outdoor: float, hours: float) -> None:
    assert heating_hours(18, outdoor, 0) == pytest.approx(hours, abs=0.006)
    value = IntermittentCurve(B, 0.0).at(outdoor)
    assert value.hours == pytest.approx(hours, abs=0.006)
    assert value.supply_c == pytest.approx(QualityCurve(B).at(min(outdoor, 0)).supply_c)


def near(family: Family, outdoor: list[float], supply: list[float], tolerance: float = 0.006) -> None:
    assert [family.at(t).supply_c for t in outdoor] == pytest.approx(supply, abs=tolerance)


def test_viessmann() -> None:
    near(ViessmannCurve(1.4, 0, 20), [10, 0, -10, -20], [37.49, 51.19, 63.17, 75.52])
    near(ViessmannCurve(0.6, 0, 20), [10, 0, -10, -20], [27.50, 33.37, 38.50, 43.79])
    near(ViessmannCurve(1.4, 3, 20), [10], [40.49])
    near(ViessmannCurve(0.6, 0, 20, heat_pump=True), [10, 0, -10], [30.78, 34.94, 38.36])


def test_siemens() -> None:
    near(SiemensTiltCurve(1.5, bent=False), [22, 0, -10], [20, 53, 68])
    near(SiemensTiltCurve(1.5), [22, 0, -10], [20, 53, 64.0], 0.1)
    rvd = SiemensTiltCurve(1.5)
    assert rvd.at(0, -4).supply_c - rvd.at(0).supply_c == pytest.approx(-10.0)
    near(SiemensTwoPointCurve(60, 30), [-5, 15, 5], [60, 30, 45])
    assert SiemensTwoPointCurve(60, 30, 2).at(5).supply_c == pytest.approx(45 + 2 * 2.5)
    assert siemens_room_influence_k(22, 20, 4, 1.5) == pytest.approx(-10.0)


def test_danfoss() -> None:
    factory = DanfossCurve((75, 60, 50, 45, 40, 28))
    near(factory, [-20, -10, -2.5, 3, 10], [65, 55, 47.5, 42, 34])
    assert DanfossCurve((75, 60, 50, 45, 40, 28), 1.0).at(0, 2).supply_c == pytest.approx(50.0)
    assert danfoss_room_influence_k(2.0, -4.0, 1.8) == pytest.approx(-14.4)


def test_samson() -> None:
    near(SamsonCurve(1.8), [10, 0, -10], [48.08, 68.72, 85.92])
    near(SamsonCurve(1.0), [10, 0, -10], [38.0, 50.0, 60.0])
    near(SamsonCurve(0.4), [10, 0, -10], [30.44, 35.96, 40.56])
    value = FAMILIES["samson_points"].at(0.0)
    assert (value.supply_c, value.return_c) == (47.5, 42.5)


def test_power_laws() -> None:
    near(PowerCurve.two_point(20, 75, -7, 1.3), [10, 0, -7, 20, 25], [45.62, 63.66, 75, 20, 20])
    near(PowerCurve.heat_pump(20, 1.0), [0], [20 + 1.83 * 20**0.83])


def test_a_table_is_clamped_and_marked_and_may_hold_the_primary_side() -> None:
    assert (TABLE.at(-20).supply_c, TABLE.at(-20).beyond) == (60.0, "cold")
    assert (TABLE.at(20).supply_c, TABLE.at(20).beyond) == (38.1, "mild")
    assert TABLE.at(0).primary_supply_c == 90.0
    assert TABLE.at(-7).primary_return_c == 50.0
    assert TableCurve([]).at(0).supply_c != TableCurve([]).at(0).supply_c, "an empty table says nothing"


def test_what_a_deviation_does_to_the_rooms() -> None:
    assert room_response_k(-8.0, 1.45, 73) == pytest.approx(-3.27, abs=0.01)
    assert room_response_k(-8.0, 1.45, 100, 8) == pytest.approx(-0.41, abs=0.02)
    assert room_response_k(-8.0, 1.45, 50, 8) == pytest.approx(-0.78, abs=0.02)


@pytest.mark.parametrize("name", FAMILIES)
@given(st.floats(allow_nan=True, allow_infinity=True), st.floats(-60, 60), st.integers(-3, 9))
def test_any_input_gives_a_finite_curve_or_none(name: str, outdoor: float, room: float, stage: int) -> None:
    value = FAMILIES[name].at(outdoor, room, stage)
    if -100 <= outdoor <= 100 and abs(room) <= 50:
        numbers = (value.supply_c, value.return_c, value.flow_share, value.hours, value.primary_supply_c)
        assert all(number is None or math.isfinite(number) for number in numbers)
        assert 0.0 <= value.hours <= 24.0
        assert value.flow_share >= 0.0
    else:
        assert math.isnan(value.supply_c)


@pytest.mark.parametrize("name", FAMILIES)
@given(st.floats(-40, 19), st.floats(0, 5))
def test_colder_weather_never_asks_for_less(name: str, outdoor: float, colder: float) -> None:
    family = FAMILIES[name]
    assert family.at(outdoor - colder).supply_c >= family.at(outdoor).supply_c - 1e-9
    assert slope(family, outdoor) >= 0.0


@pytest.mark.parametrize(
    "name", ["table", "quality", "indirect", "staged", "viessmann", "power", "heat_pump"]
)
@given(st.floats(-20, 15), st.floats(-3, 3))
def test_moving_weather_and_rooms_together_moves_the_supply_along(
    name: str, outdoor: float, shift: float
) -> None:
    family = FAMILIES[name]
    moved = family.at(outdoor + shift, shift).supply_c - shift
    assert moved == pytest.approx(family.at(outdoor).supply_c, abs=1e-9)
