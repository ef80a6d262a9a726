"""Kinds of conditions as an engineer writes them: rates, deviations, discrepancies; and what sleeps."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from math import inf, nan
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.engine import Engine
from heatmon.core.quality import Quality
from heatmon.core.quantity import QuantityError
from tests.unit.core.station_spec import SECOND, START, alarm, scan, spec, tag

S = SECOND
TAGS = [
    tag("p2r", "MPa", "0 MPa", "1 MPa"),
    tag("t2s", "°C", "0 °C", "120 °C"),
    tag("sp", "°C", "0 °C", "120 °C"),
    tag("cmd", "1", "0 1", "1 1"),
    tag("run", "1", "0 1", "1 1"),
]


def engine(**one: Any) -> Engine:
    level = {"name": "H", "priority": "P3", "deadband": None, "on_delay": "0 s", "off_delay": "0 s"}
    level |= one.pop("level", {})
    return Engine(spec(tags=TAGS, alarms=[alarm("A", on_bad="hold", level=level, **one)]), "b", START)


def told(one: Engine, rows: Sequence[tuple[float, ...]]) -> list[tuple[int, str, object]]:
    """Seconds after the start, code, and value of what alarm A said, one row of values a second."""
    said: list[tuple[int, str, object]] = []
    for n, row in enumerate(rows, one.input_seq + 1):
        at = START + n * S
        effects = one.step(scan(n, at, row), at)
        said += [
            ((event.time_ns - START) // S, event.code, event.payload["value"])
            for event in effects.events
            if event.payload["alarm"] == "A"
        ]
    return said


def test_falling_pressure_is_a_slope_in_kpa_per_minute_over_at_least_five_samples() -> None:
    one = engine(signal="p2r", when="falling", level={"limit": "100 kPa/min"})
    # 2 kPa a second are 120 kPa a minute.
    assert told(one, [(0.5 - 0.002 * n, 60, 60, 0, 0) for n in range(8)]) == [(5, "alarm.raised", "-120")]


def test_a_slower_slope_and_a_rise_are_no_fall() -> None:
    one = engine(signal="p2r", when="falling", level={"limit": "100 kPa/min"})
    assert told(one, [(0.5 - 0.0015 * n, 60, 60, 0, 0) for n in range(20)]) == []
    assert told(one, [(0.47 + 0.01 * n, 60, 60, 0, 0) for n in range(20)]) == []


def test_rising_temperature_in_kelvin_per_hour() -> None:
    one = engine(signal="t2s", when="rising", level={"limit": "3 K/min"})
    assert told(one, [(0.3, 60 + 0.1 * n, 60, 0, 0) for n in range(9)]) == [(5, "alarm.raised", "360")]


def test_a_slope_goes_on_after_a_restart() -> None:
    rows = [(0.5 - 0.002 * n, 60.0, 60.0, 0.0, 0.0) for n in range(8)]
    one = engine(signal="p2r", when="falling", level={"limit": "100 kPa/min"})
    assert told(one, rows[:4]) == []
    restored = Engine.restore(one.spec, "b", one.checkpoint())
    assert told(restored, rows[4:]) == told(one, rows[4:]) == [(5, "alarm.raised", "-120")]


def test_a_limit_of_another_dimension_is_refused() -> None:
    with pytest.raises(QuantityError):
        engine(signal="t2s", when="rising", level={"limit": "3 kPa/min"})


@pytest.mark.parametrize(
    ("when", "value", "deviation"), [("over_setpoint", 64, "4"), ("under_setpoint", 56, "-4")]
)
def test_deviation_from_setpoint_is_a_difference_in_kelvin(when: str, value: float, deviation: str) -> None:
    one = engine(signal="t2s", against="sp", when=when, level={"limit": "3 K", "deadband": "1 K"})
    rows = [(0.3, 60.0, 60.0, 0.0, 0.0), (0.3, value, 60, 0, 0), (0.3, 120 - value, 60, 0, 0)]
    assert told(one, rows)[0] == (2, "alarm.raised", deviation)


@pytest.mark.parametrize(("command", "feedback"), [(1, 0), (0, 1)])
def test_a_discrepancy_counts_both_ways(command: int, feedback: int) -> None:
    one = engine(signal="cmd", against="run", when="mismatch", level={"limit": None, "on_delay": "5 s"})
    rows = [(0.3, 60.0, 60.0, command, feedback)] * 9
    assert [(at, code) for at, code, _ in told(one, rows)] == [(6, "alarm.raised")]
    assert told(engine(signal="cmd", against="run", when="mismatch", level={"limit": None}),
                [(0.3, 60, 60, command, command)] * 9) == []  # fmt: skip


@pytest.mark.parametrize(("when", "value"), [("on", 1), ("off", 0)])
def test_digital(when: str, value: int) -> None:
    one = engine(signal="run", when=when, level={"limit": None})
    rows = [(0.3, 60.0, 60.0, 0, 1 - value), (0.3, 60, 60, 0, value), (0.3, 60, 60, 0, 1 - value)]
    assert [code for _, code, _ in told(one, rows)] == ["alarm.raised", "alarm.returned"]


def test_returned_and_acknowledged_speak_with_the_priority_that_was_raised() -> None:
    low = {"name": "H", "limit": "0.5 MPa", "priority": "P3"}
    high = {"name": "HH", "limit": "0.6 MPa", "priority": "P1"}
    both = alarm("A", levels=[low, high], on_bad="hold")
    one = Engine(spec(tags=TAGS, alarms=[both]), "b", START)
    said = []
    for n, value in enumerate([0.55, 0.65, 0.3], 1):
        effects = one.step(scan(n, START + n * S, (value, 60, 60, 0, 0)), START + n * S)
        said += [(event.code, event.payload["priority"]) for event in effects.events]
    assert said == [
        ("alarm.raised", "P3"),
        ("alarm.priority_changed", "P1"),
        ("alarm.reannounced", "P1"),
        ("alarm.returned", "P1"),
    ]
    assert one.view().alarms[0]["priority"] == "P1"


@pytest.mark.parametrize(
    ("value", "quality"),
    [
        (nan, Quality.NOT_A_NUMBER),
        (inf, Quality.NOT_A_NUMBER),
        (1.1, Quality.OVER_RANGE),
        (-1, Quality.UNDER_RANGE),
    ],
)  # fmt: skip
def test_what_cannot_be_is_bad_whatever_the_wire_says(value: float, quality: Quality) -> None:
    one = engine(signal="p2r", when="above", level={"limit": "0.6 MPa"})
    told(one, [(value, 60, 60, 0, 0)])
    assert one.table.qualities[0] == quality


ROWS = st.lists(
    st.tuples(
        st.sampled_from([0.3, 0.45, 0.55, 0.65, 1.2, nan]),
        st.sampled_from([Quality.GOOD, Quality.GOOD, Quality.UNCERTAIN, Quality.TIMEOUT, Quality.WIRE_BREAK]),
        st.floats(20, 90),
        st.integers(1, 30),
    ),
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(ROWS)
def test_an_alarm_that_sleeps_misses_nothing(rows: list[tuple[float, Quality, float, int]]) -> None:
    def lived(wake: bool) -> list[object]:
        levels = [
            {"name": "H", "limit": "0.5 MPa", "priority": "P3", "on_delay": "10 s", "off_delay": "15 s"},
            {"name": "HH", "limit": "0.6 MPa", "priority": "P1", "on_delay": "3 s", "off_delay": "5 s"},
        ]
        drop = {"name": "F", "limit": "50 kPa/min", "priority": "P2"}
        below = {"name": "L", "limit": "30 °C", "priority": "P3", "on_delay": "20 s"}
        alarms = [
            alarm("A", levels=levels),
            alarm("B", when="falling", levels=[drop], on_bad="hold"),
            alarm("C", signal="t2s", when="below", levels=[below], on_bad="hold"),
        ]
        one, now, said = Engine(spec(alarms=alarms), "b", START), START, list[object]()
        for n, (value, quality, t2s, seconds) in enumerate(rows, 1):
            now += seconds * S
            for point in one.alarms.points:
                point.awake |= wake
            # Two lost readings in one scan are a lost device.
            codes = [quality, quality if quality == Quality.TIMEOUT else Quality.GOOD]
            said += one.step(scan(n, now, array("d", [value, t2s]), codes), now).events
        return said

    assert lived(wake=False) == lived(wake=True)
