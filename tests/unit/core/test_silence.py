"""Groups that bring nothing, groups that send nothing, and time in which nobody watched."""

from __future__ import annotations

import json
from array import array
from math import nan
from typing import Any

import pytest

from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.input import Lifecycle
from heatmon.core.quality import Quality
from heatmon.core.scan import Scan
from tests.unit.core.station_spec import SECOND, START, alarm, spec, tag

S = SECOND
GOOD = int(Quality.GOOD)


class Story:
    """A device with a fast group (1 s: p2r) and a slow one (60 s: t2s)."""

    def __init__(self, **changes: Any) -> None:
        groups = [{"id": "fast", "period": "1 s"}, {"id": "slow", "period": "60 s"}]
        tags = [tag("p2r", "MPa", "0 MPa", "1 MPa"), tag("t2s", "°C", "0 °C", "120 °C", group="slow")]
        devices = [{"id": "plc", "link": "lan", "groups": groups}]
        self.spec = spec(devices=devices, tags=tags, **changes)
        self.engine = Engine(self.spec, "b", START)
        self.now = START
        self.events: list[Event] = []

    def scan(self, group: str, value: float, quality: int = GOOD, at_s: float = 0) -> None:
        self.now = START + int(at_s * S)
        seq = self.engine.input_seq + 1
        one = Scan("plc", group, self.now, self.now, array("d", [value]), bytes([quality]), input_seq=seq)
        self.events.extend(self.engine.step(one, self.now).events)

    def wait_until(self, at_s: float) -> None:
        self.now = START + int(at_s * S)
        self.events.extend(self.engine.step(None, self.now).events)

    def quality(self, tag_id: str) -> Quality:
        return Quality(self.engine.table.qualities[self.engine.table.index[tag_id]])

    def told(self) -> list[tuple[str, str, float]]:
        return [
            (event.code, str(event.payload.get("alarm", "")), (event.time_ns - START) / S)
            for event in self.events
        ]


def test_a_group_that_sends_no_scans_is_stale_after_three_periods_and_ten_seconds() -> None:
    story = Story()
    story.scan("slow", 50, at_s=0)
    for second in range(5):
        story.scan("fast", 0.3, at_s=second)
    story.wait_until(16.9)
    assert story.quality("p2r") is Quality.GOOD
    story.wait_until(30)
    assert (story.quality("p2r"), story.quality("t2s")) == (Quality.STALE, Quality.GOOD)
    # At its own time, whenever the step came: last scan at 4 s, 3 periods and 10 s.
    assert story.told()[0] == ("alarm.raised", "COMM_plc", 17.0)
    # The blinded safety alarm is named after its own on-delay.
    assert story.told()[1] == ("alarm.raised", "SENSOR_p2r", 22.0)
    story.scan("fast", 0.3, at_s=31)
    assert story.quality("p2r") is Quality.GOOD
    assert ("alarm.returned", "COMM_plc", 31.0) in story.told()
    story.wait_until(50)
    assert story.quality("p2r") is Quality.STALE


def test_one_silent_group_is_a_lost_device_though_the_other_group_answers() -> None:
    story = Story(alarms=[])
    story.scan("fast", 0.3, at_s=0)
    for minute in range(3):
        story.scan("slow", nan, Quality.TIMEOUT, at_s=60 * minute + 1)
        for second in range(58):
            story.scan("fast", 0.3, at_s=60 * minute + 2 + second)
    assert story.told() == [("alarm.raised", "COMM_plc", 121.0)]
    story.scan("slow", 50, at_s=181)
    assert story.told()[-1] == ("alarm.returned", "COMM_plc", 181.0)


@pytest.mark.parametrize(("value", "quality"), [(1.4, Quality.GOOD), (nan, Quality.OVER_RANGE)])
def test_beyond_the_sensors_range_is_beyond_the_limit_and_not_a_sensor_fault_too(
    value: float, quality: Quality
) -> None:
    story = Story()
    for second in range(20):
        story.scan("fast", value, quality, at_s=second)
    assert [name for code, name, _ in story.told() if code == "alarm.raised"] == ["P2R_HH"]


def test_a_wire_break_is_a_sensor_fault_and_not_overpressure() -> None:
    story = Story()
    for second in range(20):
        story.scan("fast", nan, Quality.WIRE_BREAK, at_s=second)
    assert [name for _, name, _ in story.told()] == ["SENSOR_p2r"]


def after_a_night(story: Story, hours: float) -> None:
    """The daemon is killed and started again that much later."""
    saved = json.loads(json.dumps(story.engine.checkpoint()))
    story.engine = Engine.restore(story.spec, "b", saved)
    began, story.now = story.now, story.now + int(hours * 3600 * S)
    gap = Lifecycle("gap", began, story.now, "no clean stop", story.engine.input_seq + 1)
    story.events.extend(story.engine.step(gap, story.now).events)


def test_time_in_which_nobody_watched_raises_and_clears_nothing() -> None:
    story = Story()
    for second in range(7):
        story.scan("fast", 0.65, at_s=second)
    story.scan("fast", 0.3, at_s=7)  # the off-delay of 60 s runs
    after_a_night(story, 9)
    assert [(code, name) for code, name, _ in story.told()] == [("alarm.raised", "P2R_HH"), ("gap", "")]
    assert story.quality("p2r") is Quality.STALE
    at = (story.now - START) / S
    for second in range(30):
        story.scan("fast", 0.3, at_s=at + second)
    assert story.engine.alarms.by_id["P2R_HH"].active  # fresh off-delay, not over yet
    for second in range(30, 62):
        story.scan("fast", 0.3, at_s=at + second)
    assert not story.engine.alarms.by_id["P2R_HH"].active


@pytest.mark.parametrize(("gap_s", "raised_after_s"), [(3.0, 3.0), (3600.0, 5.0)])
def test_a_running_on_delay_goes_on_over_a_short_gap_only(gap_s: float, raised_after_s: float) -> None:
    """On-delay 5 s, of which 2 s have run: contract 3, a gap is as bad input."""
    story = Story()
    for second in range(3):
        story.scan("fast", 0.65, at_s=second)
    after_a_night(story, gap_s / 3600)
    at = (story.now - START) / S
    for second in range(8):
        story.scan("fast", 0.65, at_s=at + second)
    raised = [at_s for code, name, at_s in story.told() if (code, name) == ("alarm.raised", "P2R_HH")]
    assert raised == [at + raised_after_s]


def test_source_time_stands_in_the_entry_where_the_device_gives_one() -> None:
    story = Story(alarms=[alarm(level={"on_delay": "0 s"})])
    story.now = START + S
    stamp = START + S - 40_000_000
    one = Scan(
        "plc", "fast", story.now, story.now, array("d", [0.7]), bytes(1), array("q", [stamp]), input_seq=1
    )
    [event] = story.engine.step(one, story.now).events
    assert event.payload["source_ns"] == stamp
