"""Reading a scenario file: YAML as strict as station files, every fault named with its place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from heatmon.catalogue import Language
from heatmon.settings.faults import Fault, fault_of, nearest
from heatmon.settings.marks import Path_, Problem
from heatmon.settings.merge import Merged
from heatmon.settings.read import read_yaml
from heatmon.settings.validate import validated
from heatmon_simulators.scenario.events import Event, PersonEvent, SensorEvent, WireEvent
from heatmon_simulators.scenario.model import PLANTS, PlantKind, Scenario


class ScenarioError(Exception):
    """The scenario file cannot be used; `faults` tell each place, what is wrong and what is allowed."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = tuple(faults)


def load_scenario(path: Path, language: Language = "en") -> Scenario:
    """Read a scenario file. Raises ScenarioError with every fault in it, in the reader's language."""
    reader = _Reader(path)
    scenario = reader.scenario()
    if scenario is None:
        raise ScenarioError(sorted({fault_of(problem, language) for problem in reader.problems}))
    return scenario


class _Reader:
    def __init__(self, path: Path) -> None:
        document = read_yaml(path, str(path))
        self._folder, self._content = path.parent, document.data
        data = document.data if isinstance(document.data, dict) else {}
        self._file = Merged(str(path), data, document.values, document.keys)
        self.problems = list(document.problems)

    def scenario(self) -> Scenario | None:
        if self.problems:
            return None
        if not isinstance(self._content, dict):
            known = ", ".join(info.alias or name for name, info in Scenario.model_fields.items())
            self._add((), "sim.not_mapping", known=known)
            return None
        data = self._file.data
        kind = PLANTS.get(str(data.get("plant", "heat_exchange_station")))
        events = self._events(data.get("events", []), kind)
        scenario, problems = validated(Scenario, {**data, "events": events}, (), self._file)
        self.problems.extend(problems)
        if scenario is not None and kind is not None:
            self._check_names(scenario, kind)
            self._check_weather(scenario)
        return None if self.problems else scenario

    def _events(self, lines: Any, kind: PlantKind | None) -> list[Event]:
        if not isinstance(lines, list):
            self._add(("events",), "sim.no_list")
            return []
        found: list[Event] = []
        for i, line in enumerate(lines):
            if not isinstance(line, dict):
                self._add(("events", i), "sim.no_event")
            elif (model := _model_of(line, kind)) is not None:
                event, problems = validated(model, line, ("events", i), self._file)
                self.problems.extend(problems)
                found.extend([] if event is None else [event])
        return found

    def _check_names(self, scenario: Scenario, kind: PlantKind) -> None:
        named: list[tuple[Path_, str]] = [(("sensors", name), name) for name in scenario.sensors]
        named.extend(
            (("signals", tag), value) for tag, value in scenario.signals.items() if isinstance(value, str)
        )
        for i, event in enumerate(scenario.events):
            if isinstance(event, SensorEvent):
                named.append((("events", i, "sensor"), event.sensor))
                named.extend([] if event.with_ is None else [(("events", i, "with"), event.with_)])
        known = list(kind.units)
        for path, name in named:
            if name not in kind.units:
                near = nearest(name, known) or known[0]
                self._add(path, "sim.unknown_value", name=name, near=near, known=", ".join(known))

    def _check_weather(self, scenario: Scenario) -> None:
        scenario.read_from(self._folder)
        try:
            scenario.sky()
        except (OSError, ValueError) as error:
            self._add(("weather", "file"), "sim.weather", why=str(error))

    def _add(self, path: Path_, key: str, **params: object) -> None:
        mark = self._file.mark(path, key=True)
        self.problems.append(Problem(mark, path, key, tuple(params.items())))


def _model_of(line: Mapping[str, Any], kind: PlantKind | None) -> type[Event] | None:
    """Which kind of line it is; None for the lines of a plant that there is not, which is told elsewhere."""
    if "sensor" in line:
        return SensorEvent
    if "wire" in line:
        return WireEvent
    if "person" in line or "does" in line:
        return PersonEvent
    return None if kind is None else kind.events
