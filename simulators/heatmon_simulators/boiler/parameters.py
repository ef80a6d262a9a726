"""What a boiler room is built of: sizes and design figures, with the unit in each name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BoilerParameters:
    """One hot-water boiler with a two-stage or modulating forced-draught gas burner.

    The defaults are a 7 MW shell boiler, 95/70 °C at design, efficiency 92 % at full load.
    """

    rated_kw: float = 7000.0
    design_flow_m3h: float = 247.0
    water_m3: float = 12.0
    metal_kj_per_k: float = 9000.0
    #: Losses of the standing, hot boiler to the boiler house (30 °C), kW/K.
    standing_loss_kw_per_k: float = 0.35
    #: Flue gas: temperature above the water at full and at the lowest load, K.
    flue_above_water_full_k: float = 90.0
    flue_above_water_low_k: float = 35.0
    flue_lag_s: float = 30.0
    #: Share of the fired heat that goes into the water at full load; part load gains a little.
    efficiency_full: float = 0.92
    efficiency_gain_low: float = 0.02
    lowest_modulation: float = 0.25
    modulation_travel_s: float = 60.0
    purge_s: float = 45.0
    ignition_s: float = 5.0
    #: Dry flue gas: oxygen at full and at the lowest load, %, and carbon monoxide of a sound flame, ppm.
    oxygen_full_pct: float = 3.5
    oxygen_low_pct: float = 5.0
    carbon_monoxide_ppm: float = 15.0
    furnace_full_kpa: float = 0.8
    #: The boiler's own interlocks: they are the boiler maker's and act whether anybody watches or not.
    trip_outlet_c: float = 105.0
    trip_pressure_low_mpa: float = 0.20
    trip_flow_share: float = 0.30
    trip_gas_low_kpa: float = 5.0
    trip_gas_high_kpa: float = 25.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomParameters:
    """The room around the boilers: header, network, gas train, ventilation."""

    boilers: int = 2
    boiler: BoilerParameters = BoilerParameters()
    #: Network: water and heat it takes per kelvin between its mean temperature and outdoors.
    network_m3: float = 400.0
    network_kw_per_k: float = 130.0
    exponent: float = 1.3
    room_c: float = 18.0
    design_outdoor_c: float = -7.0
    design_supply_c: float = 95.0
    design_return_c: float = 70.0
    pump_kw: float = 75.0
    flow_lag_s: float = 8.0
    static_mpa: float = 0.35
    pump_head_mpa: float = 0.30
    gas_supply_kpa: float = 15.0
    #: Fall of the gas pressure at the full flow of all boilers.
    gas_drop_kpa: float = 2.0
    #: Lower heating value of natural gas, kWh per m³ at 0 °C and 101.325 kPa.
    heating_value_kwh_nm3: float = 9.97
    house_m3: float = 1500.0
    ventilation_per_h: float = 12.0
    ventilation_off_per_h: float = 1.0
    #: Gas cut off by the room's own detection, % of the lower explosive limit (5 % methane by volume).
    cut_off_lel_pct: float = 50.0
    lel_volume_share: float = 0.05

    @property
    def design_kw(self) -> float:
        """Heat the network takes at its design temperatures."""
        mean_over_room = 0.5 * (self.design_supply_c + self.design_return_c) - self.room_c
        return float(self.network_kw_per_k * mean_over_room)

    @property
    def network_flow_m3h(self) -> float:
        """Circulation that carries the design heat at the design difference."""
        return self.design_kw / (1.16 * 0.97 * (self.design_supply_c - self.design_return_c))
