from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.effect import Event
from heatmon.store.entry import SUMMARISED
from heatmon.store.journal import JournalReader
from heatmon.store.making import first_of
from heatmon.store.reserve import Reserve
from heatmon.store.summary import Waiting, may_wait, thinned, whole
from heatmon.store.verify import verify
from tests.unit.store.story import event

ROOT = Path(__file__).parents[3]


def test_a_disk_that_really_refuses_costs_samples_then_p3_then_stops_the_journal_and_nothing_is_lost(
    tmp_path: Path,
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.unit.store.full_disk", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["stages"] == ["events", "good", "last"]
    assert found["stage_when_refused"] == "refused"
    assert found["dropped"] == 1
    said = found["said"]
    # Down step by step; then, with room again, up: a write succeeds, the reserve is taken again.
    down, up = ["events", "last", "refused"], ["last", "good"]
    assert [code.removeprefix("store.disk.") for code in said] == down + up
    path = tmp_path / "journal.db"
    assert verify(path).ok
    entries = list(JournalReader(path).entries())
    assert entries[-1].header.event_seq == found["last"]
    summaries = [e for e in entries if e.header.code == SUMMARISED]
    assert summaries
    assert all(e.first_event_seq >= found["counted_from"] for e in summaries)
    # Every P1 has its own entry, whatever the disk did.
    own = {e.header.event_seq for e in entries if e.header.code != SUMMARISED}
    assert own >= {n for n in range(1, found["last"] + 1) if n % 2 == 0}


def test_the_reserve_takes_real_room_and_gives_it_up_in_two_steps(tmp_path: Path) -> None:
    reserve = Reserve(tmp_path, events_bytes=1 << 20, last_bytes=1 << 16)
    reserve.take()
    assert (tmp_path / "reserve-events").stat().st_blocks * 512 >= 1 << 20
    stages: list[str] = [reserve.stage]
    files = [len(list(tmp_path.iterdir()))]
    while reserve.give_up():
        stages.append(reserve.stage)
        files.append(len(list(tmp_path.iterdir())))
    assert stages == ["good", "events", "last"]
    assert files == [2, 1, 0]
    assert reserve.ample()
    reserve.take()
    assert reserve.stage == stages[0]


def test_what_a_person_did_never_waits() -> None:
    assert may_wait(event(1, priority="P3"))
    assert may_wait(event(1, "link.lost", link="plc"))
    assert not may_wait(event(1, priority="P1"))
    assert not may_wait(event(1, "alarm.acked", "zhang@socket/uid", priority="P3"))


BATCHES = st.lists(st.lists(st.sampled_from(["P1", "P2", "P3", "link"]), max_size=5), max_size=8)


@given(BATCHES)
def test_thinning_keeps_every_number_once_and_every_grave_event(batches: list[list[str]]) -> None:
    waiting: Waiting | None = None
    out: list[Event] = []
    grave, seq = [], 0
    for batch in batches:
        events = []
        for kind in batch:
            seq += 1
            is_link = kind == "link"
            one = event(seq, "link.lost", link="a") if is_link else event(seq, priority=kind)
            events.append(one)
            if not may_wait(one):
                grave.append(one)
        written, waiting = thinned(waiting, events)
        out += written
    out += whole(waiting, [])
    numbers = [n for one in out for n in range(first_of(one), one.event_seq + 1)]
    assert numbers == list(range(1, seq + 1))
    assert [one for one in out if one.code != SUMMARISED] == grave
    counts = [one.payload["count"] for one in out if one.code == SUMMARISED]
    assert sum(c for c in counts if isinstance(c, int)) == seq - len(grave)
