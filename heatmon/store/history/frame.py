"""A scan as bytes: lossless, and short where nothing unusual happened. Pure.

Form 1: flags, then float64 values; qualities only when one is not good; source times only where the
protocol has them; exact values and earlier values as JSON. Byte order little-endian on every machine.
"""

from __future__ import annotations

import json
import struct
import sys
from array import array
from collections.abc import Mapping
from typing import Final

from heatmon.core.quality import Quality
from heatmon.core.scan import NOTHING_EXACT, Earlier, Origin, Scan

QUALITIES: Final = 1
SOURCE: Final = 2
RARE: Final = 4
HEAD: Final = struct.Struct("<BBH")


def encode(scan: Scan) -> bytes:
    """The columns of a scan; its times and number stand beside it in the row."""
    flags = 0
    parts = [b"", _little(scan.values)]
    if scan.qualities.count(Quality.GOOD) != len(scan.qualities):
        flags |= QUALITIES
        parts.append(scan.qualities)
    if scan.source_ns is not None:
        flags |= SOURCE
        parts.append(_little(scan.source_ns))
    if scan.exact or scan.between:
        flags |= RARE
        between = [[e.column, struct.pack("<d", e.value).hex(), e.quality, e.source_ns] for e in scan.between]
        exact = [[column, value] for column, value in scan.exact.items()]
        parts.append(json.dumps([exact, between], separators=(",", ":")).encode())
    parts[0] = HEAD.pack(flags, scan.origin, len(scan.values))
    return b"".join(parts)


def decode(data: bytes, device: str, group: str, due_ns: int, received_ns: int, input_seq: int) -> Scan:
    """The scan that was encoded."""
    flags, origin, n = HEAD.unpack_from(data)
    at = HEAD.size + 8 * n
    values = _native("d", data[HEAD.size : at])
    qualities = bytes(n)
    source: array[int] | None = None
    if flags & QUALITIES:
        qualities = data[at : at + n]
        at += n
    if flags & SOURCE:
        source = _native("q", data[at : at + 8 * n])
        at += 8 * n
    exact: Mapping[int, int | str] = NOTHING_EXACT
    between: tuple[Earlier, ...] = ()
    if flags & RARE:
        exact_list, between_list = json.loads(data[at:])
        exact = dict(exact_list)
        between = tuple(
            Earlier(column, struct.unpack("<d", bytes.fromhex(value))[0], quality, source_ns)
            for column, value, quality, source_ns in between_list
        )
    return Scan(
        device,
        group,
        due_ns,
        received_ns,
        values,
        qualities,
        source,
        exact,
        between,
        Origin(origin),
        input_seq,
    )


def _little(column: array[float] | array[int]) -> bytes:
    if sys.byteorder == "big":
        column = column[:]
        column.byteswap()
    return column.tobytes()


def _native(code: str, data: bytes) -> array:  # type: ignore[type-arg]  # of the code's type
    column = array(code, data)
    if sys.byteorder == "big":
        column.byteswap()
    return column
