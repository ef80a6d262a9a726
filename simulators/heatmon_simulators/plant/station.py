"""The station as a whole: one explicit Euler step after the other."""

from __future__ import annotations

import math

from heatmon_simulators.plant.balance import balance_water
from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.parameters import RADIATOR_STATION, StationParameters
from heatmon_simulators.plant.primary import exchange_heat, move_valve
from heatmon_simulators.plant.secondary import Loop, circulate, warm_buildings
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.plant.water import MPA_PER_METRE

#: Longest step: the smallest cell turns over in 114 s at design flow.
LONGEST_STEP_S = 10.0


class Station:
    """State, outside conditions and parameters together; `step` moves them on by `dt` seconds.

    Steps of up to 10 s are stable, because pump and exchanger outlets follow exponentially;
    pump trips and bursts need 1 s.
    """

    __slots__ = ("_dt", "_exchanger_follow", "_flow_follow", "_loop", "outside", "parameters", "state")

    def __init__(
        self,
        parameters: StationParameters = RADIATOR_STATION,
        state: PlantState | None = None,
        outside: Boundary | None = None,
    ) -> None:
        self.parameters = parameters
        self.outside = outside or Boundary()
        self.state = state or PlantState(self.outside.setpoint_c, parameters)
        self._loop = Loop(parameters)
        self._set_step(1.0)

    def step(self, dt: float = 1.0, speed_up: float = 1.0) -> None:
        """Move on by `dt` seconds (0 < dt ≤ 10); ValueError beyond.

        `speed_up` shrinks the buildings' capacities and is meant for finding a balance only.
        """
        if dt != self._dt:
            self._set_step(dt)
        state, outside, parameters = self.state, self.outside, self.parameters
        move_valve(state, outside, parameters, dt)
        circulate(state, outside, parameters, dt, self._flow_follow)
        exchange_heat(state, outside, parameters, dt, self._exchanger_follow)
        emitted_w = self._loop.flow(state, dt)
        warm_buildings(state, outside, parameters, emitted_w, dt, speed_up)
        balance_water(state, outside, parameters, dt)
        self._meter_electricity(dt)
        state.time_s += dt

    @property
    def p_supply_mpa(self) -> float:
        """Pressure at the supply gauge: suction pressure plus the head less the exchanger's share."""
        p = self.parameters
        head = (1.0 - p.exchanger_head_share) * p.system_curve_m_per_m3h2 * self.state.secondary_flow_m3h**2
        return self.state.p_return_mpa + MPA_PER_METRE * head

    @property
    def p_primary_return_mpa(self) -> float:
        """Pressure in the primary return: supply less the available difference."""
        return self.parameters.primary_supply_mpa - 0.1 * self.outside.dp_primary_bar

    @property
    def strainer_dp_mpa(self) -> float:
        """Pressure loss of the secondary strainer, which grows as it clogs."""
        p = self.parameters
        share = (self.state.secondary_flow_m3h / p.design_secondary_flow_m3h) ** 2
        clogged = MPA_PER_METRE * p.design_head_m * self.outside.strainer_growth
        return (p.clean_strainer_dp_mpa + clogged) * share

    def _meter_electricity(self, dt: float) -> None:
        if not self.outside.power_on:
            return
        p = self.parameters
        power_kw = p.base_power_kw + p.circulation_power_kw * self.outside.circulation_speed**3
        if self.state.makeup_on:
            power_kw += p.makeup_power_kw
        self.state.electricity_kwh += power_kw * dt / 3600.0

    def _set_step(self, dt: float) -> None:
        if not 0.0 < dt <= LONGEST_STEP_S:
            raise ValueError(f"a step of {dt} s: allowed is more than 0 and up to {LONGEST_STEP_S} s")
        self._dt = dt
        self._flow_follow = 1.0 - math.exp(-dt / self.parameters.flow_lag_s)
        self._exchanger_follow = 1.0 - math.exp(-dt / self.parameters.exchanger_lag_s)
