"""From register bytes to numbers: a table of types, and decoders compiled once for each request.

Word and byte orders come down to two switches. With the bytes of every 16-bit word exchanged, CDAB
is plain little-endian and BADC plain big-endian; without, ABCD is big- and DCBA little-endian. The
same holds for 64 bits. So each request is unpacked by at most four precompiled structs.
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, nan
from typing import Final

from heatmon.core.quality import Quality
from heatmon_drivers.modbus.current_loop import CurrentLoop


@dataclass(frozen=True, slots=True)
class Type:
    """How many words a type takes, its struct code, and what turns the raw number into a plain one."""

    words: int
    code: str
    convert: Callable[[int], float | None] | None = None


def _bcd(digits: int) -> Callable[[int], float | None]:
    def convert(raw: int) -> float | None:
        nibbles = [(raw >> 4 * k) & 15 for k in range(digits)]
        return None if max(nibbles) > 9 else float(sum(n * 10**k for k, n in enumerate(nibbles)))

    return convert


def _sign_magnitude(raw: int) -> float:
    return float(-(raw & 0x7FFF) if raw & 0x8000 else raw)


def _hhmm(raw: int) -> float | None:
    """Decimal 1430 is 14:30, in minutes of the day; 2400 is legal."""
    hours, minutes = divmod(raw, 100)
    return float(60 * hours + minutes) if minutes < 60 and hours <= 24 else None


def _ddmm(raw: int) -> float | None:
    """Decimal 1505 is 15 May; kept as day × 100 + month, checked."""
    day, month = divmod(raw, 100)
    return float(raw) if 1 <= day <= 31 and 1 <= month <= 12 else None


TYPES: Final = {
    "int16": Type(1, "h"),
    "uint16": Type(1, "H"),
    "int32": Type(2, "i"),
    "uint32": Type(2, "I"),
    "int64": Type(4, "q"),
    "uint64": Type(4, "Q"),
    "float16": Type(1, "e"),
    "float32": Type(2, "f"),
    "float64": Type(4, "d"),
    "bcd16": Type(1, "H", _bcd(4)),
    "bcd32": Type(2, "I", _bcd(8)),
    "sm16": Type(1, "H", _sign_magnitude),
    "hhmm": Type(1, "H", _hhmm),
    "ddmm": Type(1, "H", _ddmm),
    "bit": Type(1, "H"),
    "uint8_high": Type(1, "H", lambda raw: float(raw >> 8)),
    "uint8_low": Type(1, "H", lambda raw: float(raw & 255)),
    "int8_high": Type(1, "H", lambda raw: float((raw >> 8) - ((raw >> 8) > 127) * 256)),
    "int8_low": Type(1, "H", lambda raw: float((raw & 255) - ((raw & 255) > 127) * 256)),
}
# order -> (exchange the bytes of each word first, struct's byte order)
ORDERS: Final = {"ABCD": (False, ">"), "CDAB": (True, "<"), "BADC": (True, ">"), "DCBA": (False, "<")}


@dataclass(frozen=True, slots=True)
class Field:
    """One tag inside a request: which column, at which word, of which type and order.

    plain: taken as it stands (`plain`), decided once because it is asked for every sample.
    """

    column: int
    word: int
    type: str
    order: str
    scale: float = 1.0
    offset: float = 0.0
    bit: int | None = None
    mask: int | None = None
    sentinels: frozenset[int] = frozenset()
    plain: bool = False
    loop: CurrentLoop | None = None


def plain(type_name: str, scale: float, offset: float, sentinels: frozenset[int]) -> bool:
    """Whether a value is taken as it stands: a float without scale, offset and sentinels."""
    return TYPES[type_name].code in "fd" and scale == 1.0 and offset == 0.0 and not sentinels


class Decoder:
    """Decodes the data of one register reply of `words` words into columns."""

    def __init__(self, words: int, fields: Sequence[Field]) -> None:
        self.words = words
        self._passes: list[tuple[bool, struct.Struct, tuple[Field, ...], int | None]] = []
        for swap, order in ORDERS.values():
            rest = sorted(
                (f for f in fields if ORDERS[f.order] == (swap, order)), key=lambda field: field.word
            )
            while rest:
                rest = self._add(swap, order, rest)

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

    def decode(self, data: bytes, values: array[float], qualities: bytearray) -> None:
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


def _run(fields: Sequence[Field]) -> int | None:
    """The first column where plain fields fill neighbouring columns in their order, else None."""
    first = fields[0].column
    run = all(field.plain and field.column == first + k for k, field in enumerate(fields))
    return first if run else None


def finish(field: Field, raw: float) -> tuple[float, int]:
    """Sentinel, bit, mask, conversion, scale: a value and its quality."""
    if raw in field.sentinels:
        return nan, Quality.SENTINEL
    if field.bit is not None:
        return float(int(raw) >> field.bit & 1), Quality.GOOD
    value: float | None = raw
    if field.mask is not None:
        value = int(raw) & field.mask
    elif (convert := TYPES[field.type].convert) is not None:
        value = convert(int(raw))
    if value is None:
        return nan, Quality.WRONG_TYPE
    if field.loop is not None and (fault := field.loop.judge(value)) != Quality.GOOD:
        return nan, fault
    value = value * field.scale + field.offset
    return (value, Quality.GOOD) if isfinite(value) else (nan, Quality.NOT_A_NUMBER)


def decode_bits(data: bytes, fields: Sequence[Field], values: array[float], qualities: bytearray) -> None:
    """Coils and discrete inputs: bit n of the reply is the n-th of the block, low bit first."""
    for field in fields:
        values[field.column] = float(data[field.word >> 3] >> (field.word & 7) & 1)
        qualities[field.column] = Quality.GOOD
