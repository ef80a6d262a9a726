"""The read planner: few requests, no field split, nothing read that must not be. Pure.

One request for each tag costs 25 to 35 times the CPU of blocks, so neighbours are merged. Among all
ways of cutting the sorted tags into blocks that the device's rules allow, the cheapest in bytes and
latency is taken (`heatmon_drivers.modbus.cost`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby
from math import inf
from typing import Final

from heatmon.core.quantity import QuantityError
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Message, PlanError, ReadPlan, Request
from heatmon_drivers.modbus.block import BlockRead, Manner, Place, block_read
from heatmon_drivers.modbus.codec import Field, plain
from heatmon_drivers.modbus.cost import SILENCE_CHARACTERS, Cost, character_s, cost_of, silence_s
from heatmon_drivers.modbus.current_loop import CurrentLoop
from heatmon_drivers.modbus.kinds import STRING, TYPES, order_of
from heatmon_drivers.modbus.options import Address, DeviceOptions, LinkOptions, has_rtu_frames
from heatmon_drivers.modbus.rules import FUNCTION, Rules, Span

PARTS: Final = ("int16", "uint16", "int32", "uint32", "int64", "uint64", "bit")
"""Types of which bits can be taken."""


def make_plan(link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
    """Plan one poll group. Raises PlanError naming every tag that cannot be read."""
    wire = LinkOptions.model_validate(link.options)
    unit = DeviceOptions.model_validate(device.options)
    faults: dict[str, str | Message] = {}
    places, texts = [], []
    for column, tag in enumerate(tags):
        address = Address.model_validate(tag.address)
        fault = _contradiction(address) or _rollover(tag, address)
        if fault is None:
            place = _place(column, tag.id, address, unit)
            fault = _unreachable(place, address, unit)
            places.append(place)
        if fault is not None:
            faults[tag.id] = fault
        if address.type == STRING:
            texts.append(tag.id)
    if faults:
        raise PlanError(faults)
    reads = merge(places, unit, cost_of(wire), character_s(wire))
    return ReadPlan(
        device.id,
        group.id,
        tuple(tag.id for tag in tags),
        tuple(_request(read, wire) for read in reads),
        wire.timeout_s if unit.timeout_s is None else unit.timeout_s,
        work=tuple(reads),
        texts=frozenset(texts),
    )


# -- one tag ---------------------------------------------------------------------------------------


def _place(column: int, tag: str, address: Address, unit: DeviceOptions) -> Place:
    function = FUNCTION[address.area]
    bits = function < 3
    first = address.register_ - (unit.address_base if address.base is None else address.base)
    words = 1 if bits else address.length or TYPES[address.type].words
    sentinels = _sentinels(address)
    raw = address.raw
    scale, offset = (address.scale, address.offset) if raw is None else raw.line()
    loop = CurrentLoop(raw.low, raw.high) if raw is not None and raw.ne43 else None
    shift, mask = _part(address)
    # The device's order of words is that of its numbers; a text only follows its order of bytes.
    order = address.order or order_of(unit.order, 1 if address.type == STRING else words)
    field = Field(
        column,
        0,
        address.type,
        order_of(order, words),
        scale,
        offset,
        shift,
        mask,
        sentinels,
        not bits and loop is None and plain(address.type, scale, offset, sentinels),
        loop,
        words,
        address.encoding,
    )
    return Place(tag, function, first, first + words - 1, field)


def _part(address: Address) -> tuple[int, int | None]:
    if address.bit is not None:
        return address.bit, 1
    if address.bits is not None:
        return address.bits.first, (1 << address.bits.last - address.bits.first + 1) - 1
    return 0, address.mask


def _sentinels(address: Address) -> frozenset[int]:
    """Sentinels as the type shows them: manuals write 0xFFFF for what an int16 reads as -1."""
    kind = TYPES[address.type]
    wrap = 1 << 16 * kind.words
    signed = kind.code in "hiq"
    return frozenset(s - wrap if signed and wrap // 2 <= s < wrap else s for s in address.sentinels)


def _contradiction(address: Address) -> Message | None:
    """What the parts of an address say against each other."""
    kind, registers = TYPES[address.type], address.area in ("holding", "input")
    part = address.bits.last if address.bits is not None else address.bit
    if part is None and address.mask is not None:
        part = address.mask.bit_length() - 1
    if part is not None and (address.type not in PARTS or part >= 16 * kind.words):
        return Message("modbus.plan.no_such_bit", {"bit": part, "type": address.type})
    if registers and address.type == "bit" and address.bit is None:
        return Message("modbus.plan.which_bit")
    if not registers and address.type not in ("bit", "uint16"):
        return Message("modbus.plan.bits_only", {"type": address.type, "area": address.area})
    if address.order is not None and len(address.order) == 8 and kind.words != 4:
        return Message("modbus.plan.long_order", {"order": address.order, "type": address.type})
    return None


def _rollover(tag: Tag, address: Address) -> Message | None:
    """A counter that must roll over later than its register can count would lose volume there."""
    kind = TYPES[address.type]
    if tag.rollover is None or kind.code in "fdes" or address.raw is not None or kind.words == 0:
        return None
    most = 10 ** (4 * kind.words) if address.type.startswith("bcd") else 1 << 16 * kind.words
    if kind.code in "hiq":
        most //= 2
    if address.mask is not None or address.bits is not None:
        most = (_part(address)[1] or 0) + 1
    try:
        rollover = tag.rollover.to(tag.unit)
    except QuantityError as error:
        return Message("modbus.plan.rollover_unit", {"why": str(error)})
    reached = most * address.scale + address.offset
    if rollover <= reached * (1 + 1e-9):
        return None
    return Message(
        "modbus.plan.rollover",
        {"rollover": f"{rollover:.12g}", "most": f"{reached:.12g}", "unit": tag.unit, "type": address.type},
    )


def _unreachable(place: Place, address: Address, unit: DeviceOptions) -> Message | None:
    if place.first < 0:
        return Message("modbus.plan.below_one", {"register": address.register_})
    return Rules(unit, place.function).fault(place.first, place.last, address.type)


# -- many tags -------------------------------------------------------------------------------------


def merge(places: Sequence[Place], unit: DeviceOptions, cost: Cost, character_s: float) -> list[BlockRead]:
    """The cheapest blocks over all places that the device's rules allow."""
    manner = Manner(unit.unit, unit.read_rule == "from_zero", unit.read_rule == "whole_blocks", character_s)
    reads: list[BlockRead] = []
    order = sorted(places, key=lambda place: (place.function, place.first, place.last))
    for function, group in groupby(order, key=lambda place: place.function):
        rules = Rules(unit, function)
        for part in _cut(_runs(list(group), rules), rules, cost):
            span = rules.allowed(part.first, part.last)
            assert span is not None, "places that no read reaches are faults of the plan"
            reads.append(block_read(part.places, manner, span))
    return reads


@dataclass(slots=True)
class _Run:
    """Places side by side without a hole, or what becomes one request."""

    first: int
    last: int
    places: list[Place]


def _runs(places: list[Place], rules: Rules) -> list[_Run]:
    """Neighbours without a hole, as long as one read allows: cutting there only costs a request."""
    runs: list[_Run] = []
    for place in places:
        if runs and place.first <= runs[-1].last + 1:
            run, last = runs[-1], max(runs[-1].last, place.last)
            if rules.allowed(run.first, last) is not None:
                run.last = last
                run.places.append(place)
                continue
        runs.append(_Run(place.first, place.last, [place]))
    return runs


def _cut(runs: list[_Run], rules: Rules, cost: Cost) -> list[_Run]:
    """Runs joined to requests in the cheapest way: least[n] is what the first n runs cost at least."""
    least, came_from = [0.0], [0]
    reached = list(accumulate((run.last for run in runs), max))
    for end in range(1, len(runs) + 1):
        best, chosen, last = inf, end - 1, -1
        for begin in range(end - 1, -1, -1):
            if begin < end - 1 and _too_far(reached[begin], runs[begin + 1].first, rules.max_gap):
                break
            last = max(last, runs[begin].last)
            span = rules.allowed(runs[begin].first, last)
            if span is None:
                break
            price = least[begin] + cost.of(_data_bytes(rules.function, span))
            if price < best:
                best, chosen = price, begin
        least.append(best)
        came_from.append(chosen)
    requests, end = [], len(runs)
    while end:
        part = runs[came_from[end] : end]
        places = [place for run in part for place in run.places]
        requests.append(_Run(part[0].first, max(run.last for run in part), places))
        end = came_from[end]
    return requests[::-1]


def _too_far(reached: int, first: int, max_gap: int | None) -> bool:
    return max_gap is not None and first - reached - 1 > max_gap


def _data_bytes(function: int, span: Span) -> int:
    count = span[1] - span[0] + 1
    return 2 * count if function > 2 else (count + 7) // 8


# -- what people see -------------------------------------------------------------------------------


def _request(read: BlockRead, wire: LinkOptions) -> Request:
    serial = has_rtu_frames(wire.transport)
    sent, received = (8, 5 + read.byte_count) if serial else (12, 9 + read.byte_count)
    last = read.address + read.count - 1
    what = "registers" if read.function > 2 else "bits"
    text = f"FC{read.function} unit {read.unit} {what} {read.address}..{last} ({read.count})"
    params: dict[str, str | int] = {
        "function": read.function, "unit": read.unit, "first": read.address, "last": last,
        "count": read.count,
    }  # fmt: skip
    # On a serial line also the device keeps silent for 3.5 characters before it answers.
    seconds = read.line_s + silence_s(wire) + SILENCE_CHARACTERS * character_s(wire)
    message = Message(f"modbus.request.{what}", params)
    return Request(text, read.tags, sent, received, seconds, message)
