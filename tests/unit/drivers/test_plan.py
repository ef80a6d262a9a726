"""The planner: any map and any limits read exactly what one big read would."""

from __future__ import annotations

from array import array
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import PlanError, ReadPlan
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.codec import TYPES
from heatmon_drivers.modbus.framing import REQUESTS
from heatmon_drivers.modbus.plan import BlockRead


def plan(addresses: list[dict[str, Any]], transport: dict[str, Any] | None = None, **unit: Any) -> ReadPlan:
    wire = {"transport": transport or {"kind": "tcp", "host": "127.0.0.1"}}
    link = Link.model_validate({"id": "lan", "driver": "modbus", "options": wire})
    group = {"id": "g", "period": "1 s"}
    device = Device.model_validate({"id": "plc", "link": "lan", "options": unit, "groups": [group]})
    words = {"en": "x", "zh": "x"}
    tags = [
        Tag.model_validate({"id": f"t{k}", "device": "plc", "group": "g", "name": words, "address": address})
        for k, address in enumerate(addresses)
    ]
    return DRIVER.plan(link, device, Group.model_validate(group), tags)


def reads(made: ReadPlan) -> tuple[BlockRead, ...]:
    assert isinstance(made.work, tuple)
    return made.work


MEMORY = bytes((31 * n + 17 * (n // 256)) % 256 for n in range(2 * 500))
ADDRESS = st.fixed_dictionaries(
    {
        "register": st.integers(0, 300),
        "type": st.sampled_from(["int16", "uint16", "int32", "float32", "float64", "uint64"]),
        "order": st.sampled_from(["ABCD", "CDAB", "BADC", "DCBA"]),
        "scale": st.just(0.5),
    }
)


def values_of(made: ReadPlan) -> list[str]:
    values, qualities = array("d", [nan] * len(made.tags)), bytearray(len(made.tags))
    for read in reads(made):
        assert read.decoder is not None
        read.decoder.decode(MEMORY[2 * read.address : 2 * (read.address + read.count)], values, qualities)
    return [f"{value!r} {quality}" for value, quality in zip(values, qualities, strict=True)]


@given(st.lists(ADDRESS, min_size=1, max_size=25), st.integers(4, 125), st.integers(0, 124))
def test_any_map_under_any_limit_reads_as_one_by_one(
    addresses: list[dict[str, Any]], most: int, gap: int
) -> None:
    made = plan(addresses, max_registers=most, max_gap=gap)
    alone = plan(addresses, max_registers=4, max_gap=0)
    assert values_of(made) == values_of(alone)
    assert len(made.requests) <= len(addresses)
    for read in reads(made):
        assert 1 <= read.count <= most
        for field in read.fields:
            assert field.word + TYPES[field.type].words <= read.count


def test_neighbours_ride_together_and_far_ones_apart() -> None:
    made = plan([{"register": n, "type": "float32"} for n in (0, 2, 4, 100, 102)])
    assert [request.text for request in made.requests] == [
        "FC3 unit 1 registers 0..5 (6)",
        "FC3 unit 1 registers 100..103 (4)",
    ]


def test_a_block_rule_is_never_crossed() -> None:
    blocks = [{"first": 0, "last": 9}, {"first": 10, "last": 19}]
    made = plan([{"register": 8}, {"register": 9}, {"register": 10}], blocks=blocks)
    assert [(read.address, read.count) for read in reads(made)] == [(8, 2), (10, 1)]


def test_manuals_that_count_from_one_and_the_4xxxx_notation() -> None:
    assert reads(plan([{"register": 1}], address_base=1))[0].address == 0
    assert reads(plan([{"register": "40001"}]))[0].address == 0
    for base in (0, 1):
        for text, function in (("30011", 4), ("40011", 3), ("10011", 2), ("00011", 1)):
            read = reads(plan([{"register": text}], address_base=base))[0]
            assert (read.function, read.address) == (function, 10)


def test_all_faults_of_a_group_at_once() -> None:
    with pytest.raises(PlanError) as caught:
        plan([{"register": 0}, {"register": 65535, "type": "float32"}], address_base=1, max_registers=1)
    assert set(caught.value.faults) == {"t0", "t1"}


def test_a_serial_line_says_how_long_it_takes() -> None:
    made = plan([{"register": 0}], transport={"kind": "rtu", "device": "/dev/ttyS0", "baudrate": 9600})
    assert made.requests[0].seconds == pytest.approx((8 + 7 + 7) * 11 / 9600)


def test_only_the_four_reading_functions_can_be_asked_for() -> None:
    assert set(REQUESTS) == {1, 2, 3, 4}


def decoded(made: ReadPlan, *words: int) -> list[tuple[float, int]]:
    values, qualities = array("d", [nan] * len(made.tags)), bytearray(len(made.tags))
    (read,) = reads(made)
    assert read.decoder is not None
    read.decoder.decode(b"".join(word.to_bytes(2, "big") for word in words), values, qualities)
    return list(zip(values, qualities, strict=True))


def test_a_sentinel_is_written_as_in_the_manual_also_for_signed_types() -> None:
    for sentinel in (0xFFFF, -1):
        made = plan([{"register": 0, "type": "int16", "sentinels": [sentinel]}])
        assert decoded(made, 0xFFFF)[0][1] == Quality.SENTINEL
        assert decoded(made, 0xFFFE) == [(-2.0, Quality.GOOD)]


def test_a_raw_range_becomes_units_and_a_broken_loop_no_number() -> None:
    raw = {"low": 0, "high": 27648, "at_low": 0, "at_high": 1.6, "ne43": True}
    made = plan([{"register": 0, "type": "int16", "raw": raw}])
    assert decoded(made, 13824) == [(0.8, Quality.GOOD)]
    assert decoded(made, 0x8000)[0][1] == Quality.WIRE_BREAK
    assert decoded(made, 32511)[0][1] == Quality.OVER_RANGE


@pytest.mark.parametrize(
    "address",
    [
        {"register": 0, "raw": {"low": 5, "high": 5, "at_low": 0, "at_high": 1}},
        {"register": 0, "scale": 2.0, "raw": {"low": 0, "high": 5, "at_low": 0, "at_high": 1}},
        {"register": 0, "scale": float("nan")},
        {"register": "30011", "area": "holding"},
        {"register": "20011"},
        {"register": "40000"},
    ],
)
def test_what_means_nothing_is_refused(address: dict[str, Any]) -> None:
    with pytest.raises((ValidationError, PlanError)):
        plan([address])
