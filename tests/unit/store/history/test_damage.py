"""A damaged day: what can be read is read, the rest is said, writing goes on, cursors hold."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from heatmon.store.history import BEGIN, History
from tests.unit.store.history.test_history import DAY, START, TAGS, everything, pack_all, scan

PAGE = 4096


def spoil(file: Path, pages: slice = slice(None)) -> None:
    """Rubbish over some pages in the second half: roots and schema stay."""
    count = file.stat().st_size // PAGE
    with file.open("r+b") as raw:
        for page in range(count)[pages]:
            raw.seek(page * PAGE)
            raw.write(b"\xa5" * PAGE)


def numbers(history: History, station: str = "s1", step: int = 100) -> list[int]:
    return [one.scan.input_seq for one in everything(history, station, step)]


def write(history: History, first: int, last: int, at_ns: int) -> None:
    for number in range(first, last + 1):
        history.append("s1", scan(number, at_ns + number * 1_000_000), TAGS)
    history.commit()


def codes(history: History, now_ns: int) -> list[str]:
    return [notice.code for n in range(200) for notice in history.maintain(now_ns)]


def test_damage_in_the_open_day_costs_its_pages_and_writing_goes_on(tmp_path: Path) -> None:
    history = History(tmp_path)
    write(history, 1, 2000, START)
    history.close()
    (day,) = tmp_path.glob("*.db")
    # The last leaf: where the next row would go.
    spoil(day, slice(-2, None))
    history = History(tmp_path)
    cursor = history.read_after("s1", BEGIN, 500)[1]
    write(history, 2001, 2100, START)
    found = numbers(history)
    assert found == sorted(found)
    assert set(range(2001, 2101)) <= set(found)
    assert 1500 < len(found) < 2100
    assert [one.scan.input_seq for one in history.read_after("s1", cursor, 2)[0]] == [501, 502]
    assert "store.day_damaged" in codes(history, START)
    assert len(list(tmp_path.glob("*.damaged-001.db"))) == 1
    # The next day begins: both files are packed into one, in order.
    write(history, 2101, 2101, START + DAY)
    pack_all(history, START + DAY)
    assert numbers(history) == [*found, 2101]
    assert len(list(tmp_path.glob("*.packed"))) == 1
    history.close()


def test_a_second_damage_on_the_same_day(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = 0
    for _ in range(3):
        write(history, written + 1, written + 1000, START)
        written += 1000
        history.close()
        spoil(next(file for file in tmp_path.glob("*.db") if "damaged" not in file.name), slice(-2, None))
        history = History(tmp_path)
    write(history, written + 1, written + 10, START)
    found = numbers(history)
    assert found == sorted(set(found))
    assert 2000 < len(found) < 3010
    assert found[-10:] == list(range(3001, 3011))
    history.close()


def test_a_file_that_is_no_database_any_more_stops_no_start(tmp_path: Path) -> None:
    history = History(tmp_path)
    write(history, 1, 50, START)
    claimed = history.end()
    history.close()
    (day,) = tmp_path.glob("*.db")
    day.write_bytes(os.urandom(day.stat().st_size))
    history = History(tmp_path)
    write(history, 51, 60, START)
    assert numbers(history) == list(range(51, 61))
    # Positions go on behind those that were given: nothing is hidden from a cursor.
    assert [one.scan.input_seq for one in history.read_after("s1", claimed, 100)[0]] == list(range(51, 61))
    assert codes(history, START) == ["store.day_damaged"]
    history.close()


@pytest.mark.parametrize("step", [1, 50, 5000])
def test_a_packed_day_loses_only_the_damaged_chunks(tmp_path: Path, step: int) -> None:
    history = History(tmp_path)
    noise = random.Random(1)
    for number in range(1, 6001):
        one = scan(number, START + number * 1_000_000, f"g{number % 3}")
        one.values[0], one.values[1] = noise.random(), noise.random()
        history.append("s1", one, TAGS)
    history.append("s1", scan(6001, START + DAY), TAGS)
    history.commit()
    pack_all(history, START + DAY)
    (packed,) = tmp_path.glob("*.packed")
    whole = packed.read_bytes()
    spoil(packed, slice(len(whole) // PAGE // 2, len(whole) // PAGE // 2 + 2))
    history.close()
    history = History(tmp_path)
    found = numbers(history, step=step)
    assert found == sorted(set(found))
    assert 3000 < len(found) < 6001
    assert found[-1] == 6001
    assert "store.day_damaged" in codes(history, START + DAY)
    history.close()
