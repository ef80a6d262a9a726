"""Columns of numbers as few bytes, without loss. Pure; the same bytes on every machine.

Integers: differences in the narrowest width, bytes of equal weight side by side, zlib. Floats: as
integers where the PLC's resolution is a power of ten (65.3 °C is 653), else their bits.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Callable, Sequence
from itertools import accumulate, repeat
from operator import mul, sub, truediv
from typing import Final

LEVEL: Final = 6
"""On chunks of 600 differences level 6 costs little more than 1; bench/history.py measures it."""
POWERS: Final = range(5)
_LARGEST: Final = 1e9
_STEADY: Final = "c"
_INTS: Final = struct.Struct("<cq")
_WIDTHS: Final = (("b", 1 << 7), ("h", 1 << 15), ("i", 1 << 31), ("q", 1 << 63))
_BYTES: Final = {"b": 1, "h": 2, "i": 4, "q": 8}

CONSTANT: Final = 0
SINGLES: Final = 20
"""float32 bits."""
DOUBLES: Final = 21
"""float64 bits."""


def shuffle(data: bytes, width: int) -> bytes:
    """Bytes of equal weight side by side; the transposition of rows of `width` bytes."""
    return b"".join(data[i::width] for i in range(width))


def unshuffle(data: bytes, width: int) -> bytes:
    """Undo `shuffle`."""
    out = bytearray(len(data))
    n = len(data) // width
    for i in range(width):
        out[i::width] = data[i * n : (i + 1) * n]
    return bytes(out)


def _swapped(data: bytes, code: str) -> bytes:
    """Little-endian bytes from native ones, or back."""
    if sys.byteorder == "big":
        column = array(code, data)
        column.byteswap()
        return column.tobytes()
    return data


def pack_ints(values: Sequence[int]) -> bytes:
    """At least one integer; each, and each difference, within 64 bits signed."""
    first = values[0]
    steps = list(map(sub, values[1:], values))
    low, high = (min(steps), max(steps)) if steps else (0, 0)
    if low == high:
        return _INTS.pack(_STEADY.encode(), first) + struct.pack("<q", low)
    code = next(code for code, limit in _WIDTHS if -limit <= low and high < limit)
    data = _swapped(array(code, steps).tobytes(), code)
    return _INTS.pack(code.encode(), first) + zlib.compress(shuffle(data, _BYTES[code]), LEVEL)


def unpack_ints(packed: bytes, n: int) -> list[int]:
    """The `n` integers that were packed."""
    raw, first = _INTS.unpack_from(packed)
    code, body = raw.decode(), packed[_INTS.size :]
    if code == _STEADY:
        (step,) = struct.unpack("<q", body)
        return [first] * n if step == 0 else list(range(first, first + step * n, step))
    data = _swapped(unshuffle(zlib.decompress(body), _BYTES[code]), code)
    return list(accumulate(array(code, data), initial=first))


def _divided(power: int, ints: Sequence[int]) -> array[float]:
    scale = 10.0**power
    return array("d", map(truediv, ints, repeat(scale)))


def _multiplied(power: int, ints: Sequence[int]) -> array[float]:
    scale = float(f"1e-{power}")
    return array("d", map(mul, ints, repeat(scale)))


def _single(power: int, ints: Sequence[int]) -> array[float]:
    return array("d", array("f", _divided(power, ints)))


_RESTORE: Final[tuple[Callable[[int, Sequence[int]], array[float]], ...]] = (_single, _divided, _multiplied)
"""How a scaled integer became a float: on the PLC as float32, decimal, or raw value times scale here."""


def pack_floats(column: array[float]) -> bytes:
    """At least one float64, any bits."""
    data = column.tobytes()
    if data == data[:8] * len(column):
        return bytes([CONSTANT]) + _swapped(data[:8], "d")
    single = _as_single(column, data)
    for way in (0,) if single is not None else (1, 2):
        for power in POWERS:
            ints = _scaled(column, data, way, power)
            if ints is not None:
                return bytes([1 + way * len(POWERS) + power]) + pack_ints(ints)
    if single is not None:
        return bytes([SINGLES]) + pack_ints(array("I", single.tobytes()))
    return bytes([DOUBLES]) + zlib.compress(shuffle(_swapped(data, "d"), 8), LEVEL)


def _as_single(column: array[float], data: bytes) -> array[float] | None:
    try:
        single = array("f", column)
    except OverflowError:
        return None
    return single if array("d", single).tobytes() == data else None


def _scaled(column: array[float], data: bytes, way: int, power: int) -> list[int] | None:
    scale, ints = 10.0**power, list[int]()
    for part in (column[:4], column):  # most powers that do not fit are told by a few values
        try:
            ints = [round(value * scale) for value in part]
        except (ValueError, OverflowError):
            return None
        if max(ints) > _LARGEST or min(ints) < -_LARGEST:
            return None
        if _RESTORE[way](power, ints).tobytes() != data[: 8 * len(part)]:
            return None
    return ints


def unpack_floats(packed: bytes, n: int) -> array[float]:
    """The `n` floats that were packed, bit for bit."""
    kind, body = packed[0], packed[1:]
    if kind == CONSTANT:
        return array("d", _swapped(body, "d") * n)
    if kind == SINGLES:
        return array("d", array("f", array("I", unpack_ints(body, n)).tobytes()))
    if kind == DOUBLES:
        return array("d", _swapped(unshuffle(zlib.decompress(body), 8), "d"))
    way, power = divmod(kind - 1, len(POWERS))
    return _RESTORE[way](power, unpack_ints(body, n))
