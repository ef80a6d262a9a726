"""The read planner: few requests, no field split, nothing read that must not be.

Pure. One request for each tag costs 25 to 35 times the CPU of blocks, so neighbours are merged, and
gaps of up to `max_gap` registers are read along: they cost two bytes each, a request of its own a
whole round trip.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import PlanError, ReadPlan, Request
from heatmon_drivers.modbus.codec import TYPES, Decoder, Field, plain
from heatmon_drivers.modbus.current_loop import CurrentLoop
from heatmon_drivers.modbus.options import Address, DeviceOptions, LinkOptions, Rtu, RtuOverTcp

FUNCTION: Final = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
BITS_PER_SERIAL_BYTE: Final = 11
SILENCE_CHARACTERS: Final = 3.5


@dataclass(frozen=True, slots=True)
class Place:
    """A tag before it is put into a request: `first` to `last` register (or bit), inclusive."""

    tag: str
    function: int
    first: int
    last: int
    field: Field


@dataclass(frozen=True, slots=True, eq=False)
class BlockRead:
    """One request, compiled; compared by identity, because sessions look it up for every read.

    `fields` count words (or bits) from `address`."""

    unit: int
    function: int
    address: int
    count: int
    fields: tuple[Field, ...]
    tags: tuple[str, ...]
    decoder: Decoder | None

    @property
    def byte_count(self) -> int:
        """Bytes of data in the reply."""
        return 2 * self.count if self.function > 2 else (self.count + 7) // 8


def make_plan(link: Link, device: Device, group: Group, tags: Sequence[Tag]) -> ReadPlan:
    """Plan one poll group. Raises PlanError naming every tag that cannot be read."""
    wire = LinkOptions.model_validate(link.options)
    unit = DeviceOptions.model_validate(device.options)
    faults: dict[str, str] = {}
    places = []
    for column, tag in enumerate(tags):
        address = Address.model_validate(tag.address)
        place = _place(column, tag.id, address, unit)
        if (fault := _fault(place, address, unit)) is not None:
            faults[tag.id] = fault
        places.append(place)
    if faults:
        raise PlanError(faults)
    reads = merge(places, unit)
    requests = tuple(_request(read, wire) for read in reads)
    ids = tuple(tag.id for tag in tags)
    return ReadPlan(device.id, group.id, ids, requests, wire.timeout_s, work=tuple(reads))


def _place(column: int, tag: str, address: Address, unit: DeviceOptions) -> Place:
    function = FUNCTION[address.area]
    bits = function < 3
    first = address.register_ - (unit.address_base if address.base is None else address.base)
    words = 1 if bits else TYPES[address.type].words
    sentinels = _sentinels(address)
    raw = address.raw
    scale, offset = (address.scale, address.offset) if raw is None else raw.line()
    loop = CurrentLoop(raw.low, raw.high) if raw is not None and raw.ne43 else None
    order = address.order or unit.order
    field = Field(
        column,
        0,
        address.type,
        order if words > 1 or order in ("ABCD", "BADC") else "ABCD" if order == "CDAB" else "BADC",
        scale,
        offset,
        address.bit,
        address.mask,
        sentinels,
        not bits and loop is None and plain(address.type, scale, offset, sentinels),
        loop,
    )
    return Place(tag, function, first, first + words - 1, field)


def _sentinels(address: Address) -> frozenset[int]:
    """Sentinels as the type shows them: manuals write 0xFFFF for what an int16 reads as -1."""
    kind = TYPES[address.type]
    wrap = 1 << 16 * kind.words
    signed = kind.code in "hiq"
    return frozenset(s - wrap if signed and wrap // 2 <= s < wrap else s for s in address.sentinels)


def _fault(place: Place, address: Address, unit: DeviceOptions) -> str | None:
    if place.first < 0:
        return f"register {address.register_} counted from 1: registers begin at 1"
    if place.last > 65535:
        return f"registers {place.first}..{place.last}: the last register is 65535"
    if address.bit is not None and TYPES[address.type].words > 1:
        return f"bit of a {address.type}: bits are taken from 16-bit types"
    if place.last - place.first + 1 > unit.max_registers:
        return f"{address.type} takes more registers than max_registers ({unit.max_registers})"
    if unit.blocks and _block(place.first, place.last, unit) is None:
        return f"registers {place.first}..{place.last} lie in none of the device's blocks"
    return None


def _block(first: int, last: int, unit: DeviceOptions) -> int | None:
    return next((k for k, b in enumerate(unit.blocks) if b.first <= first and last <= b.last), None)


def merge(places: Sequence[Place], unit: DeviceOptions) -> list[BlockRead]:
    """Blocks over all places: neighbours together as far as count, gap and block rules allow."""
    reads: list[BlockRead] = []
    current: list[Place] = []
    for place in sorted(places, key=lambda p: (p.function, p.first, p.last)):
        if current and not _fits(current, place, unit):
            reads.append(block_read(current, unit.unit))
            current = []
        current.append(place)
    if current:
        reads.append(block_read(current, unit.unit))
    return reads


def _fits(current: Sequence[Place], place: Place, unit: DeviceOptions) -> bool:
    first, last = current[0].first, max(p.last for p in current)
    end = max(last, place.last)
    most = unit.max_registers if place.function > 2 else unit.max_bits
    return (
        place.function == current[0].function
        and end - first + 1 <= most
        and place.first - last - 1 <= unit.max_gap
        and (not unit.blocks or _block(first, end, unit) is not None)
    )


def block_read(places: Sequence[Place], unit: int) -> BlockRead:
    """One request over these places."""
    first, last = places[0].first, max(place.last for place in places)
    fields = tuple(_at(place.field, place.first - first) for place in places)
    count = last - first + 1
    function = places[0].function
    decoder = Decoder(count, fields) if function > 2 else None
    return BlockRead(unit, function, first, count, fields, tuple(place.tag for place in places), decoder)


def _at(field: Field, word: int) -> Field:
    return replace(field, word=word)


def piece(read: BlockRead, begin: int, end: int) -> BlockRead:
    """The fields `begin` to `end` - 1 of a block as a request of their own."""
    places = []
    for tag, field in zip(read.tags[begin:end], read.fields[begin:end], strict=True):
        words = TYPES[field.type].words if read.function > 2 else 1
        first = read.address + field.word
        places.append(Place(tag, read.function, first, first + words - 1, field))
    return block_read(places, read.unit)


def _request(read: BlockRead, wire: LinkOptions) -> Request:
    serial = isinstance(wire.transport, Rtu | RtuOverTcp)
    sent, received = (8, 5 + read.byte_count) if serial else (12, 9 + read.byte_count)
    what = "registers" if read.function > 2 else "bits"
    last = read.address + read.count - 1
    text = f"FC{read.function} unit {read.unit} {what} {read.address}..{last} ({read.count})"
    seconds = wire.pause_between_requests_s
    if isinstance(wire.transport, Rtu):
        characters = sent + received + 2 * SILENCE_CHARACTERS
        seconds += characters * BITS_PER_SERIAL_BYTE / wire.transport.baudrate
    return Request(text, read.tags, sent, received, seconds)
