"""Loss of power at any instant: no event that was told is lost or doubled, history loses at most 5 s."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from functools import lru_cache
from pathlib import Path

import pytest

from heatmon.store.claims import Claims
from heatmon.store.history import BEGIN, History
from heatmon.store.journal import Journal, JournalReader
from heatmon.store.verify import verify
from tests.unit.store.power.child import STATION, moment, scan
from tests.unit.store.power.disk import CREATE, SYNC, Disk, Record, lines, read_log
from tests.unit.store.story import START, TinyEngine

HERE = Path(__file__).parent
ROOT = HERE.parents[3]
INPUTS = 60
LOST_S = 5


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = shutil.which("cc")
    if compiler is None:
        if os.environ.get("CI"):
            pytest.fail("there is no C compiler: .ci/run installs gcc and libc6-dev")
        pytest.skip("there is no C compiler")
    library = tmp_path_factory.mktemp("recorder") / "recorder.so"
    source = str(HERE / "recorder.c")
    subprocess.run(
        [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", library, source], check=True
    )
    return library


def recorded(recorder: Path, folder: Path, inputs: int) -> tuple[Path, list[Record]]:
    directory, log = folder.resolve() / "state", folder.resolve() / "log"
    directory.mkdir()
    environment = {
        **os.environ,
        "LD_PRELOAD": str(recorder),
        "RECORD_UNDER": str(directory),
        "RECORD_LOG": str(log),
        "PYTHONPATH": str(ROOT),
    }
    child = "tests.unit.store.power.child"
    subprocess.run(
        [sys.executable, "-m", child, str(directory), str(inputs)], cwd=ROOT, env=environment, check=True
    )
    return directory, read_log(log)


@lru_cache
def told(upto: int) -> tuple[str, ...]:
    """Code, number and payload of what an uninterrupted run brings about."""
    engine, found = TinyEngine(), list[str]()
    while engine.input_seq < upto:
        found += [f"{event.event_seq} {event.code} {dict(event.payload)}" for event in engine.step()]
    return tuple(found)


def last(said: bytes, what: str) -> int:
    return max((int(line[2:]) for line in lines(said) if line.startswith(what)), default=0)


def check(state: Path, said: bytes) -> None:
    """Start on what is left, as the daemon does, and compare."""
    for file in state.rglob("*.db"):
        with closing(sqlite3.connect(file)) as db:
            assert db.execute("pragma quick_check").fetchone() == ("ok",), file
    history = History(state / "history", Claims(state))
    stored, cursor = history.read_after(None, BEGIN, INPUTS * 2)
    while (more := history.read_after(None, cursor, INPUTS))[0]:
        stored, cursor = stored + more[0], more[1]
    assert [one.scan for one in stored] == [scan(number) for number in range(1, len(stored) + 1)]
    assert len(stored) >= last(said, "H")
    recorded = last(said, "R")
    # One input may be on disk that nobody knows of yet; the day's jump is no lost time.
    assert recorded - len(stored) <= LOST_S
    journal = Journal(state / "journal.db", STATION)
    found = journal.recover()
    assert found.notices == ()
    assert found.event_seq >= last(said, "E")
    engine = TinyEngine(found.checkpoint)
    assert engine.input_seq <= len(stored)
    for one in stored[engine.input_seq :]:
        assert one.scan.input_seq == engine.input_seq + 1
        if events := engine.step():
            journal.append(events, engine.checkpoint(), START)
    journal.close()
    verdict = verify(state / "journal.db")
    assert verdict.ok, verdict.broken
    entries = JournalReader(state / "journal.db").entries()
    assert tuple(f"{e.header.event_seq} {e.header.code} {dict(e.fields)}" for e in entries) == told(
        len(stored)
    )
    assert not [
        notice for notice in history.maintain(moment(recorded)) if notice.code != "store.cursors_lost"
    ]
    history.close()


def run(records: list[Record], root: Path, folder: Path, seeds: dict[int, list[int]]) -> int:
    """Follow the log; after the records named in `seeds` the power goes, once for each seed."""
    disk, crashes = Disk(root), 0
    for number, one in enumerate(records):
        disk.follow(one)
        for seed in seeds.get(number, ()):
            left = folder / f"{number}-{seed}"
            disk.crash(left, random.Random(f"{number} {seed}"))
            if (left / "journal.db").exists() or last(disk.said, "E"):
                (left / "history").mkdir(parents=True, exist_ok=True)
                check(left, disk.said)
                crashes += 1
            shutil.rmtree(left, ignore_errors=True)
    assert last(disk.said, "H") == INPUTS
    return crashes


def test_whatever_the_disk_had_not_synced_no_event_is_lost_and_no_more_than_seconds_of_samples(
    recorder: Path, tmp_path: Path
) -> None:
    root, records = recorded(recorder, tmp_path, INPUTS)
    assert len([one for one in records if one.what == CREATE]) > 10
    assert list((root / "history").glob("*.packed"))
    chance = random.Random(1)
    # Half of the instants just before a sync returns: then most is at stake.
    syncs = [number - 1 for number, one in enumerate(records) if one.what == SYNC]
    instants = chance.sample(syncs, 40) + chance.sample(range(len(records)), 40)
    assert run(records, root, tmp_path, {number: [1] for number in instants}) > 60


@pytest.mark.soak
@pytest.mark.parametrize("part", range(10))
def test_every_instant_of_a_run(recorder: Path, tmp_path: Path, part: int) -> None:
    root, records = recorded(recorder, tmp_path, INPUTS)
    instants = range(part, len(records), 10)
    assert run(records, root, tmp_path, {number: [1, 2] for number in instants}) > 100


@pytest.mark.parametrize(("file", "lost"), [("journal.db-wal", "event_seq"), (".db-wal", "StoredScan")])
def test_the_proof_can_fail(recorder: Path, tmp_path: Path, file: str, lost: str) -> None:
    """A disk that forgets the syncs of a log loses what was told, and the check notices."""
    root, records = recorded(recorder, tmp_path, INPUTS)
    folder = "state" if file == "journal.db-wal" else "history"
    logs = {
        one.inode
        for one in records
        if one.what == CREATE and one.name.endswith(file) and Path(one.name).parent.name == folder
    }
    forgetful = [one for one in records if one.what != SYNC or one.inode not in logs]
    assert len(forgetful) < len(records) - 10
    with pytest.raises(AssertionError, match=lost):
        run(
            forgetful,
            root,
            tmp_path,
            {number: [1] for number in range(len(forgetful) // 2, len(forgetful), 20)},
        )
