"""The outbox alone: planned once, sent once, whatever ends the process and whenever."""

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

from heatmon.notify.codes import LENGTH, Codes, Proved, found_in
from heatmon.notify.outbox import TRIES, Outbox
from heatmon.notify.row import Draft, Row
from heatmon.notify.states import State, Trigger
from heatmon.store.errors import StoreError, WrongJournal

ROOT = Path(__file__).parents[3]
HOUR = 3_600_000_000_000
ENTRY = {"time_ns": 0, "code": "alarm.raised", "actor": "x", "head": "1:ab", "simulated": False, "fields": {}}


def draft(number: int, recipient: str = "li", channel: str = "a", **changes: object) -> Draft:
    values = {"occurrence": f"A{number}#1", "kind": "raised", "priority": "P2", "due_ns": 0} | changes
    return Draft("hx1", number, recipient, channel, 0, "+86138", **values, entry=ENTRY)  # type: ignore[arg-type]  # names of its fields


@pytest.fixture
def outbox(tmp_path: Path) -> Outbox:
    return Outbox(tmp_path / "outbox.db")


def only(outbox: Outbox) -> Row:
    (row,) = outbox._rows("true order by id")
    return row


def test_a_message_is_written_down_once_however_often_it_is_planned(outbox: Outbox) -> None:
    outbox.add([draft(1), draft(1)], 0)
    outbox.add([draft(1), draft(1, "zhang")], 0)
    assert [row.recipient for row in outbox._rows("true order by id")] == ["li", "zhang"]


def test_the_gravest_then_the_oldest(outbox: Outbox) -> None:
    outbox.add([draft(1, priority="P3"), draft(2), draft(3, priority="P1"), draft(4, priority="P1")], 0)
    outbox.add([draft(5, priority="P1", due_ns=99)], 0)
    order = []
    while (row := outbox.next("hx1", "a", 10)) is not None:
        order.append(row.event_seq)
        outbox.mark(row, Trigger.SEND, 10)
    assert order == [3, 4, 2, 1]
    assert outbox.due("hx1", "a") == 99


def test_attempts_are_counted_and_a_settled_message_stays_as_it_is(outbox: Outbox) -> None:
    outbox.add([draft(1)], 0)
    row = outbox.mark(only(outbox), Trigger.SEND, 1)
    row = outbox.mark(row, Trigger.BROKEN, 2, answer="dead", due_ns=50)
    assert (row.state, row.attempts, row.due_ns, row.answer) == (State.QUEUED, 1, 50, "dead")
    row = outbox.mark(row, Trigger.SEND, 3)
    row = outbox.mark(row, Trigger.CONFIRMED, 4, answer="0")
    assert (row.state, row.attempts) == (State.DELIVERED, 2)
    assert outbox.mark(row, Trigger.SEND, 5).state is State.DELIVERED
    assert [one.id for one in outbox.untold("hx1")] == [row.id]
    outbox.told(row.id, State.DELIVERED)
    assert outbox.untold("hx1") == []


def test_passing_on_is_one_with_giving_up(outbox: Outbox) -> None:
    outbox.add([draft(1)], 0)
    row = only(outbox)
    outbox.pass_on(row, row.draft(0).by("b", 1, "x@y"), 1, "down")
    first, second = outbox._rows("true order by id")
    assert (first.state, first.answer) == (State.FAILED, "down")
    assert (second.state, second.channel, second.place, second.address) == (State.QUEUED, "b", 1, "x@y")
    assert first.key != second.key


def test_a_file_of_a_newer_heatmon_is_left_alone(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "outbox.db")) as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(WrongJournal, match="newer"):
        Outbox(tmp_path / "outbox.db")
    (tmp_path / "dir").mkdir()
    with pytest.raises(StoreError):
        Outbox(tmp_path / "dir")


def test_migrating_twice_changes_nothing_and_nobody_else_may_read_it(tmp_path: Path) -> None:
    first = Outbox(tmp_path / "outbox.db")
    first.add([draft(1)], 0)
    first.close()
    second = Outbox(tmp_path / "outbox.db")
    assert only(second).event_seq == 1
    assert (tmp_path / "outbox.db").stat().st_mode & 0o077 == 0
    second.close()


def test_old_messages_go_and_those_the_journal_does_not_know_stay(outbox: Outbox) -> None:
    outbox.add([draft(n) for n in range(1, 5)], 0)
    for row in outbox._rows("true order by id")[:3]:
        outbox.mark(outbox.mark(row, Trigger.SEND, 1), Trigger.CONFIRMED, 1)
    for row in outbox.untold("hx1")[:2]:
        outbox.told(row.id, State.DELIVERED)
    assert outbox.prune(0) == 0
    assert outbox.prune(HOUR) == 2
    assert [row.event_seq for row in outbox._rows("true order by id")] == [3, 4]


# -- codes -----------------------------------------------------------------------------------------


def opened(outbox: Outbox) -> tuple[Codes, Row, str]:
    codes = Codes(outbox)
    outbox.add([draft(1), draft(2, "zhang", "b")], 0)
    row = outbox._rows("true order by id")[0]
    return codes, row, codes.for_row(row, 0)


def test_a_code_is_bound_to_person_occurrence_and_channel(outbox: Outbox) -> None:
    codes, row, code = opened(outbox)
    assert len(code) == LENGTH
    assert codes.for_row(row, 5) == code
    assert codes.check_reply("hx1", "b", "+86138", code, 1) == "unknown"
    assert codes.check_reply("hx1", "a", "+86139", code, 1) == "unknown"
    assert codes.check_reply("hx2", "a", "+86138", code, 1) == "unknown"
    assert codes.check_reply("hx1", "a", "+86138", "thanks", 1) == "no_code"
    assert codes.check_reply("hx1", "a", "+86138", f"ok, {code.lower()}!", 1) == Proved(row)


def test_a_code_holds_once_and_for_a_day(outbox: Outbox) -> None:
    codes, row, code = opened(outbox)
    assert codes.check_page(row.id, code, 24 * HOUR + 1) == "unknown"
    assert codes.check_page(row.id, code, 24 * HOUR - 1) == Proved(row)
    assert codes.check_page(row.id, code, 2) == "unknown"


def test_a_code_dies_at_the_fifth_wrong_try(outbox: Outbox) -> None:
    codes, _row, code = opened(outbox)
    wrong = "222222" if code != "222222" else "333333"
    for _ in range(TRIES - 1):
        assert codes.check_reply("hx1", "a", "+86138", wrong, 1) == "unknown"
    assert codes.check_reply("hx1", "a", "+86138", wrong, 1) == "used_up"
    assert codes.check_reply("hx1", "a", "+86138", code, 1) == "unknown"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("7K3QZ9", "7K3QZ9"),
        ("确认7k3qz9。", "7K3QZ9"),
        ("17K3QZ9", None),
        ("7K3QZ99", None),
        ("O0I1AB", None),
        ("", None),
    ],
)
def test_codes_in_what_people_write(text: str, code: str | None) -> None:
    assert found_in(text) == code


# -- kill -9 ---------------------------------------------------------------------------------------


def run_and_kill(directory: Path, kills: int, seed: int) -> None:
    """The child plans numbered messages and sends them to a file; it is killed at random instants."""
    chance = random.Random(seed)
    for _ in range(kills):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.unit.notify.child", str(directory), "1000000"],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "S\n"
            for _ in range(chance.randrange(25)):
                process.stdout.readline()
            for _ in range(chance.randrange(3000)):
                pass
            process.send_signal(signal.SIGKILL)
    subprocess.run(
        [sys.executable, "-m", "tests.unit.notify.child", str(directory), "0"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
    )
    sent = [line.split() for line in (directory / "sent.txt").read_text().splitlines()]
    keys = [key for _, key in sent]
    numbers = {int(number) for number, _ in sent}
    planned = int((directory / "journal.txt").read_text().splitlines()[-1])
    # None lost; a receiver that looks at the key sees none twice.
    assert numbers == set(range(1, planned + 1))
    assert len(set(keys)) == len(numbers)
    # At most the one under way at a kill goes out again.
    assert len(keys) - len(set(keys)) <= kills


def test_kill_9_loses_nothing_and_repeats_only_under_the_same_key(tmp_path: Path) -> None:
    run_and_kill(tmp_path, kills=12, seed=5)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_kills(tmp_path: Path, seed: int) -> None:
    run_and_kill(tmp_path, kills=100, seed=seed)
