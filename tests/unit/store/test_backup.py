"""Backup while the daemon writes, restore, and archives that are not what they should be."""

from __future__ import annotations

import sqlite3
import tarfile
import threading
from contextlib import closing
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.store.backup import BackupError, back_up, check, restore
from heatmon.store.cursor import Cursor
from heatmon.store.errors import Locked
from heatmon.store.history.reader import HistoryReader
from heatmon.store.lock import StateLock
from heatmon.store.verify import verify
from tests.export.fixture import START, Store

DAY = 86_400 * 10**9


@pytest.fixture
def store(tmp_path: Path) -> Store:
    made = Store(tmp_path / "state")
    made.fill(START - DAY, 50)
    end = made.fill(START, 50)
    while not list((made.state / "history").glob("*.packed")):
        made.history.maintain(START)
    for n in range(20):
        made.event("note", end, text=f"note {n}")
    return made


def scans(state: Path) -> int:
    reader = HistoryReader(state / "history")
    found, _ = reader.read_after(None, Cursor(), 1 << 20)
    reader.close()
    return len(found)


def test_a_restored_store_has_the_same_head_and_every_scan(store: Store, tmp_path: Path) -> None:
    settings = tmp_path / "conf" / "hx"
    settings.mkdir(parents=True)
    (settings / "station.yaml").write_text("station: {id: S1}\n")
    made = back_up(store.state, [settings], tmp_path / "b.tar")
    assert made.days == {"state/history/2025-11-24.packed": 50, "state/history/2025-11-25.db": 50}
    head = str(verify(store.journal.path).head)
    assert made.journals == {"state/stations/S1/journal.db": {"head": head, "entries": 21}}
    _, aside = restore(tmp_path / "b.tar", tmp_path / "new", tmp_path / "conf2")
    assert aside is None
    again = verify(tmp_path / "new" / "stations" / "S1" / "journal.db", against=head)
    assert again.ok
    assert scans(tmp_path / "new") == scans(store.state) == 100
    assert (tmp_path / "conf2" / "hx" / "station.yaml").read_text() == "station: {id: S1}\n"


def test_a_backup_beside_a_writer_is_whole(store: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        at = START + 3600 * 10**9
        while not stop.is_set():
            at = store.fill(at, 20)
            store.event("note", at, text="meanwhile")

    # SQLite's connections of the store belong to whichever thread uses them, one at a time.
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for n in range(4):
            back_up(store.state, [], tmp_path / f"{n}.tar")
    finally:
        stop.set()
        writer.join()
    whole = str(verify(store.journal.path).head)
    assert verify(store.journal.path, against=whole).ok
    for n in range(4):
        manifest, _ = restore(tmp_path / f"{n}.tar", tmp_path / f"r{n}")
        (journal,) = manifest.journals.values()
        assert verify(store.journal.path, against=journal["head"]).ok, "a true beginning of the journal"


def test_a_store_in_use_or_with_journals_is_not_overwritten(store: Store, tmp_path: Path) -> None:
    back_up(store.state, [], tmp_path / "b.tar")
    with pytest.raises(BackupError, match="holds journals"):
        restore(tmp_path / "b.tar", store.state)
    lock = StateLock(store.state)
    lock.acquire()
    with pytest.raises(Locked):
        restore(tmp_path / "b.tar", store.state, replace=True)
    lock.release()
    store.event("note", START, text="after the backup")
    _, aside = restore(tmp_path / "b.tar", store.state, replace=True)
    assert aside is not None
    assert verify(store.state / "stations" / "S1" / "journal.db").entries == 21
    assert verify(aside / "stations" / "S1" / "journal.db").entries == 22, "nothing is thrown away"


def test_a_changed_archive_is_refused_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    archive = tmp_path / "b.tar"
    back_up(store.state, [], archive)
    data = bytearray(archive.read_bytes())
    with tarfile.open(archive) as tar:
        member = next(m for m in tar if m.name.endswith("journal.db"))
        at = member.offset_data + member.size // 2
    data[at] ^= 1
    archive.write_bytes(data)
    with pytest.raises(BackupError, match=r"journal\.db is not as it was written"):
        restore(archive, tmp_path / "new")
    assert not (tmp_path / "new" / "stations").exists()
    archive.write_bytes(bytes(data[: len(data) // 2]))
    with pytest.raises(BackupError):
        check(archive)
    archive.write_bytes(b"no archive")
    with pytest.raises(BackupError, match="cannot be read as a backup"):
        check(archive)


def test_an_archive_never_writes_outside(tmp_path: Path) -> None:
    evil = tmp_path / "evil.tar"
    (tmp_path / "x").write_text("x")
    with tarfile.open(evil, "w") as tar:
        tar.add(tmp_path / "x", "state/../../outside")
    with pytest.raises(BackupError, match="which no backup has"):
        restore(evil, tmp_path / "new")


def test_a_broken_chain_is_no_backup(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(sqlite3.connect(store.journal.path)) as db:
        db.execute("drop trigger entry_is_never_changed")
        db.execute("update entry set actor = 'nobody' where event_seq = 5")
        db.commit()
    assert main(["backup", str(tmp_path / "b.tar"), "--state", str(store.state)]) == 1
    assert "chain is broken" in capsys.readouterr().err
    assert not (tmp_path / "b.tar").exists()
    assert main(["backup", str(tmp_path / "c.tar"), "--state", str(tmp_path / "none")]) == 1
    assert "no store here" in capsys.readouterr().err


def test_the_command_line_there_and_back(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive, new = str(tmp_path / "b.tar"), str(tmp_path / "new")
    assert main(["backup", archive, "--state", str(store.state)]) == 0
    assert "1 stations, 21 journal entries, 2 days" in capsys.readouterr().out
    assert main(["backup", archive, "--state", str(store.state)]) == 1
    assert main(["restore", archive, "--state", new]) == 0
    assert main(["restore", archive, "--state", new]) == 1
    assert main(["restore", archive, "--state", new, "--replace"]) == 0
    assert "is kept as" in capsys.readouterr().out
