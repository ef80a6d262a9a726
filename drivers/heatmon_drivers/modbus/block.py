"""One request, compiled: which addresses, which tags, how its data become values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heatmon_drivers.modbus.codec import Decoder, Field

REQUEST_BYTES = 8
REPLY_BYTES = 5
"""Of the RTU frames, around the data."""


@dataclass(frozen=True, slots=True)
class Place:
    """A tag before it is put into a request: `first` to `last` register (or bit), inclusive."""

    tag: str
    function: int
    first: int
    last: int
    field: Field


@dataclass(frozen=True, slots=True)
class Manner:
    """How a unit is asked. character_s: seconds a byte takes on a serial line of our own, else 0."""

    unit: int
    from_zero: bool = False
    whole_blocks: bool = False
    character_s: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class BlockRead:
    """One request; compared by identity, because sessions look it up for every read.

    `fields` count words (or bits) from `address`. byte_count: of data in the reply. line_s: seconds
    that request and reply take on the line, beside the device's thinking.
    """

    manner: Manner
    function: int
    address: int
    count: int
    fields: tuple[Field, ...]
    tags: tuple[str, ...]
    decoder: Decoder | None
    unit: int
    byte_count: int
    line_s: float

    @property
    def divisible(self) -> bool:
        """Whether the device would answer a part of it."""
        return len(self.fields) > 1 and not self.manner.whole_blocks


def block_read(places: Sequence[Place], manner: Manner, span: tuple[int, int]) -> BlockRead:
    """One request for the addresses `span` over these places."""
    first, last = span
    function, count = places[0].function, last - first + 1
    fields = tuple(replace(place.field, word=place.first - first) for place in places)
    decoder = Decoder(count, fields) if function > 2 else None
    size = 2 * count if function > 2 else (count + 7) // 8
    line_s = manner.character_s * (REQUEST_BYTES + REPLY_BYTES + size)
    tags = tuple(place.tag for place in places)
    return BlockRead(manner, function, first, count, fields, tags, decoder, manner.unit, size, line_s)


def piece(read: BlockRead, begin: int, end: int) -> BlockRead:
    """The fields `begin` to `end` - 1 of a block as a request of their own, as far as the device allows."""
    return _over(read, range(begin, end))


def joined(parts: Sequence[BlockRead]) -> BlockRead:
    """Parts that begin at the same address as one request, the longest of them."""
    places = [place for part in parts for place in _places(part)]
    longest = max(parts, key=lambda part: part.count)
    return block_read(places, longest.manner, (longest.address, longest.address + longest.count - 1))


def _over(read: BlockRead, numbers: range) -> BlockRead:
    places = _places(read)[numbers.start : numbers.stop]
    span = (min(place.first for place in places), max(place.last for place in places))
    if read.manner.whole_blocks:
        span = (read.address, read.address + read.count - 1)
    elif read.manner.from_zero:
        span = (0, span[1])
    return block_read(places, read.manner, span)


def _places(read: BlockRead) -> list[Place]:
    places = []
    for tag, field in zip(read.tags, read.fields, strict=True):
        first = read.address + field.word
        places.append(Place(tag, read.function, first, first + field.words - 1, field))
    return places
