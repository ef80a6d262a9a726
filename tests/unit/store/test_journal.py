from __future__ import annotations

import hashlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from heatmon.catalogue import render
from heatmon.store.entry import ERASED, LOST
from heatmon.store.errors import JournalDamaged, Locked, OutOfOrder, StoreError, WrongJournal
from heatmon.store.journal import Journal, JournalReader
from heatmon.store.lock import StateLock
from heatmon.store.verify import verify
from tests.unit.store.story import START, checkpoint, event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twelve entries of station hx-1; the third is personal."""
    path = tmp_path / "journal.db"
    journal = Journal(path, "hx-1")
    events = [event(n, "personal.call", phone="139") if n == 3 else event(n) for n in range(1, 13)]
    journal.append(events, checkpoint(12), START)
    journal.close()
    return path


def tamper(path: Path, statement: str, *values: object) -> None:
    """What someone with a SQL shell can do: take the triggers away first."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for (name,) in db.execute("select name from sqlite_schema where type = 'trigger'").fetchall():
            db.execute(f"drop trigger {name}")
        assert db.execute(statement, values).rowcount > 0


def broken_at(path: Path, against: str | None = None) -> tuple[str, object] | None:
    found = verify(path, against).broken
    if found is None:
        return None
    assert render(found.code, "en", **found.params) != render(found.code, "zh", **found.params)
    return found.code.removeprefix("store.verify."), found.params["event_seq"]


def test_a_start_finds_what_the_last_run_left(path: Path) -> None:
    found = Journal(path, "hx-1").recover()
    assert found.checkpoint == checkpoint(12)
    assert (found.event_seq, found.input_seq, found.head.event_seq) == (12, 12, 12)
    assert found.last_time_ns == START + 12 * 10**9
    assert not found.clean_stop
    assert found.notices == ()


def test_a_clean_stop_is_remembered_until_the_next_write(path: Path) -> None:
    journal = Journal(path, "hx-1")
    journal.close(clean=True)
    journal = Journal(path, "hx-1")
    assert journal.recover().clean_stop
    journal.append((), checkpoint(12, 13), START)
    journal.close()
    assert not Journal(path, "hx-1").recover().clean_stop


def test_an_unbroken_chain_is_verified_and_its_head_is_found_again(path: Path) -> None:
    verdict = verify(path)
    assert verdict.ok
    assert verdict.entries == 12
    assert JournalReader(path).head() == verdict.head
    assert verify(path, str(verdict.head)).ok


def test_reading_leaves_nothing_behind(path: Path) -> None:
    before = {file.name for file in path.parent.iterdir()}
    assert verify(path).ok
    assert JournalReader(path).tail(1)
    assert {file.name for file in path.parent.iterdir()} == before


def test_a_reader_and_a_verification_work_beside_the_daemon(path: Path) -> None:
    journal = Journal(path, "hx-1")
    journal.append([event(13)], checkpoint(13), START)
    assert verify(path).entries == 13
    assert [entry.header.event_seq for entry in JournalReader(path).entries(after_event_seq=11)] == [12, 13]
    journal.append([event(14)], checkpoint(14), START)


COLUMNS = {
    "time": START,
    "written_at": 1,
    "code": "alarm.cleared",
    "actor": "zhang@socket/uid",
    "input_seq": 99,
    "payload": '{"alarm":"other"}',
    "payload_sha256": bytes(32),
    "simulated": 1,
    "salt": b"salt",
    "hash": bytes(32),
    "station": "hx-2",
    "event_seq": 99,
}


@pytest.mark.parametrize("seq", [1, 3, 7, 12])
@pytest.mark.parametrize("column", COLUMNS)
def test_an_edit_of_any_column_is_found(path: Path, column: str, seq: int) -> None:
    tamper(path, f"update entry set {column} = ? where event_seq = ?", COLUMNS[column], seq)
    found = broken_at(path)
    assert found is not None
    assert found[1] in (seq, COLUMNS["event_seq"])


def test_every_column_of_the_table_is_in_the_list(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        assert {row[1] for row in db.execute("pragma table_info(entry)")} == set(COLUMNS)


def test_a_deletion_in_the_middle_is_found(path: Path) -> None:
    tamper(path, "delete from entry where event_seq = 5")
    assert broken_at(path) == ("missing", 5)


def test_a_deletion_closed_up_by_renumbering_is_found(path: Path) -> None:
    tamper(path, "delete from entry where event_seq = 5")
    tamper(path, "update entry set event_seq = event_seq - 1 where event_seq > 5")
    assert broken_at(path) == ("hash", 5)


def test_two_entries_that_changed_places_are_found(path: Path) -> None:
    for old, new in ((5, 100), (6, 5), (100, 6)):
        tamper(path, "update entry set event_seq = ? where event_seq = ?", new, old)
    assert broken_at(path) == ("hash", 5)


def test_a_tail_that_was_cut_is_found_against_a_head_only(path: Path) -> None:
    head = str(verify(path).head)
    tamper(path, "delete from entry where event_seq > 10")
    assert broken_at(path) is None
    assert broken_at(path, head) == ("cut", 12)


def test_a_journal_written_anew_is_found_against_a_head(path: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    journal = Journal(other, "hx-1")
    journal.append([event(n) for n in range(1, 15)], checkpoint(14), START)
    assert broken_at(other) is None
    assert broken_at(other, str(verify(path).head)) == ("other", 12)


@pytest.mark.parametrize("text", ["", "12", "12:zz", "-1:" + "0" * 64, "1:" + "0" * 63])
def test_what_is_no_head_is_refused_in_words(path: Path, text: str) -> None:
    with pytest.raises(StoreError, match="no head"):
        verify(path, text)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from entry where event_seq = 5",
        "update entry set code = 'x' where event_seq = 5",
        "update entry set payload = null where event_seq = 5",
        "update entry set payload = '{}' where event_seq = 3",
        "insert or replace into entry select * from entry where event_seq = 5",
        "insert into entry select 'hx-2', 99, 1, 1, 'c', 'a', 1, hash, 0, '{}', null, hash from entry",
    ],
)
def test_the_database_itself_refuses_changes(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, pytest.raises(sqlite3.IntegrityError):
        db.execute(statement)


def test_events_that_are_here_already_are_passed_over(path: Path) -> None:
    journal = Journal(path, "hx-1")
    journal.append([event(12), event(13)], checkpoint(13), START)
    assert [e.header.event_seq for e in journal.tail(2)] == [12, 13]
    with pytest.raises(OutOfOrder):
        journal.append([event(13, alarm="another")], checkpoint(13), START)


@pytest.mark.parametrize("numbers", [[14], [13, 15], [13, 13]])
def test_a_gap_in_the_numbers_is_refused_and_nothing_is_written(path: Path, numbers: list[int]) -> None:
    journal = Journal(path, "hx-1")
    with pytest.raises(OutOfOrder):
        journal.append([event(n) for n in numbers], checkpoint(numbers[-1]), START)
    assert journal.head().event_seq == 12


def test_events_without_their_checkpoint_are_refused(path: Path) -> None:
    journal = Journal(path, "hx-1")
    with pytest.raises(OutOfOrder):
        journal.append([event(13)], None, START)
    with pytest.raises(OutOfOrder):
        journal.append([event(13)], checkpoint(14), START)


def test_a_personal_payload_is_erased_by_an_entry_and_the_chain_still_holds(path: Path) -> None:
    journal = Journal(path, "hx-1")
    secret = "13900000000"
    journal.append([event(13, "personal.call", phone=secret)], checkpoint(13), START)
    journal.append([event(14, ERASED, event_seq=13)], checkpoint(14), START)
    assert [e.payload is None for e in journal.entries()] == [n == 13 for n in range(1, 15)]
    assert verify(path).ok
    journal.close()
    for file in path.parent.glob("journal.db*"):
        assert secret.encode() not in file.read_bytes()


def test_an_erasure_that_nobody_has_written_down_is_found(path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("update entry set payload = null, salt = null where event_seq = 3")
    assert broken_at(path) == ("erased", 3)


def test_an_ordinary_entry_is_not_erasable(path: Path) -> None:
    journal = Journal(path, "hx-1")
    journal.append([event(13, ERASED, event_seq=5)], checkpoint(13), START)
    assert all(entry.payload is not None for entry in journal.entries())


def test_settings_are_kept_by_content(path: Path) -> None:
    content = b'{"station":"hx-1"}' * 100
    sha256 = hashlib.sha256(content).hexdigest()
    journal = Journal(path, "hx-1")
    for _ in range(2):
        journal.put_bundle(sha256, content)
    assert journal.bundle(sha256) == content
    with pytest.raises(KeyError):
        journal.bundle("0" * 64)
    with pytest.raises(StoreError):
        journal.put_bundle("0" * 64, content)


def test_simulated_and_real_entries_never_mix(path: Path, tmp_path: Path) -> None:
    simulated = tmp_path / "sim.db"
    journal = Journal(simulated, "hx-1", simulated=True)
    journal.append([event(1)], checkpoint(1), START)
    journal.close()
    assert verify(simulated).simulated == 1
    with pytest.raises(WrongJournal, match="simulated clock"):
        Journal(simulated, "hx-1")
    with pytest.raises(WrongJournal, match="real station"):
        Journal(path, "hx-1", simulated=True)
    Journal(simulated, "hx-1", simulated=True).close()


def test_another_stations_journal_is_refused(path: Path) -> None:
    with pytest.raises(WrongJournal, match="hx-1"):
        Journal(path, "hx-2")


def test_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(WrongJournal, match="newer heatmon"):
        Journal(path, "hx-1")
    assert not list(path.parent.glob("*.damaged-*"))


def test_a_damaged_checkpoint_is_reported_and_the_numbers_go_on(path: Path) -> None:
    tamper(path, "update checkpoint set body = replace(body, '12', '13')")
    found = Journal(path, "hx-1").recover()
    assert found.checkpoint is None
    assert found.event_seq == 12
    assert [notice.code for notice in found.notices] == ["store.checkpoint_damaged"]


def test_a_broken_end_is_reported_at_start(path: Path) -> None:
    tamper(path, "update entry set code = 'x' where event_seq = 12")
    assert [notice.code for notice in Journal(path, "hx-1").recover().notices] == ["store.chain_broken"]


def test_a_second_daemon_is_refused(tmp_path: Path) -> None:
    first, second = StateLock(tmp_path), StateLock(tmp_path)
    first.acquire()
    with pytest.raises(Locked, match="another heatmon works here"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
    second.release()


class TestDamage:
    """A damaged file is set aside, salvaged and reported; the station never starts blank in silence."""

    @pytest.fixture
    def big(self, tmp_path: Path) -> Path:
        path = tmp_path / "journal.db"
        journal = Journal(path, "hx-1")
        for start in range(1, 2001, 200):
            journal.append([event(n) for n in range(start, start + 200)], checkpoint(start + 199), START)
        journal.close()
        return path

    def salvaged(self, path: Path) -> tuple[Journal, int]:
        journal = Journal(path, "hx-1")
        notice = journal.recover().notices[0]
        assert notice.code == "store.salvaged"
        assert Path(str(notice.params["aside"])).exists()
        assert "set aside" in str(notice)
        kept = notice.params["kept"]
        assert isinstance(kept, int)
        return journal, kept

    def test_rubbish_in_the_middle_costs_some_entries_only(self, big: Path) -> None:
        size = big.stat().st_size
        with big.open("r+b") as file:
            file.seek(size // 2 // 4096 * 4096)
            file.write(b"\xa5" * 4096)
        journal, kept = self.salvaged(big)
        assert 1900 < kept < 2000
        assert journal.recover().checkpoint == checkpoint(2000)
        journal.append([event(2001)], checkpoint(2001), START)
        assert broken_at(big) is not None

    def test_a_lost_end_is_said_in_the_journal(self, big: Path) -> None:
        with closing(sqlite3.connect(big)) as db:
            db.execute("drop trigger entry_is_never_deleted")
            db.execute("delete from entry where event_seq > 1990")
            db.commit()
        journal = Journal(big, "hx-1")
        assert journal.recover().event_seq == 2000
        journal.append([event(2001)], checkpoint(2001), START)
        lost, new = journal.tail(2)
        assert (lost.header.code, lost.fields["first_event_seq"], lost.header.event_seq) == (LOST, 1991, 2000)
        assert new.header.event_seq == 2001
        assert verify(big).ok

    @pytest.mark.parametrize("content", [b"", b"no database at all" * 1000])
    def test_a_file_that_is_none(self, big: Path, content: bytes) -> None:
        big.write_bytes(content)
        journal, kept = self.salvaged(big)
        assert kept == 0
        journal.append([event(1)], checkpoint(1), START)
        assert verify(big).ok

    def test_cut_in_half(self, big: Path) -> None:
        with big.open("r+b") as file:
            file.truncate(big.stat().st_size // 2)
        journal, kept = self.salvaged(big)
        assert 500 < kept < 2000
        journal.close()
        assert "store.salvaged" not in [notice.code for notice in Journal(big, "hx-1").recover().notices]

    def test_a_salvage_that_was_interrupted_is_finished(self, big: Path) -> None:
        whole = big.with_name(big.name + ".salvaged")
        big.rename(whole)
        whole.with_name(big.name + ".damaged-20260101T000000Z").write_bytes(b"x")
        journal = Journal(big, "hx-1")
        assert journal.recover().event_seq == 2000
        assert [notice.code for notice in journal.recover().notices] == ["store.salvage_finished"]

    def test_reading_damage_is_an_error_in_words(self, big: Path) -> None:
        big.write_bytes(b"no database at all" * 1000)
        with pytest.raises(JournalDamaged, match=r"journal\.db"):
            verify(big)
        with pytest.raises(StoreError, match="no such file"):
            verify(big.with_name("none.db"))
