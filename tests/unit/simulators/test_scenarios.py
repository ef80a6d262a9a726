"""Scenario files, the world they make, and every fault of a file at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from heatmon_simulators.plant import Plant
from heatmon_simulators.plant.process import HeatExchangeStation
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.scenario import Scenario, ScenarioError, load_scenario
from heatmon_simulators.world import World

FOLDER = Path(__file__).resolve().parents[3] / "config" / "scenarios"
START_NS = 1_800_000_000 * 10**9
STILL = {"name": {"en": "still", "zh": "静止"}}
HEAD = "name: {en: x, zh: x}\n"


def told(name: str, minutes: float) -> World:
    """The world of a shipped scenario after so many minutes."""
    world = load_scenario(FOLDER / f"{name}.yaml").world(START_NS)
    world.advance(START_NS + int(minutes * 60) * 10**9)
    return world


def state_of(world: World) -> PlantState:
    assert isinstance(world.process, HeatExchangeStation)
    return world.process.station.state


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.yaml")), ids=lambda file: file.stem)
def test_shipped_scenarios_say_in_both_languages_what_they_are_and_what_happens(file: Path) -> None:
    scenario = load_scenario(file)
    assert scenario.about is not None
    assert file.read_text(encoding="utf-8").startswith("#")
    assert scenario.name.zh != scenario.name.en


def test_the_list_of_the_reference_is_shipped() -> None:
    wanted = {
        "normal_week", "cold_wave", "slow_leak", "leak_one_percent", "burst", "exchanger_leak", "valve_stuck",
        "source_short", "outdoor_frozen", "outdoor_sun", "pump_trip", "pump_trip_standby", "power_cut",
        "comms_flap", "tank_empty", "strainer_clogging", "meter_rollover", "fill_and_warm_up", "intermittent",
        "floor_heating",
    }  # fmt: skip
    assert wanted <= {file.stem for file in FOLDER.glob("*.yaml")}


def test_the_demonstration_brings_an_overpressure_and_a_leak() -> None:
    world = told("demo", 0)
    highest = 0.0
    while world.seconds < 120 * 60:
        world.step()
        highest = max(highest, state_of(world).p_return_mpa)
    assert highest > 0.60
    assert state_of(world).leak_m3h > 0.01 * state_of(world).secondary_flow_m3h


@pytest.mark.parametrize(("name", "m3h", "by"), [("slow_leak", 0.30, 0.02), ("leak_one_percent", 2.66, 0.1)])
def test_leaks_are_as_large_as_they_say(name: str, m3h: float, by: float) -> None:
    assert state_of(told(name, 90)).leak_m3h == pytest.approx(m3h, abs=by)


def test_burst_takes_the_pressure() -> None:
    assert state_of(told("burst", 31)).p_return_mpa == pytest.approx(0.0, abs=0.01)


def test_exchanger_leak_lifts_the_relief_without_makeup() -> None:
    state = state_of(told("exchanger_leak", 120))
    assert state.relief_m3 > 0.0
    assert state.makeup_m3 == 0.0


def test_stuck_valve_stays_and_comes_free() -> None:
    world = told("valve_stuck", 60)
    assert world.process.values()["cv_fb"] == pytest.approx(40.0)
    world.advance(START_NS + 400 * 60 * 10**9)
    assert world.process.values()["cv_fb"] > 60.0


def test_power_cut_stops_the_pumps_for_ten_minutes() -> None:
    world = told("power_cut", 35)
    assert world.process.values()["pwr_ok"] == world.process.values()["cp1_run"] == 0.0
    world.advance(START_NS + 45 * 60 * 10**9)
    assert world.process.values()["cp1_run"] == 1.0


def test_the_standby_pump_takes_over_after_ten_seconds() -> None:
    world = told("pump_trip_standby", 30)
    world.advance(START_NS + (1800 + 5) * 10**9)
    shown = world.process.values()
    assert (shown["cp1_run"], shown["cp1_flt"], shown["cp2_run"]) == (0.0, 1.0, 0.0)
    world.advance(START_NS + (1800 + 30) * 10**9)
    assert world.process.values()["cp2_run"] == 1.0
    assert state_of(world).secondary_flow_m3h > 250.0


def test_a_meter_goes_on_from_its_preset() -> None:
    world = told("meter_rollover", 120)
    assert world.process.values()["vmk"] == pytest.approx(42949670 + state_of(world).makeup_m3)
    assert state_of(world).makeup_m3 > 1.0


def test_a_ramp_goes_in_a_straight_line_from_where_the_knob_stood() -> None:
    world = told("source_short", 35)
    assert world.process.values()["t1s"] == pytest.approx(95.0, abs=0.3)


def test_what_happens_every_day_happens_every_day() -> None:
    nights = {hour: told("intermittent", 60 * hour).process.values()["cp1_run"] for hour in (20, 23, 30, 47)}
    assert nights == {20: 1.0, 23: 0.0, 30: 1.0, 47: 0.0}


def test_a_frozen_outdoor_sensor_misleads_the_controller() -> None:
    world = told("outdoor_frozen", 28 * 60)
    true, shown = world.process.values()["tout"], world.values(0)["tout"]
    assert true == pytest.approx(-10.0, abs=0.01)
    assert shown > 1.0
    assert world.process.values()["sp_plc"] < 50.0


def test_floor_heating_runs_on_its_own_curve() -> None:
    assert told("floor_heating", 60).process.values()["t2s"] == pytest.approx(45.0, abs=0.5)


def test_a_world_is_a_plant_that_goes_only_forward() -> None:
    plant: Plant = Scenario.model_validate(STILL).world(START_NS)
    plant.advance(START_NS + 90 * 10**9 + 1)
    shown = dict(plant.values(START_NS + 90 * 10**9 + 1))
    plant.advance(START_NS)
    assert dict(plant.values(START_NS)) == shown
    assert shown["t2s"] == pytest.approx(50.2, abs=0.5)


def test_a_story_repeats_to_the_last_digit() -> None:
    assert told("outdoor_sun", 30).values(0) == told("outdoor_sun", 30).values(0)


def test_recorded_weather_comes_from_a_column(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("hour,t\n0,-4.0\n1,-6.0\n2,-2\n", encoding="utf-8")
    file = tmp_path / "story.yaml"
    file.write_text(HEAD + "weather: {file: w.csv, column: t, interval: 1 h}\n", encoding="utf-8")
    world = load_scenario(file).world(START_NS)
    world.advance(START_NS + 1800 * 10**9)
    assert world.process.values()["tout"] == pytest.approx(-5.0, abs=0.1)
    world.advance(START_NS + 4 * 3600 * 10**9)
    assert world.process.values()["tout"] == pytest.approx(-2.0)


@pytest.mark.parametrize(
    ("rows", "word"),
    [("hour,x\n0,1\n", "no column 't'"), ("t\n1\nwarm\n", "w.csv:3: 'warm'"), ("t\n", "no rows")],
)
def test_faults_of_a_weather_file_name_their_line(tmp_path: Path, rows: str, word: str) -> None:
    (tmp_path / "w.csv").write_text(rows, encoding="utf-8")
    file = tmp_path / "story.yaml"
    file.write_text(HEAD + "weather: {file: w.csv, column: t, interval: 1 h}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"story\.yaml:2:") as fault:
        load_scenario(file)
    assert word in str(fault.value)


@pytest.mark.parametrize(
    ("text", "place", "word"),
    [
        (HEAD + "events:\n  - {at: 5 min, leek: 3 mm}\n", ":3:", "did you mean leak?"),
        (HEAD + "events:\n  - {at: 5 min, leak: 3}\n", ":3:", "has no unit"),
        (HEAD + "events:\n  - {at: 5 min, leak: 3 bar}\n", ":3:", "does not fit here"),
        (HEAD + "events:\n  - {at: 5 min, leak: 300 mm}\n", ":3:", "at most 100"),
        (HEAD + "events:\n  - {at: 5 min}\n", ":3:", "nothing happens here"),
        (HEAD + "events:\n  - {leak: 3 mm}\n", ":3:", "missing"),
        (HEAD + "events:\n  - {at: 5 min, over: 1 h, power: false}\n", ":3:", "over is for numbers"),
        (HEAD + "events:\n  - at once\n", ":3:", "mapping"),
        (HEAD + "events: soon\n", ":2:", "list"),
        (HEAD + "events:\n  - {at: 1 h, sensor: t2x, fault: stuck}\n", ":3:", "did you mean t2s?"),
        (HEAD + "events:\n  - {at: 1 h, sensor: t2s, fault: drift}\n", ":3:", "by goes with"),
        (HEAD + "events:\n  - {at: 1 h, sensor: t2s, fault: gone}\n", ":3:", "stuck"),
        (HEAD + "events:\n  - {at: 1 h, for: 1 min, wire: cut}\n", ":3:", "silence"),
        (HEAD + "events:\n  - {at: 1 h, for: 1 min, wire: delay}\n", ":3:", "delay needs delay"),
        (HEAD + "events:\n  - {at: 1 h, person: me, does: dance}\n", ":3:", "ack_all"),
        (HEAD + "sensors: {t9: {noise: 1.0}}\n", ":2:", "no value t9"),
        (HEAD + "signals: {TT101: t2z}\n", ":2:", "no value t2z"),
        (HEAD + "factor: 2000.0\n", ":2:", "at most 1000"),
        (HEAD + "outdoor: cold\n", ":2:", "no number with a unit"),
        (HEAD + "plant: mill\n", ":2:", "heat_exchange_station"),
        (HEAD + "name: {en: y, zh: y}\n", ":2:", "twice"),
        ("name: [\n", ":2:", ""),
        ("- 1\n", ":1:", "a scenario file holds"),
        ("factor: 1.0\n", ":1:", "name"),
    ],
)
def test_faults_of_a_scenario_name_their_line(tmp_path: Path, text: str, place: str, word: str) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as told_fault:
        load_scenario(file)
    assert f"{file}{place}" in str(told_fault.value)
    assert word in str(told_fault.value)


def test_all_faults_are_told_at_once_and_in_the_readers_language(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(HEAD + "factor: 0\nevents:\n  - {at: 1 h, leek: 1 mm}\n  - {}\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as told_fault:
        load_scenario(file, "zh")
    assert len(told_fault.value.faults) >= 3
    assert "是否应为 leak" in str(told_fault.value)


def test_a_missing_scenario_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="No such file"):
        load_scenario(tmp_path / "none.yaml")
