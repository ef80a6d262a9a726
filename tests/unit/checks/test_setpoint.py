"""Every term of the setpoint by itself: sources, filters, schedule, orders, corrections, stages."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.curve.compliance import Compliance
from heatmon.core.curve.filing import is_filed, reminder_due
from heatmon.core.curve.loop import LoopReturn
from heatmon.core.curve.orders import NONE, OrderBook
from heatmon.core.curve.outdoor import OutdoorGuard, OutdoorTemperature, Source, running_mean_c, sun_k, wind_k
from heatmon.core.curve.regulation import Design, QualityCurve
from heatmon.core.curve.schedule import DayTypes, Schedule, quick_setback_h
from heatmon.core.curve.setpoint import StageSwitch
from heatmon.core.curve.trim import DailyRoomTrim, ReturnLimiter
from heatmon.core.localtime import LocalClock, date_of
from heatmon.core.quality import GOOD, Quality
from heatmon.core.spec import Calendar, Outdoor, Season
from heatmon.core.spec.curve import Filing, ReturnLimit, RoomTrim, ScheduleEntry, Sun, Wind
from tests.unit.checks.conftest import SECOND, Bench, spec_of

ZONE = "Asia/Shanghai"
MINUTE, HOUR, DAY = 60 * SECOND, 3600 * SECOND, 86400 * SECOND


def ns(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


# -- outdoor ------------------------------------------------------------------------------------


def outdoor(**more: Any) -> OutdoorTemperature:
    return OutdoorTemperature(Outdoor.model_validate({"tag": "tout", "filter": "none", **more}), ZONE)


def test_the_chain_of_sources() -> None:
    chain = outdoor()
    assert chain.update(2.0, 0, 3.0, (4.0, 5.0, 9.0), 6.0) == (2.0, GOOD)
    assert chain.update(None, MINUTE, 3.0, (4.0, 5.0, 9.0), 6.0) == (3.0, Quality.SUBSTITUTED)
    assert chain.update(None, 2 * MINUTE, None, (4.0, 5.0, None, 9.0), 6.0) == (5.0, Quality.SUBSTITUTED)
    assert chain.update(None, 3 * MINUTE, None, (None,), 6.0) == (6.0, Quality.SUBSTITUTED)
    assert chain.update(None, 4 * MINUTE) == (6.0, Quality.HELD)
    assert chain.update(None, 4 * HOUR) == (-5.0, Quality.SUBSTITUTED)
    assert chain.source is Source.FALLBACK


def test_four_kelvin_from_the_neighbours_for_an_hour_is_not_believed() -> None:
    guard = OutdoorGuard()
    assert not any(guard.update(5.0, 0.0, 0.0, k) for k in range(59))
    assert guard.update(5.0, 0.0, 0.0, 59)
    assert not guard.update(3.0, 0.0, 0.0, 60)


def test_a_sunlit_step_is_disbelieved_while_another_source_knows_better() -> None:
    chain = outdoor()
    for k in range(20):
        chain.update(0.0, k * MINUTE, 0.5)
    assert chain.update(7.0, 20 * MINUTE, 0.5) == (0.5, Quality.SUBSTITUTED)
    alone = outdoor()
    for k in range(20):
        alone.update(0.0, k * MINUTE)
    assert alone.update(7.0, 20 * MINUTE) == (7.0, GOOD), "without another source the own one is all there is"


def test_a_frozen_sensor_is_found_when_a_reference_moves() -> None:
    guard = OutdoorGuard()
    assert not any(guard.update(1.0, None, 1.0 + k / 100.0, k) for k in range(179))
    assert any(guard.update(1.0, None, 3.0, k) for k in range(179, 190))
    calm = OutdoorGuard()
    assert not any(calm.update(1.0, None, 1.0, k) for k in range(1000)), "calm weather is no fault"


def test_running_mean_of_the_standard() -> None:
    assert running_mean_c([-5, -3, 0, 2, 1, -1, -4]) == pytest.approx(-1.868, abs=2e-3)


def test_running_mean_takes_whole_days() -> None:
    chain = outdoor(filter="running_mean")
    start, value = ns("2026-12-01T00:00:00+08:00"), 0.0
    for hour in range(48):
        value, _ = chain.update(-4.0 if hour < 24 else 6.0, start + hour * HOUR)
    assert value == pytest.approx(-4.0)
    value, _ = chain.update(6.0, start + 48 * HOUR)
    assert value == pytest.approx((6.0 + 0.8 * -4.0) / 1.8)


def test_wind_and_sun() -> None:
    wind, sun = Wind(tag="w"), Sun(tag="s")
    assert wind_k(wind, 9.0) == pytest.approx(-2.0)
    assert wind_k(wind, 3.0) == 0.0
    assert wind_k(wind, None) == wind_k(None, 9.0) == wind_k(wind, 1e6) == 0.0
    assert sun_k(sun, 300.0) == pytest.approx(2.1)
    assert sun_k(sun, -5.0) == sun_k(sun, None) == 0.0


# -- schedule and calendar ----------------------------------------------------------------------


CALENDAR = Calendar.model_validate({
    "years": [{
        "year": 2026, "source": "made up for this test",
        "holidays": ["2026-01-01", "2026-02-16", "2026-02-17"], "workdays": ["2026-02-14"],
        "special": [{"name": "exam", "days": ["2026-06-08"]}],
    }]
})  # fmt: skip


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_day_types_know_holidays_and_shifted_workdays() -> None:
    days = DayTypes(CALENDAR)
    assert days.of(day("2026-02-17")) == {"all", "holiday"}
    assert days.of(day("2026-02-14")) == {"all", "workday"}, "a Saturday that is worked"
    assert days.of(day("2026-02-21")) == {"all", "weekend"}
    assert days.of(day("2026-06-08")) == {"all", "workday", "exam"}
    assert date_of(day("2026-06-08")) == date(2026, 6, 8)


def test_a_missing_coming_year_is_told_from_the_first_of_december() -> None:
    days = DayTypes(CALENDAR)
    assert not days.missing(day("2026-11-30"))
    assert days.missing(day("2026-12-01"))
    assert days.missing(day("2027-01-01"))
    assert days.of(day("2027-01-01")) == {"all", "workday"}, "weekdays decide, marked as missing"
    assert not DayTypes(None).missing(day("2027-01-01")), "who keeps no calendar misses none"


def entry(start: str, end: str, shift: str, *days: str) -> ScheduleEntry:
    return ScheduleEntry.model_validate(
        {"from": start, "to": end, "room_shift": shift, "days": list(days) or ["all"]}
    )


@pytest.mark.parametrize(
    ("at", "shift"),
    [
        ("2026-02-13T21:59:59+08:00", 0), ("2026-02-13T22:00:00+08:00", -2),
        ("2026-02-14T03:59:00+08:00", -2), ("2026-02-14T04:00:00+08:00", 0),
        ("2026-02-16T23:00:00+08:00", 0), ("2026-02-17T02:00:00+08:00", 0),
        ("2026-02-17T12:00:00+08:00", 1), ("2026-02-18T12:00:00+08:00", 0),
    ],
)  # fmt: skip
def test_an_entry_over_midnight_belongs_to_the_day_it_begins_on(at: str, shift: float) -> None:
    schedule = Schedule(
        [entry("22:00", "04:00", "-2 K", "workday"), entry("10:00", "14:00", "1 K", "holiday")],
        CALENDAR, ZONE,
    )  # fmt: skip
    assert schedule.room_shift_k(ns(at)) == shift


def test_local_days_have_their_own_length() -> None:
    clock = LocalClock("Europe/Belgrade")
    before, after = ns("2026-10-25T00:30:00+02:00"), ns("2026-10-25T23:30:00+01:00")
    assert clock.day(before) == clock.day(after)
    assert (after - before) // HOUR == 24, "a day of 25 hours"
    assert clock.minute_of_day(after) == 23 * 60 + 30


def test_quick_setback() -> None:
    assert quick_setback_h(20, 20, 16, -5) == pytest.approx(10.46, abs=0.01)
    assert quick_setback_h(10, 20, 16, -5) == pytest.approx(5.23, abs=0.01)
    assert quick_setback_h(10, 16, 20, -5) == 0.0


# -- orders -------------------------------------------------------------------------------------


def test_orders_hold_for_their_time_and_the_last_one_counts() -> None:
    book = OrderBook()
    assert book.in_force(0) == NONE
    book.give("supply_offset", 3.0, 10, 100, 5, "zhang", "cold wave")
    second = book.give("supply_offset", 5.0, 20, 50, 15, "li", "colder still")
    book.give("supply", 62.0, 60, 90, 40, "li", "hold 62")
    assert second is not None
    assert [book.in_force(t).offset_k for t in (9, 10, 20, 50, 99, 100)] == [0, 3, 5, 3, 3, 0]
    assert book.in_force(70).supply_c == 62.0
    assert book.withdraw(second.id, 30)
    assert not book.withdraw(second.id, 31)
    assert [book.in_force(t).offset_k for t in (25, 30)] == [5, 3]


def test_an_hour_is_judged_by_what_was_known_then() -> None:
    book = OrderBook()
    late = book.give("room_shift", 1.0, 10, 100, 50, "zhang", "telephoned at 10, written at 50")
    assert late is not None
    assert book.in_force(20).room_shift_k == 1.0
    assert book.in_force(20, known_ns=40).room_shift_k == 0.0
    book.withdraw(late.id, 60)
    assert book.in_force(70, known_ns=55).room_shift_k == 1.0
    assert book.in_force(70, known_ns=65).room_shift_k == 0.0


@given(st.lists(st.tuples(st.integers(0, 1000), st.integers(1, 500)), max_size=90))
def test_a_book_of_orders_is_bounded_and_survives_a_restart(orders: list[tuple[int, int]]) -> None:
    book = OrderBook()
    for start, length in orders:
        book.give("supply_offset", 1.0, start, start + length, start, "x", "y")
    assert len(book.orders) <= 64
    again = OrderBook()
    again.load(book.dump())
    assert again.dump() == book.dump()


# -- corrections --------------------------------------------------------------------------------


def test_room_trim_steps_once_a_day_within_its_bounds() -> None:
    settings = RoomTrim.model_validate({"tags": ["r"], "target": "20 °C", "share": "100 %"})
    trim, family = DailyRoomTrim(settings, ZONE), QualityCurve(Design())
    now = ns("2026-12-01T13:00:00+08:00")
    seen = []
    for k in range(5 * 48):
        seen.append(trim.update([18.5, 19.0, 19.5, None, 99.0], family, 0.0, now + k * 30 * MINUTE))
    # 1 K too cold at s = 1.445 asks for 2.445 K a day; 5 K is the most in all.
    assert sorted(set(seen)) == pytest.approx([0.0, 2.445, 4.89, 5.0], abs=0.01)


def test_return_limit_only_lowers_and_is_bounded() -> None:
    limiter = ReturnLimiter(ReturnLimit.model_validate({"max": "50 °C", "influence": -2}))
    assert [limiter.update(t, k) for k, t in enumerate((52.0, 50.0, 40.0, 60.0, None))] == [-4, 0, 0, -5, 0]
    slow = ReturnLimiter(ReturnLimit.model_validate({"max": "50 °C", "influence": -1, "reset": "1 h"}))
    corrections = [slow.update(51.0, k * MINUTE) for k in range(61)]
    assert corrections[-1] == pytest.approx(-2.0)


def test_stages_have_hysteresis_and_a_dwell() -> None:
    switch, bounds = StageSwitch(1.0, 12 * 3600.0), (-3.0, 3.0)
    assert not switch.update(bounds, -2.5, 0), "the first answer is no step"
    assert switch.stage == 1
    assert not switch.update(bounds, 4.5, 6 * HOUR), "within the dwell"
    assert switch.update(bounds, 4.5, 13 * HOUR)
    assert switch.stage == 2
    assert not switch.update(bounds, 2.5, 30 * HOUR), "within the hysteresis"
    assert switch.update(bounds, 1.9, 31 * HOUR)


# -- judgement ----------------------------------------------------------------------------------


def test_a_day_of_nineteen_tenths_too_cold_scores_full_and_owes_its_degree_hours() -> None:
    score, start = Compliance(2.0, ZONE), ns("2026-12-01T00:00:00+08:00")
    ended = [score.update(-1.9, start + k * 10 * SECOND) for k in range(1, 8641)]
    assert not any(ended)
    assert score.update(None, start + 8641 * 10 * SECOND)
    assert (score.yesterday.hours, score.yesterday.compliance_pct) == (24, 100.0)
    assert score.yesterday.deficit_kh == pytest.approx(45.6)
    assert score.yesterday.surplus_kh == 0.0


def test_hours_without_enough_evaluation_do_not_count() -> None:
    score, start = Compliance(2.0, ZONE), ns("2026-12-01T00:00:00+08:00")
    for k in range(1, 3 * 360 + 2):
        score.update(-5.0 if k <= 360 else 0.0 if k <= 360 + 200 else None, start + k * 10 * SECOND)
    assert (score.today.hours, score.today.inside) == (1, 0)


def test_the_return_is_compared_with_the_supply_it_came_from() -> None:
    loop = LoopReturn()
    # The expected return steps up by 5 K; the real one follows 23 min later: no deviation.
    for minute in range(200):
        expected = 40.0 if minute < 100 else 45.0
        real = 40.0 if minute < 123 else 45.0
        loop.update(minute, expected, real, 100.0 / 262.0)
    assert loop.minutes == 23
    assert loop.deviation_k == pytest.approx(0.0)
    for minute in range(200, 260):
        loop.update(minute, 45.0, 42.0, 100.0 / 262.0)
    assert loop.deviation_k == pytest.approx(-3.0)
    for minute in range(260, 300):
        loop.update(minute, 45.0, 42.0, None)
    assert loop.deviation_k is None


def test_filing() -> None:
    season = Season.model_validate({"start": "2026-11-15T00:00:00+08:00", "end": "2027-03-15T00:00:00+08:00"})
    draft = Filing.model_validate({"version": "1"})
    filed = Filing.model_validate(
        {"version": "1", "by": "x", "at": "2026-11-01T09:00:00+08:00", "receipt": "r"}
    )
    due = [reminder_due(draft, season, ns(f"2026-11-{d:02}T12:00:00+08:00")) for d in (1, 8, 12, 14, 20)]
    assert due == [0, 7, 3, 1, 0]
    assert reminder_due(filed, season, ns("2026-11-14T12:00:00+08:00")) == 0
    assert not is_filed(filed, ns("2026-10-31T00:00:00+08:00")), "not before it was filed"


def test_not_filed_in_the_season_is_a_signal_and_gives_no_score(bench: Bench) -> None:
    bench.run(7200, step=10)
    assert bench.value("curve.not_filed") == 1.0
    assert bench.quality("curve.compliance_pct") == Quality.OUT_OF_SERVICE


def filed(raw: dict[str, Any]) -> None:
    raw["curve"]["filed"] |= {"by": "x", "at": "2020-11-01T09:00:00+08:00", "receipt": "r"}


def test_filed_and_kept_scores(bench: Bench) -> None:
    bench = Bench(spec_of(filed))
    bench.run(3 * 3600, step=10)
    assert bench.value("curve.not_filed") == 0.0
    assert bench.value("curve.compliance_pct") == 100.0


def test_the_next_version_takes_effect_at_its_time_with_who_and_why() -> None:
    moment = datetime.fromtimestamp(1_760_003_600, UTC).isoformat()

    def following(raw: dict[str, Any]) -> None:
        raw["curve_next"] = {
            **raw["curve"], "effective": moment,
            "filed": {"version": "2", "by": "chief", "reason": "rooms cold", "receipt": "r2", "at": moment},
            "points": [{"outdoor": "8 °C", "supply": "40 °C"}, {"outdoor": "-7 °C", "supply": "62 °C"}],
        }  # fmt: skip

    bench = Bench(spec_of(following))
    bench.run(3590, step=10)
    assert bench.value("curve.base_c") == 50.0
    bench.run(20, step=10)
    assert bench.value("curve.base_c") == pytest.approx(40 + 22 * 8 / 15)
    notes = dict(bench.calculators[1].drain())
    assert notes["curve.effective"]["version"] == "2"
    assert notes["curve.effective"]["reason"] == "rooms cold"
    again = Bench(spec_of(following), bench.now)
    for old, new in zip(bench.calculators, again.calculators, strict=True):
        new.load(old.dump())
    again.run(60)
    assert again.value("curve.base_c") == pytest.approx(40 + 22 * 8 / 15)
    assert list(again.calculators[1].drain()) == [], "a restart does not bring it into effect again"


def test_every_term_adds_up_to_the_target() -> None:
    def rich(raw: dict[str, Any]) -> None:
        raw["curve"] |= {
            "return_limit": {"max": "38 °C"},
            "schedule": [{"from": "00:00", "to": "23:59", "room_shift": "-1 K"}],
        }

    bench = Bench(spec_of(rich))
    check = bench.calculators[1]
    check.orders.give("supply_offset", 4.0, 0, bench.now * 2, bench.now, "dispatch", "cold wave")  # type: ignore[attr-defined]  # the bench builds it as a Calculator
    bench.run(60)
    terms = ("base_c", "order_k", "trim_k", "return_limit_k", "clamp_k")
    assert bench.value("curve.room_shift_k") == -1.0
    assert bench.value("curve.order_k") == 4.0
    assert bench.value("curve.return_limit_k") == -4.0
    assert sum(bench.value(f"curve.{term}") for term in terms) == pytest.approx(bench.value("curve.target_c"))
