"""The boiler room as a story turns its knobs and reads its values."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

from heatmon_simulators.boiler.room import BoilerRoom

_EACH: Final[Mapping[str, str]] = {
    "tout": "°C", "tin": "°C", "flow": "m3/h", "flue": "°C", "o2": "%", "co": "ppm", "furn": "kPa",
    "mod": "%",
    "flame": "1", "lockout": "1",
}  # fmt: skip
UNITS: Final[Mapping[str, str]] = {
    "tout": "°C", "sp_plc": "°C", "ts": "°C", "tr": "°C", "ps": "MPa", "pr": "MPa", "flow": "m3/h", "q": "kW",
    "gas_p": "kPa", "gas_v": "m3", "lel": "%", "e1": "GJ", "kwh": "kWh",
    "pump_run": "1", "fan_run": "1", "gas_cut": "1", "pwr_ok": "1",
    **{f"b{number}_{name}": unit for number in (1, 2) for name, unit in _EACH.items()},
}  # fmt: skip


class GasBoilerRoom:
    """Two gas-fired hot-water boilers in balance at `t_outdoor_c`; a `Process`."""

    units = UNITS

    def __init__(self, t_outdoor_c: float) -> None:
        self.room = copy.deepcopy(_balance(t_outdoor_c))
        self._outdoor_c = t_outdoor_c

    def turn(self, knob: str, value: float | bool) -> None:
        """As `Process.turn`; the knobs are the keys of `BoilerEvent`."""
        if knob in _PLAIN:
            setattr(self.room, _PLAIN[knob], value)
        else:
            _KNOBS[knob](self.room, value)

    def position(self, knob: str) -> float:
        """As `Process.position`."""
        if knob in ("co_1_ppm", "co_2_ppm"):
            return self.room.boilers[int(knob[3]) - 1].burner.co_rise_ppm
        return float(getattr(self.room, _PLAIN[knob]))

    def step(self, dt: float, outdoor_c: float, sun: float, shown: Mapping[str, float]) -> None:
        """As `Process.step`; the sun does nothing here, the controller reads the outdoor sensor."""
        del sun
        measured = shown.get("tout", outdoor_c)
        if math.isfinite(measured):
            self.room.t_outdoor_c = measured
        self.room.step(dt)
        self._outdoor_c = outdoor_c

    def values(self) -> Mapping[str, float]:
        """As `Process.values`."""
        room = self.room
        shown = {
            "tout": self._outdoor_c,
            "sp_plc": room.setpoint_c,
            "ts": room.supply_c,
            "tr": room.return_c,
            "ps": room.pressure_mpa,
            "pr": room.suction_mpa,
            "flow": room.flow_m3h,
            "q": sum(boiler.burner.fired_kw() * boiler.burner.efficiency() for boiler in room.boilers),
            "gas_p": room.gas_kpa,
            "gas_v": room.gas_nm3,
            "lel": min(100.0, room.lel_pct),
            "e1": room.heat_gj,
            "kwh": room.electricity_kwh,
            "pump_run": float(room.pump_on and room.power_on),
            "fan_run": float(room.ventilation_on and room.power_on),
            "gas_cut": float(room.gas_cut_off),
            "pwr_ok": float(room.power_on),
        }
        for number, boiler in enumerate(room.boilers, 1):
            burner = boiler.burner
            each = (
                boiler.outlet_c, room.return_c, boiler.flow_m3h, burner.flue_c, burner.oxygen_pct(),
                burner.co_ppm(), burner.furnace_kpa(), 100.0 * burner.modulation, float(burner.flame),
                float(burner.phase == "lockout"),
            )  # fmt: skip
            shown.update({f"b{number}_{name}": value for name, value in zip(_EACH, each, strict=True)})
        return shown


@lru_cache(maxsize=8)
def _balance(t_outdoor_c: float) -> BoilerRoom:
    """Six hours at constant weather; meters start at zero."""
    room = BoilerRoom(t_outdoor_c)
    for _ in range(6 * 720):
        room.step(5.0)
    room.gas_nm3 = room.heat_gj = room.electricity_kwh = 0.0
    return room


def _out(number: int) -> Callable[[BoilerRoom, float | bool], None]:
    def act(room: BoilerRoom, out: float | bool) -> None:
        boiler = room.boilers[number]
        boiler.in_service = not out
        if out:
            boiler.burner.asked = 0.0

    return act


def _no_flame(number: int) -> Callable[[BoilerRoom, float | bool], None]:
    def act(room: BoilerRoom, blocked: float | bool) -> None:
        room.boilers[number].burner.flame_blocked = bool(blocked)

    return act


def _co(number: int) -> Callable[[BoilerRoom, float | bool], None]:
    def act(room: BoilerRoom, rise_ppm: float | bool) -> None:
        room.boilers[number].burner.co_rise_ppm = float(rise_ppm)

    return act


def _reset(room: BoilerRoom, _: float | bool) -> None:
    for boiler in room.boilers:
        boiler.reset()
    if room.lel_pct < room.parameters.cut_off_lel_pct:
        room.gas_cut_off = False


_PLAIN: Final[Mapping[str, str]] = {
    "gas_pressure_kpa": "gas_supply_kpa",
    "gas_leak_m3h": "gas_leak_m3h",
    "ventilation": "ventilation_on",
    "pump": "pump_on",
    "power": "power_on",
    "pressure_loss_mpa": "pressure_loss_mpa",
    "setpoint_shift_k": "setpoint_shift_k",
}
_KNOBS: Final[Mapping[str, Callable[[BoilerRoom, float | bool], None]]] = {
    "boiler_1_out": _out(0),
    "boiler_2_out": _out(1),
    "no_flame_1": _no_flame(0),
    "no_flame_2": _no_flame(1),
    "co_1_ppm": _co(0),
    "co_2_ppm": _co(1),
    "reset": _reset,
}
