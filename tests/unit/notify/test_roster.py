"""Who is on duty when, and when nobody is."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.roster import Gap, gaps, holders, is_quiet, quiet_ends
from heatmon.core.spec.notify import Post, Quiet

MONDAY = date(2026, 11, 16)


def at(day: int, hour: int = 0) -> datetime:
    """A local time of that week; duty has no zone."""
    return datetime.combine(date(2026, 11, day), time(hour))


def post(*turns: dict[str, Any], **changes: Any) -> Post:
    return Post.model_validate({"id": "lead", "name": {"en": "x", "zh": "x"}, "turns": list(turns)} | changes)


DAY = {"person": "day", "start": "08:00", "end": "20:00"}
NIGHT = {"person": "night", "start": "20:00", "end": "08:00"}


def test_two_shifts_cover_the_clock() -> None:
    lead = post(DAY, NIGHT)
    assert gaps(lead, MONDAY, MONDAY + timedelta(days=20)) == []
    assert holders(lead, datetime.combine(MONDAY, time(8))) == ("day",)
    assert holders(lead, datetime.combine(MONDAY, time(7, 59))) == ("night",)
    assert holders(lead, datetime.combine(MONDAY, time(0))) == ("night",)
    assert holders(lead, datetime.combine(MONDAY, time(20))) == ("night",)


def test_a_night_that_is_missing_is_named() -> None:
    lead = post(DAY, NIGHT | {"days": ["mon", "tue", "wed", "thu", "fri", "sun"]})
    saturday = MONDAY + timedelta(days=5)
    assert gaps(lead, MONDAY, MONDAY + timedelta(days=6)) == [
        Gap(datetime.combine(saturday, time(20)), datetime.combine(saturday + timedelta(days=1), time(8)))
    ]


def test_a_turn_that_ends_leaves_the_rest_open() -> None:
    whole = {"person": "a", "start": "00:00", "end": "24:00", "until": "2026-11-17"}
    assert gaps(post(whole), MONDAY, MONDAY + timedelta(days=3)) == [Gap(at(18), at(20))]


def test_whoever_always_holds_a_post_comes_first_and_once() -> None:
    lead = post(DAY, DAY, always=["chief"])
    assert holders(lead, datetime.combine(MONDAY, time(12))) == ("chief", "day")
    assert gaps(lead, MONDAY, MONDAY) == []


CLOCK = st.integers(0, 47).map(lambda half: f"{half // 2:02d}:{half % 2 * 30:02d}")
TURN = st.fixed_dictionaries(
    {
        "person": st.sampled_from(["a", "b", "c"]),
        "start": CLOCK,
        "end": CLOCK,
        "days": st.lists(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1),
    }
)


@settings(deadline=None)
@given(st.lists(TURN, max_size=6))
def test_gaps_are_exactly_where_nobody_is(turns: list[dict[str, Any]]) -> None:
    lead = post(*turns)
    found = gaps(lead, MONDAY, MONDAY + timedelta(days=8))
    now = datetime.combine(MONDAY, time())
    while now < datetime.combine(MONDAY + timedelta(days=9), time()):
        assert any(gap.start <= now < gap.end for gap in found) == (not holders(lead, now))
        now += timedelta(minutes=30)


def test_quiet_hours_over_midnight() -> None:
    quiet = Quiet.model_validate({"start": "22:00", "end": "06:00"})
    for clock, expected in ((21, False), (22, True), (3, True), (6, False)):
        assert is_quiet(quiet, datetime.combine(MONDAY, time(clock))) is expected
    assert quiet_ends(quiet, datetime.combine(MONDAY, time(23))) == at(17, 6)
    assert quiet_ends(quiet, datetime.combine(MONDAY, time(3))) == at(16, 6)
