"""Finding refused lines, waiting, halving, sharing the link, and the past and the present in order."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from heatmon.export.answer import Judgement, Verdict
from heatmon.export.pace import FIRST_S, GROW_AFTER, HELD_S, LONGEST_S, Backoff, BatchSize, Share
from heatmon.export.progress import MOST_ISLANDS, Progress
from heatmon.export.rate import Rate
from heatmon.export.sieve import HOPELESS, Refused, Sieve
from heatmon.store.cursor import Cursor

LATER, HOLD = Judgement(Verdict.LATER), Judgement(Verdict.HOLD)


def sifted(sieve: Sieve, poison: set[str]) -> tuple[list[str], int]:
    """Play a server that refuses any part holding poison; the accepted lines and the requests."""
    taken: list[str] = []
    requests = 0
    sieve.refused("400: bad line")
    while not sieve.done and not sieve.hopeless:
        requests += 1
        part = list(sieve.part)
        if poison & set(part):
            sieve.refused("400: bad line")
        else:
            taken += part
            sieve.accepted()
    return taken, requests


@given(st.integers(1, 300), st.data())
def test_each_line_is_taken_once_or_set_aside_once(n: int, data: st.DataObject) -> None:
    lines = [f"line {i}\n" for i in range(n)]
    poison = data.draw(st.sets(st.sampled_from(lines), min_size=1, max_size=min(n, HOPELESS - 1)))
    sieve = Sieve(lines)
    taken, requests = sifted(sieve, poison)
    assert taken == [line for line in lines if line not in poison]
    assert [refused.line for refused in sieve.refusals] == [line for line in lines if line in poison]
    assert sieve.taken == len(taken)
    assert requests <= 2 * max(1, len(poison)) * (math.ceil(math.log2(n)) + 1 if n > 1 else 1)


def test_one_poisoned_line_among_5000_costs_at_most_26_more_requests() -> None:
    lines = [f"{i}\n" for i in range(5000)]
    sieve = Sieve(lines)
    taken, requests = sifted(sieve, {"3210\n"})
    assert len(taken) == 4999
    assert sieve.refusals == [Refused("3210\n", "400: bad line")]
    assert requests <= 26


def test_a_server_that_refuses_everything_is_told_from_bad_lines() -> None:
    lines = [f"{i}\n" for i in range(5000)]
    sieve = Sieve(lines)
    _taken, requests = sifted(sieve, set(lines))
    assert sieve.hopeless
    assert len(sieve.refusals) == HOPELESS
    assert requests < 60


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_waits_double_with_jitter_up_to_a_minute(chances: list[float]) -> None:
    backoff = Backoff()
    for n, chance in enumerate(chances):
        full = min(FIRST_S * 2.0**n, LONGEST_S)
        assert full / 2 <= backoff.wait_s(LATER, chance) <= full
    backoff.accepted()
    assert backoff.wait_s(LATER, 1.0) == FIRST_S


def test_a_server_may_ask_for_more_and_a_held_path_is_tried_each_minute() -> None:
    assert Backoff().wait_s(Judgement(Verdict.LATER, wait_s=120.0), 0.5) == 120.0
    assert 0.75 * HELD_S <= Backoff().wait_s(HOLD, 0.0) <= Backoff().wait_s(HOLD, 1.0) <= 1.25 * HELD_S


@given(st.integers(1, 50_000), st.lists(st.booleans(), max_size=400))
def test_a_batch_is_never_empty_and_never_above_the_most(most: int, answers: list[bool]) -> None:
    size = BatchSize(most)
    for taken in answers:
        if taken:
            size.accepted()
        else:
            size.too_large(size.rows)
        assert 1 <= size.rows <= most
    for _ in range(GROW_AFTER * 20):
        size.accepted()
    assert size.rows == most


@given(st.floats(0.01, 1.0), st.lists(st.floats(0.001, 5.0), min_size=1, max_size=50))
def test_the_past_never_takes_more_than_its_share(share: float, durations: list[float]) -> None:
    now = used = 0.0
    link = Share(share)
    for seconds in durations:
        now = max(now, link.free_at_s)
        assert link.may(now)
        now += seconds
        used += seconds
        link.used(now, seconds)
        assert not link.may(now) or share == 1.0 or link.free_at_s - now < 1e-9
    assert used <= share * link.free_at_s + 1e-6 * used


# The history as a row of places 1, 2, 3 …; an outage lets it grow unsent.
STEP = st.sampled_from(["grow", "front", "past", "ahead"])


@given(st.lists(st.tuples(STEP, st.integers(1, 9)), max_size=200))
def test_everything_is_sent_exactly_once_whatever_the_order_of_past_and_present(
    steps: list[tuple[str, int]],
) -> None:
    progress, end, sent = Progress(), 0, list[int]()
    for what, n in [*steps, *[("past", 9), ("front", 9)] * 2000]:
        if what == "grow":
            end += n
        elif what == "ahead":
            progress.go_ahead(Cursor(position=end))
        elif what == "front":
            start = progress.front.position
            to = min(start + n, end)
            sent += range(start + 1, to + 1)
            progress.sent_front(Cursor(position=to))
        elif (shore := progress.shore) is not None:
            start = progress.past.position
            to = min(start + n, shore.position)
            sent += range(start + 1, to + 1)
            progress.sent_past(Cursor(position=to))
        assert len(progress.islands) <= MOST_ISLANDS
        if what == "past" and progress.front.position == end and not progress.split:
            break
    assert sorted(sent) == list(range(1, end + 1))
    assert progress.past == Cursor(position=end)


def test_a_rate_needs_some_seconds_and_forgets_after_a_minute() -> None:
    rate = Rate()
    assert rate.per_s(0.0) is None
    for second in range(10):
        rate.add(float(second), 500)
    assert rate.per_s(10.0) == 500.0
    assert rate.per_s(200.0) is None
