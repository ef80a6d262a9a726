"""Limits in time and bytes, templates, what follows from an outcome, whether a channel works."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.wording import FIELDS, fill, unknown_fields
from heatmon.notify.after import GIVE_UP_NS, Next, after, backoff_s
from heatmon.notify.bucket import MINUTE_NS, Bucket
from heatmon.notify.channel import Outcome
from heatmon.notify.fit import cut_bytes, cut_characters, fit_bytes
from heatmon.notify.health import Health
from heatmon.notify.office import ranges
from heatmon.notify.states import Trigger

SECOND = 1_000_000_000


@settings(deadline=None)
@given(st.lists(st.integers(0, 40 * SECOND), max_size=200), st.integers(1, 30))
def test_no_minute_ever_holds_more_than_the_provider_allows(pauses: list[int], per_minute: int) -> None:
    bucket, now, taken = Bucket(per_minute), 0, list[int]()
    for pause in pauses:
        now = bucket.free_at(now + pause)
        bucket.take(now)
        taken.append(now)
    for i, at in enumerate(taken):
        assert sum(at - MINUTE_NS < other <= at for other in taken[: i + 1]) <= per_minute


def test_five_a_second_and_a_closed_door() -> None:
    bucket = Bucket(100, 5)
    for _ in range(5):
        assert bucket.free_at(0) == 0
        bucket.take(0)
    assert bucket.free_at(0) == SECOND
    bucket.close(30 * SECOND)
    assert bucket.free_at(0) == 30 * SECOND
    with pytest.raises(ValueError, match="never"):
        Bucket(0)


WORDS = st.text(st.sampled_from("压力超限 high!🔥\n"), max_size=400)


@settings(deadline=None)
@given(WORDS, st.integers(20, 300))
def test_what_is_made_to_fit_fits_and_is_whole_characters(text: str, most: int) -> None:
    for cut in (fit_bytes(text, most), cut_bytes(text, most)):
        assert len(cut.encode()) <= most
    assert len(cut_characters(text, most)) <= most
    if len(text.encode()) <= most:
        assert fit_bytes(text, most) == text


def test_the_middle_goes_first() -> None:
    text = "P1 HX: overpressure\n" + "\n".join(f"long line {n}" * 5 for n in range(20)) + "\ncode\nurl\nhead"
    cut = fit_bytes(text, 300)
    assert cut.startswith("P1 HX: overpressure\n…\n")
    assert cut.endswith("\ncode\nurl\nhead")


def test_the_code_at_the_end_of_a_short_message_stays() -> None:
    assert cut_characters("很长的文字" * 30 + " 回复 7K3QZ9", 70).endswith("… 7K3QZ9")


def test_lines_without_anything_in_them_are_left_out() -> None:
    template = "{name}\nCause: {cause}\nfixed\n{value}, limit {limit}"
    assert fill(template, {"name": "N", "limit": "3"}) == "N\nfixed\n, limit 3"
    assert fill(template, {"name": "N", "cause": "C"}) == "N\nCause: C\nfixed"


@pytest.mark.parametrize(
    ("template", "unknown"),
    [
        ("{name}", []),
        ("{nmae}", ["nmae"]),
        ("{name.__class__}", ["name.__class__"]),
        ("{name[0]}", ["name[0]"]),
        ("{name!r}", ["name:r"]),
        ("{value:>10}", ["value:>10"]),
        ("{}", [""]),
        ("{{name}}", []),
    ],
)
def test_only_plain_known_fields_are_taken(template: str, unknown: list[str]) -> None:
    assert unknown_fields(template) == unknown


def test_what_fills_a_field_is_never_a_template() -> None:
    assert fill("{name}", {"name": "{value} {0.__class__}"}) == "{value} {0.__class__}"
    assert "name" in FIELDS
    with pytest.raises(ValueError, match="expected"):
        unknown_fields("{name")


def follows(
    verdict: str, *, another: bool, priority: str = "P2", attempts: int = 1, age: int = 0, **more: object
) -> Next:
    outcome = Outcome(verdict, "", **more)  # type: ignore[arg-type]  # built from the table's words
    return after(outcome, priority=priority, attempts=attempts, another=another, age_ns=age)


def test_what_follows_from_an_outcome() -> None:
    for verdict, trigger in (("taken", "taken"), ("handed", "handed"), ("confirmed", "confirmed")):
        for another in (True, False):
            assert follows(verdict, another=another) == Next(Trigger(trigger))
    assert follows("refused", another=True) == Next(Trigger.REFUSED, pass_on=True)
    assert follows("refused", another=False) == Next(Trigger.REFUSED)
    channel = follows("refused", another=True, channel=True)
    assert (channel.trigger, channel.pass_on, channel.channel_failed) == (Trigger.GIVEN_UP, True, True)
    alone = follows("refused", another=False, channel=True)
    assert (alone.trigger, alone.pass_on, alone.wait_s) == (Trigger.BROKEN, False, 300.0)
    assert follows("busy", another=True, wait_s=600.0) == Next(Trigger.BUSY, False, 600.0)
    assert follows("busy", another=True, priority="P1").pass_on
    assert follows("busy", another=False, priority="P1").trigger is Trigger.BUSY
    assert follows("broken", another=True, priority="P1").pass_on
    assert not follows("broken", another=True).pass_on
    assert follows("broken", another=True, attempts=2).pass_on
    assert follows("broken", another=False, attempts=9).trigger is Trigger.BROKEN
    assert follows("broken", another=False, age=GIVE_UP_NS + 1).trigger is Trigger.GIVEN_UP


def test_attempts_grow_rarer_but_never_end() -> None:
    waits = [backoff_s(n) for n in range(1, 200)]
    assert waits[:4] == [5, 10, 20, 40]
    assert max(waits) == waits[-1] == 600


def test_a_channel_that_fails_is_told_once_and_so_is_its_return() -> None:
    health = Health()
    told = [health.failed(n * SECOND, "dead") for n in range(50)]
    assert told == [False, True, *[False] * 48]
    assert health.works(100 * SECOND) == (True, 100 * SECOND)
    # One that comes and goes is told again only after ten minutes.
    assert not any(health.failed((101 + n) * SECOND, "dead") for n in range(300))
    assert health.failed(700 * SECOND, "dead")


def test_a_failure_that_sent_a_message_another_way_is_told_at_once() -> None:
    health = Health()
    assert health.failed(0, "dead", passed_on=True)
    assert not health.failed(SECOND, "dead", passed_on=True)


def test_a_single_failure_is_told_to_nobody() -> None:
    health = Health()
    assert not health.failed(0, "x")
    assert health.down
    assert health.works(SECOND) == (False, SECOND)
    assert not health.down


def test_numbers_are_told_short() -> None:
    assert ranges([12, 13, 14, 55, 40, 41, 14]) == "12-14,40-41,55"
    assert ranges([]) == ""
