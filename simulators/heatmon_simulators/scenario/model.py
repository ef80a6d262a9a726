"""A scenario: which plant, in which weather, with which instruments, and what happens to it."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, Field, PrivateAttr, Strict

from heatmon.core.spec import Listed, Words
from heatmon_simulators.boiler.process import UNITS as BOILER_UNITS
from heatmon_simulators.boiler.process import GasBoilerRoom
from heatmon_simulators.instruments import Instruments, InstrumentSpec
from heatmon_simulators.plant.process import UNITS, HeatExchangeStation, Process
from heatmon_simulators.plant.weather import RecordedWeather, Sky, Weather, WeatherSpec
from heatmon_simulators.scenario.base import Duration, Kept, Outdoor, ScenarioModel, Share
from heatmon_simulators.scenario.boiler_events import BoilerEvent
from heatmon_simulators.scenario.events import Event, PlantEvent, SensorEvent, StationEvent
from heatmon_simulators.world import Happening, World

PlantName = Literal["heat_exchange_station", "gas_boiler_room"]


def written(text: str, description: str) -> Any:
    """A default as an engineer would write it, validated like any other value."""
    return Field(default=text, description=description)


class SyntheticYear(ScenarioModel):
    """Weather from a seed, around the monthly means of a northern Chinese coast (Tianjin type)."""

    day_of_year: Annotated[int, Field(ge=1, le=366)] = Field(15, description="the first day of the story")
    seed: int = Field(1, description="another seed, another winter; the same seed, the same winter")
    clearness_pct: Share = written("50 %", "mean clearness of the sky")
    cold_waves: bool = Field(True, description="about one day in twelve a cold wave of 8 to 14 K begins")


class Recorded(ScenarioModel):
    """Weather out of a CSV file with a heading: one column of temperatures in °C, at equal intervals."""

    file: str = Field(description="path, from the scenario's folder")
    column: str = Field(description="heading of the column")
    interval_s: Duration = Field(description="from one row to the next")


class Instrument(ScenarioModel):
    """How good one instrument is. Numbers are in the unit of its value."""

    noise: Annotated[float, Field(ge=0.0)] = Field(0.0, description="standard deviation")
    lag_s: Annotated[float, Kept("s", 0.0, 3600.0)] = written("0 s", "time constant")
    resolution: Annotated[float, Field(ge=0.0)] = Field(0.0, description="smallest step; 0 = none")

    def spec(self) -> InstrumentSpec:
        """For the instruments."""
        return InstrumentSpec(noise=self.noise, lag_s=self.lag_s, resolution=self.resolution)


class Scenario(ScenarioModel):
    """A story: the head of the file. Its lines stand under `events`."""

    name: Words = Field(description="title, in both languages")
    about: Words | None = Field(None, description="what it shows, and what should come of it")
    plant: PlantName = Field("heat_exchange_station", description="what is simulated")
    design: Literal["radiators", "floor"] = Field(
        "radiators", description="emitters behind a heat-exchange station"
    )
    outdoor_c: Outdoor = written("0 °C", "outdoor temperature, constant, without `weather`")
    weather: SyntheticYear | Recorded | None = Field(None, description="changing weather")
    instruments: Literal["typical", "ideal"] = Field("typical", description="ideal: no noise, no lag")
    sensors: dict[str, Instrument] = Field(default_factory=dict, description="single instruments, by value")
    signals: dict[str, str | float] = Field(
        default_factory=dict,
        description="for a station of your own: tag id → name of a value of the plant, or a constant number",
    )
    transport: Literal["tcp", "rtu", "rtu_over_tcp"] | None = Field(
        None, description="how every Modbus link is served; as the station's settings say otherwise"
    )
    station: str = Field("hx-example", description="folder of config/stations that it is told of")
    settings: dict[str, Any] = Field(
        default_factory=dict,
        description="settings of the station that go with this story, path → value; for rehearsal, demo",
    )
    seed: int = Field(1, description="of noise and chance")
    start: Annotated[AwareDatetime, Strict(False)] | None = Field(
        None, description="station time at which a rehearsal begins; 2027-01-11 00:00 in Beijing otherwise"
    )
    length_s: Duration = written("3 h", "how long a rehearsal lasts")
    step_s: Annotated[float, Kept("s", 1.0, 10.0)] = written(
        "1 s", "step of the physics; up to 10 s where nothing is sudden"
    )
    poll_s: Annotated[float, Kept("s", 1.0, 600.0)] | None = Field(
        None, description="a rehearsal polls no faster than this; long stories take less time"
    )
    factor: Annotated[float, Field(gt=0, le=1000)] = Field(
        1.0, description="how many times faster than real time a live simulation goes"
    )
    events: Listed[Event] = Field((), description="what happens, and when")

    _folder: Path = PrivateAttr(default=Path())

    def read_from(self, folder: Path) -> None:
        """Where a weather file is looked for."""
        self._folder = folder

    def world(self, start_ns: int) -> World:
        """The plant in balance at the scenario's first outdoor temperature, and its story.

        Raises OSError and ValueError for a bad weather file.
        """
        sky = self.sky()
        first_day = self.weather.day_of_year - 1.0 if isinstance(self.weather, SyntheticYear) else 14.0
        process = PLANTS[self.plant].build(self, min(17.0, sky.outdoor_c(first_day, 0.0)))
        own = {name: instrument.spec() for name, instrument in self.sensors.items()}
        instruments = Instruments(process.units, self.seed, own, ideal=self.instruments == "ideal")
        story = [happening for event in self.events for happening in _happenings(event)]
        return World(process, instruments, sky, story, start_ns, step_s=self.step_s, first_day=first_day)

    def sky(self) -> Sky:
        """The weather. Raises OSError and ValueError for a bad weather file."""
        match self.weather:
            case None:
                return Weather(WeatherSpec(constant_c=self.outdoor_c), 0)
            case SyntheticYear() as year:
                spec = WeatherSpec(clearness=year.clearness_pct / 100.0, cold_waves=year.cold_waves)
                return Weather(spec, year.seed)
            case Recorded() as record:
                return RecordedWeather(_column(self._folder / record.file, record.column), record.interval_s)


@dataclass(frozen=True, slots=True)
class PlantKind:
    """A plant that can be simulated: its values with their units, what may happen to it, how it is built."""

    units: Mapping[str, str]
    events: type[PlantEvent]
    build: Callable[[Scenario, float], Process]


PLANTS: Final[Mapping[str, PlantKind]] = {
    "heat_exchange_station": PlantKind(
        UNITS, StationEvent, lambda scenario, t_outdoor_c: HeatExchangeStation(t_outdoor_c, scenario.design)
    ),
    "gas_boiler_room": PlantKind(
        BOILER_UNITS, BoilerEvent, lambda _scenario, t_outdoor_c: GasBoilerRoom(t_outdoor_c)
    ),
}


def _happenings(event: Event) -> list[Happening]:
    if isinstance(event, PlantEvent):
        return [
            Happening(event.at_s, knob=knob, value=value, over_s=event.over_s or 0.0, every_s=event.every_s)
            for knob, value in event.turned().items()
        ]
    if isinstance(event, SensorEvent):
        return [Happening(event.at_s, sensor=event.sensor, fault=event.failure(), every_s=event.every_s)]
    return []


def _column(file: Path, column: str) -> list[float]:
    """The numbers of a CSV column. Raises OSError, and ValueError naming the line."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.DictReader(opened)
        if column not in (rows.fieldnames or ()):
            raise ValueError(f"{file}:1: no column {column!r}; there are: {', '.join(rows.fieldnames or ())}")
        found = []
        for row in rows:
            text = row[column]
            try:
                number = float(text)
            except (TypeError, ValueError):
                number = math.nan
            if not -60.0 <= number <= 60.0:
                raise ValueError(f"{file}:{rows.line_num}: {text!r} is no outdoor temperature in °C")
            found.append(number)
    if not found:
        raise ValueError(f"{file}: no rows below the heading")
    return found
