"""Reading a journal after a cursor: in order, nothing missed, next to nothing when nothing is new."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from heatmon.store.journal import Journal, JournalReader
from tests.unit.store.story import START, checkpoint, event

ROOT = Path(__file__).parents[3]


def numbers(reader: JournalReader, cursor: int, limit: int) -> tuple[list[int], int]:
    found, cursor = reader.read_after(cursor, limit)
    return [entry.header.event_seq for entry in found], cursor


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    journal = Journal(tmp_path / "journal.db", "hx-1")
    journal.append([event(n) for n in range(1, 13)], checkpoint(12), START)
    return journal


@pytest.mark.parametrize("within", [True, False])
def test_entries_come_in_order_a_part_at_a_time(journal: Journal, within: bool) -> None:
    reader = journal if within else JournalReader(journal.path)
    assert numbers(reader, 0, 5) == ([1, 2, 3, 4, 5], 5)
    assert numbers(reader, 5, 50) == ([6, 7, 8, 9, 10, 11, 12], 12)
    assert numbers(reader, 12, 50) == ([], 12)
    journal.append([event(13)], checkpoint(13), START)
    assert numbers(reader, 12, 50) == ([13], 13)


def age(path: Path) -> None:
    """As if nothing had been written for a while."""
    for file in path.parent.iterdir():
        os.utime(file, ns=(START, file.stat().st_mtime_ns - 2_000_000_000))


def test_a_quiet_journal_is_not_opened_again(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = JournalReader(journal.path)
    age(journal.path)
    assert numbers(reader, 12, 50) == ([], 12)
    with monkeypatch.context() as patched:
        patched.setattr("heatmon.store.journal_reader.reading", None)
        assert numbers(reader, 12, 50) == ([], 12)
    # Another cursor is another question.
    assert numbers(reader, 11, 50) == ([12], 12)
    assert numbers(reader, 12, 50) == ([], 12)
    journal.append([event(13)], checkpoint(13), START)
    assert numbers(reader, 12, 50) == ([13], 13)


FOLLOW = """
import sys
from pathlib import Path
from heatmon.store.journal import JournalReader
reader, cursor = JournalReader(Path(sys.argv[1])), 0
while cursor < 200:
    found, cursor = reader.read_after(cursor, 7)
    for entry in found:
        print(entry.header.event_seq)
"""


def test_another_process_misses_nothing(journal: Journal) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOW, str(journal.path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        for number in range(13, 201):
            journal.append([event(number)], checkpoint(number), START)
        assert child.stdout is not None
        assert [int(line) for line in child.stdout] == list(range(1, 201))
