"""What a station is built of: sizes and design figures, with the unit in each name."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class StationParameters:
    """One heating loop behind a plate heat exchanger.

    The defaults are the reference station: 100 000 m² heated, 45 W/m² at −7 °C, secondary 60/45 °C,
    primary 110/50 °C, 100 m³ of water, constant pressure 0.28…0.30 MPa at the pump suction.
    """

    # Design flows, to which the heat transfer and the hydraulics are scaled.
    design_primary_flow_m3h: float = 66.8
    design_secondary_flow_m3h: float = 262.0

    # Controller in the PLC and its valve.
    controller_gain_per_k: float = 0.01
    controller_reset_s: float = 180.0
    valve_travel_s: float = 120.0
    valve_kvs_m3h: float = 100.0
    valve_rangeability: float = 50.0
    #: Below this opening the valve counts as shut; without it 2 m³/h would pass through the shut valve.
    valve_shut_below: float = 0.02

    # Circulation pump and system curve: H = H0·n² − k·G², H = S·G².
    pump_shutoff_head_m: float = 32.0
    design_head_m: float = 25.0
    flow_lag_s: float = 5.0
    #: Share of the head that is lost in the exchanger, and so not seen at the supply gauge.
    exchanger_head_share: float = 0.2
    clean_strainer_dp_mpa: float = 0.02
    circulation_power_kw: float = 25.0
    makeup_power_kw: float = 1.5
    base_power_kw: float = 1.0

    # Plate heat exchanger.
    exchanger_ua_kw_per_k: float = 230.0
    exchanger_lag_s: float = 25.0

    # Loop: three cells each of supply pipe, emitters and return pipe.
    supply_pipe_volume_m3: float = 25.0
    emitter_volume_m3: float = 50.0
    return_pipe_volume_m3: float = 25.0
    pipe_loss_kw_per_k: float = 3.0
    pipe_surroundings_c: float = 5.0
    emitter_w_per_k_n: float = 48.9e3
    emitter_exponent: float = 1.3
    emitter_metal_j_per_k: float = 2.0e8

    # Buildings: an air node and a mass node.
    room_capacity_j_per_k: float = 1.0e10
    mass_capacity_j_per_k: float = 4.0e10
    window_loss_kw_per_k: float = 70.0
    room_to_mass_mw_per_k: float = 2.0
    mass_loss_kw_per_k: float = 127.66
    internal_gains_kw: float = 380.0
    solar_gains_kw: float = 1200.0

    # Water balance.
    expansion_factor: float = 0.92
    vessel_volume_m3: float = 3.0
    vessel_precharge_mpa: float = 0.25
    #: Stiffness of the system once the vessel is empty: pressure falls to zero over this volume.
    empty_vessel_volume_m3: float = 0.05
    makeup_flow_m3h: float = 5.0
    makeup_on_below_mpa: float = 0.28
    makeup_off_above_mpa: float = 0.30
    relief_flow_m3h: float = 10.0
    relief_opens_mpa: float = 0.45
    relief_shuts_mpa: float = 0.42
    primary_in_exchanger_mpa: float = 0.85
    primary_supply_mpa: float = 0.90

    # Softened-water tank.
    tank_area_m2: float = 4.0
    tank_fill_m3h: float = 6.0
    tank_fill_below_m: float = 1.5
    tank_full_above_m: float = 2.5
    tank_dry_below_m: float = 0.1

    @property
    def system_curve_m_per_m3h2(self) -> float:
        """S of H = S·G², from the design point."""
        return self.design_head_m / self.design_secondary_flow_m3h**2

    @property
    def pump_curve_m_per_m3h2(self) -> float:
        """k of H = H0·n² − k·G², from the design point at full speed."""
        return (self.pump_shutoff_head_m - self.design_head_m) / self.design_secondary_flow_m3h**2

    @property
    def cell_volumes_m3(self) -> tuple[float, ...]:
        """Water in the nine cells, in the direction of flow."""
        supply, emitter, back = (
            self.supply_pipe_volume_m3 / 3.0,
            self.emitter_volume_m3 / 3.0,
            self.return_pipe_volume_m3 / 3.0,
        )
        return (supply,) * 3 + (emitter,) * 3 + (back,) * 3


RADIATOR_STATION = StationParameters()

#: Floor heating 45/35 °C: 10 K need 1.5 times the flow; emitter with exponent 1.1 in a heavy screed.
FLOOR_STATION = replace(
    RADIATOR_STATION,
    design_secondary_flow_m3h=393.0,
    emitter_exponent=1.1,
    emitter_w_per_k_n=163.0e3,
    emitter_metal_j_per_k=2.0e9,
    circulation_power_kw=38.0,
)
