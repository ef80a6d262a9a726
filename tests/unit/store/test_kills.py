"""kill -9 at random instants, and the end of the process at each step of the commit."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from heatmon.store.journal import JournalReader
from heatmon.store.verify import verify
from heatmon.store.writer import STEPS
from tests.unit.store.story import told

ROOT = Path(__file__).parents[3]
ENDLESS = 10_000_000


def start(directory: Path, inputs: int, step: str = "-", passes: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.unit.store.child", str(directory), str(inputs), step, str(passes)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def acknowledged(lines: list[str]) -> int:
    """The last event the process knew to be on disk; a torn last line does not count."""
    return max((int(line[2:]) for line in lines if line.startswith("E ") and line.endswith("\n")), default=0)


def check(path: Path, known: int) -> int:
    """No acknowledged event lost, none doubled, no gap, the chain holds, the pages are sound."""
    verdict = verify(path)
    assert verdict.ok, verdict.broken
    numbers = [entry.header.event_seq for entry in JournalReader(path).entries()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) >= known
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("pragma quick_check").fetchone() == ("ok",)
    return len(numbers)


def run_and_kill(directory: Path, kills: int, seed: int) -> None:
    chance = random.Random(seed)
    known = written = 0
    for _ in range(kills):
        with start(directory, ENDLESS) as process:
            assert process.stdout is not None
            lines = [process.stdout.readline()]
            while lines[-1] != "S\n":
                assert lines[-1], "the process ended by itself"
                lines.append(process.stdout.readline())
            # A random number of events, then a random moment inside the next rounds.
            lines += [process.stdout.readline() for _ in range(chance.randrange(12))]
            for _ in range(chance.randrange(3000)):
                pass
            process.send_signal(signal.SIGKILL)
            lines += process.stdout.readlines()
        known = max(known, acknowledged(lines))
        assert check(directory / "journal.db", known) >= written
        written = known
    with start(directory, 0) as process:
        assert process.stdout is not None
        assert process.stdout.read().endswith("S\n")
    assert written > kills


def test_no_event_is_lost_or_doubled_by_kill_9(tmp_path: Path) -> None:
    run_and_kill(tmp_path, kills=20, seed=1)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_no_event_is_lost_or_doubled_by_a_thousand_kills(tmp_path: Path, seed: int) -> None:
    run_and_kill(tmp_path, kills=100, seed=100 + seed)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The journal of a run that nothing interrupts."""
    directory = tmp_path_factory.mktemp("whole")
    with start(directory, 40) as process:
        assert process.wait(60) == 0
    return [told(entry.as_dict()) for entry in JournalReader(directory / "journal.db").entries()]


@pytest.mark.parametrize("passes", [0, 3, 7])
@pytest.mark.parametrize("step", STEPS)
def test_an_end_at_any_step_of_the_commit_leaves_no_trace(
    tmp_path: Path, uninterrupted: list[str], step: str, passes: int
) -> None:
    with start(tmp_path, 40, step, passes) as process:
        assert process.stdout is not None
        known = acknowledged(process.stdout.readlines())
        assert process.wait(60) == 9
    journal = tmp_path / "journal.db"
    if journal.exists():
        check(journal, known)
    with start(tmp_path, 40) as process:
        assert process.wait(60) == 0
    assert [told(entry.as_dict()) for entry in JournalReader(journal).entries()] == uninterrupted
    assert len(uninterrupted) == 17
