"""Primary side: the controller in the PLC, the valve with its travel time, the heat exchanger."""

from __future__ import annotations

import math

from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.parameters import StationParameters
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.plant.water import (
    DENSITY_PRIMARY_KG_PER_M3,
    DENSITY_SECONDARY_KG_PER_M3,
    SPECIFIC_HEAT_J_PER_KG_K,
)

#: W/K per m³/h of flow.
CAPACITY_PRIMARY = DENSITY_PRIMARY_KG_PER_M3 / 3600.0 * SPECIFIC_HEAT_J_PER_KG_K
CAPACITY_SECONDARY = DENSITY_SECONDARY_KG_PER_M3 / 3600.0 * SPECIFIC_HEAT_J_PER_KG_K
#: Below this circulation the exchanger's outlet only cools by itself: the sensor keeps its value.
STANDING_FLOW_M3H = 0.5


def move_valve(state: PlantState, outside: Boundary, p: StationParameters, dt: float) -> None:
    """PI controller on the supply temperature, then the actuator at its travel speed.

    Without power the actuator stays where it is; the controller (on its battery) goes on.
    """
    error_k = outside.setpoint_c - state.t2s_c
    proportional = p.controller_gain_per_k * error_k
    integral = state.controller_integral + proportional / p.controller_reset_s * dt
    state.controller_integral = integral = min(1.0, max(0.0, integral))
    state.valve_command = command = min(1.0, max(0.0, proportional + integral))
    if not outside.power_on:
        return
    if outside.valve_stuck_at is not None:
        command = outside.valve_stuck_at
    reach = dt / p.valve_travel_s
    state.valve += min(reach, max(-reach, command - state.valve))


def primary_flow_m3h(valve: float, outside: Boundary, p: StationParameters) -> float:
    """Flow through the equal-percentage valve: Kvs·R^(u−1)·√Δp."""
    if outside.primary_shut or valve < p.valve_shut_below or outside.dp_primary_bar <= 0.0:
        return 0.0
    return p.valve_kvs_m3h * math.pow(p.valve_rangeability, valve - 1.0) * math.sqrt(outside.dp_primary_bar)


def exchanger_heat_w(
    primary_m3h: float, secondary_m3h: float, t1s_c: float, t2r_c: float, p: StationParameters
) -> float:
    """Heat of a counter-flow plate exchanger (NTU method); UA follows both flows to the power 0.7."""
    ua = (
        p.exchanger_ua_kw_per_k
        * 1000.0
        / (
            0.5 * math.pow(p.design_primary_flow_m3h / primary_m3h, 0.7)
            + 0.5 * math.pow(p.design_secondary_flow_m3h / secondary_m3h, 0.7)
        )
    )
    c1 = primary_m3h * CAPACITY_PRIMARY
    c2 = secondary_m3h * CAPACITY_SECONDARY
    smaller, larger = (c1, c2) if c1 < c2 else (c2, c1)
    ntu = ua / smaller
    ratio = smaller / larger
    if ratio > 1.0 - 1e-9:
        effectiveness = ntu / (1.0 + ntu)
    else:
        decay = math.exp(-ntu * (1.0 - ratio))
        effectiveness = (1.0 - decay) / (1.0 - ratio * decay)
    return effectiveness * smaller * (t1s_c - t2r_c)


def exchange_heat(
    state: PlantState, outside: Boundary, p: StationParameters, dt: float, follow: float
) -> None:
    """Steps 3 and 4: flow through the valve, heat, and both outlets with their lag (share `follow`)."""
    primary = state.primary_flow_m3h = primary_flow_m3h(state.valve, outside, p)
    t2r = state.cells_c[8]
    if primary <= 0.0:
        state.heat_w = 0.0
        if state.secondary_flow_m3h >= STANDING_FLOW_M3H:
            state.t2s_c += (t2r - state.t2s_c) * follow
        return
    secondary = max(state.secondary_flow_m3h, 0.01)
    heat = exchanger_heat_w(primary, secondary, outside.t_primary_c, t2r, p)
    state.heat_w = heat
    state.heat_gj += heat * dt * 1e-9
    state.t2s_c += (t2r + heat / (secondary * CAPACITY_SECONDARY) - state.t2s_c) * follow
    state.t1r_c += (outside.t_primary_c - heat / (primary * CAPACITY_PRIMARY) - state.t1r_c) * follow
