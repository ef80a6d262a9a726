"""What must hold whatever the figures: mass, energy, limits, repeatability."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon_simulators.plant.curve import FLOOR_CURVE, RADIATOR_CURVE
from heatmon_simulators.plant.parameters import FLOOR_STATION, RADIATOR_STATION
from heatmon_simulators.plant.primary import exchanger_heat_w, primary_flow_m3h
from heatmon_simulators.plant.settling import settled
from heatmon_simulators.plant.state import PlantState, vessel_water_at_m3
from heatmon_simulators.plant.station import Station
from heatmon_simulators.plant.water import area_for_flow_m2, density_kg_per_m3, hole_area_m2, orifice_flow_m3s
from heatmon_simulators.plant.weather import Weather, WeatherSpec

StationAt = Callable[[float], Station]


@pytest.mark.parametrize(
    ("outdoor", "supply", "back"),
    [
        (8, 38.05, 32.05),
        (5, 42.76, 34.96),
        (0, 50.20, 39.40),
        (-3, 54.47, 41.87),
        (-7, 60, 45),
        (-10, 64.04, 47.24),
    ],
)
def test_design_curve_of_the_radiator_station(outdoor: float, supply: float, back: float) -> None:
    assert RADIATOR_CURVE.supply_c(outdoor) == pytest.approx(supply, abs=0.005)
    assert RADIATOR_CURVE.return_c(outdoor) == pytest.approx(back, abs=0.005)


@pytest.mark.parametrize("outdoor", [18.0, 25.0])
def test_no_heat_is_asked_for_when_it_is_warm_outside(outdoor: float) -> None:
    assert RADIATOR_CURVE.supply_c(outdoor) == RADIATOR_CURVE.return_c(outdoor) == 18.0


@pytest.mark.parametrize(("hole_mm", "mpa", "m3h"), [(3, 0.3, 0.39), (10, 0.3, 4.33), (50, 0.5, 140.0)])
def test_holes_and_their_flows(hole_mm: float, mpa: float, m3h: float) -> None:
    assert orifice_flow_m3s(hole_area_m2(hole_mm), mpa) * 3600 == pytest.approx(m3h, rel=0.01)
    assert orifice_flow_m3s(area_for_flow_m2(m3h, mpa), mpa) * 3600 == pytest.approx(m3h)


def test_no_pressure_no_leak() -> None:
    assert orifice_flow_m3s(hole_area_m2(50), 0.0) == orifice_flow_m3s(hole_area_m2(50), -0.1) == 0.0


def test_valve_shuts_tight_below_two_percent(station_at: StationAt) -> None:
    station = station_at(-7)
    assert primary_flow_m3h(0.019, station.outside, station.parameters) == 0.0
    assert primary_flow_m3h(0.02, station.outside, station.parameters) > 2.0


@given(
    primary=st.floats(0.5, 150), secondary=st.floats(0.01, 400), back=st.floats(5, 70), rise=st.floats(0, 60)
)
def test_exchanger_never_breaks_the_second_law(
    primary: float, secondary: float, back: float, rise: float
) -> None:
    source = back + rise
    heat = exchanger_heat_w(primary, secondary, source, back, RADIATOR_STATION)
    limit = min(primary * 965, secondary * 983) / 3600 * 4186 * rise
    assert 0.0 <= heat <= limit * (1 + 1e-9) + 1e-6


def test_water_is_neither_made_nor_lost(station_at: StationAt) -> None:
    """Vessel water = start + expansion + makeup + exchanger leak − leak − relief, through a stormy hour."""
    station = station_at(-7)
    outside, state = station.outside, station.state
    start, expanded = state.vessel_water_m3, 0.0
    for second in range(3600):
        outside.leak_area_m2 = hole_area_m2(12.0) if 600 < second < 1800 else 0.0
        outside.exchanger_leak_area_m2 = hole_area_m2(15.0) if second > 2000 else 0.0
        outside.setpoint_c = 45.0 if second > 1000 else 60.0
        station.step(1.0)
        expanded += state.expansion_m3
    assert state.relief_m3 > 0.0
    balance = start + expanded + state.makeup_m3 + state.exchanger_leak_m3 - state.leak_m3 - state.relief_m3
    assert state.vessel_water_m3 == pytest.approx(balance, abs=1e-9)


def test_heat_in_balance_is_what_the_buildings_lose(station_at: StationAt) -> None:
    station = station_at(-7)
    p, state = station.parameters, station.state
    rooms = p.window_loss_kw_per_k * (state.t_room_c + 7) + p.mass_loss_kw_per_k * (state.t_mass_c + 7)
    pipes = sum(p.pipe_loss_kw_per_k / 6 * (state.cells_c[cell] - 5) for cell in (0, 1, 2, 6, 7, 8))
    assert state.heat_w / 1000 == pytest.approx(rooms + pipes - p.internal_gains_kw, rel=0.005)


def test_night_setback_looks_like_a_loss(station_at: StationAt) -> None:
    """100 m³ cooling by about 8 K take in a third of a cubic metre without any leak."""
    station = station_at(-7)
    mean_before = _mean_temperature(station.state)
    station.outside.setpoint_c = 50.0
    station.outside.makeup_enabled = False
    start = station.state.vessel_water_m3
    for _ in range(3 * 3600):
        station.step(1.0)
    shrunk = start - station.state.vessel_water_m3
    change = mean_before - _mean_temperature(station.state)
    assert shrunk == pytest.approx(0.92 * 100 * 4.4e-4 * change, rel=0.05)


def _mean_temperature(state: PlantState) -> float:
    return (sum(state.cells_c[:3]) * 25 + sum(state.cells_c[3:6]) * 50 + sum(state.cells_c[6:]) * 25) / 300


def test_stuck_makeup_with_a_blocked_relief_raises_the_pressure_without_bound(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.makeup_stuck_on = station.outside.relief_blocked = True
    for _ in range(20 * 60):
        station.step(1.0)
    assert station.state.p_return_mpa > 0.60
    station.outside.makeup_stuck_on = station.outside.relief_blocked = False
    for _ in range(20 * 60):
        station.step(1.0)
    assert station.state.p_return_mpa < 0.45
    assert station.state.relief_m3 > 0.0


def test_a_dry_tank_stops_the_makeup_pump(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.raw_water_on = False
    station.state.tank_level_m = 0.2
    station.outside.leak_area_m2 = hole_area_m2(10.0)
    for _ in range(2 * 3600):
        station.step(1.0)
    assert not station.state.makeup_on
    assert station.state.tank_level_m == pytest.approx(0.1, abs=0.01)
    assert station.state.p_return_mpa == pytest.approx(0.0, abs=0.005)


def test_power_cut_holds_the_valve_and_stops_the_pumps(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.power_on = False
    valve, kwh = station.state.valve, station.state.electricity_kwh
    for _ in range(600):
        station.step(1.0)
    assert station.state.valve == valve
    assert station.state.secondary_flow_m3h == pytest.approx(0.0, abs=1e-6)
    assert station.state.electricity_kwh == kwh


def test_a_valve_stuck_at_forty_percent_gets_there_at_travel_speed(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.valve_stuck_at = 0.4
    station.step(1.0)
    assert station.state.valve == pytest.approx(0.897 - 1 / 120, abs=0.002)
    for _ in range(200):
        station.step(1.0)
    assert station.state.valve == pytest.approx(0.4)
    assert station.state.valve_command > 0.8


def test_missing_water_leaves_no_pressure_until_it_is_filled(station_at: StationAt) -> None:
    station = station_at(-7)
    station.state.set_temperatures(10.0)
    station.state.vessel_water_m3 = -2.0
    station.outside.circulation_speed = 0.0
    for _ in range(1200):
        station.step(1.0)
    assert station.state.p_return_mpa == 0.0
    for _ in range(1800):
        station.step(1.0)
    assert 0.28 <= station.state.p_return_mpa <= 0.31


def test_floor_heating_balances_at_its_design_point() -> None:
    station = settled(-7.0, FLOOR_CURVE.supply_design_c, FLOOR_STATION)
    assert station.state.t2s_c == pytest.approx(45.0, abs=0.1)
    assert station.state.t2r_c == pytest.approx(35.0, abs=0.3)
    assert station.state.t_room_c == pytest.approx(18.0, abs=0.3)


def test_ten_second_steps_tell_the_same_story(station_at: StationAt) -> None:
    fine, coarse = station_at(0), station_at(0)
    for station, dt in ((fine, 1.0), (coarse, 10.0)):
        station.outside.setpoint_c += 5.0
        for _ in range(int(3600 / dt)):
            station.step(dt)
    assert coarse.state.t2s_c == pytest.approx(fine.state.t2s_c, abs=0.1)
    assert coarse.state.t2r_c == pytest.approx(fine.state.t2r_c, abs=0.3)


@pytest.mark.parametrize("dt", [0.0, -1.0, 10.1, math.nan])
def test_steps_out_of_range_are_refused(station_at: StationAt, dt: float) -> None:
    with pytest.raises(ValueError, match="step"):
        station_at(-7).step(dt)


def test_vessel_water_follows_boyle(station_at: StationAt) -> None:
    parameters = station_at(-7).parameters
    assert vessel_water_at_m3(0.25, parameters) == pytest.approx(0.0)
    assert 3.0 - vessel_water_at_m3(0.30, parameters) == pytest.approx(2.626, abs=0.001)


@pytest.mark.parametrize(("t_c", "rho"), [(5, 1000.2), (20, 998.4), (60, 983.4), (100, 958.6)])
def test_density(t_c: float, rho: float) -> None:
    assert density_kg_per_m3(t_c) == pytest.approx(rho, abs=0.3)


def test_weather_repeats_with_its_seed_and_has_no_step_at_midnight() -> None:
    one, same, other = (Weather(WeatherSpec(), seed) for seed in (7, 7, 8))
    hours = [hour / 24 for hour in range(24 * 30)]
    first = [one.outdoor_c(10 + t, t) for t in hours]
    assert first == [same.outdoor_c(10 + t, t) for t in hours]
    assert first != [other.outdoor_c(10 + t, t) for t in hours]
    assert max(abs(b - a) for a, b in itertools.pairwise(first)) < 2.5
    assert -20 < sum(first) / len(first) < 10


def test_weather_asked_out_of_order_does_not_change() -> None:
    ahead, stepwise = Weather(WeatherSpec(), 3), Weather(WeatherSpec(), 3)
    ahead.outdoor_c(20, 10)
    assert ahead.outdoor_c(12.3, 2.3) == stepwise.outdoor_c(12.3, 2.3)


def test_sun_shines_only_by_day() -> None:
    weather = Weather(WeatherSpec(clearness=1.0), 1)
    assert weather.solar_share(10 + 7 / 24, 0.3) == 0.0
    assert weather.solar_share(10 + 12 / 24, 0.5) > 0.5
    assert weather.solar_share(10 + 17 / 24, 0.7) == 0.0
