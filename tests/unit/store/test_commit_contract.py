"""The contract of the commit (docs/contracts.md §4, §5, §7, §9): one test a sentence of it."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from array import array
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from heatmon.core.effect import Event
from heatmon.core.scan import Scan
from heatmon.store.entry import Notice
from heatmon.store.errors import StoreError
from heatmon.store.journal import Journal, JournalReader
from heatmon.store.verify import verify
from heatmon.store.writer import STEPS, Writer
from tests.unit.store.story import FileHistory, checkpoint, event

LONG_S = 3600.0


class Watch:
    """Notes the steps of the writer; may hold it at one of them until told to go on."""

    def __init__(self) -> None:
        self.steps: list[str] = []
        self.hold_at = ""
        self.held, self.go_on = threading.Event(), threading.Event()

    def __call__(self, name: str) -> None:
        self.steps.append(name)
        if name == self.hold_at:
            self.hold_at = ""
            self.held.set()
            assert self.go_on.wait(60)


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def history(tmp_path: Path) -> FileHistory:
    return FileHistory(tmp_path / "history.txt")


def writer_of(
    history: FileHistory,
    watch: Watch,
    commit_s: float = LONG_S,
    told: Callable[[Notice], None] = lambda notice: None,
) -> Writer:
    return Writer(history, commit_s=commit_s, at_step=watch, on_trouble=told)


async def test_history_first_then_the_journal_then_the_answer(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    writer.open_journal("hx-1", tmp_path / "journal.db")
    await writer.commit("hx-1", [event(1)], checkpoint(1))
    await writer.stop()
    assert tuple(watch.steps[: len(STEPS)]) == STEPS
    assert verify(tmp_path / "journal.db").ok


async def test_nobody_is_told_before_the_transaction_is_on_disk(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    journal = writer.open_journal("hx-1", tmp_path / "journal.db")
    watch.hold_at = "journal.before_commit"
    task = asyncio.create_task(writer.commit("hx-1", [event(1)], checkpoint(1)))
    await asyncio.to_thread(watch.held.wait, 60)
    assert not task.done()
    assert JournalReader(journal.path).head().event_seq == 0
    watch.go_on.set()
    await task
    assert JournalReader(journal.path).head().event_seq == 1
    await writer.stop()


async def test_what_was_recorded_before_the_commit_is_in_the_history_before_the_events(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    writer.open_journal("hx-1", tmp_path / "journal.db")
    writer.record("hx-1", Scan("d", "g", 0, 0, array("d"), b"", input_seq=7), ())
    watch.hold_at = "history.committed"
    task = asyncio.create_task(writer.commit("hx-1", [event(1)], checkpoint(1, input_seq=7)))
    await asyncio.to_thread(watch.held.wait, 60)
    assert history.inputs("hx-1") == [7]
    watch.go_on.set()
    await task
    await writer.stop()


async def test_stations_alarming_at_once_share_one_round(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    names = [f"hx-{n}" for n in range(20)]
    for name in names:
        writer.open_journal(name, tmp_path / name / "journal.db")
    await asyncio.gather(*(writer.commit(name, [event(1)], checkpoint(1)) for name in names))
    assert watch.steps.count("round.begin") == history.commits == 1
    await writer.stop()
    assert all(verify(tmp_path / name / "journal.db").entries == 1 for name in names)


async def test_what_arrives_meanwhile_joins_the_next_round(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    for name in ("a", "b", "c"):
        writer.open_journal(name, tmp_path / name / "journal.db")
    watch.hold_at = "history.committed"
    first = asyncio.create_task(writer.commit("a", [event(1)], checkpoint(1)))
    await asyncio.to_thread(watch.held.wait, 60)
    later = [asyncio.create_task(writer.commit(name, [event(1)], checkpoint(1))) for name in ("b", "c")]
    await asyncio.sleep(0)
    watch.go_on.set()
    await asyncio.gather(first, *later)
    assert watch.steps.count("round.begin") == 2
    await writer.stop()


async def test_without_events_history_is_committed_all_the_same_and_checkpoints_join(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch, commit_s=0.01)
    writer.start()
    journal = writer.open_journal("hx-1", tmp_path / "journal.db")
    await writer.commit("hx-1", (), checkpoint(0, input_seq=5))
    assert journal.recover().checkpoint == checkpoint(0, input_seq=5)
    assert history.commits > 0
    await writer.stop()


async def test_the_checkpoint_is_in_the_transaction_of_its_events(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    journal = writer.open_journal("hx-1", tmp_path / "journal.db")
    with pytest.raises(StoreError):
        await writer.commit("hx-1", [event(1), event(3)], checkpoint(3))
    assert journal.recover().checkpoint is None
    assert journal.head().event_seq == 0
    await writer.commit("hx-1", [event(1)], checkpoint(1))
    assert journal.recover().checkpoint == checkpoint(1)
    await writer.stop()


async def test_one_stations_fault_never_touches_another(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    said: list[Notice] = []
    writer = writer_of(history, watch, told=said.append)
    writer.start()
    for name in ("a", "b"):
        writer.open_journal(name, tmp_path / name / "journal.db")
    bad = Event(1, 0, "x", "y", 1, {"value": 0.5})  # type: ignore[dict-item]  # a float is the fault
    results = await asyncio.gather(
        writer.commit("a", [bad], checkpoint(1)),
        writer.commit("b", [event(1)], checkpoint(1)),
        return_exceptions=True,
    )
    assert isinstance(results[0], StoreError)
    assert results[1] is None
    assert [notice.code for notice in said] == ["store.journal_failed"]
    await writer.stop()


async def test_synchronous_is_full_and_the_cache_small(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    journal = writer.open_journal("hx-1", tmp_path / "journal.db")
    # The connection's own settings cannot be seen from outside.
    db = journal._db
    assert db.execute("pragma synchronous").fetchone() == (2,)
    assert db.execute("pragma journal_mode").fetchone() == ("wal",)
    assert db.execute("pragma cache_size").fetchone() == (-32,)
    await writer.stop()


async def test_a_clean_stop_is_marked_and_the_key_is_the_events_number(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    path = tmp_path / "journal.db"
    writer = writer_of(history, watch)
    writer.start()
    writer.open_journal("hx-1", path)
    await writer.commit("hx-1", [event(1)], checkpoint(1))
    await writer.stop()
    await writer.stop()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("select clean_stop from checkpoint").fetchone() == (1,)
        assert [row[1] for row in db.execute("pragma table_info(entry)") if row[5]] == ["event_seq"]
        # Closed: the write-ahead log is in the file.
        assert db.execute("pragma wal_checkpoint").fetchone() == (0, 0, 0)


async def test_a_stopped_writer_refuses_in_words(tmp_path: Path, history: FileHistory, watch: Watch) -> None:
    writer = writer_of(history, watch)
    writer.start()
    assert writer.progressing()
    writer.open_journal("hx-1", tmp_path / "journal.db")
    await writer.stop()
    assert not writer.progressing()
    with pytest.raises(StoreError, match="not running"):
        await writer.commit("hx-1", [event(1)], checkpoint(1))


async def test_a_writer_that_hangs_shows_no_progress(
    tmp_path: Path, history: FileHistory, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    writer.open_journal("hx-1", tmp_path / "journal.db")
    watch.hold_at = "journal.begin"
    task = asyncio.create_task(writer.commit("hx-1", [event(1)], checkpoint(1)))
    await asyncio.to_thread(watch.held.wait, 60)
    monkeypatch.setattr("heatmon.store.writer.PROGRESS_S", 0.0)
    assert not writer.progressing()
    monkeypatch.undo()
    watch.go_on.set()
    await task
    await writer.stop()


async def test_who_gives_up_waiting_disturbs_nobody(
    tmp_path: Path, history: FileHistory, watch: Watch
) -> None:
    writer = writer_of(history, watch)
    writer.start()
    journal = writer.open_journal("hx-1", tmp_path / "journal.db")
    watch.hold_at = "journal.begin"
    task = asyncio.create_task(writer.commit("hx-1", [event(1)], checkpoint(1)))
    await asyncio.to_thread(watch.held.wait, 60)
    task.cancel()
    watch.go_on.set()
    await writer.commit("hx-1", [event(2)], checkpoint(2))
    assert journal.head().event_seq == 2
    await writer.stop()


def test_the_old_databases_open(tmp_path: Path) -> None:
    for old in sorted((Path(__file__).parent / "databases").glob("journal-v*.db")):
        path = tmp_path / old.name
        shutil.copyfile(old, path)
        for _ in range(2):
            journal = Journal(path, "hx-1")
            assert journal.recover().checkpoint == checkpoint(3)
            assert journal.recover().notices == ()
            journal.close()
        assert str(verify(path).head) == old.with_suffix(".head").read_text().strip()
        journal = Journal(path, "hx-1")
        journal.append([event(4)], checkpoint(4), 0)
        assert verify(path).entries == 4
