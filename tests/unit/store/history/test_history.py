"""What was committed reads back, whole and in input order: before packing, after it, and over starts."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
from array import array
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.scan import Origin, Scan
from heatmon.store.history import Cursor, History, StoredScan
from heatmon.store.history.pack import Packer

DAY = 86_400_000_000_000
START = 20_000 * DAY
TAGS = ("t1s", "p2r", "f1")


def scan(number: int, at_ns: int, group: str = "fast", origin: Origin = Origin.LIVE) -> Scan:
    values = array("d", [65.0 + number % 7 / 10, 0.25, float(number)])
    return Scan("plc", group, at_ns, at_ns + 3_000_000, values, bytes(3), origin=origin, input_seq=number)


def everything(history: History, station: str | None, step: int = 7) -> list[StoredScan]:
    found: list[StoredScan] = []
    cursor = Cursor()
    while True:
        part, cursor = history.read_after(station, cursor, step)
        if not part:
            return found
        found.extend(part)


def pack_all(history: History, now_ns: int) -> None:
    for _ in range(200):
        history.maintain(now_ns)


def write_days(history: History, days: int = 3, per_day: int = 20) -> list[Scan]:
    written = []
    for number in range(1, days * per_day + 1):
        one = scan(
            number, START + number * DAY // per_day - DAY // per_day, "slow" if number % 5 == 0 else "fast"
        )
        history.append("s1", one, TAGS)
        history.append("s2", one, TAGS)
        written.append(one)
    history.commit()
    return written


def test_packed_days_read_as_before_and_cursors_stay(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history)
    before = everything(history, "s1")
    places = [history.cursor_at("s1", number) for number in range(70)]
    pack_all(history, START + 3 * DAY)
    assert [file.suffix for file in sorted(tmp_path.glob("????-??-??.*")) if "-" not in file.suffix] == [
        ".packed",
        ".packed",
        ".db",
    ]
    assert [one.scan for one in before] == written
    assert everything(history, "s1") == before
    assert [one.scan for one in everything(history, "s2")] == written
    assert [history.cursor_at("s1", number) for number in range(70)] == places
    assert history.read_after("s1", places[17], 1)[0][0].scan.input_seq == 18
    history.close()


def test_a_day_takes_less_room_once_packed(tmp_path: Path) -> None:
    history = History(tmp_path)
    write_days(history, days=2, per_day=2000)
    before = sum(file.stat().st_size for file in tmp_path.glob(f"{sorted(tmp_path.iterdir())[0].stem}*"))
    pack_all(history, START + 2 * DAY)
    (packed,) = tmp_path.glob("*.packed")
    assert packed.stat().st_size < before / 3
    history.close()


def test_what_comes_after_the_clock_went_back_stays_in_input_order(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history)
    pack_all(history, START + 3 * DAY)
    late = scan(61, START + DAY, origin=Origin.BACKFILL)
    history.append("s1", late, TAGS)
    history.commit()
    assert [one.scan for one in everything(history, "s1")] == [*written, late]
    history.close()


def test_retention_frees_the_disk(tmp_path: Path) -> None:
    history = History(tmp_path)
    write_days(history)
    pack_all(history, START + 3 * DAY)
    before = sum(file.stat().st_size for file in tmp_path.iterdir())
    history.maintain(START + 732 * DAY + 1)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < before
    assert {one.scan.input_seq for one in everything(history, "s1")} == set(range(41, 61))
    history.close()


@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_day_costs_that_day(tmp_path: Path, packed: bool) -> None:
    history = History(tmp_path)
    write_days(history)
    history.close()
    if packed:
        pack_all(history, START + 3 * DAY)
    first = min(tmp_path.glob("*.packed" if packed else "*.db"))
    first.write_bytes(b"no database at all, but long enough to be looked at" * 100)
    again = History(tmp_path)
    assert {one.scan.input_seq for one in everything(again, "s1")} == set(range(21, 61))
    assert again.cursor_at("s1", 30) == history.cursor_at("s1", 30)
    pack_all(again, START + 3 * DAY)
    assert {one.scan.input_seq for one in everything(again, "s1")} == set(range(21, 61))
    again.close()


def test_a_day_whose_tables_were_never_made_is_left_out(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history)
    (tmp_path / "2000-01-01.db").touch()
    assert [one.scan for one in everything(history, "s1")] == written
    assert history.cursor_at("s1", 0) == Cursor()
    history.close()


@pytest.mark.parametrize("chunks", [0, 1, 3])
def test_a_stop_in_the_middle_of_packing_costs_only_the_work(tmp_path: Path, chunks: int) -> None:
    history = History(tmp_path, slice_s=0)
    written = write_days(history)
    for _ in range(chunks):
        history.maintain(START + 3 * DAY)
    again = History(tmp_path)
    assert [one.scan for one in everything(again, "s1")] == written
    pack_all(again, START + 3 * DAY)
    assert [one.scan for one in everything(again, "s1")] == written
    assert not list(tmp_path.glob("*.packing"))
    history.close()
    again.close()


def test_a_packed_day_never_grows(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history, days=2)
    pack_all(history, START + 2 * DAY)
    history.close()
    for file in tmp_path.glob("*.db"):
        file.unlink()
    history = History(tmp_path)
    late = scan(99, START + 1_000_000_000)
    history.append("s1", late, TAGS)
    history.commit()
    assert [one.scan for one in everything(history, "s1")] == [*written[:20], late]
    history.close()


def test_a_stop_between_the_packed_file_and_the_end_of_its_rows_doubles_nothing(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history)
    history.close()
    rows = min(tmp_path.glob("*.db"))
    kept = rows.read_bytes()
    packer = Packer(tmp_path, rows.stem, [rows], told=lambda file, reason: None)
    while not packer.work():
        pass
    assert packer.publish()
    rows.write_bytes(kept)
    again = History(tmp_path)
    assert [one.scan for one in everything(again, "s1")] == written
    assert not rows.exists()


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.sampled_from(["s1", "s2"]), st.integers(-20, 40)),
            st.tuples(st.sampled_from(["commit", "maintain", "start"]), st.just(""), st.just(0)),
        ),
        max_size=40,
    )
)
def test_any_order_of_work_reads_back_in_input_order(steps: list[tuple[str, str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history, now = History(Path(folder)), START
        written: dict[str, list[Scan]] = {"s1": [], "s2": []}
        for what, station, hours in steps:
            if what == "append":
                now += hours * 3_600_000_000_000
                one = scan(len(written[station]) + 1, now, "fast" if hours % 2 else "slow")
                history.append(station, one, TAGS)
                written[station].append(one)
            elif what == "maintain":
                history.maintain(START)
            else:
                history.commit()
                if what == "start":
                    history.close()
                    history = History(Path(folder))
        history.commit()
        for station, scans in written.items():
            assert [one.scan for one in everything(history, station)] == scans
        history.close()


CHILD = """
import sys
from pathlib import Path
sys.path[:0] = sys.argv[2:]
from tests.unit.store.history.test_history import DAY, START, TAGS, scan, everything
from heatmon.store.history import History
history = History(Path(sys.argv[1]))
number = max((one.scan.input_seq for one in everything(history, "s1", 500)), default=0)
while True:
    number += 1
    history.append("s1", scan(number, START + number * DAY // 30), TAGS)
    history.commit()
    print(number, flush=True)
    history.maintain(START)
"""


def kill_and_look(directory: Path, rounds: int, chance: random.Random) -> None:
    """Kill the writer after a random number of commits, in whatever it does then; look at what is left."""
    for _ in range(rounds):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(directory), *sys.path],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[4],
        ) as child:
            assert child.stdout is not None
            told, left = 0, chance.randrange(1, 60)
            for line in child.stdout:
                told, left = int(line), left - 1
                if left <= 0:
                    for _ in range(chance.randrange(30_000)):
                        pass
                    os.kill(child.pid, signal.SIGKILL)
                    break
        history = History(directory)
        numbers = [one.scan.input_seq for one in everything(history, "s1", 500)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= told > 0
        history.close()
        for file in directory.rglob("*.db"):
            with closing(sqlite3.connect(file)) as db:
                assert db.execute("pragma quick_check").fetchone() == ("ok",)


def test_kills_lose_and_double_nothing_that_was_committed(tmp_path: Path) -> None:
    kill_and_look(tmp_path, 15, random.Random(1))


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_hundreds_of_kills(tmp_path: Path, seed: int) -> None:
    kill_and_look(tmp_path, 50, random.Random(seed))


@pytest.mark.parametrize("version", ["v0"])
def test_old_histories_read_back_and_go_on(tmp_path: Path, version: str) -> None:
    """Two days of 20 scans of two stations, the first one packed; made by the heatmon of that version."""
    for file in (Path(__file__).parent / "databases" / version).iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    written = [
        scan(number, START + (number - 1) * DAY // 20, "slow" if number % 5 == 0 else "fast")
        for number in range(1, 41)
    ]
    for _ in range(2):
        history = History(tmp_path)
        assert [one.scan for one in everything(history, "s1")] == written
        written.append(scan(len(written) + 1, START + DAY + len(written)))
        history.append("s1", written[-1], TAGS)
        history.commit()
        history.close()
    history = History(tmp_path)
    history.append("s1", scan(43, START + 2 * DAY), TAGS)
    history.commit()
    pack_all(history, START + 2 * DAY)
    assert [one.scan for one in everything(history, "s1")][:-1] == written
    assert len(list(tmp_path.glob("*.packed"))) == 2
    history.close()
