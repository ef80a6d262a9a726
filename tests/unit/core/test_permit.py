"""Permits end by time, by volume and by hand, and are signals while they stand."""

from __future__ import annotations

import json
from array import array

import pytest

from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.input import Command, ConfigChange
from heatmon.core.permit import KINDS
from heatmon.core.scan import Scan
from tests.unit.core.station_spec import ENGINEER, OPERATOR, SECOND, START, spec, tag

S = SECOND
WATER = {
    "makeup_totaliser": "vmk", "design_circulation": "262 m3/h", "system_volume": "100 m3",
    "makeup_capacity": "50 m3/h",
}  # fmt: skip
TAGS = [tag("vmk", "m3", "0 m3", "1000000 m3", totaliser={"rollover": "1000 m3"})]


class Book:
    def __init__(self) -> None:
        self.spec = spec(tags=TAGS, alarms=[], water=WATER)
        self.engine = Engine(self.spec, "b", START)
        self.now = START
        self.events: list[Event] = []

    def meter(self, m3: float) -> None:
        self.now += 10 * S
        seq = self.engine.input_seq + 1
        scan = Scan("plc", "fast", self.now, self.now, array("d", [m3]), bytes(1), input_seq=seq)
        self.events.extend(self.engine.step(scan, self.now).events)

    def say(self, verb: str, **args: str) -> bool:
        seq = self.engine.input_seq + 1
        effects = self.engine.step(Command(f"c{seq}", verb, args, OPERATOR, seq), self.now)
        self.events.extend(effects.events)
        return effects.replies[0].ok

    def granted(self, kind: str = "fill", volume: str = "5 m3") -> None:
        assert self.say("permit", kind=kind, volume=volume, duration="10 h", reason="after repair")

    def signal(self, kind: str = "fill") -> float:
        return self.engine.table.values[self.engine.table.index[f"permit.{kind}"]]


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_a_signal_while_it_stands(kind: str) -> None:
    book = Book()
    book.meter(100)
    book.granted(kind)
    assert [book.signal(one) for one in KINDS] == [float(one == kind) for one in KINDS]
    assert book.say("end_permit")
    assert book.signal(kind) == 0.0
    assert [event.code for event in book.events] == ["permit.granted", "permit.ended"]


def test_a_permit_is_over_when_its_volume_has_gone_through_the_meter_across_its_rollover() -> None:
    book = Book()
    book.meter(997.0)
    book.granted(volume="3 m3")
    for reading in (997.5, 998.5, 999.5, 0.1, 0.7, 0.8):
        book.meter(reading)
    ended = [event for event in book.events if event.code == "permit.ended"]
    assert [event.payload["why"] for event in ended] == ["its volume is used"]
    # A tick sees what was read before it; the step over the rollover (0.6 m3) is not counted.
    assert float(str(ended[0].payload["used_m3"])) == pytest.approx(3.1)


def test_two_kinds_may_stand_and_each_is_ended_by_its_name() -> None:
    book = Book()
    book.meter(1)
    book.granted("fill")
    book.granted("flush")
    assert not book.say("permit", kind="fill", volume="1 m3", duration="1 h", reason="again")
    assert not book.say("end_permit")
    assert book.say("end_permit", kind="flush")
    assert (book.signal("fill"), book.signal("flush")) == (1.0, 0.0)


def test_permits_survive_restart_and_reload() -> None:
    book = Book()
    book.meter(1)
    book.granted(volume="3 m3")
    book.meter(2)
    book.engine = Engine.restore(book.spec, "b", json.loads(json.dumps(book.engine.checkpoint())))
    assert book.signal() == 1.0
    change = ConfigChange(book.spec, "c", ENGINEER, ("x",), book.engine.input_seq + 1)
    book.engine.step(change, book.now)
    assert book.signal() == 1.0
    book.meter(4.5)
    book.meter(4.6)
    assert book.events[-1].code == "permit.ended"
    assert book.signal() == 0.0
