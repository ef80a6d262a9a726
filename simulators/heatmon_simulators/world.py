"""A plant, its weather, its instruments and its story moving together along a clock that is handed in."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from heatmon_simulators.instruments import Instruments, SensorFault
from heatmon_simulators.plant.process import Process
from heatmon_simulators.plant.weather import Sky

SECOND_NS: Final = 1_000_000_000
DAY_S: Final = 86400.0
WEATHER_S: Final = 60.0
"""The weather is looked at once a minute."""
OUTDOOR: Final = "outdoor_c"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens at a second of the story: a knob is turned, or an instrument fails.

    over_s: a number goes to `value` in a straight line over this time. every_s: again and again after it.
    """

    at_s: float
    knob: str = ""
    value: float | bool = 0.0
    over_s: float = 0.0
    every_s: float | None = None
    sensor: str = ""
    fault: SensorFault | None = None


@dataclass(slots=True)
class _Ramp:
    start_s: float
    end_s: float
    first: float
    last: float

    def at(self, seconds: float) -> float:
        share = (seconds - self.start_s) / (self.end_s - self.start_s)
        return self.first + (self.last - self.first) * min(1.0, share)


class World:
    """A simulated plant; see `heatmon_simulators.plant.Plant`, which it is.

    start_ns: station time at which the story begins. first_day: day of the year at that moment, 0 = 1 January
    00:00. step_s: step of the physics, 1 to 10 s.
    """

    def __init__(
        self,
        process: Process,
        instruments: Instruments,
        sky: Sky,
        story: Sequence[Happening],
        start_ns: int,
        *,
        step_s: float = 1.0,
        first_day: float = 14.0,
    ) -> None:
        self.process, self.instruments = process, instruments
        self._sky, self._first_day, self._step_s = sky, first_day, step_s
        self._start_ns = start_ns
        self._todo = [(happening.at_s, number, happening) for number, happening in enumerate(story)]
        heapq.heapify(self._todo)
        self._ramps: dict[str, _Ramp] = {}
        self._fixed_outdoor_c: float | None = None
        self._weather_s = 0.0
        self.seconds = 0.0
        self._outdoor_c = self._sun = 0.0
        self._look_out()
        instruments.update(process.values(), step_s, self._sun)

    def step(self) -> None:
        """One step: what is due happens, weather and physics move, the instruments follow."""
        while self._todo and self._todo[0][0] <= self.seconds:
            self._happen(*heapq.heappop(self._todo))
        if self._ramps:
            self._move_ramps()
        if self.seconds >= self._weather_s:
            self._look_out()
        dt = self._step_s
        self.process.step(dt, self._outdoor_c, self._sun, self.instruments.shown)
        self.seconds += dt
        self.instruments.update(self.process.values(), dt, self._sun)

    def advance(self, to_ns: int) -> None:
        """As `Plant.advance`, in whole steps, none left out."""
        for _ in range(int(((to_ns - self._start_ns) / SECOND_NS - self.seconds) // self._step_s)):
            self.step()

    def reach_ns(self, steps: int) -> int:
        """The station time that so many steps lead to: servers that must go on answering advance in bites."""
        return self._start_ns + int((self.seconds + steps * self._step_s) * SECOND_NS)

    def values(self, now: int) -> Mapping[str, float]:
        """As `Plant.values`: the state after the last whole step."""
        del now
        return self.instruments.shown

    def _happen(self, at_s: float, number: int, happening: Happening) -> None:
        if happening.fault is not None:
            self.instruments.fail(happening.sensor, happening.fault)
        elif happening.over_s > 0.0:
            knob = happening.knob
            first = self._outdoor_c if knob == OUTDOOR else self.process.position(knob)
            end_s = self.seconds + happening.over_s
            self._ramps[knob] = _Ramp(self.seconds, end_s, first, happening.value)
        else:
            self._ramps.pop(happening.knob, None)
            self._turn(happening.knob, happening.value)
        if happening.every_s is not None:
            heapq.heappush(self._todo, (at_s + happening.every_s, number, happening))

    def _move_ramps(self) -> None:
        for knob, ramp in list(self._ramps.items()):
            self._turn(knob, ramp.at(self.seconds))
            if self.seconds >= ramp.end_s:
                del self._ramps[knob]

    def _turn(self, knob: str, value: float | bool) -> None:
        if knob == OUTDOOR:
            self._fixed_outdoor_c = self._outdoor_c = value
        else:
            self.process.turn(knob, value)

    def _look_out(self) -> None:
        days = self.seconds / DAY_S
        day_of_year = self._first_day + days
        self._sun = self._sky.solar_share(day_of_year, days)
        fixed = self._fixed_outdoor_c
        self._outdoor_c = self._sky.outdoor_c(day_of_year, days) if fixed is None else fixed
        self._weather_s = self.seconds + WEATHER_S
