"""What a value of a node is worth to a tag: a table, one line a case."""

from __future__ import annotations

import math
from typing import Any

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import PlanError
from heatmon_drivers.opcua import DRIVER
from heatmon_drivers.opcua.binary import Extension, Text, Values
from heatmon_drivers.opcua.columns import Bound, Columns
from heatmon_drivers.opcua.plan import Work, point_of
from heatmon_drivers.opcua.status import quality_of

WORDS = {"en": "x", "zh": "x"}
LINK = Link.model_validate({"id": "l", "driver": "opcua", "options": {"endpoint": "opc.tcp://plc:4840"}})
DOUBLE, INT32, INT64, STRING, DATETIME, STRUCTURE = 11, 6, 8, 12, 13, 22
BIG = 2**53 + 1


def tag(**address: Any) -> Tag:
    node = {} if "path" in address else {"node": "nsu=urn:p;s=T"}
    return Tag.model_validate(
        {"id": "t", "device": "d", "group": "g", "name": WORDS, "address": node | address}
    )


def columns(**address: Any) -> Columns:
    point = point_of(0, tag(**address))
    return Columns([Bound(point, b"", plain=point.plain)])


@pytest.mark.parametrize(
    ("address", "kind", "value", "number", "exact", "quality"),
    [
        ({}, DOUBLE, 72.5, 72.5, None, Quality.GOOD),
        ({}, INT32, -3, -3.0, None, Quality.GOOD),
        ({}, 1, True, 1.0, None, Quality.GOOD),
        ({}, INT64, BIG, float(BIG), BIG, Quality.GOOD),
        ({"scale": 0.1, "offset": 5.0}, INT32, 100, 15.0, None, Quality.GOOD),
        ({}, DATETIME, 1_768_446_000_500_000_000, 1_768_446_000.5, None, Quality.GOOD),
        ({}, DOUBLE, math.nan, math.nan, None, Quality.NOT_A_NUMBER),
        ({}, DOUBLE, math.inf, math.nan, None, Quality.NOT_A_NUMBER),
        ({}, STRING, "72.5", math.nan, None, Quality.WRONG_TYPE),
        ({}, -DOUBLE, [1.0], math.nan, None, Quality.WRONG_TYPE),
        ({}, 0, None, math.nan, None, Quality.WRONG_TYPE),
        ({"element": 1}, -DOUBLE, [1.0, 2.0], 2.0, None, Quality.GOOD),
        ({"element": 2}, -DOUBLE, [1.0, 2.0], math.nan, None, Quality.NO_SUCH_ADDRESS),
        ({"element": 0}, DOUBLE, 1.0, math.nan, None, Quality.WRONG_TYPE),
        ({"holds": "text"}, STRING, "运行", math.nan, "运行", Quality.GOOD),
        ({"holds": "text"}, 21, Text("zh", "停止"), math.nan, "停止", Quality.GOOD),
        ({"holds": "text"}, DOUBLE, 1.0, math.nan, None, Quality.WRONG_TYPE),
        ({"holds": "text", "element": 0}, -STRING, ["a"], math.nan, "a", Quality.GOOD),
        ({}, STRUCTURE, Extension((0, 1), b""), math.nan, None, Quality.WRONG_TYPE),
    ],
)
def test_value(
    address: dict[str, Any], kind: int, value: object, number: float, exact: object, quality: Quality
) -> None:
    made = columns(**address)
    made.put(0, value, 0, 5, kind)
    block = made.block()
    assert block.values[0] == number or (math.isnan(number) and math.isnan(block.values[0]))
    assert block.exact.get(0) == exact
    assert block.qualities[0] == quality
    assert block.source_ns is not None
    assert block.source_ns[0] == 5


def test_a_bad_status_keeps_no_number_and_a_later_good_value_no_exact_rest() -> None:
    made = columns()
    made.put(0, BIG, 0, 1, INT64)
    made.put(0, 7.0, 0x808C0000, 2, DOUBLE)
    assert math.isnan(made.values[0])
    assert made.qualities[0] == Quality.DEVICE_FAILURE
    assert made.statuses[0] == 0x808C0000
    assert not made.block().exact


def test_an_uncertain_value_is_kept_with_its_reason() -> None:
    made = columns()
    made.put(0, 7.0, 0x40900000, 2, DOUBLE)
    assert (made.values[0], made.qualities[0]) == (7.0, Quality.HELD)


@pytest.mark.parametrize(
    "values",
    [[1.0, 2.0, 3.0], [1.0, math.nan, 3.0], [math.inf, -math.inf, 0.0]],
)
def test_a_run_is_what_its_values_are_one_by_one(values: list[float]) -> None:
    points = [point_of(n, tag()) for n in range(3)]
    fast, slow = (Columns([Bound(point, b"") for point in points]) for _ in range(2))
    fast.put_run(0, Values(list(values), [0, 0, 0], [1, 2, 3], DOUBLE))
    for n, value in enumerate(values):
        slow.put(n, value, 0, n + 1, DOUBLE)
    assert bytes(fast.qualities) == bytes(slow.qualities)
    assert str(fast.values) == str(slow.values)
    assert fast.sources == slow.sources


def test_a_server_with_a_wrong_clock_gives_no_times() -> None:
    made = columns()
    made.put(0, 1.0, 0, 5, DOUBLE)
    assert made.block(timed=False).source_ns is None


@pytest.mark.parametrize(
    ("status", "quality"),
    [
        (0, Quality.GOOD),
        (0x00960000, Quality.MANUAL),
        (0x00300000, Quality.GOOD),
        (0x40000000, Quality.UNCERTAIN),
        (0x40910000, Quality.SUBSTITUTED),
        (0x80000000, Quality.BAD),
        (0x80340000, Quality.NO_SUCH_ADDRESS),
        (0x80320000, Quality.NOT_YET_READ),
        (0x808A0000, Quality.GATEWAY_FAILURE),
        (0x808C0400, Quality.DEVICE_FAILURE),
        (0xC0000000, Quality.BAD),
    ],
)
def test_status_codes(status: int, quality: Quality) -> None:
    assert quality_of(status) == quality


# -- addresses ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ({"node": "nsu=urn:p;s=a;b=c"}, "nsu=urn:p;s=a;b=c"),
        ({"node": "nsu=http://plc/x;i=12"}, "nsu=http://plc/x;i=12"),
        ({"node": "i=2258"}, "i=2258"),
        ({"path": ["nsu=urn:p;Plant", "T1"]}, "Objects/nsu=urn:p;Plant/T1"),
        ({"node": "i=85", "path": ["nsu=urn:p;Plant"]}, "i=85/nsu=urn:p;Plant"),
    ],
)
def test_where_a_tag_is(address: dict[str, Any], where: str) -> None:
    made = Tag.model_validate({"id": "t", "device": "d", "group": "g", "name": WORDS, "address": address})
    assert point_of(0, made).where == where


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ({"node": "ns=2;s=T"}, "opcua.address.numbered"),
        ({"node": "T1"}, "opcua.address.no_node"),
        ({}, "opcua.address.nowhere"),
        ({"path": ["ns=2;T"]}, "opcua.address.no_step"),
        ({"node": "i=1", "holds": "text", "scale": 2.0}, "opcua.address.scaled_text"),
        ({"node": "i=1", "element": -1}, "greater than or equal"),
    ],
)
def test_a_wrong_address_is_told_before_anything_is_read(address: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DRIVER.address.model_validate(address)


def test_a_group_that_is_not_there_is_told() -> None:
    device = Device.model_validate(
        {
            "id": "d",
            "link": "l",
            "groups": [{"id": "g", "period": "1 s"}],
            "options": {"groups": {"fast": {}}},
        }
    )
    with pytest.raises(PlanError, match=r"opcua\.options\.groups"):
        DRIVER.plan(LINK, device, Group.model_validate({"id": "g", "period": "1 s"}), [tag()])


def test_requests_are_shown_as_they_are_made() -> None:
    groups = [{"id": "g", "period": "1 s"}, {"id": "slow", "period": "1 min"}]
    options = {"reading": {"mode": "poll"}, "groups": {"slow": {"publishing": "5 s"}}, "max_nodes": 2}
    device = Device.model_validate({"id": "d", "link": "l", "groups": groups, "options": options})
    polled, told = (DRIVER.plan(LINK, device, group, [tag()] * 3) for group in device.groups)
    assert [request.text for request in polled.requests] == ["read of 2 nodes", "read of 1 nodes"]
    assert told.requests[0].text == "subscription of 2 nodes, published every 5 s"
    assert isinstance(told.work, Work)
    assert told.work.reading.mode == "subscribe"
