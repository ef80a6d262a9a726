"""Every clock of the regulations: start, warning, breach, stop, restart, clock step. Orders and cases."""

from __future__ import annotations

from typing import Any

import pytest

from heatmon.core.input import Actor
from heatmon.core.sla import CLOSES, OPENS, RULES, STOPS
from tests.unit.core.station_spec import START, alarm, tag
from tests.unit.core.station_story import DISPATCHER, HOUR, MINUTE, OPERATOR, SECOND, Story

DAY = 24 * HOUR
# kind of clock -> kind of case that starts it, the steps that stop it; written down a second time
CLOCKS: dict[str, tuple[str, list[str], int, list[int]]] = {
    "dispatch_reply": ("dispatch", ["replied"], 60, [40]),
    "superior_reply": ("superior", ["replied"], 60, [40]),
    "leak_onsite": ("leak", ["on_site"], 30, [20]),
    "repair_contact": ("repair", ["contacted"], 30, [20]),
    "repair_onsite": ("repair", ["on_site"], 120, [90]),
    "repair_close": ("repair", ["fixed", "user_confirmed"], 1440, [1200]),
    "loss_unhandled": ("loss", ["contained"], 360, [120, 240, 300]),
    "stoppage_notice": ("stoppage", ["notice_sent"], 480, [0]),
}


def opened(clock: str, **changes: Any) -> tuple[Story, str]:
    one = Story(**changes)
    case = CLOCKS[clock][0]
    assert one.do("open_case", DISPATCHER, kind=case, text="Block 12 is cold", contact="138") == "done"
    return one, "case#1"


def of(one: Story, what: str, clock: str) -> list[int]:
    """Minutes after the start at which this happened to the clock."""
    return [second // 60 for second in one.at(f"sla.{what}", clock=clock)]


def test_the_table_is_whole() -> None:
    assert {clock for clocks in OPENS.values() for clock in clocks} | {"followup"} == set(RULES)
    stopped = {clock for clocks in STOPS.values() for clock in clocks} | {"repair_close"}
    assert stopped == set(RULES)
    assert not set(STOPS) & set(CLOSES)


@pytest.mark.parametrize("clock", CLOCKS)
def test_start_warning_breach(clock: str) -> None:
    _, _, limit, warnings = CLOCKS[clock]
    one, _ = opened(clock)
    assert of(one, "started", clock) == [0]
    one.wait(limit * MINUTE - 1)
    assert of(one, "warning", clock) == warnings
    assert of(one, "breached", clock) == []
    one.wait(1)
    assert of(one, "breached", clock) == [limit]
    one.wait(10 * DAY)
    assert of(one, "breached", clock) == [limit]


@pytest.mark.parametrize("clock", CLOCKS)
def test_stop(clock: str) -> None:
    _, steps, _, _ = CLOCKS[clock]
    one, case = opened(clock)
    one.wait(10 * MINUTE)
    for step in steps:
        assert one.do("record", case=case, step=step, text="ok") == "done"
    assert of(one, "stopped", clock) == [10]
    one.wait(10 * DAY)
    assert of(one, "breached", clock) == []


@pytest.mark.parametrize("clock", CLOCKS)
def test_restart_moves_nothing_and_what_fell_due_fires_at_its_own_time(clock: str) -> None:
    _, _, limit, warnings = CLOCKS[clock]
    one, _ = opened(clock)
    one.restart(away_ns=5 * MINUTE)
    one.restart(away_ns=limit * MINUTE)
    assert of(one, "started", clock) == [0]
    assert of(one, "warning", clock) == warnings
    assert of(one, "breached", clock) == [limit]


@pytest.mark.parametrize("clock", CLOCKS)
@pytest.mark.parametrize("step_s", [7200, -7200])
def test_a_step_of_the_wall_clock_moves_no_duration(clock: str, step_s: int) -> None:
    _, _, limit, warnings = CLOCKS[clock]
    one, _ = opened(clock)
    one.wait(MINUTE)
    one.clock_steps(step_s)
    one.wait(limit * MINUTE)
    assert of(one, "warning", clock) == warnings
    assert of(one, "breached", clock) == [limit]


# -- follow-up -------------------------------------------------------------------------------------


def closed_repair() -> Story:
    one, case = opened("repair_close")
    for step in ("contacted", "on_site", "fixed", "attempt", "attempt"):
        assert one.do("record", case=case, step=step) == "done"
    return one


def test_two_attempts_count_where_the_user_cannot_be_reached() -> None:
    one = closed_repair()
    assert one.fields("case.closed")[0]["result"] == "fixed"
    assert of(one, "started", "followup") == [0]


def test_a_follow_up_is_due_at_48_h_not_earlier_and_overdue_at_72() -> None:
    one = closed_repair()
    one.wait(47 * HOUR)
    assert one.do("record", case="case#1", step="followed_up") == "refused.case_early"
    one.restart(away_ns=2 * HOUR)
    assert of(one, "warning", "followup") == [48 * 60]
    assert one.do("record", case="case#1", step="followed_up") == "done"
    assert of(one, "stopped", "followup") == [49 * 60]
    late = closed_repair()
    late.clock_steps(3600)
    late.wait(80 * HOUR)
    assert of(late, "breached", "followup") == [72 * 60]


# -- working days ----------------------------------------------------------------------------------

CALENDAR = {
    "years": [{"year": 2027, "source": "test", "holidays": ["2027-01-18"], "workdays": ["2027-01-23"]}]
}
# 2027-01-15 16:00 Shanghai is a Friday afternoon (START is 2027-01-15 08:00 UTC).


@pytest.mark.parametrize(
    ("kind", "clock", "days"), [("application", "application_reply", 6), ("connection", "connection", 8)]
)
def test_working_days_skip_weekends_and_holidays_and_take_shifted_ones(
    kind: str, clock: str, days: int
) -> None:
    one = Story(calendar=CALENDAR)
    assert one.do("open_case", DISPATCHER, kind=kind, text="new user") == "done"
    # Friday; Monday is a holiday; Tuesday, Wednesday, Thursday (3), Friday, Saturday worked (5).
    one.wait(10 * DAY)
    (breach,) = one.at("sla.breached", clock=clock)
    assert (START // SECOND + breach + 8 * 3600) % 86400 == 0
    assert (breach + 16 * 3600) // 86400 == days + 1


@pytest.mark.parametrize(("step_s", "moved_s"), [(3600, -3600), (-3600, 3600)])
def test_a_day_of_the_wall_clock_moves_with_it(step_s: int, moved_s: int) -> None:
    found = []
    for stepped in (False, True):
        one = Story(calendar=CALENDAR)
        one.do("open_case", DISPATCHER, kind="application", text="new user")
        if stepped:
            one.clock_steps(step_s)
        one.restart(away_ns=10 * DAY)
        found.extend(one.at("sla.breached"))
    assert found[1] - found[0] == moved_s


def test_an_application_that_is_answered_stops() -> None:
    one = Story()
    one.do("open_case", DISPATCHER, kind="application", text="new user")
    assert one.do("record", case="case#1", step="replied") == "refused.case_result"
    assert one.do("record", case="case#1", step="replied", text="granted") == "done"
    one.wait(30 * DAY)
    assert one.at("sla.breached") == []


# -- loss and stoppage by alarm --------------------------------------------------------------------

LOSS = "water.loss_1h_pct"


def loss_station() -> Story:
    """A loss alarm on its real signal, moved by the tests."""
    tags = [
        tag("p2r", "MPa", "0 MPa", "1 MPa"),
        tag("t2s", "°C", "0 °C", "120 °C"),
        tag("vmk", "m3", "0 m3", "1000000 m3"),
    ]
    tags[2]["totaliser"] = {"rollover": "1000000 m3"}
    water = {"makeup_totaliser": "vmk", "design_circulation": "262 m3/h", "system_volume": "100 m3"}
    level = {"name": "H", "limit": "1 %", "deadband": "0.2 %", "on_delay": "0 s", "off_delay": "0 s"}
    alarms = [alarm("LOSS", signal=LOSS, on_bad="hold", level=level | {"priority": "P2"})]
    return Story(tags=tags, water=water, alarms=alarms)


def lose(one: Story, percent: float) -> None:
    from heatmon.core.quality import GOOD

    table, point = one.engine.table, one.engine.alarms.by_id["LOSS"]
    table.put(table.index[LOSS], percent, GOOD, one.now)
    # As the tick would, at this instant; then a step takes the events out.
    one.engine.step(None, one.now)
    table.put(table.index[LOSS], percent, GOOD, one.now)
    point.update(table, one.now, one.engine.emit)
    one._step(None)


def test_a_loss_alarm_starts_six_hours_and_acknowledging_stops_nothing() -> None:
    one = loss_station()
    lose(one, 2.0)
    assert one.codes("case.opened") == ["case.opened"]
    assert one.do("ack", alarm="LOSS") == "done"
    assert one.do("open_case", DISPATCHER, kind="loss", text="reported too") == "refused.case_stands"
    assert clock_of(one) is not None


def clock_of(one: Story) -> Any:
    """The loss clock of the first case, None when it does not run."""
    clocks = [clock for case in one.engine.view().parts["cases"] for clock in case["clocks"]]
    return next((clock for clock in clocks if clock["kind"] == "loss_unhandled"), None)


def test_a_rate_that_is_normal_for_half_an_hour_stops_only_what_a_rate_started() -> None:
    one = loss_station()
    lose(one, 2.0)
    began = one.now
    one.now += HOUR
    lose(one, 0.5)
    assert clock_of(one)["stops_ns"] == one.now + 30 * MINUTE
    one.now += 10 * MINUTE
    lose(one, 2.0)
    assert clock_of(one)["stops_ns"] > one.now + DAY
    lose(one, 0.5)
    one.now += 31 * MINUTE
    one._step(None)
    assert clock_of(one) is None
    # Back within two hours: the same clock, from its first minute.
    one.now += HOUR
    lose(one, 2.0)
    assert clock_of(one)["began_ns"] == began
    assert one.codes("sla.resumed") == ["sla.resumed"]
    one._commands += 1
    assert one.do("record", case="case#1", step="repaired") == "done"
    assert clock_of(one) is None


def test_a_reported_loss_ends_when_people_say_so() -> None:
    one = loss_station()
    assert one.do("open_case", DISPATCHER, kind="loss", text="water in the street") == "done"
    lose(one, 2.0)
    lose(one, 0.5)
    one.now += HOUR
    one._step(None)
    assert clock_of(one) is not None


def test_a_stoppage_known_to_last_eight_hours_is_due_at_once() -> None:
    one, case = opened("stoppage_notice")
    one.wait(MINUTE)
    assert one.do("expect", case=case, duration="7 h") == "done"
    assert of(one, "breached", "stoppage_notice") == []
    assert one.do("expect", case=case, duration="9 h") == "done"
    assert of(one, "breached", "stoppage_notice") == [1]


# -- cases -----------------------------------------------------------------------------------------


def test_no_case_closes_while_a_clock_runs_and_none_without_a_result() -> None:
    one, case = opened("repair_contact")
    assert one.do("close_case", case=case, result="never mind") == "refused.case_open"
    assert one.do("record", case=case, step="replied", text="x") == "refused.case_idle"
    assert one.do("record", case=case, step="flew") == "refused.case_step"
    assert one.do("record", case="case#9", step="on_site") == "refused.case"
    assert one.do("open_case", kind="joke", text="x") == "refused.case_kind"
    assert one.do("record", case=case, step="delayed", text="overload of faults") == "done"
    assert len(one.engine.view().parts["cases"][0]["clocks"]) == 3


# -- orders ----------------------------------------------------------------------------------------

CHIEF = Actor("chief", "dispatcher", "socket", "uid")


def test_an_order_from_issue_to_measured_effect() -> None:
    one = Story()
    one.feed(0.3, 45.0)
    issued = one.do("order", CHIEF, text="raise the supply", effect="t2s >= 52", within="2 h")
    assert issued == "done"
    for step in ("receive_order", "accept_order", "execute_order"):
        assert one.do(step, order="order#1") == "done"
    one.keep(0.3, 50.0, ns=10 * MINUTE)
    assert one.codes("order.ver") == []
    one.restart()
    one.keep(0.3, 52.5, ns=20 * SECOND)
    (verified,) = one.fields("order.verified")
    assert verified["measured"] == "t2s 52.5 °C"
    assert one.do("execute_order", order="order#1") == "refused.order_state"


def test_an_effect_that_is_not_measured_in_time_is_told() -> None:
    one = Story()
    one.do("order", CHIEF, text="x", effect="t2s >= 52", within="1 h")
    one.do("accept_order", order="order#1")
    one.do("execute_order", order="order#1")
    one.restart(away_ns=2 * HOUR)
    assert one.at("order.not_verified") == [3600]


def test_an_order_nobody_received_is_told_upwards_once() -> None:
    one = Story()
    one.do("order", CHIEF, text="x")
    one.restart(away_ns=HOUR)
    assert one.at("order.unreceived") == [600]
    one.wait(HOUR)
    assert len(one.codes("order.unreceived")) == 1


def test_a_dangerous_order_may_be_refused_with_reason_and_report() -> None:
    one = Story()
    one.do("order", CHIEF, text="close the relief valve")
    assert one.do("refuse_order", order="order#1", reason="unsafe") == "refused.missing"
    assert one.do("refuse_order", order="order#1", reason="unsafe", reported_to="chief engineer") == "done"
    assert one.fields("order.refused")[0]["reported_to"] == "chief engineer"
    assert one.do("accept_order", order="order#1") == "refused.order_state"


@pytest.mark.parametrize(
    "effect", ["t2s >", "t9 > 3", "alarm.NO", "t2s > 3 or", "(t2s", "1 < t2s", "__import__"]
)
def test_an_effect_that_cannot_be_measured_is_refused(effect: str) -> None:
    assert Story().do("order", CHIEF, text="x", effect=effect) == "refused.effect"


def test_an_operator_gives_no_orders() -> None:
    assert Story().do("order", OPERATOR, text="x") == "refused.role"
