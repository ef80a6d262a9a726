"""The state of the plant at one instant: plain numbers, cheap to step."""

from __future__ import annotations

from heatmon_simulators.plant.parameters import StationParameters
from heatmon_simulators.plant.water import ATMOSPHERE_MPA, density_kg_per_m3


class PlantState:
    """Everything that the next step depends on, and the flows of the last step."""

    __slots__ = (
        "cell_density",
        "cells_c",
        "controller_integral",
        "electricity_kwh",
        "exchanger_leak_m3",
        "expansion_m3",
        "heat_gj",
        "heat_w",
        "leak_m3",
        "leak_m3h",
        "makeup_m3",
        "makeup_m3h",
        "makeup_on",
        "p_return_mpa",
        "primary_flow_m3h",
        "raw_filling",
        "raw_water_m3",
        "relief_m3",
        "relief_open",
        "run_hours",
        "secondary_flow_m3h",
        "t1r_c",
        "t2s_c",
        "t_mass_c",
        "t_room_c",
        "tank_level_m",
        "time_s",
        "valve",
        "valve_command",
        "vessel_water_m3",
    )

    def __init__(self, t_supply_c: float, parameters: StationParameters) -> None:
        """A plausible start around the supply temperature `t_supply_c`; see `settling` for a true balance."""
        self.time_s = 0.0
        self.t2s_c = t_supply_c
        self.t1r_c = t_supply_c - 10.0
        self.cells_c = [t_supply_c] * 3 + [t_supply_c - 7.5] * 3 + [t_supply_c - 15.0] * 3
        self.cell_density = [density_kg_per_m3(t) for t in self.cells_c]
        self.t_room_c = 18.0
        self.t_mass_c = 16.0
        self.secondary_flow_m3h = parameters.design_secondary_flow_m3h
        self.primary_flow_m3h = 0.0
        self.heat_w = 0.0
        self.valve = 0.8
        self.valve_command = 0.8
        self.controller_integral = 0.8
        self.p_return_mpa = 0.29
        self.vessel_water_m3 = vessel_water_at_m3(0.29, parameters)
        self.makeup_on = False
        self.makeup_m3h = 0.0
        self.leak_m3h = 0.0
        self.relief_open = False
        self.tank_level_m = 2.0
        self.raw_filling = False
        # Totals since the start of the model; meters round and roll over elsewhere.
        self.makeup_m3 = 0.0
        self.leak_m3 = 0.0
        self.relief_m3 = 0.0
        self.exchanger_leak_m3 = 0.0
        self.expansion_m3 = 0.0
        self.raw_water_m3 = 0.0
        self.heat_gj = 0.0
        self.electricity_kwh = 0.0
        self.run_hours = 0.0

    @property
    def t2r_c(self) -> float:
        """Secondary return temperature: the last cell of the return pipe."""
        return self.cells_c[8]

    def set_pressure(self, p_mpa: float, parameters: StationParameters) -> None:
        """Put the vessel at `p_mpa` (gauge, ≥ precharge), as after a perfect makeup."""
        self.p_return_mpa = p_mpa
        self.vessel_water_m3 = vessel_water_at_m3(p_mpa, parameters)

    def empty(self, missing_m3: float, parameters: StationParameters) -> None:
        """Take water out: the vessel is empty and `missing_m3` of the system's water is not there."""
        self.vessel_water_m3 = -missing_m3
        self.p_return_mpa = parameters.vessel_precharge_mpa * max(
            0.0, 1.0 - missing_m3 / parameters.empty_vessel_volume_m3
        )

    def set_temperatures(self, t_c: float) -> None:
        """Everything at one temperature: a station that has stood still for days."""
        self.t2s_c = self.t1r_c = self.t_room_c = self.t_mass_c = t_c
        self.cells_c = [t_c] * 9
        self.cell_density = [density_kg_per_m3(t_c)] * 9


def vessel_water_at_m3(p_mpa: float, parameters: StationParameters) -> float:
    """Water in the membrane vessel at gauge pressure `p_mpa` ≥ precharge (Boyle's law)."""
    precharge = parameters.vessel_precharge_mpa + ATMOSPHERE_MPA
    return parameters.vessel_volume_m3 * (1.0 - precharge / (p_mpa + ATMOSPHERE_MPA))
