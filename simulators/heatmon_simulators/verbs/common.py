"""What the verbs share: the shipped examples, and faults told instead of thrown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from heatmon.catalogue import Language, render
from heatmon.driver import installed
from heatmon.settings import Loaded, load
from heatmon_simulators.scenario import Scenario, ScenarioError, load_scenario
from heatmon_simulators.scenario.events import Event, PersonEvent, PlantEvent, SensorEvent, WireEvent

CONFIG: Final = Path(__file__).resolve().parents[3] / "config"


def scenario_or_faults(path: Path, language: Language) -> Scenario | None:
    """The scenario, or None after its faults have been printed."""
    try:
        return load_scenario(path, language)
    except ScenarioError as error:
        print(error, file=sys.stderr)
        return None


def station_of(scenario: Scenario, directory: Path | None) -> Path:
    """The station folder that was asked for, else the shipped one that the scenario is told of."""
    return CONFIG / "stations" / scenario.station if directory is None else directory


def station_or_faults(directory: Path, language: Language) -> Loaded | None:
    """The station's settings, or None after their faults have been printed."""
    loaded = load(directory, installed(), language)
    if loaded.spec is None:
        for fault in loaded.faults:
            print(fault, file=sys.stderr)
        return None
    return loaded


def words_of(event: Event, language: Language) -> str:
    """What happens, in the words of the scenario's author or else in those of the file."""
    if event.says is not None:
        return event.says.in_language(language)
    match event:
        case SensorEvent():
            return render("sim.event.sensor", language, sensor=event.sensor, fault=event.fault)
        case WireEvent():
            return render("sim.event.wire", language, wire=event.wire, seconds=event.for_s)
        case PersonEvent():
            return render("sim.event.person", language, person=event.person, does=event.does)
        case PlantEvent():
            fields = type(event).model_fields
            return ", ".join(f"{fields[name].alias}: {value:g}" for name, value in event.turned().items())
    return ""


def story_time(seconds: float) -> str:
    """``1 d 02:30:00`` since the beginning of the story."""
    whole = int(seconds)
    days, rest = divmod(whole, 86400)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return f"{days} d {clock}" if days else clock
