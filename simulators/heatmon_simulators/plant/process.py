"""The heat-exchange station as a story turns its knobs and reads its values."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, Protocol

from heatmon_simulators.plant.curve import FLOOR_CURVE, RADIATOR_CURVE
from heatmon_simulators.plant.parameters import FLOOR_STATION, RADIATOR_STATION
from heatmon_simulators.plant.plc import Plc
from heatmon_simulators.plant.settling import settled
from heatmon_simulators.plant.station import Station
from heatmon_simulators.plant.water import hole_area_m2, hole_diameter_mm


class Process(Protocol):
    """A plant's physics inside a world: stepped, turned by events, read by name."""

    @property
    def units(self) -> Mapping[str, str]:
        """Every value there is, with its unit."""

    def turn(self, knob: str, value: float | bool) -> None:
        """Change something from outside; KeyError for a knob it does not have."""

    def position(self, knob: str) -> float:
        """Where a knob that takes a number stands now; KeyError for a knob it does not have."""

    def step(self, dt: float, outdoor_c: float, sun: float, shown: Mapping[str, float]) -> None:
        """Go on by `dt` seconds; `shown`: what the instruments show to the plant's own controllers."""

    def values(self) -> Mapping[str, float]:
        """The true values."""


UNITS: Final[Mapping[str, str]] = {
    "t1s": "°C", "t1r": "°C", "p1s": "MPa", "p1r": "MPa", "f1": "m3/h", "q1": "kW",
    "t2s": "°C", "t2r": "°C", "p2s": "MPa", "p2r": "MPa", "f2": "m3/h", "fmk": "m3/h",
    "ltk": "m", "tout": "°C", "cv_fb": "%", "cv_cmd": "%", "sp_plc": "°C", "dpf2": "MPa", "tr_mean": "°C",
    "vmk": "m3", "e1": "GJ", "kwh": "kWh",
    "cp1_run": "1", "cp1_flt": "1", "cp2_run": "1", "cp2_flt": "1", "mp1_run": "1", "mp1_flt": "1",
    "pwr_ok": "1", "flood": "1", "rv_open": "1",
}  # fmt: skip
DESIGNS: Final = {
    "radiators": (RADIATOR_STATION, RADIATOR_CURVE, 70.0),
    "floor": (FLOOR_STATION, FLOOR_CURVE, 50.0),
}
"""Sizes, curve, and the highest setpoint the PLC allows, °C."""


def values_of(station: Station) -> dict[str, float]:
    """The true values of a station with one pump and untouched meters."""
    state, outside = station.state, station.outside
    return {
        "t1s": outside.t_primary_c,
        "t1r": state.t1r_c,
        "p1s": station.parameters.primary_supply_mpa,
        "p1r": station.p_primary_return_mpa,
        "f1": state.primary_flow_m3h,
        "q1": state.heat_w / 1000.0,
        "t2s": state.t2s_c,
        "t2r": state.t2r_c,
        "p2s": station.p_supply_mpa,
        "p2r": state.p_return_mpa,
        "f2": state.secondary_flow_m3h,
        "fmk": state.makeup_m3h,
        "ltk": state.tank_level_m,
        "tout": outside.t_outdoor_c,
        "cv_fb": 100.0 * state.valve,
        "cv_cmd": 100.0 * state.valve_command,
        "sp_plc": outside.setpoint_c,
        "dpf2": station.strainer_dp_mpa,
        "tr_mean": state.t_room_c,
        "vmk": state.makeup_m3,
        "e1": state.heat_gj,
        "kwh": state.electricity_kwh,
        "cp1_run": float(outside.power_on and outside.circulation_speed > 0.0),
        "cp1_flt": 0.0,
        "cp2_run": 0.0,
        "cp2_flt": 0.0,
        "mp1_run": float(state.makeup_on),
        "mp1_flt": 0.0,
        "pwr_ok": float(outside.power_on),
        "flood": 0.0,
        "rv_open": float(state.relief_open),
    }


@lru_cache(maxsize=8)
def _balance(t_outdoor_c: float, design: str) -> Station:
    """Finding the balance takes a third of a second; a process that tells many stories finds it once."""
    parameters, curve, _ = DESIGNS[design]
    return settled(t_outdoor_c, curve.supply_c(t_outdoor_c), parameters)


class HeatExchangeStation:
    """A station in balance at `t_outdoor_c`, its PLC, and the knobs of a story."""

    units = UNITS

    def __init__(self, t_outdoor_c: float, design: str = "radiators") -> None:
        _, curve, highest_c = DESIGNS[design]
        self.station: Station = copy.deepcopy(_balance(t_outdoor_c, design))
        self.plc = Plc(curve, highest_c, t_outdoor_c)
        self._meters = {"vmk": 0.0, "e1": 0.0, "kwh": 0.0}
        self._flood = False

    def turn(self, knob: str, value: float | bool) -> None:
        """As `Process.turn`; the knobs are the keys of `StationEvent`."""
        if (turned := _PLAIN.get(knob)) is not None:
            attribute, factor = turned
            setattr(self.station.outside, attribute, value if isinstance(value, bool) else value * factor)
            return
        _KNOBS[knob](self, value)

    def position(self, knob: str) -> float:
        """As `Process.position`."""
        if knob in _POSITIONS:
            return _POSITIONS[knob](self)
        attribute, factor = _PLAIN[knob]
        return float(getattr(self.station.outside, attribute)) / factor

    def step(self, dt: float, outdoor_c: float, sun: float, shown: Mapping[str, float]) -> None:
        """As `Process.step`."""
        outside = self.station.outside
        outside.t_outdoor_c, outside.solar_share = outdoor_c, sun
        self.plc.step(outside, shown.get("tout", outdoor_c), dt)
        self.station.step(dt)

    def preset(self, meter: str, reading: float) -> None:
        """Let a meter read `reading` now: another meter was built in, or one is about to roll over."""
        self._meters[meter] = reading - values_of(self.station)[meter]

    def values(self) -> Mapping[str, float]:
        """As `Process.values`."""
        shown, plc, outside = values_of(self.station), self.plc, self.station.outside
        for meter, offset in self._meters.items():
            shown[meter] += offset
        shown["cp1_run"], shown["cp2_run"] = float(plc.running(1, outside)), float(plc.running(2, outside))
        shown["cp1_flt"], shown["cp2_flt"] = float(plc.faults[0]), float(plc.faults[1])
        shown["flood"] = float(self._flood)
        return shown

    # -- knobs that are more than one number -----------------------------------------------------

    def _makeup_stuck(self, on: float | bool) -> None:
        self.station.outside.makeup_stuck_on = self.station.outside.relief_blocked = bool(on)

    def _leak(self, diameter_mm: float | bool) -> None:
        self.station.outside.leak_area_m2 = hole_area_m2(diameter_mm)

    def _exchanger_leak(self, diameter_mm: float | bool) -> None:
        self.station.outside.exchanger_leak_area_m2 = hole_area_m2(diameter_mm)

    def _valve_free(self, free: float | bool) -> None:
        if free:
            self.station.outside.valve_stuck_at = None

    def _circulation(self, percent: float | bool) -> None:
        self.plc.commanded_speed = percent / 100.0

    def _pump_1_fault(self, fault: float | bool) -> None:
        self.plc.faults[0] = bool(fault)

    def _pump_2_fault(self, fault: float | bool) -> None:
        self.plc.faults[1] = bool(fault)

    def _standby(self, ready: float | bool) -> None:
        self.plc.standby = bool(ready)

    def _setpoint(self, setpoint_c: float | bool) -> None:
        self.plc.manual_setpoint_c = float(setpoint_c)

    def _setpoint_by_curve(self, by_curve: float | bool) -> None:
        if by_curve:
            self.plc.manual_setpoint_c = None

    def _setpoint_shift(self, shift_k: float | bool) -> None:
        self.plc.shift_k = float(shift_k)

    def _makeup_meter(self, reading_m3: float | bool) -> None:
        self.preset("vmk", float(reading_m3))

    def _standing_cold(self, t_c: float | bool) -> None:
        self.station.state.set_temperatures(float(t_c))
        self.station.state.secondary_flow_m3h = 0.0

    def _water_missing(self, volume_m3: float | bool) -> None:
        self.station.state.empty(float(volume_m3), self.station.parameters)

    def _flood_floor(self, wet: float | bool) -> None:
        self._flood = bool(wet)


# knob -> attribute of the boundary, factor to its unit
_PLAIN: Final[Mapping[str, tuple[str, float]]] = {
    "makeup_enabled": ("makeup_enabled", 1.0),
    "relief_blocked": ("relief_blocked", 1.0),
    "raw_water": ("raw_water_on", 1.0),
    "valve_stuck_pct": ("valve_stuck_at", 0.01),
    "primary_supply_c": ("t_primary_c", 1.0),
    "primary_dp_mpa": ("dp_primary_bar", 10.0),
    "primary_shut": ("primary_shut", 1.0),
    "power": ("power_on", 1.0),
    "strainer_clogged_pct": ("strainer_growth", 0.01),
}
_POSITIONS: Final[Mapping[str, Callable[[HeatExchangeStation], float]]] = {
    "valve_stuck_pct": lambda plant: 100.0 * plant.station.state.valve,
    "circulation_pct": lambda plant: 100.0 * plant.plc.commanded_speed,
    "setpoint_c": lambda plant: plant.station.outside.setpoint_c,
    "setpoint_shift_k": lambda plant: plant.plc.shift_k,
    "leak_mm": lambda plant: hole_diameter_mm(plant.station.outside.leak_area_m2),
    "exchanger_leak_mm": lambda plant: hole_diameter_mm(plant.station.outside.exchanger_leak_area_m2),
    "makeup_meter_m3": lambda plant: plant.values()["vmk"],
    "standing_cold_c": lambda plant: plant.station.state.t2s_c,
    "water_missing_m3": lambda plant: max(0.0, -plant.station.state.vessel_water_m3),
}
_KNOBS: Final[Mapping[str, Callable[[HeatExchangeStation, float | bool], None]]] = {
    "leak_mm": HeatExchangeStation._leak,
    "exchanger_leak_mm": HeatExchangeStation._exchanger_leak,
    "makeup_stuck": HeatExchangeStation._makeup_stuck,
    "valve_free": HeatExchangeStation._valve_free,
    "circulation_pct": HeatExchangeStation._circulation,
    "pump_1_fault": HeatExchangeStation._pump_1_fault,
    "pump_2_fault": HeatExchangeStation._pump_2_fault,
    "standby": HeatExchangeStation._standby,
    "setpoint_c": HeatExchangeStation._setpoint,
    "setpoint_by_curve": HeatExchangeStation._setpoint_by_curve,
    "setpoint_shift_k": HeatExchangeStation._setpoint_shift,
    "makeup_meter_m3": HeatExchangeStation._makeup_meter,
    "standing_cold_c": HeatExchangeStation._standing_cold,
    "water_missing_m3": HeatExchangeStation._water_missing,
    "flood": HeatExchangeStation._flood_floor,
}
