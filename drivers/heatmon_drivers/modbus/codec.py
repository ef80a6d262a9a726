"""From register bytes to numbers and texts: decoders compiled once for each request.

Word and byte orders come down to two switches. With the bytes of every 16-bit word exchanged, CDAB
is plain little-endian and BADC plain big-endian; without, ABCD is big- and DCBA little-endian. The
same holds for 64 bits. So each request is unpacked by at most four precompiled structs. What does not
fit into this (texts, mixed orders, integers that a float cannot hold) is taken one by one afterwards.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Final, Protocol

from heatmon.core.quality import Quality
from heatmon_drivers.modbus.current_loop import CurrentLoop
from heatmon_drivers.modbus.kinds import MIXED, ORDERS, STRING, TYPES, wire_places

EXACT_FROM: Final = 2.0**53
"""From here on not every whole number is a float64."""
Exact = dict[int, int | str]


@dataclass(frozen=True, slots=True)
class Field:
    """One tag inside a request: which column, at which word, of which type and order.

    shift, mask: the part of the raw number that is meant. plain: taken as it stands (`plain`), decided
    once because it is asked for every sample. words: registers it takes. encoding: of a text.
    """

    column: int
    word: int
    type: str
    order: str
    scale: float = 1.0
    offset: float = 0.0
    shift: int = 0
    mask: int | None = None
    sentinels: frozenset[int] = frozenset()
    plain: bool = False
    loop: CurrentLoop | None = None
    words: int = 1
    encoding: str = "ascii"


def plain(type_name: str, scale: float, offset: float, sentinels: frozenset[int]) -> bool:
    """Whether a value is taken as it stands: a float without scale, offset and sentinels."""
    return TYPES[type_name].code in "fd" and scale == 1.0 and offset == 0.0 and not sentinels


class _Aside(Protocol):
    """A field that is taken by itself, after the structs."""

    def take(self, data: bytes, values: array[float], qualities: bytearray, exact: Exact) -> None:
        """Put its value, quality, and exact value where it has one."""


class Decoder:
    """Decodes the data of one register reply of `words` words into columns."""

    def __init__(self, words: int, fields: Sequence[Field]) -> None:
        self.words = words
        self._passes: list[tuple[bool, struct.Struct, tuple[Field, ...], int | None]] = []
        for swap, order in ORDERS.values():
            rest = sorted(
                (f for f in fields if _in_structs(f) and ORDERS[f.order] == (swap, order)),
                key=lambda field: field.word,
            )
            while rest:
                rest = self._add(swap, order, rest)
        self._asides: list[_Aside] = [_Text(field) for field in fields if field.type == STRING]
        self._asides += [_Mixed(field) for field in fields if field.order in MIXED]
        self._asides += [_Wide(field) for field in fields if _is_wide(field)]

    def _add(self, swap: bool, order: str, fields: list[Field]) -> list[Field]:
        """One struct over as many fields as do not overlap; the others are for the next one."""
        code, at, taken, left = order, 0, [], []
        for field in fields:
            if field.word < at:
                left.append(field)
                continue
            code += f"{2 * (field.word - at)}x" + TYPES[field.type].code
            at = field.word + TYPES[field.type].words
            taken.append(field)
        code += f"{2 * (self.words - at)}x"
        self._passes.append((swap, struct.Struct(code), tuple(taken), _run(taken)))
        return left

    def decode(self, data: bytes, values: array[float], qualities: bytearray, exact: Exact) -> None:
        """Put every field's value and quality; `data` holds exactly `words` words."""
        swapped: bytes | None = None
        for swap, form, fields, run in self._passes:
            if swap and swapped is None:
                words = array("H", data)
                words.byteswap()
                swapped = words.tobytes()
            raws = form.unpack(swapped if swap and swapped is not None else data)
            if run is not None and (total := sum(raws)) - total == 0:
                # No NaN and no infinity among them: the whole run is taken at once.
                values[run : run + len(raws)] = array("d", raws)
                continue
            for field, raw in zip(fields, raws, strict=True):
                column = field.column
                if raw - raw != 0:  # NaN and the infinities, in one comparison
                    values[column], qualities[column] = nan, Quality.NOT_A_NUMBER
                elif field.plain:
                    values[column] = raw
                else:
                    values[column], qualities[column] = finish(field, raw)
        for aside in self._asides:
            aside.take(data, values, qualities, exact)


def _in_structs(field: Field) -> bool:
    return field.type != STRING and field.order not in MIXED


def _is_wide(field: Field) -> bool:
    return (
        TYPES[field.type].code in "qQ"
        and field.mask is None
        and field.loop is None
        and (field.scale, field.offset) == (1.0, 0.0)
    )


def _run(fields: Sequence[Field]) -> int | None:
    """The first column where plain fields fill neighbouring columns in their order, else None."""
    first = fields[0].column
    run = all(field.plain and field.column == first + k for k, field in enumerate(fields))
    return first if run else None


def finish(field: Field, raw: float) -> tuple[float, int]:
    """Sentinel, part, conversion, scale: a value and its quality."""
    if raw in field.sentinels:
        return nan, Quality.SENTINEL
    value: float | None = raw
    if field.mask is not None:
        value = int(raw) >> field.shift & field.mask
    elif (convert := TYPES[field.type].convert) is not None:
        value = convert(int(raw))
    if value is None:
        return nan, Quality.WRONG_TYPE
    if field.loop is not None and (fault := field.loop.judge(value)) != Quality.GOOD:
        return nan, fault
    value = value * field.scale + field.offset
    return (value, Quality.GOOD) if isfinite(value) else (nan, Quality.NOT_A_NUMBER)


class _Mixed:
    """A 64-bit number in one of the orders that no struct knows."""

    def __init__(self, field: Field) -> None:
        self._field, self._bytes = field, _Bytes(field)
        self._form = struct.Struct(">" + TYPES[field.type].code)

    def take(self, data: bytes, values: array[float], qualities: bytearray, _exact: Exact) -> None:
        """As `_Aside.take`."""
        (raw,) = self._form.unpack(self._bytes.of(data))
        column = self._field.column
        if isfinite(raw):
            values[column], qualities[column] = finish(self._field, raw)
        else:
            values[column], qualities[column] = nan, Quality.NOT_A_NUMBER


class _Wide:
    """A whole number beyond 2⁵³: the column holds the nearest float, the side table the number itself."""

    def __init__(self, field: Field) -> None:
        self._column, self._bytes = field.column, _Bytes(field)
        kind = TYPES[field.type]
        self._signed, self._convert = kind.code == "q", kind.convert

    def take(self, data: bytes, values: array[float], _qualities: bytearray, exact: Exact) -> None:
        """As `_Aside.take`; the value is there already."""
        if abs(values[self._column]) >= EXACT_FROM:  # False for NaN
            raw = int.from_bytes(self._bytes.of(data), "big", signed=self._signed)
            number = raw if self._convert is None else self._convert(raw)
            if number is not None:
                exact[self._column] = number


class _Text:
    """Characters up to the first NUL, without the blanks that fill the field; the column stays NaN."""

    def __init__(self, field: Field) -> None:
        self._column, self._bytes, self._encoding = field.column, _Bytes(field), field.encoding
        self._ends_at_zero = not field.encoding.startswith("utf-16")

    def take(self, data: bytes, values: array[float], qualities: bytearray, exact: Exact) -> None:
        """As `_Aside.take`."""
        raw = self._bytes.of(data)
        if self._ends_at_zero:
            # What a device leaves behind the end is no text in any encoding.
            raw = raw.partition(b"\0")[0]
        try:
            text = raw.decode(self._encoding).partition("\0")[0].strip(" ")
        except UnicodeDecodeError:
            text = "\0"
        if text.isprintable():
            values[self._column], qualities[self._column], exact[self._column] = nan, Quality.GOOD, text
        else:
            values[self._column], qualities[self._column] = nan, Quality.WRONG_TYPE


class _Bytes:
    """The bytes of one field, the most significant (or the first character) first."""

    def __init__(self, field: Field) -> None:
        first, words = 2 * field.word, field.words
        self._places = tuple(first + place for place in wire_places(field.order, words))

    def of(self, data: bytes) -> bytes:
        """Picked from the reply."""
        return bytes(data[place] for place in self._places)


def decode_bits(data: bytes, fields: Sequence[Field], values: array[float], qualities: bytearray) -> None:
    """Coils and discrete inputs: bit n of the reply is the n-th of the block, low bit first."""
    for field in fields:
        values[field.column] = float(data[field.word >> 3] >> (field.word & 7) & 1)
        qualities[field.column] = Quality.GOOD
