"""Every shipped scenario leaves exactly the journal it left before; changes are reviewed as diffs.

The journals are made by `rehearse`: physics, instruments, servers, wires, drivers, pollers, shell and engine
as they run live, in virtual time. After a change that is meant: `pytest tests/scenario --update-golden`,
and look at the difference: every new line is a call in the night.
"""

from __future__ import annotations

import difflib
import re
from pathlib import Path

import pytest

from heatmon.core.effect import Event
from heatmon_simulators.rehearse import Rehearsal, rehearse
from heatmon_simulators.scenario import Scenario, load_scenario
from heatmon_simulators.verbs.common import story_time

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((ROOT / "config" / "scenarios").glob("*.yaml"))
GOLDEN = Path(__file__).parent / "golden"
TIME = re.compile(r" *\d+ +(?:(\d+) d )?(\d\d):(\d\d):(\d\d) ")
BUDGET, STEP_COST, TICK_COST, POLL_COST = 70_000.0, 1.0, 4.0, 8.0
"""What one story may cost in the normal run, in steps of the physics (about 40 µs each)."""


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_journal_of_a_scenario_is_the_golden_one(file: Path, request: pytest.FixtureRequest) -> None:
    """As far as seconds reach; the long stories are told to their end by `make soak`."""
    scenario = load_scenario(file)
    if request.config.getoption("--update-golden"):
        told = journal(scenario, scenario.length_s)
        (GOLDEN / f"{file.stem}.txt").write_text("\n".join(told) + "\n", encoding="utf-8")
        return
    length_s = min(scenario.length_s, affordable_s(scenario))
    told = journal(scenario, length_s)
    if length_s < scenario.length_s:
        # The end of a shortened story is no part of the whole one.
        del told[-1]
    compare(golden(file, length_s), told)


@pytest.mark.soak
@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_whole_journal_of_a_scenario_is_the_golden_one(file: Path) -> None:
    scenario = load_scenario(file)
    compare(golden(file, scenario.length_s), journal(scenario, scenario.length_s))


def test_there_is_no_golden_journal_without_its_scenario() -> None:
    assert {file.stem for file in GOLDEN.glob("*.txt")} == {file.stem for file in SCENARIOS}


def affordable_s(scenario: Scenario) -> float:
    """How much of the story fits into the budget: steps of physics, ticks of the engine, polls."""
    polls = 1.2 / max(1.0, scenario.step_s, scenario.poll_s or 0.0)
    cost = STEP_COST / scenario.step_s + TICK_COST / 10.0 + POLL_COST * polls
    return float(int(BUDGET / cost))


def golden(file: Path, length_s: float) -> list[str]:
    """The lines of the golden journal up to a second of the story."""
    kept = (GOLDEN / f"{file.stem}.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in kept if line.startswith("#") or second_of(line) <= length_s]


def second_of(line: str) -> float:
    """The second of the story at which a line was written; the inverse of `story_time`."""
    found = TIME.match(line)
    assert found is not None, line
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return ((days * 24 + hours) * 60 + minutes) * 60 + seconds


def compare(kept: list[str], told: list[str]) -> None:
    if told != kept:
        pytest.fail("\n".join(difflib.unified_diff(kept, told, "golden", "now", lineterm="")), pytrace=False)


def journal(scenario: Scenario, length_s: float) -> list[str]:
    rehearsal = rehearse(scenario, ROOT / "config" / "stations" / scenario.station, length_s=length_s)
    return [f"# {scenario.name.en}", *(line(entry, rehearsal) for entry in rehearsal.entries)]


def line(entry: Event, rehearsal: Rehearsal) -> str:
    """Time of the story, code, actor and every field: all that a replay must give again."""
    seconds = (entry.time_ns - rehearsal.start_ns) / 1e9
    fields = " ".join(
        f"{key}={_shown(key, value, rehearsal)}" for key, value in sorted(entry.payload.items())
    )
    return f"{entry.event_seq:>4} {story_time(seconds):>12} {entry.code} {entry.actor} {fields}".rstrip()


def _shown(key: str, value: object, rehearsal: Rehearsal) -> str:
    if key.endswith("_ns") and isinstance(value, int):
        return story_time((value - rehearsal.start_ns) / 1e9).replace(" ", "")
    return repr(value) if isinstance(value, str) and " " in value else str(value)
