"""Scenario files, the world they make, and the registers a PLC would show of it."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from heatmon_simulators.plant import Plant
from heatmon_simulators.registers import image
from heatmon_simulators.scenario import Scenario, ScenarioError, load_scenario
from heatmon_simulators.world import World, values_of

FOLDER = Path(__file__).resolve().parents[3] / "config" / "scenarios"
START_NS = 1_800_000_000 * 10**9


def told(name: str, minutes: float) -> World:
    """The world of a shipped scenario after so many minutes."""
    world = load_scenario(FOLDER / f"{name}.yaml").world(START_NS)
    while world.seconds < minutes * 60:
        world.step()
    return world


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_scenarios_are_sound_and_say_what_they_are(file: Path) -> None:
    scenario = load_scenario(file)
    assert scenario.name
    assert scenario.events
    assert file.read_text(encoding="utf-8").startswith("#")


def test_the_demonstration_brings_an_overpressure_and_a_leak() -> None:
    world = told("demo", 0)
    highest = 0.0
    while world.seconds < 120 * 60:
        world.step()
        highest = max(highest, world.station.state.p_return_mpa)
    assert highest > 0.60
    assert world.station.state.leak_m3h > 0.01 * world.station.state.secondary_flow_m3h


@pytest.mark.parametrize(("name", "m3h", "by"), [("slow_leak", 0.30, 0.02), ("leak_one_percent", 2.66, 0.1)])
def test_leaks_are_as_large_as_they_say(name: str, m3h: float, by: float) -> None:
    assert told(name, 90).station.state.leak_m3h == pytest.approx(m3h, abs=by)


def test_burst_takes_the_pressure() -> None:
    assert told("burst", 31).station.state.p_return_mpa == pytest.approx(0.0, abs=0.01)


def test_exchanger_leak_lifts_the_relief_without_makeup() -> None:
    state = told("exchanger_leak", 120).station.state
    assert state.relief_m3 > 0.0
    assert state.makeup_m3 == 0.0


def test_stuck_valve_stays_and_comes_free() -> None:
    world = told("valve_stuck", 60)
    assert values_of(world.station)["cv_fb"] == pytest.approx(40.0)
    while world.seconds < 400 * 60:
        world.step()
    assert values_of(world.station)["cv_fb"] > 60.0


def test_power_cut_stops_the_pumps_for_ten_minutes() -> None:
    world = told("power_cut", 35)
    assert values_of(world.station)["pwr_ok"] == values_of(world.station)["cp1_run"] == 0.0
    while world.seconds < 45 * 60:
        world.step()
    assert values_of(world.station)["cp1_run"] == 1.0


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        ("name: x\nevents:\n  - {at_min: 5, leak_m: 3}\n", ":3", "leak_m"),
        ("name: x\nfactor: 2000.0\n", ":2", "factor"),
        ("name: x\noutdoor_c: cold\n", ":2", "outdoor_c"),
        ("name: [\n", ":2", ""),
        ("factor: 1.0\n", ":1", "name"),
    ],
)
def test_faults_of_a_scenario_name_their_line(tmp_path: Path, text: str, place: str, word: str) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as told_fault:
        load_scenario(file)
    assert f"{file}{place}" in str(told_fault.value)
    assert word in str(told_fault.value)


def test_a_missing_scenario_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(tmp_path / "none.yaml")


def test_registers_follow_the_map() -> None:
    values = values_of(Scenario(name="still").world(START_NS).station)
    values |= {"t1s": 65.25, "vmk": 12.345, "cp1_run": 1.0, "mp1_run": 1.0, "pwr_ok": 1.0}
    words = image(values, 65_537, 1_800_000_000)
    assert words[0:2] == [0x8000, 0x4282]
    assert words[40:42] == [1234, 0]
    assert words[60] == 0b0101_0001
    assert words[70] == 1
    assert words[73] << 16 | words[72] == 1_800_000_000
    assert struct.unpack(">f", struct.pack(">HH", words[27], words[26]))[0] == 0.0


def test_a_world_is_a_plant_that_goes_only_forward() -> None:
    plant: Plant = Scenario(name="still").world(START_NS)
    plant.advance(START_NS + 90 * 10**9 + 1)
    shown = dict(plant.values(START_NS + 90 * 10**9 + 1))
    plant.advance(START_NS)
    assert dict(plant.values(START_NS)) == shown
    assert shown["t2s"] == pytest.approx(50.2, abs=0.5)
