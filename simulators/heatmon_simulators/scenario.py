"""Scenario files: how a plant starts, and what happens to it when. YAML, checked, every fault named.

name: overpressure and leak
outdoor: 0            # °C
events:
  - {at_min: 5, makeup_stuck: true}
  - {at_min: 30, leak_mm: 10}
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heatmon_simulators.plant.curve import DesignCurve
from heatmon_simulators.plant.settling import settled
from heatmon_simulators.plant.station import Station
from heatmon_simulators.world import Happening, World, leak, makeup_stuck


class ScenarioError(Exception):
    """The scenario file cannot be used; the text names file, place and what is allowed."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Happens(_Model):
    """One line of the story; exactly one thing happens to the plant."""

    at_min: Annotated[float, Field(ge=0)]
    leak_mm: Annotated[float, Field(ge=0, le=100)] | None = None
    exchanger_leak_mm: Annotated[float, Field(ge=0, le=100)] | None = None
    makeup_stuck: bool | None = None
    makeup_enabled: bool | None = None
    valve_stuck_pct: Annotated[float, Field(ge=0, le=100)] | None = None
    valve_free: bool | None = None
    primary_c: Annotated[float, Field(ge=20, le=150)] | None = None
    primary_dp_bar: Annotated[float, Field(ge=0, le=10)] | None = None
    circulation_pct: Annotated[float, Field(ge=0, le=100)] | None = None
    power: bool | None = None
    outdoor_c: Annotated[float, Field(ge=-45, le=40)] | None = None
    strainer_growth: Annotated[float, Field(ge=0, le=20)] | None = None

    def acts(self) -> Iterator[Callable[[Station], None]]:
        """What is done to the station."""
        if self.leak_mm is not None:
            yield leak(self.leak_mm / 1000)
        if self.makeup_stuck is not None:
            yield makeup_stuck(self.makeup_stuck)
        if self.exchanger_leak_mm is not None:
            yield _set("exchanger_leak_area_m2", 3.141592653589793 / 4 * (self.exchanger_leak_mm / 1000) ** 2)
        if self.valve_free:
            yield _set("valve_stuck_at", None)
        for field, attribute, factor in _DIRECT:
            value = getattr(self, field)
            if value is not None:
                yield _set(attribute, value if isinstance(value, bool) else value * factor)


_DIRECT = (
    ("makeup_enabled", "makeup_enabled", 1.0),
    ("valve_stuck_pct", "valve_stuck_at", 0.01),
    ("primary_c", "t_primary_c", 1.0),
    ("primary_dp_bar", "dp_primary_bar", 1.0),
    ("circulation_pct", "circulation_speed", 0.01),
    ("power", "power_on", 1.0),
    ("outdoor_c", "t_outdoor_c", 1.0),
    ("strainer_growth", "strainer_growth", 1.0),
)


def _set(attribute: str, value: float | bool | None) -> Callable[[Station], None]:
    def act(station: Station) -> None:
        setattr(station.outside, attribute, value)

    return act


class Scenario(_Model):
    """A story. factor: how many times faster than real time `heatmon demo` tells it."""

    name: str
    factor: Annotated[float, Field(gt=0, le=1000)] = 1.0
    outdoor_c: Annotated[float, Field(ge=-45, le=17)] = 0.0
    events: list[Happens] = []

    def world(self, start_ns: int) -> World:
        """The plant in balance at the scenario's outdoor temperature, and its story."""
        curve = DesignCurve()
        station = settled(self.outdoor_c, curve.supply_c(self.outdoor_c))
        story = [
            Happening(int(60 * happens.at_min), act) for happens in self.events for act in happens.acts()
        ]
        return World(station, story, start_ns, curve)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises ScenarioError with every fault in it."""
    try:
        loader = yaml.SafeLoader(path.read_text(encoding="utf-8"))
        node = loader.get_single_node()
        data = loader.construct_document(node) if node is not None else {}
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ScenarioError(f"{path}: not UTF-8") from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f":{mark.line + 1}:{mark.column + 1}" if mark else ""
        raise ScenarioError(f"{path}{where}: {error.problem}") from None
    except yaml.YAMLError as error:
        raise ScenarioError(f"{path}: {error}") from None
    try:
        return Scenario.model_validate(data)
    except ValidationError as error:
        lines = [
            f"{path}:{_line(node, fault['loc'])}: {_path(fault['loc'])}: {fault['msg']}"
            for fault in error.errors()
        ]
        raise ScenarioError("\n".join(lines)) from None


def _path(location: tuple[int | str, ...]) -> str:
    return ".".join(map(str, location)) or "the file"


def _line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int:
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                break
            node = found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
        else:
            break
    return 1 if node is None else int(node.start_mark.line) + 1
