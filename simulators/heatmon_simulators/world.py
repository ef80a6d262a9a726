"""The plant, the weather and the PLC's registers moving together along a clock that is handed in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from heatmon_simulators.modbus.bank import Area, RegisterBank
from heatmon_simulators.plant.curve import DesignCurve
from heatmon_simulators.plant.station import Station
from heatmon_simulators.registers import image

SECOND_NS: Final = 1_000_000_000
MOST_STEPS_AT_ONCE: Final = 600
"""After a pause the plant catches up in bites, so that the servers go on answering."""


class ClockLike(Protocol):
    """Station time; the daemon under test holds the same object."""

    def now_ns(self) -> int:
        """Station time, integer ns UTC."""

    async def sleep(self, seconds: float) -> None:
        """Sleep `seconds` of station time."""


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens to the plant at a second of the story."""

    at_s: int
    act: Callable[[Station], None]


class World:
    """One station, second by second, and the image of its PLC. A `Plant`."""

    def __init__(
        self,
        station: Station,
        happenings: Sequence[Happening],
        start_ns: int,
        curve: DesignCurve | None = None,
    ) -> None:
        self.station = station
        self.curve = curve or DesignCurve()
        self._todo = sorted(happenings, key=lambda happening: -happening.at_s)
        self._start_ns = start_ns
        self.seconds = 0

    def step(self) -> None:
        """One second: what is due happens, physics moves, the PLC's registers follow."""
        while self._todo and self._todo[-1].at_s <= self.seconds:
            self._todo.pop().act(self.station)
        self.station.outside.setpoint_c = self.curve.supply_c(self.station.outside.t_outdoor_c)
        self.station.step(1.0)
        self.seconds += 1

    def advance(self, to_ns: int) -> None:
        """As `Plant.advance`, in steps of one second, none left out."""
        for _ in range((to_ns - self._start_ns) // SECOND_NS - self.seconds):
            self.step()

    def values(self, now: int) -> Mapping[str, float]:
        """As `Plant.values`."""
        del now  # this plant shows the state of its last whole second
        return values_of(self.station)

    async def run(self, clock: ClockLike, bank: RegisterBank) -> None:
        """Follow the clock for ever; after a pause in bites, so that the servers go on answering."""
        while True:
            furthest = self._start_ns + (self.seconds + MOST_STEPS_AT_ONCE) * SECOND_NS
            self.advance(min(clock.now_ns(), furthest))
            self.show(bank)
            await clock.sleep(0.5)

    def show(self, bank: RegisterBank) -> None:
        """Put the present values into the PLC's holding registers."""
        epoch_s = self._start_ns // SECOND_NS + self.seconds
        bank.set_registers(Area.HOLDING, 0, image(values_of(self.station), self.seconds, epoch_s))


def values_of(station: Station) -> dict[str, float]:
    """The engineering values a PLC would show, by tag (°C, MPa, m³/h, kW, m, %, m³, GJ, kWh, 0/1)."""
    state, outside = station.state, station.outside
    running = outside.power_on and outside.circulation_speed > 0
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
        "vmk": state.makeup_m3,
        "e1": state.heat_gj,
        "kwh": state.electricity_kwh,
        "cp1_run": float(running),
        "cp1_flt": 0.0,
        "cp2_run": 0.0,
        "cp2_flt": 0.0,
        "mp1_run": float(state.makeup_on),
        "mp1_flt": 0.0,
        "pwr_ok": float(outside.power_on),
        "flood": 0.0,
    }


def leak(diameter_m: float) -> Callable[[Station], None]:
    """A round hole in the return pipe; 0 is the repair."""

    def act(station: Station) -> None:
        station.outside.leak_area_m2 = math.pi / 4 * diameter_m**2

    return act


def makeup_stuck(on: bool) -> Callable[[Station], None]:
    """The makeup pump runs on and the relief valve does not open, until somebody repairs it."""

    def act(station: Station) -> None:
        station.outside.makeup_stuck_on = on
        station.outside.relief_blocked = on

    return act
