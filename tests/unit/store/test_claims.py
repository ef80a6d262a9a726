"""A destination's cursor is its own, never goes back, and outlives every process."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from heatmon.catalogue import render
from heatmon.store.claims import HISTORY, Claims, journal_of
from heatmon.store.cursor import BEGIN, Cursor
from heatmon.store.errors import NotClaimed

ROOT = Path(__file__).parents[3]


def test_a_claim_begins_where_it_asks_to_and_stays_where_it_got(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    assert claims.claim("influx") == BEGIN
    assert claims.claim("sms", journal_of("hx-1"), Cursor(position=7)) == Cursor(position=7)
    claims.advance("influx", Cursor("2026-01-02", 5))
    claims.advance("sms", Cursor(position=9), journal_of("hx-1"))
    claims.close()
    again = Claims(tmp_path)
    assert again.claim("influx", HISTORY, Cursor("2026-05-05", 1)) == Cursor("2026-01-02", 5)
    assert again.claim("sms", journal_of("hx-1")) == Cursor(position=9)
    assert [(one.destination, one.stream) for one in again.held()] == [
        ("influx", "history"),
        ("sms", "journal/hx-1"),
    ]


def test_a_cursor_never_goes_back(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    claims.claim("a")
    for cursor in (Cursor("2026-01-02", 5), Cursor("2026-01-02", 4), Cursor("2026-01-01", 99), BEGIN):
        claims.advance("a", cursor)
    assert claims.claim("a") == Cursor("2026-01-02", 5)


def test_what_all_have_passed_is_the_slowest_ones_cursor(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    assert claims.passed() is None
    claims.claim("slow")
    claims.claim("fast")
    claims.claim("journal only", journal_of("hx-1"))
    claims.advance("fast", Cursor("2026-01-05", 1))
    claims.advance("slow", Cursor("2026-01-03", 8))
    assert claims.passed() == Cursor("2026-01-03", 8)
    claims.release("slow")
    claims.release("slow")
    assert claims.passed() == Cursor("2026-01-05", 1)


def test_a_destination_that_is_gone_cannot_move_on(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    claims.claim("a")
    claims.release("a")
    with pytest.raises(NotClaimed, match="a has no claim in history"):
        claims.advance("a", Cursor("2026-01-01", 1))


def test_threads_share_one_instance(tmp_path: Path) -> None:
    claims = Claims(tmp_path)

    def work(name: str) -> None:
        claims.claim(name)
        for position in range(1, 51):
            claims.advance(name, Cursor("2026-01-01", position))

    threads = [threading.Thread(target=work, args=(f"d{n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.cursor for one in claims.held()} == {Cursor("2026-01-01", 50)}


CHILD = """
import sys
from pathlib import Path
from heatmon.store.claims import Claims
from heatmon.store.cursor import Cursor
claims, name = Claims(Path(sys.argv[1])), sys.argv[2]
claims.claim(name)
for position in range(1, 101):
    claims.advance(name, Cursor("2026-01-01", position))
    claims.advance("shared", Cursor("2026-01-01", position))
"""


def test_processes_share_one_file_from_the_first_moment(tmp_path: Path) -> None:
    first = Claims(tmp_path / "state")
    first.claim("shared")
    fresh = tmp_path / "fresh"
    children = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(directory), f"p{n}"], cwd=ROOT)
        for n in range(3)
        for directory in (tmp_path / "state",)
    ]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    assert {one.cursor for one in first.held()} == {Cursor("2026-01-01", 100)}
    # Several start on an empty directory at once.
    makers = [threading.Thread(target=Claims(fresh).held) for _ in range(6)]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert Claims(fresh).held() == []


def test_a_damaged_file_is_set_aside_and_said(tmp_path: Path) -> None:
    claims = Claims(tmp_path)
    claims.claim("a", start=Cursor("2026-01-01", 1))
    claims.close()
    claims.path.write_bytes(b"no database at all" * 1000)
    again = Claims(tmp_path)
    assert again.held() == []
    (notice,) = again.notices
    assert Path(str(notice.params["aside"])).exists()
    assert render(notice.code, "en", **notice.params) != render(notice.code, "zh", **notice.params)
    assert again.claim("a") == BEGIN


def test_the_old_databases_open(tmp_path: Path) -> None:
    for old in sorted((Path(__file__).parent / "databases").glob("cursors-v*.db")):
        (tmp_path / "cursors.db").write_bytes(old.read_bytes())
        for _ in range(2):
            claims = Claims(tmp_path)
            assert claims.claim("influx") == Cursor("2026-01-02", 5)
            assert claims.notices == ()
            claims.close()
