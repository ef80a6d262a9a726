"""A forced-draught gas burner: its sequence, its modulation, and what comes out of the chimney."""

from __future__ import annotations

import math
from typing import Literal

from heatmon_simulators.boiler.parameters import BoilerParameters

Phase = Literal["off", "purge", "ignition", "run", "lockout"]


class Burner:
    """off → purge → ignition → run; a missing flame or an interlock locks it out until somebody resets it."""

    __slots__ = ("_p", "_since_s", "asked", "co_rise_ppm", "flame_blocked", "flue_c", "modulation", "phase")

    def __init__(self, parameters: BoilerParameters, t_water_c: float) -> None:
        self._p = parameters
        self.phase: Phase = "off"
        #: What the controller asks for: share of the rated heat, 0 = off.
        self.asked = 0.0
        self.modulation = 0.0
        self.flue_c = t_water_c
        #: Faults: no flame forms, and carbon monoxide of a bad mixture, ppm.
        self.flame_blocked = False
        self.co_rise_ppm = 0.0
        self._since_s = 0.0

    @property
    def flame(self) -> bool:
        """Whether there is a flame."""
        return self.phase == "run"

    def fired_kw(self) -> float:
        """Heat in the gas that is burnt now, lower heating value."""
        if not self.flame:
            return 0.0
        return self.modulation * self._p.rated_kw / self.efficiency()

    def efficiency(self) -> float:
        """Share of the fired heat that reaches the water: part load leaves cooler flue gas."""
        return self._p.efficiency_full + self._p.efficiency_gain_low * (1.0 - self.modulation)

    def lock_out(self) -> None:
        """Fuel is cut; nothing starts before a reset."""
        self.phase, self.modulation = "lockout", 0.0

    def reset(self) -> None:
        """Somebody has pressed the button at the burner."""
        if self.phase == "lockout":
            self._enter("off")

    def step(self, t_water_c: float, gas_there: bool, dt: float) -> None:
        """Go on by `dt` seconds."""
        self._since_s += dt
        p = self._p
        match self.phase:
            case "off":
                if self.asked > 0.0 and gas_there:
                    self._enter("purge")
            case "purge":
                if self.asked <= 0.0:
                    self._enter("off")
                elif self._since_s >= p.purge_s:
                    self._enter("ignition")
            case "ignition":
                if self._since_s >= p.ignition_s:
                    self._light(gas_there)
            case "run":
                self._run(gas_there, dt)
            case "lockout":
                pass
        self._flue(t_water_c, dt)

    def oxygen_pct(self) -> float:
        """Oxygen in the dry flue gas; 20.9 % without flame."""
        if not self.flame:
            return 20.9
        load = (self.modulation - self._p.lowest_modulation) / (1.0 - self._p.lowest_modulation)
        return self._p.oxygen_low_pct + (self._p.oxygen_full_pct - self._p.oxygen_low_pct) * load

    def co_ppm(self) -> float:
        """Carbon monoxide in the dry flue gas."""
        return self._p.carbon_monoxide_ppm + self.co_rise_ppm if self.flame else 0.0

    def furnace_kpa(self) -> float:
        """Pressure in the furnace: square of the air flow; purging is at full air."""
        air = 1.0 if self.phase == "purge" else self.modulation
        return self._p.furnace_full_kpa * air**2

    def _light(self, gas_there: bool) -> None:
        if self.flame_blocked or not gas_there:
            self.lock_out()
        else:
            self._enter("run")
            self.modulation = self._p.lowest_modulation

    def _run(self, gas_there: bool, dt: float) -> None:
        if self.flame_blocked or not gas_there:
            self.lock_out()
        elif self.asked <= 0.0:
            self._enter("off")
            self.modulation = 0.0
        else:
            target = min(1.0, max(self._p.lowest_modulation, self.asked))
            reach = dt / self._p.modulation_travel_s
            self.modulation += min(reach, max(-reach, target - self.modulation))

    def _flue(self, t_water_c: float, dt: float) -> None:
        p, above = self._p, 0.0
        if self.flame:
            load = (self.modulation - p.lowest_modulation) / (1.0 - p.lowest_modulation)
            above = p.flue_above_water_low_k + (p.flue_above_water_full_k - p.flue_above_water_low_k) * load
        self.flue_c += (t_water_c + above - self.flue_c) * (1.0 - math.exp(-dt / p.flue_lag_s))

    def _enter(self, phase: Phase) -> None:
        self.phase, self._since_s = phase, 0.0
