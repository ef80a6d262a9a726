"""Journal entries as numbers and tags, and an outward path's trouble as one alarm."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.input import PathChange
from heatmon.core.spec import StationSpec
from heatmon.export.events import CODES, lines_of
from heatmon.store.chain import Header
from heatmon.store.entry import Entry
from tests.export.fixture import START, settings


def entry(seq: int, code: str, at_ns: int = START, **payload: Any) -> Entry:
    header = Header("S1", seq, at_ns, at_ns, code, "heatmon@system/none", seq, bytes(32))
    return Entry(header, json.dumps(payload).encode(), None, bytes(32))


def test_an_alarm_is_its_state_priority_and_code_and_never_its_text() -> None:
    written = lines_of("S1", [entry(7, "alarm.raised", alarm="P2R_HH", priority="P1", comment="a, b")], 0)
    assert written.text == (
        "heatmon_alarm,alarm=P2R_HH,station=S1 code=10i,event_seq=7i,priority=1i,state=2i 1764028800000\n"
    )


def test_another_event_is_named_by_a_tag_with_its_subject() -> None:
    assert lines_of("S1", [entry(3, "link.lost", link="plc", reason="x")], 0).text == (
        "heatmon_event,event=link.lost,station=S1,subject=plc code=20i,event_seq=3i 1764028800000\n"
    )
    assert lines_of("S1", [entry(4, "note", text="two words")], 0).text.startswith(
        "heatmon_event,event=note,station=S1 "
    )


def test_a_code_without_a_number_still_arrives() -> None:
    assert "event=new.thing,station=S1 code=0i" in lines_of("S1", [entry(1, "new.thing")], 0).text


def test_numbers_of_codes_are_given_once() -> None:
    assert len(set(CODES.values())) == len(CODES)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 30))
def test_entries_of_one_millisecond_stand_apart_wherever_a_batch_begins(steps: list[int], cut: int) -> None:
    at, entries = START, []
    for n, step in enumerate(steps, start=1):
        at += step * 300_000
        entries.append(entry(n, "alarm.raised", at, alarm="A", priority="P1"))
    whole = lines_of("S1", entries, 0).text.splitlines()
    assert len({line.rsplit(" ", 1)[1] for line in whole}) == len(whole)
    parts = lines_of("S1", entries[:cut], 0).text + lines_of("S1", entries, cut).text
    assert parts.splitlines() == whole


def station() -> Engine:
    data = settings(destinations=[{"id": "tsdb", "kind": "influxdb2", "url": "http://x", "priority": "P2"}])
    return Engine(StationSpec.model_validate(data), "b", START)


def change(engine: Engine, what: Any, **fields: Any) -> list[Event]:
    item = PathChange("tsdb", what, fields, engine.input_seq + 1)
    return list(engine.step(item, START + engine.input_seq * 10**9).events)


def test_trouble_of_a_path_is_one_alarm_with_its_cause_until_it_is_over() -> None:
    engine = station()
    assert change(engine, "restored") == [], "nothing was lost"
    lost = change(engine, "lost", why="forward.unauthorized", status=401, detail="x")
    assert [event.code for event in lost] == ["path.lost", "alarm.raised"]
    assert lost[1].payload["alarm"] == "PATH_tsdb"
    assert lost[1].payload["priority"] == "P2"
    other = change(engine, "lost", why="forward.backlog", hours="2.0", last="-")
    assert [event.code for event in other] == ["path.lost"], "another cause, the same alarm"
    restarted = Engine.restore(engine.spec, "b", engine.checkpoint())
    codes = [event.code for event in change(restarted, "restored")]
    assert codes == ["path.restored", "alarm.returned"]
