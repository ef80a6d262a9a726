"""The boiler room as a whole: boilers in parallel on a header, the network behind, gas, ventilation.

The interlocks are the boiler's own (fuel is cut on over-temperature, low pressure, low flow, gas pressure);
heatmon watches them and never performs them.
"""

from __future__ import annotations

import math
from typing import Final

from heatmon_simulators.boiler.burner import Burner
from heatmon_simulators.boiler.parameters import BoilerParameters, RoomParameters

KWH_PER_M3_K: Final = 1.163 * 0.972
"""Heat in a cubic metre of water of about 80 °C for each kelvin."""
HOUSE_C: Final = 30.0
START_BELOW_K: Final = 3.0
STOP_ABOVE_K: Final = 5.0
SECOND_AT: Final = 0.9
SECOND_OFF_AT: Final = 0.35
GAIN_PER_K: Final = 0.05
RESET_S: Final = 400.0
OVERRUN_S: Final = 1800.0
LIMITER_C: Final = 102.0
LIMITER_BAND_K: Final = 4.0


class Boiler:
    """Water and steel of one boiler as one mass, behind its burner. `trips`: what its interlocks have cut."""

    __slots__ = ("_p", "burner", "flow_m3h", "in_service", "outlet_c", "overrun_s", "trips")

    def __init__(self, parameters: BoilerParameters, t_water_c: float) -> None:
        self._p = parameters
        self.burner = Burner(parameters, t_water_c)
        self.outlet_c = t_water_c
        self.flow_m3h = 0.0
        self.in_service = True
        self.trips: set[str] = set()
        #: Water goes through it for half an hour after its fire is out; then its valve shuts.
        self.overrun_s = 0.0

    def step(self, inlet_c: float, pressure_mpa: float, gas_kpa: float, dt: float) -> None:
        """Heat balance; then the interlocks look."""
        p = self._p
        gained = self.burner.fired_kw() * self.burner.efficiency()
        lost = p.standing_loss_kw_per_k * (self.outlet_c - HOUSE_C)
        capacity_kwh = p.water_m3 * KWH_PER_M3_K + p.metal_kj_per_k / 3600.0
        flow_kw_per_k = self.flow_m3h * KWH_PER_M3_K
        # Exact for constant inputs: any step is stable, also with the pumps at rest.
        rate = flow_kw_per_k / capacity_kwh / 3600.0
        if rate > 0.0:
            target = inlet_c + (gained - lost) / flow_kw_per_k
            self.outlet_c += (target - self.outlet_c) * (1.0 - math.exp(-rate * dt))
        else:
            self.outlet_c += (gained - lost) * dt / 3600.0 / capacity_kwh
        # The interlocks look first: they know why, where the burner only sees that its gas has gone.
        self._interlock(pressure_mpa, gas_kpa)
        self.burner.step(self.outlet_c, p.trip_gas_low_kpa <= gas_kpa <= p.trip_gas_high_kpa, dt)
        active = self.burner.phase in ("purge", "ignition", "run")
        self.overrun_s = OVERRUN_S if active else max(0.0, self.overrun_s - dt)

    def reset(self) -> None:
        """Somebody has looked and resets interlocks and burner."""
        self.trips.clear()
        self.burner.reset()

    def _interlock(self, pressure_mpa: float, gas_kpa: float) -> None:
        p, found = self._p, set[str]()
        if self.outlet_c > p.trip_outlet_c:
            found.add("temperature")
        if self.burner.phase in ("purge", "ignition", "run"):
            if pressure_mpa < p.trip_pressure_low_mpa:
                found.add("pressure")
            if self.flow_m3h < p.trip_flow_share * p.design_flow_m3h:
                found.add("flow")
            if not p.trip_gas_low_kpa <= gas_kpa <= p.trip_gas_high_kpa:
                found.add("gas")
        if found:
            self.trips |= found
            self.burner.lock_out()


class BoilerRoom:
    """Mutable: what a story turns are plain attributes; `step` moves on by `dt` seconds (0 < dt ≤ 10)."""

    def __init__(self, t_outdoor_c: float, parameters: RoomParameters | None = None) -> None:
        self.parameters = p = parameters or RoomParameters()
        self.t_outdoor_c = t_outdoor_c
        supply = self.curve_c(t_outdoor_c)
        self.boilers = [Boiler(p.boiler, supply) for _ in range(p.boilers)]
        self.supply_c = supply
        self.return_c = supply - self._difference_k(t_outdoor_c)
        self.flow_m3h = p.network_flow_m3h
        self.pump_on = self.power_on = self.ventilation_on = True
        self.setpoint_shift_k = 0.0
        self.gas_supply_kpa = p.gas_supply_kpa
        self.pressure_loss_mpa = 0.0
        self.gas_leak_m3h = 0.0
        self.gas_in_house_m3 = 0.0
        self.gas_cut_off = False
        self.gas_nm3 = self.heat_gj = self.electricity_kwh = 0.0
        self._integral = self._load(t_outdoor_c)
        self._second = self._integral > 0.45
        for boiler in self.boilers[: 2 if self._second else 1]:
            boiler.burner.phase, boiler.burner.modulation = "run", max(0.25, self._integral)
            boiler.overrun_s = OVERRUN_S

    def curve_c(self, outdoor_c: float) -> float:
        """Supply temperature by quality regulation (95/70 °C); never below 60 °C, a cold return corrodes."""
        p, load = self.parameters, self._load(outdoor_c)
        mean = 0.5 * (p.design_supply_c + p.design_return_c) - p.room_c
        power = float(load ** (1.0 / p.exponent))
        supply = p.room_c + mean * power + 0.5 * self._difference_k(outdoor_c)
        return min(p.design_supply_c, max(60.0, supply))

    @property
    def setpoint_c(self) -> float:
        """What the room's controller holds."""
        return self.curve_c(self.t_outdoor_c) + self.setpoint_shift_k

    @property
    def pressure_mpa(self) -> float:
        """At the boilers' outlet."""
        share = (self.flow_m3h / self.parameters.network_flow_m3h) ** 2
        return self.suction_mpa + 0.2 * self.parameters.pump_head_mpa * share

    @property
    def suction_mpa(self) -> float:
        """At the constant-pressure point in front of the pumps."""
        return max(0.0, self.parameters.static_mpa - self.pressure_loss_mpa)

    @property
    def gas_kpa(self) -> float:
        """In front of the burners: falls with the square of the flow; nothing behind a shut valve."""
        if self.gas_cut_off:
            return 0.0
        full = len(self.boilers) * self.parameters.boiler.rated_kw / self.parameters.boiler.efficiency_full
        fired = sum(boiler.burner.fired_kw() for boiler in self.boilers)
        return max(0.0, self.gas_supply_kpa - self.parameters.gas_drop_kpa * (fired / full) ** 2)

    @property
    def lel_pct(self) -> float:
        """Gas in the house's air, % of the lower explosive limit, well mixed."""
        return 100.0 * self.gas_in_house_m3 / self.parameters.house_m3 / self.parameters.lel_volume_share

    def step(self, dt: float) -> None:
        """Controller, pumps, boilers, network, gas."""
        if not 0.0 < dt <= 10.0:
            raise ValueError(f"a step of {dt} s: allowed is more than 0 and up to 10 s")
        self._control(dt)
        target = self.parameters.network_flow_m3h if self.pump_on and self.power_on else 0.0
        self.flow_m3h += (target - self.flow_m3h) * (1.0 - math.exp(-dt / self.parameters.flow_lag_s))
        self._fire(dt)
        self._network(dt)
        self._air(dt)

    def _control(self, dt: float) -> None:
        """PI on the supply temperature; the second boiler joins above 90 % and leaves below 35 % of load."""
        error = self.setpoint_c - self.supply_c
        self._integral = min(1.0, max(0.0, self._integral + GAIN_PER_K * error / RESET_S * dt))
        asked = min(1.0, max(0.0, self._integral + GAIN_PER_K * error))
        ready = [boiler for boiler in self.boilers if boiler.in_service and not boiler.trips]
        share = asked * len(self.boilers)
        if share > SECOND_AT * 1.0 and not self._second:
            self._second = True
        elif share < 2.0 * SECOND_OFF_AT and self._second:
            self._second = False
        working = ready[: 2 if self._second else 1]
        for boiler in self.boilers:
            wanted = min(1.0, share / len(working)) if boiler in working else 0.0
            if error > -STOP_ABOVE_K and boiler in working:
                wanted = max(wanted, self.parameters.boiler.lowest_modulation)
            elif error <= -STOP_ABOVE_K or (error < -START_BELOW_K and not boiler.burner.flame):
                wanted = 0.0
            boiler.burner.asked = wanted * self._limiter(boiler) if self.power_on else 0.0

    @staticmethod
    def _limiter(boiler: Boiler) -> float:
        """The boiler's own thermostat turns its burner down before the interlock would put it out."""
        return min(1.0, max(0.0, (LIMITER_C - boiler.outlet_c) / LIMITER_BAND_K))

    def _fire(self, dt: float) -> None:
        open_to_water = [boiler for boiler in self.boilers if boiler.in_service and boiler.overrun_s > 0.0]
        # One is always open: the pumps never work against shut valves.
        open_to_water = open_to_water or [boiler for boiler in self.boilers if boiler.in_service]
        for boiler in self.boilers:
            share = 1.0 / len(open_to_water) if boiler in open_to_water else 0.0
            boiler.flow_m3h = self.flow_m3h * share
            boiler.step(self.return_c, self.pressure_mpa, self.gas_kpa, dt)
        if open_to_water:
            mixed = sum(boiler.outlet_c for boiler in open_to_water) / len(open_to_water)
            self.supply_c = mixed
        burnt_kwh = sum(boiler.burner.fired_kw() for boiler in self.boilers) * dt / 3600.0
        self.gas_nm3 += burnt_kwh / self.parameters.heating_value_kwh_nm3
        self.electricity_kwh += self.parameters.pump_kw * dt / 3600.0 if self.flow_m3h > 1.0 else 0.0

    def _network(self, dt: float) -> None:
        """The network's water as one mass at its mean temperature, whose return follows the heat it gives."""
        p = self.parameters
        mean = 0.5 * (self.supply_c + self.return_c)
        taken = self.network_kw(mean)
        carried = self.flow_m3h * KWH_PER_M3_K * (self.supply_c - self.return_c)
        self.return_c += 2.0 * (carried - taken) * dt / 3600.0 / (p.network_m3 * KWH_PER_M3_K)
        self.heat_gj += max(0.0, carried) * dt * 1e-6

    def network_kw(self, mean_c: float) -> float:
        """Heat that the buildings take from the network at its mean temperature."""
        p = self.parameters
        over = max(0.0, mean_c - p.room_c)
        design = 0.5 * (p.design_supply_c + p.design_return_c) - p.room_c
        return float(p.design_kw * (over / design) ** p.exponent)

    def _air(self, dt: float) -> None:
        p = self.parameters
        fan = self.ventilation_on and self.power_on
        per_h = p.ventilation_per_h if fan else p.ventilation_off_per_h
        leak = 0.0 if self.gas_cut_off else self.gas_leak_m3h
        steady = leak / per_h
        self.gas_in_house_m3 += (steady - self.gas_in_house_m3) * (1.0 - math.exp(-per_h * dt / 3600.0))
        if self.lel_pct >= p.cut_off_lel_pct:
            self.gas_cut_off = True

    def _load(self, outdoor_c: float) -> float:
        p = self.parameters
        return max(0.0, (p.room_c - outdoor_c) / (p.room_c - p.design_outdoor_c))

    def _difference_k(self, outdoor_c: float) -> float:
        return (self.parameters.design_supply_c - self.parameters.design_return_c) * self._load(outdoor_c)
