"""Water balance of the secondary system: vessel, makeup, leaks, relief, softened-water tank."""

from __future__ import annotations

from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.parameters import StationParameters
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.plant.water import ATMOSPHERE_MPA, orifice_flow_m3s

#: Once the vessel is empty the system is stiff: longer steps would let the pressure chatter.
STIFF_STEP_S = 0.1
#: With more water missing than this the pressure is zero whatever the step; m³.
FAR_FROM_FULL_M3 = 1.0
#: A full vessel: the membrane leaves no more room.
FULL_SHARE = 0.98


def pressure_mpa(vessel_water_m3: float, p: StationParameters) -> float:
    """Gauge pressure at the pump suction from the water in the vessel (negative: missing)."""
    if vessel_water_m3 >= 0.0:
        gas = p.vessel_volume_m3 - min(vessel_water_m3, FULL_SHARE * p.vessel_volume_m3)
        return (p.vessel_precharge_mpa + ATMOSPHERE_MPA) * p.vessel_volume_m3 / gas - ATMOSPHERE_MPA
    return p.vessel_precharge_mpa * max(0.0, 1.0 + vessel_water_m3 / p.empty_vessel_volume_m3)


def balance_water(state: PlantState, outside: Boundary, p: StationParameters, dt: float) -> None:
    """Step 7, in sub-steps of 0.1 s while the vessel is empty and the system nearly full."""
    makeup_before = state.makeup_m3
    left = dt
    while left > 1e-9:
        stiff = -FAR_FROM_FULL_M3 < state.vessel_water_m3 < 0.0
        h = min(STIFF_STEP_S, left) if stiff else left
        _step(state, outside, p, h, state.expansion_m3 * h / dt)
        left -= h
    makeup = state.makeup_m3 - makeup_before
    state.makeup_m3h = makeup * 3600.0 / dt
    _fill_tank(state, outside, p, dt, makeup)


def _step(state: PlantState, outside: Boundary, p: StationParameters, dt: float, expansion_m3: float) -> None:
    pressure = state.p_return_mpa
    _switch(state, outside, p, pressure)
    makeup = p.makeup_flow_m3h / 3600.0 if state.makeup_on else 0.0
    relief = p.relief_flow_m3h / 3600.0 if state.relief_open else 0.0
    leak = orifice_flow_m3s(outside.leak_area_m2, pressure)
    from_primary = orifice_flow_m3s(outside.exchanger_leak_area_m2, p.primary_in_exchanger_mpa - pressure)
    water = state.vessel_water_m3 + expansion_m3 + dt * (makeup + from_primary - leak - relief)
    state.vessel_water_m3 = min(water, FULL_SHARE * p.vessel_volume_m3)
    state.p_return_mpa = pressure_mpa(state.vessel_water_m3, p)
    state.leak_m3h = leak * 3600.0
    state.makeup_m3 += makeup * dt
    state.leak_m3 += leak * dt
    state.relief_m3 += relief * dt
    state.exchanger_leak_m3 += from_primary * dt


def _switch(state: PlantState, outside: Boundary, p: StationParameters, pressure: float) -> None:
    """Two-point control of the makeup pump and of the relief valve."""
    if outside.makeup_stuck_on or pressure < p.makeup_on_below_mpa:
        state.makeup_on = True
    elif pressure > p.makeup_off_above_mpa:
        state.makeup_on = False
    if not (outside.makeup_enabled and outside.power_on and state.tank_level_m > p.tank_dry_below_m):
        state.makeup_on = False
    if pressure > p.relief_opens_mpa:
        state.relief_open = True
    elif pressure < p.relief_shuts_mpa:
        state.relief_open = False
    if outside.relief_blocked:
        state.relief_open = False


def _fill_tank(
    state: PlantState, outside: Boundary, p: StationParameters, dt: float, drawn_m3: float
) -> None:
    """Softened-water tank: a float valve on the raw water, minus what the makeup pump draws."""
    if state.tank_level_m < p.tank_fill_below_m:
        state.raw_filling = True
    elif state.tank_level_m > p.tank_full_above_m:
        state.raw_filling = False
    filled = p.tank_fill_m3h / 3600.0 * dt if state.raw_filling and outside.raw_water_on else 0.0
    state.raw_water_m3 += filled
    state.tank_level_m = max(0.0, state.tank_level_m + (filled - drawn_m3) / p.tank_area_m2)
