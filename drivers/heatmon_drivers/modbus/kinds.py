"""The types and orders of registers as tables: a new one is a new row."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

Convert = Callable[[int], int | None]


@dataclass(frozen=True, slots=True)
class Type:
    """How many words a type takes (0: the address says), its struct code, and what turns the raw number
    into the one that is meant (None: no number of this type)."""

    words: int
    code: str
    convert: Convert | None = None


def _bcd(digits: int) -> Convert:
    def convert(raw: int) -> int | None:
        nibbles = [(raw >> 4 * k) & 15 for k in range(digits)]
        return None if max(nibbles) > 9 else sum(n * 10**k for k, n in enumerate(nibbles))

    return convert


def _sign_magnitude(bits: int) -> Convert:
    sign = 1 << bits - 1

    def convert(raw: int) -> int:
        return -(raw & sign - 1) if raw & sign else raw

    return convert


def _hhmm(raw: int) -> int | None:
    """Decimal 1430 is 14:30, in minutes of the day; 2400 is legal."""
    hours, minutes = divmod(raw, 100)
    return 60 * hours + minutes if minutes < 60 and hours <= 24 else None


def _ddmm(raw: int) -> int | None:
    """Decimal 1505 is 15 May; kept as day × 100 + month, checked."""
    day, month = divmod(raw, 100)
    return raw if 1 <= day <= 31 and 1 <= month <= 12 else None


def _signed_byte(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


STRING: Final = "string"
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
    "bcd64": Type(4, "Q", _bcd(16)),
    "sm16": Type(1, "H", _sign_magnitude(16)),
    "sm32": Type(2, "I", _sign_magnitude(32)),
    "hhmm": Type(1, "H", _hhmm),
    "ddmm": Type(1, "H", _ddmm),
    "bit": Type(1, "H"),
    "uint8_high": Type(1, "H", lambda raw: raw >> 8),
    "uint8_low": Type(1, "H", lambda raw: raw & 255),
    "int8_high": Type(1, "H", lambda raw: _signed_byte(raw >> 8)),
    "int8_low": Type(1, "H", lambda raw: _signed_byte(raw & 255)),
    STRING: Type(0, "s"),
}

# The letters are the bytes of the number, A the most significant, in the order of the wire.
# order -> (exchange the bytes of each word first, struct's byte order)
ORDERS: Final = {"ABCD": (False, ">"), "CDAB": (True, "<"), "BADC": (True, ">"), "DCBA": (False, "<")}
LONG: Final = {"ABCDEFGH": "ABCD", "GHEFCDAB": "CDAB", "BADCFEHG": "BADC", "HGFEDCBA": "DCBA"}
"""The full names of the four regular orders for 64 bits."""
MIXED: Final = ("CDABGHEF", "EFGHABCD", "DCBAHGFE", "FEHGBADC")
"""64 bits of which the halves are in another order than the words inside them."""
SINGLE_WORD: Final = {"CDAB": "ABCD", "DCBA": "BADC"}
"""In one word there is no order of words."""


def order_of(name: str, words: int) -> str:
    """The order for a type of so many words, in its short name where it has one.

    Raises KeyError for a 64-bit order of another type.
    """
    if words == 4:
        return LONG.get(name, name)
    if name not in ORDERS:
        raise KeyError(name)
    return SINGLE_WORD.get(name, name) if words == 1 else name


def wire_places(order: str, words: int) -> tuple[int, ...]:
    """Where on the wire each byte of a field stands, the most significant byte first."""
    if order in MIXED:
        return tuple(order.index(letter) for letter in sorted(order))
    pairs = [(2 * k, 2 * k + 1) for k in range(words)]
    if order in ("CDAB", "DCBA"):
        pairs.reverse()
    if order in ("BADC", "DCBA"):
        pairs = [(low, high) for high, low in pairs]
    return tuple(place for pair in pairs for place in pair)
