"""Shelving, suppression, first-out, escalation, floods, exercises, as people live them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.core.station_spec import alarm, words
from tests.unit.core.station_story import (
    BY_SMS,
    DISPATCHER,
    ENGINEER,
    HOUR,
    MINUTE,
    OPERATOR,
    SECOND,
    Story,
)

CALM = (0.3, 50.0)
HIGH = (0.7, 50.0)
NOTIFY = {
    "channels": [{"kind": "wecom", "id": "a", "token": "${env:T}"}],
    "contacts": [{"person": one, "ways": [{"channel": "a"}]} for one in ("zhang", "li")],
    "posts": [
        {"id": "night", "name": words("n"), "turns": [{"person": "zhang", "start": "00:00", "end": "24:00"}]}
    ],
    "escalation": [
        {
            "priority": "P1",
            "steps": [
                {"after": "0 s", "to": ["night"]},
                {"after": "2 min", "to": ["li"]},
                {"after": "5 min", "to": ["li"]},
            ],
        },
        {"priority": "P2", "steps": [{"after": "0 s", "to": ["night"]}, {"after": "10 min", "to": ["li"]}]},
    ],
}
PERSONS = [
    {"id": "zhang", "name": "Z", "role": "operator"},
    {"id": "li", "name": "L", "role": "dispatcher"},
]


def at_once(alarm_id: str, priority: str, **changes: Any) -> dict[str, Any]:
    level = {"on_delay": "0 s", "off_delay": "0 s", "priority": priority} | changes.pop("level", {})
    return alarm(alarm_id, level=level, on_bad="hold", **changes)


def story(*alarms: dict[str, Any], **changes: Any) -> Story:
    found = Story(alarms=list(alarms), notify=NOTIFY, persons=PERSONS, **changes)
    found.feed(*CALM)
    found.forget()
    return found


# -- the shelf -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "duration", "code"),
    [
        ("P1", None, "refused.shelve_p1"),
        ("P1", "1 min", "refused.shelve_p1"),
        ("P2", "2 h", "done"),
        ("P2", "121 min", "refused.shelve_long"),
        ("P3", "8 h", "done"),
        ("P3", "9 h", "refused.shelve_long"),
        ("P3", "0 s", "refused.value"),
        ("P3", "soon", "refused.value"),
    ],
)
def test_limits_of_shelving_by_priority(priority: str, duration: str | None, code: str) -> None:
    one = story(at_once("A", priority))
    more = {} if duration is None else {"duration": duration}
    assert one.do("shelve", OPERATOR, alarm="A", reason="known", **more) == code


def test_a_shelved_alarm_is_silent_and_comes_back_announced() -> None:
    one = story(at_once("A", "P3"))
    assert one.do("shelve", alarm="A", reason="known") == "done"
    one.feed(*HIGH)
    assert one.fields("alarm.raised")[0]["silent"] == "shelved"
    one.keep(*HIGH, ns=HOUR)
    assert one.at("alarm.unshelved") == [3600]
    assert one.fields("alarm.unshelved")[0]["why"] == "time is up"
    assert [fields.get("silent") for fields in one.fields("alarm.reannounced")] == [None]


def test_one_shot_ends_with_the_return() -> None:
    one = story(at_once("A", "P3"))
    one.feed(*HIGH)
    assert one.do("shelve", alarm="A", reason="drain", one_shot="yes") == "done"
    one.keep(*HIGH, ns=2 * HOUR)
    assert one.codes("alarm.un") == []
    one.feed(*CALM)
    assert one.codes("alarm.un") == ["alarm.unshelved"]
    one.feed(*HIGH)
    assert "silent" not in one.fields("alarm.raised")[-1]


def test_the_fourth_shelving_within_a_day_needs_a_work_order() -> None:
    one = story(at_once("A", "P3"))
    for n in range(3):
        assert one.do("shelve", alarm="A", reason="again", duration="1 min") == "done"
        assert one.fields("alarm.shelved")[-1]["repeat"] == n + 1
        one.wait(2 * MINUTE)
    assert one.do("shelve", alarm="A", reason="again") == "refused.shelve_again"
    assert one.do("out_of_service", alarm="A", work_order="WO-1") == "refused.role"
    assert one.do("out_of_service", ENGINEER, alarm="A", work_order="WO-1") == "done"
    one.wait(25 * HOUR)
    assert one.do("in_service", ENGINEER, alarm="A") == "done"
    assert one.do("shelve", alarm="A", reason="again") == "done"


def test_an_alarm_that_becomes_p1_leaves_the_shelf() -> None:
    grave = {"name": "HHH", "limit": "0.8 MPa", "priority": "P1"}
    both = at_once("A", "P3")
    both["levels"].append(both["levels"][0] | grave)
    one = story(both)
    one.feed(*HIGH)
    assert one.do("shelve", alarm="A", reason="known") == "done"
    one.feed(0.9, 50.0)
    assert one.fields("alarm.unshelved")[0]["why"] == "it is P1 now"
    assert "silent" not in one.fields("alarm.reannounced")[-1]


def test_the_shelf_survives_a_restart_and_what_expired_meanwhile_fires() -> None:
    one = story(at_once("A", "P3"))
    one.do("shelve", alarm="A", reason="known", duration="1 h")
    one.restart(away_ns=10 * MINUTE)
    assert one.codes("alarm.un") == []
    assert one.engine.view().parts["shelf"][0]["alarm"] == "A"
    one.restart(away_ns=HOUR)
    assert one.codes("alarm.un") == ["alarm.unshelved"]


def test_a_test_marks_everything_and_ends_by_itself() -> None:
    one = story(at_once("A", "P1"))
    assert one.do("test_alarm", alarm="A", task="PM-7", duration="5 h") == "refused.shelve_long"
    assert one.do("test_alarm", alarm="A", task="PM-7") == "done"
    one.feed(*HIGH)
    assert one.fields("alarm.raised")[0]["test"] is True
    one.keep(*HIGH, ns=4 * HOUR, each=MINUTE)
    assert one.at("alarm.test_ended") == [4 * 3600]
    assert "test" not in one.fields("alarm.reannounced")[0]
    # As a test it climbed nowhere; as a real alarm it does.
    assert one.codes("alarm.escalated") == []
    one.keep(*HIGH, ns=3 * MINUTE)
    assert one.at("alarm.escalated") == [4 * 3600 + 120]


# -- suppression by design -------------------------------------------------------------------------


def rule(when: str, *alarms: str) -> list[dict[str, Any]]:
    return [{"id": "r", "when": when, "alarms": list(alarms), "reason": words("because")}]


def test_a_group_alarm_absorbs_its_children_at_once() -> None:
    children = [at_once(f"C{n}", "P3") for n in range(5)]
    cause = at_once("POWER", "P1", signal="t2s", level={"limit": "80 °C", "deadband": "1 K"})
    one = story(cause, *children, suppressions=rule("alarm.POWER", "*"))
    one.feed(0.7, 90.0)
    raised = {fields["alarm"]: fields.get("silent") for fields in one.fields("alarm.raised")}
    assert raised == {"POWER": None} | {f"C{n}": "suppressed" for n in range(5)}
    one.feed(0.7, 50.0)
    # The cause is gone and they still stand: now they are told.
    again = [fields["alarm"] for fields in one.fields("alarm.reannounced") if "silent" not in fields]
    assert sorted(again) == [f"C{n}" for n in range(5)]


def test_the_safety_set_is_never_suppressed_whatever_a_rule_says() -> None:
    safe = at_once("SAFE", "P1") | {"on_bad": "fail_to_alarm"}
    one = story(safe, at_once("OTHER", "P3"), suppressions=rule("t2s > 40", "*"))
    one.keep(*CALM, ns=20 * SECOND)
    one.feed(*HIGH)
    raised = {fields["alarm"]: fields.get("silent") for fields in one.fields("alarm.raised")}
    assert raised == {"SAFE": None, "OTHER": "suppressed"}


def test_a_condition_that_is_unknown_suppresses_nothing() -> None:
    from heatmon.core.quality import Quality

    one = story(at_once("A", "P3"), suppressions=rule("t2s > 40", "A"))
    one.feed(0.3, 50.0)
    one.wait(10 * SECOND)
    assert one.engine.view().parts["suppression"]
    one.feed(0.3, float("nan"), qualities=[Quality.GOOD, Quality.TIMEOUT])
    one.wait(10 * SECOND)
    one.feed(0.7, float("nan"), qualities=[Quality.GOOD, Quality.TIMEOUT])
    assert "silent" not in one.fields("alarm.raised")[0]


def test_a_reload_without_the_rule_frees_its_alarms() -> None:
    one = story(at_once("A", "P3"), suppressions=rule("t2s > 40", "A"))
    one.keep(*CALM, ns=20 * SECOND)
    one.reload(alarms=[at_once("A", "P3")], notify=NOTIFY, persons=PERSONS)
    one.keep(*CALM, ns=20 * SECOND)
    one.feed(*HIGH)
    assert "silent" not in one.fields("alarm.raised")[0]


# -- first-out -------------------------------------------------------------------------------------


def group() -> Story:
    first = at_once("A", "P2")
    second = at_once("B", "P2", signal="t2s", level={"limit": "80 °C", "deadband": "1 K"})
    return story(first, second, first_outs=[{"id": "trip", "name": words("trip"), "alarms": ["A", "B"]}])


def test_the_first_of_a_group_is_told_once_a_trip() -> None:
    one = group()
    one.feed(0.7, 50.0)
    one.now += 5 * SECOND
    one.feed(0.7, 90.0)
    assert [fields["alarm"] for fields in one.fields("first_out.first")] == ["A"]
    assert one.codes("first_out.unresolved") == []
    one.feed(0.3, 50.0)
    one.now += SECOND
    one.feed(0.3, 90.0)
    assert [fields["alarm"] for fields in one.fields("first_out.first")] == ["A", "B"]


def test_within_one_poll_the_order_is_not_resolved() -> None:
    one = group()
    one.feed(0.7, 90.0)
    assert one.codes("first_out.") == ["first_out.first", "first_out.unresolved"]
    assert one.engine.view().parts["first_out"][0]["resolved"] is False


# -- escalation ------------------------------------------------------------------------------------


def test_nobody_answers_and_it_climbs() -> None:
    one = story(at_once("A", "P1"))
    one.feed(*HIGH)
    one.keep(*HIGH, ns=30 * MINUTE)
    assert one.at("alarm.escalated")[:2] == [120, 300]
    told = one.fields("alarm.escalated")[0]
    assert (told["step"], told["to"], told["occurrence"], told["priority"]) == (1, "li", "A#1", "P1")


def test_an_acknowledgement_ends_it() -> None:
    one = story(at_once("A", "P1"))
    one.feed(*HIGH)
    one.wait(MINUTE)
    assert one.do("ack", alarm="A") == "done"
    one.keep(*HIGH, ns=10 * MINUTE)
    assert one.codes("alarm.escalated") == []


def test_p1_acknowledged_from_outside_climbs_on_until_somebody_confirms_on_site() -> None:
    one = story(at_once("A", "P1"))
    one.feed(*HIGH)
    assert one.do("ack", BY_SMS, alarm="A") == "done"
    one.keep(*HIGH, ns=3 * MINUTE)
    assert one.at("alarm.escalated") == [120]
    assert one.do("confirm", BY_SMS, alarm="A") == "refused.not_on_site"
    one.restart()
    assert one.do("confirm", alarm="A") == "done"
    assert one.do("confirm", alarm="A") == "refused.nothing_to_confirm"
    one.keep(*HIGH, ns=10 * MINUTE)
    assert one.at("alarm.escalated") == [120]


def test_p2_acknowledged_from_outside_is_done() -> None:
    one = story(at_once("A", "P2"))
    one.feed(*HIGH)
    assert one.do("ack", BY_SMS, alarm="A") == "done"
    one.keep(*HIGH, ns=30 * MINUTE)
    assert one.codes("alarm.escalated") == []


@pytest.mark.parametrize(("priority", "climbs"), [("P1", True), ("P2", False)])
def test_a_return_ends_it_for_all_but_p1(priority: str, climbs: bool) -> None:
    one = story(at_once("A", priority))
    one.feed(*HIGH)
    one.feed(*CALM)
    one.keep(*CALM, ns=20 * MINUTE)
    assert bool(one.codes("alarm.escalated")) is climbs


def test_a_restart_moves_no_step() -> None:
    one = story(at_once("A", "P1"))
    one.feed(*HIGH)
    one.restart(away_ns=3 * MINUTE)
    assert one.at("alarm.escalated") == [120]
    one.restart(away_ns=HOUR)
    assert one.at("alarm.escalated", alarm="A") == [120, 300]


# -- how alarms behave -----------------------------------------------------------------------------


def test_a_flood_starts_with_ten_in_ten_minutes_and_ends_below_five() -> None:
    one = story(*(at_once(f"A{n}", "P3") for n in range(12)))
    one.feed(*HIGH)
    assert one.codes("flood.") == ["flood.started"]
    one.keep(*HIGH, ns=9 * MINUTE)
    assert one.codes("flood.") == ["flood.started"]
    one.keep(*HIGH, ns=2 * MINUTE)
    assert one.at("flood.ended") == [600]
    assert one.fields("flood.ended")[0]["count"] == 12


def test_chattering_is_told_once_until_ten_calm_minutes() -> None:
    one = story(at_once("A", "P3"))
    for _ in range(6):
        one.feed(*HIGH)
        one.now += 5 * SECOND
        one.feed(*CALM)
        one.now += 5 * SECOND
    assert one.codes("alarm.chat") == ["alarm.chattering"]
    one.wait(11 * MINUTE)
    assert one.codes("alarm.calm") == ["alarm.calm"]


def test_what_stands_for_a_day_is_stale() -> None:
    one = story(at_once("A", "P3"))
    one.feed(*HIGH)
    one.wait(25 * HOUR)
    assert one.at("alarm.stale", alarm="A") == [86400]
    one.wait(25 * HOUR)
    assert len(one.at("alarm.stale", alarm="A")) == 1


# -- exercises -------------------------------------------------------------------------------------


def test_an_exercise_ends_with_who_answered() -> None:
    one = story(at_once("A", "P1"))
    assert one.do("drill", to="night,li") == "done"
    assert one.do("drill") == "refused.drill_runs"
    one.wait(2 * MINUTE)
    assert one.do("answer_drill", BY_SMS, drill="drill#1") == "done"
    assert one.do("answer_drill", BY_SMS, drill="drill#1") == "refused.no_drill"
    one.restart(away_ns=29 * MINUTE)
    assert one.at("drill.ended") == [1800]
    assert one.fields("drill.ended")[0]["report"] == "li:120,zhang:-"
    assert one.do("test_message", DISPATCHER, person="li") == "done"
    assert one.do("test_message", DISPATCHER, person="nobody") == "refused.no_way"
