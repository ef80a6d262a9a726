"""The planner: any map and any limits read exactly what one big read would."""

from __future__ import annotations

from array import array
from dataclasses import replace
from itertools import combinations, pairwise
from math import nan
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from heatmon.catalogue import render
from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Message, PlanError, ReadPlan
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.block import BlockRead
from heatmon_drivers.modbus.codec import Decoder, Exact
from heatmon_drivers.modbus.cost import cost_of
from heatmon_drivers.modbus.framing import REQUESTS
from heatmon_drivers.modbus.kinds import TYPES
from heatmon_drivers.modbus.options import LinkOptions


def plan(
    addresses: list[dict[str, Any]],
    transport: dict[str, Any] | None = None,
    unit_of_tags: str = "1",
    totaliser: dict[str, Any] | None = None,
    **unit: Any,
) -> ReadPlan:
    wire = {"transport": transport or {"kind": "tcp", "host": "127.0.0.1"}}
    link = Link.model_validate({"id": "lan", "driver": "modbus", "options": wire})
    group = {"id": "g", "period": "1 s"}
    device = Device.model_validate({"id": "plc", "link": "lan", "options": unit, "groups": [group]})
    words = {"en": "x", "zh": "x"}
    common = {"device": "plc", "group": "g", "name": words, "unit": unit_of_tags, "totaliser": totaliser}
    tags = [
        Tag.model_validate({"id": f"t{k}", "address": address} | common)
        for k, address in enumerate(addresses)
    ]
    return DRIVER.plan(link, device, Group.model_validate(group), tags)


def reads(made: ReadPlan) -> tuple[BlockRead, ...]:
    assert isinstance(made.work, tuple)
    return made.work


MEMORY = bytes((31 * n + 17 * (n // 256)) % 256 for n in range(2 * 600))
WIDE = ("int64", "uint64", "float64", "bcd64")
ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"]
NUMBER = st.builds(
    lambda register, kind, order: {"register": register, "type": kind, "order": order, "scale": 0.5},
    st.integers(0, 300),
    st.sampled_from([name for name in TYPES if name not in ("bit", "string")]),
    st.sampled_from(ORDERS),
)
LONG_ORDER = st.builds(
    lambda register, kind, order: {"register": register, "type": kind, "order": order},
    st.integers(0, 300),
    st.sampled_from(WIDE),
    st.sampled_from(["GHEFCDAB", "CDABGHEF", "EFGHABCD", "FEHGBADC"]),
)
TEXT = st.builds(
    lambda register, length: {"register": register, "type": "string", "length": length},
    st.integers(0, 300),
    st.integers(1, 4),
)
BITS = st.builds(
    lambda register, first: {"register": register, "type": "uint32", "bits": {"first": first, "last": 31}},
    st.integers(0, 300),
    st.integers(0, 31),
)
ADDRESS = NUMBER | LONG_ORDER | TEXT | BITS
FORBIDDEN = st.lists(st.builds(lambda at: {"first": at, "last": at}, st.integers(0, 320)), max_size=4)
TRANSPORT = st.sampled_from(
    [
        {"kind": "tcp", "host": "h"},
        {"kind": "rtu_over_tcp", "host": "h", "port": 1},
        *({"kind": "rtu", "device": "/dev/x", "baudrate": baud} for baud in (1200, 9600, 115200)),
    ]
)


def shown(values: array[float], qualities: bytearray, exact: Exact) -> list[str]:
    return [f"{v!r} {q} {exact.get(k)!r}" for k, (v, q) in enumerate(zip(values, qualities, strict=True))]


def values_of(made: ReadPlan) -> list[str]:
    values, qualities, exact = array("d", [nan] * len(made.tags)), bytearray(len(made.tags)), Exact()
    for read in reads(made):
        assert read.decoder is not None
        data = MEMORY[2 * read.address : 2 * (read.address + read.count)]
        read.decoder.decode(data, values, qualities, exact)
    return shown(values, qualities, exact)


def as_one_big_read(made: ReadPlan) -> list[str]:
    """Every tag taken from the whole memory, one after the other."""
    values, qualities, exact = array("d", [nan] * len(made.tags)), bytearray(len(made.tags)), Exact()
    for read in reads(made):
        for field in read.fields:
            placed = replace(field, word=read.address + field.word)
            Decoder(len(MEMORY) // 2, [placed]).decode(MEMORY, values, qualities, exact)
    return shown(values, qualities, exact)


@given(
    st.lists(ADDRESS, min_size=1, max_size=25),
    st.integers(4, 125),
    st.none() | st.integers(0, 124),
    FORBIDDEN,
    TRANSPORT,
)
def test_any_map_under_any_limit_decodes_as_one_big_read(
    addresses: list[dict[str, Any]],
    most: int,
    gap: int | None,
    forbidden: list[dict[str, int]],
    transport: dict[str, Any],
) -> None:
    holes = {hole["first"] for hole in forbidden}
    addresses = [one for one in addresses if not holes & set(span(one))] or [{"register": 500}]
    made = plan(addresses, transport, max_registers=most, max_gap=gap, never_read=forbidden)
    assert values_of(made) == as_one_big_read(made)
    assert sorted(tag for read in reads(made) for tag in read.tags) == sorted(made.tags)
    used = {register for one in addresses for register in span(one)}
    for read in reads(made):
        asked = range(read.address, read.address + read.count)
        assert 1 <= read.count <= most
        assert not holes & set(asked)
        assert {asked[0], asked[-1]} <= used
        assert all(field.word + field.words <= read.count for field in read.fields)
        if gap is not None:
            assert longest_hole(asked, used) <= gap


def span(address: dict[str, Any]) -> range:
    words = address.get("length") or TYPES[address.get("type", "uint16")].words
    return range(address["register"], address["register"] + words)


def longest_hole(asked: range, used: set[int]) -> int:
    longest = hole = 0
    for register in asked:
        hole = 0 if register in used else hole + 1
        longest = max(longest, hole)
    return longest


@given(st.lists(st.integers(0, 110), min_size=1, max_size=8, unique=True), TRANSPORT)
def test_no_other_way_of_cutting_is_cheaper(registers: list[int], transport: dict[str, Any]) -> None:
    wire = LinkOptions.model_validate({"transport": transport})
    cost, numbers = cost_of(wire), sorted(registers)
    made = plan([{"register": register} for register in registers], transport)

    def price(blocks: list[tuple[int, int]]) -> float:
        return sum(cost.of(2 * (last - first + 1)) for first, last in blocks)

    n = len(numbers)
    cheapest = min(
        price([(numbers[a], numbers[b - 1]) for a, b in pairwise([0, *cuts, n])])
        for size in range(n)
        for cuts in combinations(range(1, n), size)
    )
    planned = price([(read.address, read.address + read.count - 1) for read in reads(made)])
    assert planned == pytest.approx(cheapest)


@given(st.lists(st.integers(0, 99), min_size=1, max_size=20), st.integers(10, 125))
def test_a_device_that_reads_from_zero_only_is_asked_so(registers: list[int], most: int) -> None:
    addresses = [{"register": register} for register in registers if register < most] or [{"register": 0}]
    made = plan(addresses, max_registers=most, read_rule="from_zero")
    (read,) = reads(made)
    assert (read.address, read.count) == (0, 1 + max(one["register"] for one in addresses))
    assert values_of(made) == as_one_big_read(made)
    with pytest.raises(PlanError):
        plan([{"register": most}], max_registers=most, read_rule="from_zero")


def test_whole_blocks_are_read_whole_and_nothing_else() -> None:
    blocks = [{"first": 10, "last": 19}, {"first": 30, "last": 33}]
    made = plan([{"register": n} for n in (12, 31, 19)], blocks=blocks, read_rule="whole_blocks")
    assert [(read.address, read.count) for read in reads(made)] == [(10, 10), (30, 4)]
    assert values_of(made) == as_one_big_read(made)
    assert not any(read.divisible for read in reads(made))


def test_what_may_not_be_read_is_never_touched_and_a_tag_in_it_is_refused() -> None:
    clears = [{"first": 4, "last": 5, "area": "holding"}]
    made = plan([{"register": 3}, {"register": 6}], never_read=clears)
    assert [(read.address, read.count) for read in reads(made)] == [(3, 1), (6, 1)]
    with pytest.raises(PlanError) as caught:
        plan([{"register": 4, "type": "float32"}], never_read=clears)
    fault = caught.value.faults["t0"]
    assert isinstance(fault, Message)
    assert fault.code == "modbus.plan.never_read"
    assert plan([{"register": 4, "area": "input"}], never_read=clears).requests


def test_a_hole_is_read_along_when_that_is_cheaper_than_a_request() -> None:
    places = [{"register": n, "type": "float32"} for n in (0, 2, 4, 30, 32)]
    assert [(read.address, read.count) for read in reads(plan(places))] == [(0, 34)]
    slow = {"kind": "rtu", "device": "/dev/ttyS0", "baudrate": 9600}
    assert [request.text for request in plan(places, slow).requests] == [
        "FC3 unit 1 registers 0..5 (6)",
        "FC3 unit 1 registers 30..33 (4)",
    ]
    assert len(plan(places, max_gap=23).requests) == 2
    near = [{"register": n} for n in (0, 14)]
    assert len(plan(near, slow).requests) == 1


def test_two_thousand_coils_are_planned_as_blocks() -> None:
    made = plan([{"register": n, "area": "coil", "type": "bit"} for n in range(2000)])
    assert [(read.address, read.count) for read in reads(made)] == [(0, 2000)]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ({"register": 0, "type": "float32", "bit": 3}, "modbus.plan.no_such_bit"),
        ({"register": 0, "bit": 16}, "modbus.plan.no_such_bit"),
        ({"register": 0, "mask": 0x10000}, "modbus.plan.no_such_bit"),
        ({"register": 0, "type": "bit"}, "modbus.plan.which_bit"),
        ({"register": 0, "area": "coil", "type": "float32"}, "modbus.plan.bits_only"),
        ({"register": 0, "type": "float32", "order": "GHEFCDAB"}, "modbus.plan.long_order"),
        ({"register": 65535, "type": "float32"}, "modbus.plan.beyond"),
        ({"register": 0, "base": 1}, "modbus.plan.below_one"),
    ],
)
def test_an_address_that_means_nothing_is_told_in_both_languages(address: dict[str, Any], code: str) -> None:
    with pytest.raises(PlanError) as caught:
        plan([address])
    fault = caught.value.faults["t0"]
    assert isinstance(fault, Message)
    assert fault.code == code
    assert render(code, "en", **fault.params) != render(code, "zh", **fault.params)


@pytest.mark.parametrize(
    ("address", "totaliser", "ok"),
    [
        ({"register": 0, "type": "uint32", "scale": 0.01}, {"rollover": "42949672.96 m3"}, True),
        ({"register": 0, "type": "uint32", "scale": 0.01}, {"rollover": "42949672960 L"}, True),
        ({"register": 0, "type": "uint32", "scale": 0.01}, {"digits": 7}, True),
        ({"register": 0, "type": "uint32", "scale": 0.01}, {"digits": 8}, False),
        ({"register": 0, "type": "uint16"}, {"rollover": "100000 m3"}, False),
        ({"register": 0, "type": "bcd32"}, {"digits": 8}, True),
        ({"register": 0, "type": "bcd16"}, {"digits": 5}, False),
        ({"register": 0, "type": "float32"}, {"digits": 9}, True),
        ({"register": 0, "type": "uint32"}, {"rollover": "3 GJ"}, False),
    ],
)
def test_a_counter_rolls_over_where_its_register_does_at_the_latest(
    address: dict[str, Any], totaliser: dict[str, Any], ok: bool
) -> None:
    def planned() -> ReadPlan:
        return plan([address], unit_of_tags="m3", totaliser=totaliser)

    if ok:
        assert planned().requests
    else:
        with pytest.raises(PlanError):
            planned()


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
    read.decoder.decode(b"".join(word.to_bytes(2, "big") for word in words), values, qualities, {})
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
