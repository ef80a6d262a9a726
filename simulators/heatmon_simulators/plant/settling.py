"""Finding the balance that belongs to a constant outdoor temperature."""

from __future__ import annotations

from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.parameters import RADIATOR_STATION, StationParameters
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.plant.station import Station

_STEP_S = 10.0
_FAST_HOURS = 30
_TRUE_HOURS = 6
_SPEED_UP = 50.0
_PRESSURE_MPA = 0.29


def settled(
    t_outdoor_c: float,
    setpoint_c: float,
    parameters: StationParameters = RADIATOR_STATION,
    t_primary_c: float = 110.0,
) -> Station:
    """A station in balance: 30 h with light buildings (capacities divided by 50), then 6 h as they are.

    No sun, no leak, pressure 0.29 MPa; totals, clock and run hours start at zero. About 0.3 s of CPU.
    """
    outside = Boundary()
    outside.t_outdoor_c = t_outdoor_c
    outside.setpoint_c = setpoint_c
    outside.t_primary_c = t_primary_c
    station = Station(parameters, PlantState(setpoint_c, parameters), outside)
    for hours, speed_up in ((_FAST_HOURS, _SPEED_UP), (_TRUE_HOURS, 1.0)):
        for _ in range(int(hours * 3600 / _STEP_S)):
            station.step(_STEP_S, speed_up)
    _forget_the_way(station)
    return station


def _forget_the_way(station: Station) -> None:
    state = station.state
    state.set_pressure(_PRESSURE_MPA, station.parameters)
    state.makeup_on = state.relief_open = state.raw_filling = False
    state.tank_level_m = 2.0
    state.time_s = state.run_hours = 0.0
    state.makeup_m3 = state.leak_m3 = state.relief_m3 = state.exchanger_leak_m3 = state.raw_water_m3 = 0.0
    state.heat_gj = state.electricity_kwh = 0.0
    state.makeup_m3h = state.leak_m3h = 0.0
