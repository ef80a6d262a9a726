"""Regression vectors of the lumped station model (reference station, 60/45 °C, −7 °C)."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pytest

from heatmon_simulators.plant.station import Station
from heatmon_simulators.plant.water import hole_area_m2

StationAt = Callable[[float], Station]

TEMPERATURE_K = 0.1
DYNAMIC_RETURN_K = 0.3
FLOW_M3H = 0.3
PRESSURE_MPA = 0.003
PULSE_S = 3.0


def run(station: Station, seconds: Iterable[int]) -> Iterable[int]:
    """Step at 1 s and stop at each of the given seconds."""
    now = 0
    for stop in seconds:
        while now < stop:
            station.step(1.0)
            now += 1
        yield stop


@pytest.mark.parametrize(
    ("t_outdoor", "t2s", "t2r", "t1r", "mw", "g1", "valve", "room"),
    [
        (-10, 64.04, 47.21, 54.1, 5.040, 80.3, 0.944, 17.73),
        (-7, 60.00, 44.99, 50.0, 4.496, 66.8, 0.897, 17.91),
        (0, 50.20, 39.43, 41.3, 3.225, 41.8, 0.777, 18.34),
        (5, 42.76, 35.03, 35.7, 2.314, 27.8, 0.672, 18.65),
        (8, 38.05, 32.15, 32.4, 1.767, 20.3, 0.592, 18.82),
    ],
)
def test_settled_balance(
    station_at: StationAt,
    t_outdoor: float,
    t2s: float,
    t2r: float,
    t1r: float,
    mw: float,
    g1: float,
    valve: float,
    room: float,
) -> None:
    state = station_at(t_outdoor).state
    assert state.t2s_c == pytest.approx(t2s, abs=TEMPERATURE_K)
    assert state.t2r_c == pytest.approx(t2r, abs=TEMPERATURE_K)
    assert state.t1r_c == pytest.approx(t1r, abs=TEMPERATURE_K)
    assert state.heat_w / 1e6 == pytest.approx(mw, rel=0.005)
    assert state.primary_flow_m3h == pytest.approx(g1, abs=FLOW_M3H)
    assert state.valve == pytest.approx(valve, abs=0.002)
    assert state.t_room_c == pytest.approx(room, abs=TEMPERATURE_K)


def test_settled_masonry_lies_between_rooms_and_weather(station_at: StationAt) -> None:
    station = station_at(-7)
    p, state = station.parameters, station.state
    inner, outer = p.room_to_mass_mw_per_k * 1e6, p.mass_loss_kw_per_k * 1e3
    expected = (inner * state.t_room_c + outer * -7.0) / (inner + outer)
    assert state.t_mass_c == pytest.approx(expected, abs=0.05)


def test_pump_trip_drives_the_supply_to_primary_temperature(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.circulation_speed = 0.0
    seen = [station.state.t2s_c for _ in run(station, (36, 72, 144))]
    assert seen == pytest.approx([93.8, 106.2, 109.8], abs=0.3)


def test_heat_off_cools_loop_and_rooms(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.primary_shut = True
    hours = (1, 2, 4, 8, 12, 24)
    rooms, returns = [], []
    for _ in run(station, [hour * 3600 for hour in hours]):
        rooms.append(station.state.t_room_c)
        returns.append(station.state.t2r_c)
    assert rooms == pytest.approx([17.49, 16.86, 15.91, 14.62, 13.53, 10.64], abs=TEMPERATURE_K)
    assert [returns[0], returns[1], returns[3]] == pytest.approx([33.4, 25.8, 15.8], abs=DYNAMIC_RETURN_K)


def test_setback_by_ten_kelvin(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.setpoint_c = 50.0
    rooms = [station.state.t_room_c for _ in run(station, (3600, 4 * 3600, 8 * 3600, 24 * 3600))]
    assert rooms == pytest.approx([17.70, 17.27, 16.98, 16.08], abs=TEMPERATURE_K)


def test_source_at_eighty_degrees_opens_the_valve_and_still_falls_short(station_at: StationAt) -> None:
    station = station_at(-7)
    station.outside.t_primary_c = 80.0
    supply = [station.state.t2s_c for _ in run(station, (360, 3600, 4 * 3600))]
    assert supply == pytest.approx([56.0, 54.1, 53.2], abs=TEMPERATURE_K)
    assert station.state.valve == 1.0


def test_burst_empties_the_vessel_in_a_quarter_of_a_minute(station_at: StationAt) -> None:
    station = station_at(-7)
    station.state.set_pressure(0.300, station.parameters)
    station.outside.leak_area_m2 = hole_area_m2(50.0)
    seen = {}
    for second in run(station, (5, 10, 12, 15, 20)):
        seen[second] = station.state.p_return_mpa
    assert seen[5] == pytest.approx(0.279, abs=PRESSURE_MPA)
    assert seen[10] == pytest.approx(0.261, abs=PRESSURE_MPA)
    assert seen[12] == pytest.approx(0.254, abs=PRESSURE_MPA)
    assert seen[15] == pytest.approx(0.09, abs=0.02)
    assert seen[20] == pytest.approx(0.0, abs=PRESSURE_MPA)


@pytest.mark.parametrize(("hole_mm", "on_s", "cycle_s"), [(3.0, 108, 1410), (10.0, 672, 789)])
def test_a_leak_makes_the_makeup_pump_pulse(
    station_at: StationAt, hole_mm: float, on_s: float, cycle_s: float
) -> None:
    station = station_at(-7)
    station.outside.leak_area_m2 = hole_area_m2(hole_mm)
    starts: list[float] = []
    stops: list[float] = []
    before = False
    while len(stops) < 5:
        station.step(1.0)
        if station.state.makeup_on != before:
            (stops if before else starts).append(station.state.time_s)
            before = station.state.makeup_on
    # The first pulse starts from the settled pressure; from the second on the cycle repeats.
    assert stops[3] - starts[3] == pytest.approx(on_s, abs=PULSE_S)
    assert starts[4] - starts[3] == pytest.approx(cycle_s, abs=PULSE_S)


def test_setpoint_step_reaches_the_supply_before_the_return(station_at: StationAt) -> None:
    station = station_at(0)
    station.outside.setpoint_c += 5.0
    supply, returns = {}, {}
    for second in run(station, (120, 600, 1800, 3600)):
        supply[second], returns[second] = station.state.t2s_c, station.state.t2r_c
    assert [supply[120], supply[600], supply[1800]] == pytest.approx([52.3, 54.0, 55.4], abs=TEMPERATURE_K)
    assert [returns[600], returns[1800], returns[3600]] == pytest.approx(
        [39.4, 40.5, 42.3], abs=DYNAMIC_RETURN_K
    )
