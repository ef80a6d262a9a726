"""Our IF97 against the published tables and the iapws package; the balances of a station by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core import waterprops as water

iapws97 = pytest.importorskip("iapws.iapws97")


@given(st.floats(0.1, 180.0), st.floats(1.01, 60.0))
def test_liquid_agrees_with_iapws_within_a_millionth(t_c: float, ratio: float) -> None:
    p_mpa = min(100.0, max(0.01, ratio * float(iapws97._PSat_T(t_c + 273.15))))
    oracle = iapws97._Region1(t_c + 273.15, p_mpa)
    assert water.density_kg_m3(t_c, p_mpa) == pytest.approx(1.0 / oracle["v"], rel=1e-6)
    assert water.enthalpy_kj_kg(t_c, p_mpa) == pytest.approx(float(oracle["h"]), rel=1e-6, abs=1e-6)
    assert water.heat_capacity_kj_kg_k(t_c, p_mpa) == pytest.approx(float(oracle["cp"]), rel=1e-6)


@given(st.floats(0.5, 350.0))
def test_saturation_agrees_with_iapws_both_ways(t_c: float) -> None:
    p_mpa = water.saturation_pressure_mpa(t_c)
    assert p_mpa == pytest.approx(float(iapws97._PSat_T(t_c + 273.15)), rel=1e-6)
    assert water.saturation_temperature_c(p_mpa) == pytest.approx(t_c, abs=1e-6)


@pytest.mark.parametrize(
    ("kelvin", "mpa", "v", "h", "cp"),
    [(300, 3, 0.100215168e-2, 115.331273, 4.17301218), (300, 80, 0.971180894e-3, 184.142828, 4.01008987),
     (500, 3, 0.120241800e-2, 975.542239, 4.65580682)],
)  # fmt: skip
def test_values_printed_in_the_release(kelvin: float, mpa: float, v: float, h: float, cp: float) -> None:
    t_c = kelvin - 273.15
    assert 1.0 / water.density_kg_m3(t_c, mpa) == pytest.approx(v, rel=1e-8)
    assert water.enthalpy_kj_kg(t_c, mpa) == pytest.approx(h, rel=1e-8)
    assert water.heat_capacity_kj_kg_k(t_c, mpa) == pytest.approx(cp, rel=1e-8)


@pytest.mark.parametrize(
    ("mpa", "t_c"),
    [(0.10, 99.6), (0.15, 111.4), (0.20, 120.2), (0.30, 133.5), (0.50, 151.8), (1.0, 179.9), (1.6, 201.4)],
)
def test_boiling_points(mpa: float, t_c: float) -> None:
    assert water.saturation_temperature_c(mpa) == pytest.approx(t_c, abs=0.05)


@pytest.mark.parametrize(("t_c", "beta"), [(20, 2.07), (40, 3.85), (60, 5.23), (80, 6.41), (90, 6.96)])
def test_thermal_expansion(t_c: float, beta: float) -> None:
    slope = (water.density_kg_m3(t_c - 0.5) - water.density_kg_m3(t_c + 0.5)) / water.density_kg_m3(t_c)
    assert slope * 1e4 == pytest.approx(beta, abs=0.01)


def test_the_table_at_one_pressure_is_the_function() -> None:
    table = water.liquid()
    for k in range(1, 1490):
        t_c = k * 0.1 + 0.03
        assert abs(table.density_kg_m3(t_c) - water.density_kg_m3(t_c)) < 1e-3
        assert abs(table.enthalpy_kj_kg(t_c) - water.enthalpy_kj_kg(t_c)) < 1e-3


@pytest.mark.parametrize("absurd", [math.nan, math.inf, -math.inf, -1.0, 1e308, 400.0])
def test_no_liquid_no_number(absurd: float) -> None:
    for function in (water.density_kg_m3, water.enthalpy_kj_kg, water.heat_capacity_kj_kg_k):
        assert math.isnan(function(absurd))
        assert math.isnan(function(60.0, absurd))
    assert math.isnan(water.saturation_pressure_mpa(absurd))
    assert math.isnan(water.saturation_temperature_c(absurd))
    assert math.isnan(water.liquid().density_kg_m3(absurd))


def test_above_the_boiling_point_there_is_no_liquid() -> None:
    assert math.isnan(water.density_kg_m3(120.0, 0.15))


def test_air_is_thinner_in_the_mountains() -> None:
    assert water.atmosphere_mpa(0.0) == pytest.approx(0.101325)
    assert water.atmosphere_mpa(1000.0) == pytest.approx(0.101325 - 0.0115, abs=2e-4)
