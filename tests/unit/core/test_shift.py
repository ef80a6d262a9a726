"""Shifts by the wall clock, the log that is only ever added to, and the handover with two signatures."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from heatmon.core.handover import TABLE
from heatmon.core.input import Actor, ClockStepped
from heatmon.core.shift import Pattern
from heatmon.core.shifts import CATEGORIES
from heatmon.core.spec.shift import Shifts
from tests.unit.core.station_spec import alarm, words
from tests.unit.core.station_story import HOUR, MINUTE, SECOND, Story

ZHANG = Actor("zhang", "operator", "socket", "uid")
WANG = Actor("wang", "operator", "socket", "uid")
ZHAO = Actor("zhao", "operator", "socket", "uid")
DISPATCH = Actor("li", "dispatcher", "socket", "uid")
# While nothing is read its sensor alarm is a P2, so that only the pressure is an incident.
OVERPRESSURE = alarm(on_bad="hold")


def pattern(*starts: str, **changes: Any) -> dict[str, Any]:
    shifts = [{"id": f"s{n}", "name": words(f"shift {n}"), "start": at} for n, at in enumerate(starts, 1)]
    return {"pattern": shifts} | changes


THREE = pattern("00:00", "08:00", "16:00")
TWO = pattern("08:00", "20:00")


def moment(text: str, zone: str = "Asia/Shanghai") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * SECOND


def story(
    shifts: dict[str, Any] = THREE, begins: str = "2026-11-25 09:00", zone: str = "Asia/Shanghai"
) -> Story:
    station = {"id": "hx1", "name": words("station"), "timezone": zone}
    one = Story(moment(begins, zone), shifts=shifts, station=station, alarms=[OVERPRESSURE])
    one.feed(0.3, 50.0)
    one.wait(10 * SECOND)
    return one


def until(one: Story, text: str, zone: str = "Asia/Shanghai") -> None:
    one.wait(moment(text, zone) - one.now)


def clock(one: Story, code: str, zone: str = "Asia/Shanghai") -> list[str]:
    """Local times at which a code happened."""
    return [
        datetime.fromtimestamp(event.time_ns / SECOND, UTC).astimezone(ZoneInfo(zone)).strftime("%d %H:%M")
        for event in one.events
        if event.code == code
    ]


def of(one: Story) -> list[str]:
    """The entries of shifts and handovers."""
    return [code for code in one.codes() if code.startswith(("shift.", "handover."))]


def overpressure(one: Story) -> None:
    """A P1 alarm, raised by good readings."""
    one.keep(0.7, 50.0, ns=10 * SECOND, each=SECOND)
    assert one.codes("alarm.raised")


def handed_over(one: Story, outgoing: Actor, incoming: Actor) -> None:
    assert one.do("handover_take", incoming) == "done"
    assert one.do("handover_give", outgoing) == "done"


# -- boundaries ------------------------------------------------------------------------------------


def test_a_day_of_three_shifts() -> None:
    one = story()
    until(one, "2026-11-25 15:50")
    handed_over(one, ZHANG, WANG)
    until(one, "2026-11-25 23:59")
    handed_over(one, WANG, ZHAO)
    until(one, "2026-11-26 00:00")
    assert clock(one, "handover.opened") == ["25 15:40", "25 23:40"]
    assert one.fields("handover.opened")[0]["due_ns"] == moment("2026-11-25 16:00")
    assert clock(one, "shift.began") == ["25 09:00", "25 16:00", "26 00:00"]
    assert clock(one, "shift.ended") == ["25 16:00", "26 00:00"]
    began = one.fields("shift.began")
    assert [(f["shift"], f["day"]) for f in began] == [
        ("s2", "2026-11-25"), ("s3", "2026-11-25"), ("s1", "2026-11-26"),
    ]  # fmt: skip
    assert [f["on_duty"] for f in one.fields("shift.ended")] == ["wang", "zhao"]
    assert one.fields("handover.signed_out")[1]["outgoing"] == "wang"
    assert not one.codes("handover.overdue")


def test_two_shifts_a_night_belongs_to_the_day_on_which_it_began() -> None:
    one = story(TWO, "2026-11-25 19:00")
    until(one, "2026-11-26 03:00")
    one.do("log", text="strainer cleaned", category="operation")
    (entry,) = one.fields("log.entry")
    assert (entry["shift"], entry["shift_zh"], entry["day"]) == ("s2", "shift 2", "2026-11-25")


def test_crews_rotate_over_the_days() -> None:
    crews = [{"id": crew, "name": words(crew)} for crew in "ABCD"]
    cycle = [["A", "B"], ["C", "D"], ["B", "A"]]
    shifts = Shifts.model_validate(TWO | {"crews": crews, "cycle": cycle, "cycle_from": "2026-11-24"})
    found = Pattern(shifts, "Asia/Shanghai")
    days = ("2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27")
    assert [found.at(moment(f"{day} 09:00")).crew for day in days] == ["B", "A", "C", "B", "A"]
    assert found.at(moment("2026-11-26 05:00")).crew == "D"


@pytest.mark.parametrize(
    ("begins", "hours"),
    [("2027-03-27 23:00", [7, 8, 8]), ("2026-10-24 23:00", [9, 8, 8]), ("2026-11-24 23:00", [8, 8, 8])],
)
def test_a_night_is_as_long_as_the_clock_makes_it(begins: str, hours: list[int]) -> None:
    one = story(pattern("06:00", "14:00", "22:00"), begins, "Europe/Berlin")
    one.wait(30 * HOUR)
    found = [(f["end_ns"] - f["start_ns"]) / HOUR for f in one.fields("shift.began")]
    assert found[:3] == hours
    assert {at[3:] for at in clock(one, "handover.opened", "Europe/Berlin")} == {"05:40"}
    assert {at[3:] for at in clock(one, "shift.ended", "Europe/Berlin")} <= {"06:00", "14:00", "22:00"}


def test_a_start_that_the_clock_leaves_out_or_gives_twice() -> None:
    found = Pattern(Shifts.model_validate(pattern("02:30", "14:30")), "Europe/Berlin")
    spring = found.at(moment("2027-03-28 12:00", "Europe/Berlin"))
    assert spring.start_ns == moment("2027-03-28 03:30", "Europe/Berlin")
    autumn = found.at(moment("2026-10-25 12:00", "Europe/Berlin"))
    assert (autumn.start_ns, autumn.end_ns - autumn.start_ns) == (
        moment("2026-10-25 02:30", "Europe/Berlin"), 13 * HOUR,
    )  # fmt: skip


def test_a_day_that_the_zone_left_out_has_no_shift() -> None:
    found = Pattern(Shifts.model_validate(TWO), "Pacific/Apia")
    span = found.at(moment("2011-12-29 21:00", "Pacific/Apia"))
    assert (span.day, span.shift, span.end_ns - span.start_ns) == ("2011-12-29", "s2", 12 * HOUR)
    after = found.at(span.end_ns)
    assert (after.day, after.shift) == ("2011-12-31", "s1")


ZONES = ("Asia/Shanghai", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "America/St_Johns")


@given(
    zone=st.sampled_from(ZONES),
    first=st.integers(0, 119),
    steps=st.lists(st.integers(120, 400), max_size=5),
    at_s=st.one_of(st.integers(1_300_000_000, 2_000_000_000), st.integers(1_325_000_000, 1_325_500_000)),
)
@settings(max_examples=150, deadline=None)
def test_boundaries_rise_and_no_instant_is_without_a_shift(
    zone: str, first: int, steps: list[int], at_s: int
) -> None:
    starts = [first]
    for step in steps:
        if starts[-1] + step <= first + 1440 - 120 and starts[-1] + step < 1440:
            starts.append(starts[-1] + step)
    found = Pattern(Shifts.model_validate(pattern(*(f"{s // 60:02}:{s % 60:02}" for s in starts))), zone)
    span = found.at(at_s * SECOND)
    for _ in range(12):
        assert span.start_ns < span.end_ns
        assert found.at(span.end_ns - 1) == found.at(span.start_ns) == span
        after = found.at(span.end_ns)
        assert after.start_ns == span.end_ns
        span = after


# -- settings --------------------------------------------------------------------------------------

CREWS = [{"id": "A", "name": words("A")}]
WHOLE = {"crews": CREWS, "cycle": [["A", "A"]], "cycle_from": "2026-11-24"}


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (pattern("16:00", "08:00"), "settings.shifts.order"),
        (pattern("08:00", "08:00"), "settings.shifts.order"),
        (pattern("00:30", "23:30"), "settings.shifts.order"),
        ({"pattern": [THREE["pattern"][0]] * 2}, "settings.shifts.twice"),
        (pattern("08:00", "20:00", handover_before="11.5 h"), "settings.shifts.handover"),
        (TWO | {"crews": CREWS}, "settings.shifts.cycle_whole"),
        (TWO | WHOLE | {"cycle": [["A"]]}, "settings.shifts.cycle_row"),
        (TWO | WHOLE | {"cycle": [["A", "X"]]}, "settings.shifts.crew"),
        (TWO | WHOLE | {"crews": CREWS * 2}, "settings.shifts.twice"),
    ],
)
def test_what_cannot_be_a_pattern_is_told(content: dict[str, Any], code: str) -> None:
    from heatmon.catalogue import texts

    with pytest.raises(ValidationError) as caught:
        Shifts.model_validate(content)
    (fault,) = caught.value.errors()
    assert fault["type"] == code
    for text in texts()[code]:
        text.format(**fault.get("ctx", {}))


# -- handover --------------------------------------------------------------------------------------


def at_the_handover() -> Story:
    one = story(TWO, "2026-11-25 09:00")
    until(one, "2026-11-25 19:45")
    return one


def test_the_incoming_person_signs_first_and_nobody_signs_for_both() -> None:
    one = story(TWO, "2026-11-25 09:00")
    assert one.do("handover_take", WANG) == "refused.no_handover"
    until(one, "2026-11-25 19:45")
    assert one.do("handover_give", ZHANG) == "refused.handover_state"
    assert one.do("handover_take", WANG) == "done"
    assert one.do("handover_take", ZHAO) == "refused.handover_state"
    assert one.do("handover_give", WANG) == "refused.same_person"
    assert one.do("handover_give", ZHANG) == "done"
    until(one, "2026-11-26 07:50")
    assert one.do("handover_take", WANG) == "refused.same_person"
    assert one.do("handover_take", ZHANG) == "done"
    assert one.do("handover_give", ZHAO) == "refused.not_outgoing"
    assert one.do("handover_give", DISPATCH) == "done"
    assert one.fields("handover.signed_out")[-1]["outgoing"] == "wang"


def test_the_package_counts_alarms_and_permits() -> None:
    one = story(TWO, "2026-11-25 19:00")
    assert one.do("permit", kind="flush", volume="1 m3", duration="4 h", reason="sludge") == "done"
    overpressure(one)
    until(one, "2026-11-25 19:41")
    (opened,) = one.fields("handover.opened")
    # The pressure and, since nothing was read for forty minutes, the device and its tags.
    assert (opened["alarms"], opened["permits"], opened["silenced"]) == (len(one.engine.view().alarms), 1, 0)
    assert opened["unacknowledged"] == opened["alarms"] >= 1


def test_refused_with_a_reason_then_taken_when_the_cause_is_gone() -> None:
    one = at_the_handover()
    handed_over(one, ZHANG, WANG)
    until(one, "2026-11-26 07:45")
    assert one.do("handover_refuse", WANG, reason="tired") == "refused.not_incoming"
    assert one.do("handover_refuse", ZHAO) == "refused.missing"
    assert one.do("handover_refuse", ZHAO, reason="keys missing") == "done"
    assert one.fields("handover.refused")[0]["reason"] == "keys missing"
    assert one.do("handover_give", WANG) == "refused.handover_state"
    handed_over(one, WANG, ZHAO)


def test_whoever_signed_may_withdraw_and_nobody_else() -> None:
    one = at_the_handover()
    assert one.do("handover_take", WANG) == "done"
    assert one.do("handover_refuse", ZHAO, reason="no") == "refused.not_incoming"
    assert one.do("handover_refuse", WANG, reason="records missing") == "done"
    assert one.do("handover_take", ZHAO) == "done"


def test_an_open_incident_blocks_and_voids_until_it_is_acknowledged() -> None:
    one = at_the_handover()
    assert one.do("handover_take", WANG) == "done"
    overpressure(one)
    assert of(one)[-1] == "handover.voided"
    assert one.do("handover_give", ZHANG) == "refused.handover_state"
    assert one.do("handover_take", WANG) == "refused.incident"
    one.keep(0.7, 50.0, ns=10 * SECOND)
    assert one.do("ack", alarm="P2R_HH") == "done"
    handed_over(one, ZHANG, WANG)


def test_stabilised_and_carried_over_by_whoever_gives_orders() -> None:
    one = at_the_handover()
    overpressure(one)
    assert one.do("handover_carry_over", ZHANG, reason="valve by hand") == "refused.role"
    assert one.do("handover_carry_over", DISPATCH, reason="valve by hand") == "done"
    assert one.fields("handover.carried_over")[0]["alarms"] == "P2R_HH#1"
    assert one.do("handover_carry_over", DISPATCH, reason="again") == "refused.no_incident"
    handed_over(one, ZHANG, WANG)


def test_an_alarm_under_test_is_no_incident() -> None:
    one = at_the_handover()
    assert one.do("test_alarm", alarm="P2R_HH", task="T-1", duration="1 h") == "done"
    assert one.do("handover_take", WANG) == "done"
    overpressure(one)
    assert one.do("handover_give", ZHANG) == "done"


def test_overdue_at_the_boundary_and_each_half_hour_until_signed() -> None:
    one = at_the_handover()
    until(one, "2026-11-25 21:10")
    assert clock(one, "handover.overdue") == ["25 20:00", "25 20:30", "25 21:00"]
    assert [f["late_s"] for f in one.fields("handover.overdue")] == [0, 1800, 3600]
    handed_over(one, ZHANG, WANG)
    assert one.fields("handover.signed_out")[0]["late_s"] == 4200
    until(one, "2026-11-26 07:00")
    assert len(one.codes("handover.overdue")) == 3


def test_a_handover_that_nobody_finishes_stays_the_one_there_is() -> None:
    one = at_the_handover()
    until(one, "2026-11-26 07:50")
    assert len(one.codes("handover.opened")) == 1
    handed_over(one, ZHANG, WANG)
    one.wait(0)
    # That of the morning opens as soon as it can.
    named = [f["handover"] for f in one.fields("handover.opened")]
    assert named == ["handover#2026-11-25-s1", "handover#2026-11-25-s2"]


# -- restart, reload, clock ------------------------------------------------------------------------


def test_restart_in_the_middle_of_a_handover() -> None:
    one = at_the_handover()
    assert one.do("handover_take", WANG) == "done"
    before = one.engine.view().parts["shifts"]
    one.restart()
    assert one.engine.view().parts["shifts"] == before
    one.restart(away_ns=20 * MINUTE)
    assert clock(one, "handover.overdue") == ["25 20:00"]
    assert one.do("handover_give", ZHANG) == "done"
    assert one.do("handover_take", WANG) == "refused.no_handover"


def test_a_daemon_off_for_nine_hours_catches_up_each_once_at_its_own_time() -> None:
    one = story(begins="2026-11-25 09:00")
    until(one, "2026-11-25 15:30")
    one.forget()
    one.restart(away_ns=9 * HOUR)
    assert clock(one, "shift.began") == ["25 16:00", "26 00:00"]
    assert clock(one, "shift.ended") == ["25 16:00", "26 00:00"]
    assert clock(one, "handover.opened") == ["25 15:40"]
    assert clock(one, "handover.overdue")[:2] == ["25 16:00", "25 16:30"]
    seen = list(of(one))
    one.restart()
    assert of(one) == seen


def test_after_days_away_every_shift_stands_at_its_own_time() -> None:
    one = story(TWO, "2026-11-25 09:00")
    one.forget()
    one.restart(away_ns=5 * 24 * HOUR)
    assert [at[3:] for at in clock(one, "shift.began")] == ["20:00", "08:00"] * 5


def test_a_reload_keeps_the_handover_and_takes_the_new_pattern() -> None:
    one = at_the_handover()
    assert one.do("handover_take", WANG) == "done"
    one.forget()
    station = {"id": "hx1", "name": words("station"), "timezone": "Asia/Shanghai"}
    one.reload(shifts=pattern("08:00", "21:00"), station=station, alarms=[OVERPRESSURE])
    one.wait(10 * SECOND)
    assert of(one) == []
    assert one.engine.view().parts["shifts"][0]["handover"]["incoming"] == "wang"
    until(one, "2026-11-25 21:00")
    assert clock(one, "shift.began") == ["25 21:00"]
    # Due at the new end, so late from there.
    assert [f["late_s"] for f in one.fields("handover.overdue")] == [0]
    one.reload(station=station, alarms=[OVERPRESSURE])
    one.wait(10 * SECOND)
    assert of(one)[-2:] == ["shift.ended", "handover.cancelled"]
    assert one.do("handover_take", ZHAO) == "refused.no_shifts"


def test_nothing_runs_until_the_clock_is_trusted() -> None:
    station = {"id": "hx1", "name": words("station"), "timezone": "Asia/Shanghai"}
    one = Story(moment("2026-11-25 15:50"), shifts=THREE, station=station)
    one._step(ClockStepped(0, trusted=False))
    one.wait(HOUR)
    assert of(one) == []
    assert one.do("handover_take", WANG) == "refused.clock_untrusted"
    assert one.do("log", text="pump 2 by hand") == "done"
    assert one.fields("log.entry")[0]["clock"] == "untrusted"
    # The clock was a year behind: the shift that it is now begins, none of those between.
    one.clock_steps(365 * 86400)
    one.wait(10 * SECOND)
    assert of(one) == ["shift.began"]
    assert one.fields("shift.began")[0]["day"] == "2027-11-25"


@pytest.mark.parametrize(("steps_s", "ends"), [(1800, "19:30"), (-1800, "20:30"), (3 * 86400, "19:00")])
def test_boundaries_follow_the_wall_clock(steps_s: int, ends: str) -> None:
    one = story(TWO, "2026-11-25 18:59")
    until(one, "2026-11-25 19:00")
    one.clock_steps(steps_s)
    one.wait(2 * HOUR)
    expected = [f"25 {ends}"] if steps_s < 86400 else []
    if expected:
        assert clock(one, "shift.ended") == expected
    else:
        # Still 19:00, three days on: that day's shift stands for all between, told once.
        assert clock(one, "shift.ended") == ["25 19:00", "25 20:00"]


# -- entries ---------------------------------------------------------------------------------------


def test_a_correction_is_an_entry_of_its_own() -> None:
    one = story()
    assert one.do("log", text="blowdown 5 min", category="operation") == "done"
    written = one.events[-1]
    asked = {"entry": str(written.event_seq), "field": "text", "text": "blowdown 8 min", "reason": "misread"}
    assert one.do("correct", WANG, **asked) == "done"
    assert written.payload["text"] == "blowdown 5 min"
    correction = one.events[-1]
    assert correction.actor == WANG.label
    assert correction.payload["entry"] == written.event_seq
    assert correction.payload["text"] == "blowdown 8 min"


@pytest.mark.parametrize("entry", ["0", "-1", "x", "٣", "999", "1" * 40])
def test_what_was_never_written_cannot_be_corrected(entry: str) -> None:
    one = story()
    asked = {"entry": entry, "field": "text", "text": "x", "reason": "y"}
    assert one.do("correct", ZHANG, **asked) == "refused.entry"
    assert one.do("log", text="x", category="gossip") == "refused.category"


def test_the_table_of_the_handover_is_whole() -> None:
    assert {what for _, what in TABLE} == {"take", "refuse", "give"}
    assert set(TABLE.values()) - {"signed_out"} == {state for state, _ in TABLE} - {"open"}


PEOPLE = st.sampled_from((ZHANG, WANG, ZHAO, DISPATCH))
TEXT = st.sampled_from(("", "a", "阀门"))
ACTS: st.SearchStrategy[tuple[str, Actor, dict[str, str]]] = st.one_of(
    st.tuples(
        st.just("log"),
        PEOPLE,
        st.fixed_dictionaries({"text": TEXT, "category": st.sampled_from((*CATEGORIES, "?"))}),
    ),
    st.tuples(
        st.just("correct"),
        PEOPLE,
        st.fixed_dictionaries(
            {
                "entry": st.sampled_from(("1", "3", "9999", "-")),
                "field": st.just("text"),
                "text": TEXT,
                "reason": TEXT,
            }
        ),
    ),
    st.tuples(st.sampled_from(("handover_take", "handover_give", "ack_all")), PEOPLE, st.just({})),
    st.tuples(
        st.sampled_from(("handover_refuse", "handover_carry_over")),
        PEOPLE,
        st.fixed_dictionaries({"reason": TEXT}),
    ),
    st.tuples(st.sampled_from(("wait", "restart", "trip")), PEOPLE, st.just({})),
)


@given(acts=st.lists(ACTS, max_size=25))
@settings(max_examples=40, deadline=None)
def test_no_sequence_of_commands_removes_or_changes_an_entry(
    acts: list[tuple[str, Actor, dict[str, str]]],
) -> None:
    one = story(TWO, "2026-11-25 19:39")
    for verb, actor, args in acts:
        before = [(e.event_seq, e.code, dict(e.payload)) for e in one.events]
        if verb == "wait":
            one.wait(25 * MINUTE)
        elif verb == "restart":
            one.restart(away_ns=MINUTE)
        elif verb == "trip":
            one.keep(0.7, 50.0, ns=6 * SECOND, each=SECOND)
        else:
            code = one.do(verb, actor, **args)
            added = [event.code for event in one.events[len(before) :]]
            assert (code == "done") != ("command.refused" in added)
            if verb != "ack_all":
                assert added
        assert [(e.event_seq, e.code, dict(e.payload)) for e in one.events[: len(before)]] == before
    assert [event.event_seq for event in one.events] == list(range(1, len(one.events) + 1))
