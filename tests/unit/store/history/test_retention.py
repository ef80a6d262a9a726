"""Nothing goes that a claimed cursor has not passed, up to the cap; then the oldest, and it is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from heatmon.catalogue import render
from heatmon.store.claims import Claims
from heatmon.store.cursor import Cursor
from heatmon.store.entry import Notice
from heatmon.store.history import BEGIN, History, day_of
from tests.unit.store.history.test_history import DAY, START, TAGS, everything, scan

DAYS = [day_of(START + n * DAY) for n in range(10)]


@pytest.fixture
def claims(tmp_path: Path) -> Claims:
    return Claims(tmp_path)


def ten_days(history: History) -> None:
    for number in range(10):
        for n in range(30):
            history.append("s1", scan(1 + number * 30 + n, START + number * DAY + n * 1_000_000_000), TAGS)
    history.commit()


def held(history: History) -> list[str]:
    return sorted({day_of(one.scan.received_ns) for one in everything(history, "s1", 100)})


def after(history: History, days: int) -> list[Notice]:
    """Housekeeping at a day counted from the start, as often as it wants."""
    found: list[Notice] = []
    for n in range(60):
        found += history.maintain(START + days * DAY + n * 61_000_000_000)
    return found


def told(notices: list[Notice]) -> list[str]:
    for notice in notices:
        english, chinese = (render(notice.code, language, **notice.params) for language in ("en", "zh"))
        assert english != chinese
        assert "{" not in english + chinese
    return [notice.code.removeprefix("store.cap.") for notice in notices]


def test_what_is_old_goes_once_every_cursor_has_passed_it(tmp_path: Path, claims: Claims) -> None:
    history = History(tmp_path / "history", claims, raw_days=5)
    ten_days(history)
    claims.claim("slow")
    claims.claim("fast")
    claims.advance("fast", Cursor(DAYS[8], 1))
    assert told(after(history, 10)) == []
    assert held(history) == DAYS
    claims.advance("slow", Cursor(DAYS[2], 30))
    after(history, 10)
    assert held(history) == DAYS[2:]
    claims.release("slow")
    after(history, 10)
    assert held(history) == DAYS[5:]
    assert not [file for file in (tmp_path / "history").iterdir() if file.name[:10] in DAYS[:5]]
    history.close()


def test_without_claims_age_decides(tmp_path: Path, claims: Claims) -> None:
    history = History(tmp_path / "history", claims, raw_days=3)
    ten_days(history)
    after(history, 10)
    assert held(history) == DAYS[7:]
    history.close()


def used(history: History) -> int:
    return sum(file.stat().st_size for file in history.directory.rglob("*") if file.is_file())


def test_at_the_cap_go_passed_days_first_then_the_oldest_with_a_gap_said(
    tmp_path: Path, claims: Claims
) -> None:
    history = History(tmp_path / "history", claims)
    ten_days(history)
    after(history, 10)
    history.close()
    claims.claim("influx")
    claims.claim("archive", start=Cursor(DAYS[9], 0))
    claims.advance("influx", Cursor(DAYS[2], 1))
    size = used(history)
    history = History(tmp_path / "history", claims, cap_bytes=int(size * 0.45))
    notices = after(history, 10)
    codes = told(notices)
    assert codes[:3] == ["near", "passed", "passed"]
    assert set(codes[3:]) == {"gap"}
    assert used(history) <= size * 0.45
    gone = [day for day in DAYS if day not in held(history)]
    assert gone == DAYS[: len(gone)] == [notice.params["day"] for notice in notices[1:]]
    gap = notices[3]
    assert (gap.params["destinations"], gap.priority) == ("influx", "P2")
    assert (gap.params["from_ns"], gap.params["to_ns"]) == (START + 2 * DAY, START + 3 * DAY)
    # The destination goes on behind the gap.
    scans, _ = history.read_after("s1", claims.claim("influx"), 1)
    assert day_of(scans[0].scan.received_ns) == held(history)[0]
    history.close()


def test_on_a_full_disk_samples_give_way_at_once(tmp_path: Path, claims: Claims) -> None:
    history = History(tmp_path / "history", claims)
    ten_days(history)
    after(history, 10)
    history.close()
    history = History(tmp_path / "history", claims, cap_bytes=used(history) * 9 // 10)
    assert told(history.retain(START + 10 * DAY))[-1] == "passed"
    assert 0 < len(held(history)) < 10
    history.close()


def test_the_open_day_never_goes(tmp_path: Path, claims: Claims) -> None:
    history = History(tmp_path / "history", claims, cap_bytes=1)
    ten_days(history)
    after(history, 10)
    assert held(history) == DAYS[9:]
    history.close()


def test_it_is_said_at_70_and_at_90_per_cent_once_and_when_there_is_room_again(
    tmp_path: Path, claims: Claims
) -> None:
    history = History(tmp_path / "history", claims)
    ten_days(history)
    after(history, 10)
    history.close()
    ballast = tmp_path / "history" / "ballast"
    size = used(history)
    history = History(tmp_path / "history", claims, cap_bytes=2 * size)
    said: list[tuple[str, str, object]] = []
    for percent in (60, 69, 71, 71, 80, 91, 95, 89, 72, 66, 91, 60, 60, 71):
        ballast.write_bytes(b"x" * (percent * 2 * size // 100 + 1 - size))
        said += [
            (notice.code, notice.priority, notice.params["percent"])
            for notice in after(history, 10 + percent)
        ]
    assert said == [
        ("store.cap.near", "P3", 71),
        ("store.cap.near", "P2", 91),
        ("store.cap.near", "P2", 91),
        ("store.cap.good", "P4", 60),
        ("store.cap.near", "P3", 71),
    ]
    history.close()


def test_without_a_cap_in_the_settings_the_disk_is_the_cap(tmp_path: Path) -> None:
    history = History(tmp_path)
    ten_days(history)
    assert told(after(history, 10)) == []
    usage = history._retention.usage()
    assert 0 < usage.used < usage.cap
    history.close()


def test_a_cursor_before_everything_holds_everything(tmp_path: Path, claims: Claims) -> None:
    history = History(tmp_path / "history", claims, raw_days=1)
    ten_days(history)
    assert claims.claim("new") == BEGIN
    after(history, 10)
    assert held(history) == DAYS
    history.close()
