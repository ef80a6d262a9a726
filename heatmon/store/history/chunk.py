"""Some hundred scans of one plan as one block of bytes, column by column. Pure, without loss.

What goes in are frames (`heatmon.store.history.frame`), what comes out are the same bytes.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Final

from heatmon.core.scan import Earlier, Scan
from heatmon.store.history.column import (
    LEVEL,
    pack_floats,
    pack_ints,
    shuffle,
    unpack_floats,
    unpack_ints,
    unshuffle,
)
from heatmon.store.history.frame import HEAD, QUALITIES, RARE, decode

_COUNTS: Final = struct.Struct("<BIH")
_UNEVEN: Final = 0
"""Frames of different widths: kept as they are, compressed."""
_EVEN: Final = 1


def pack(frames: Sequence[bytes]) -> bytes:
    """One to some thousand frames as one block."""
    heads = [HEAD.unpack_from(frame) for frame in frames]
    flags, origins = bytes(head[0] for head in heads), bytes(head[1] for head in heads)
    width = heads[0][2]
    if any(head[2] != width for head in heads):
        lengths = pack_ints([len(frame) for frame in frames])
        return _joined(_UNEVEN, len(frames), 0, [lengths, zlib.compress(b"".join(frames), LEVEL)])
    end = HEAD.size + 8 * width
    values = array("d", b"".join(frame[HEAD.size : end] for frame in frames))
    if sys.byteorder == "big":
        values.byteswap()
    none = bytes(width)
    marked = [bool(flag & QUALITIES) for flag in flags]
    qualities = b"".join(
        frame[end : end + width] if mark else none for frame, mark in zip(frames, marked, strict=True)
    )
    tails = [
        frame[end + width :] if mark else frame[end:] for frame, mark in zip(frames, marked, strict=True)
    ]
    parts = [
        zlib.compress(flags + origins, LEVEL),
        zlib.compress(shuffle(qualities, width), LEVEL) if any(marked) else b"",
        pack_ints([len(tail) for tail in tails]),
        zlib.compress(b"".join(tails), LEVEL) if any(tails) else b"",
        *(pack_floats(values[column::width]) for column in range(width)),
    ]
    return _joined(_EVEN, len(frames), width, parts)


def unpack(block: bytes) -> list[bytes]:
    """The frames that were packed."""
    kind, n, width = _COUNTS.unpack_from(block)
    parts = _parted(block, 2 if kind == _UNEVEN else 4 + width)
    if kind == _UNEVEN:
        return list(_cut(zlib.decompress(parts[1]), unpack_ints(parts[0], n)))
    marks = zlib.decompress(parts[0])
    qualities = unshuffle(zlib.decompress(parts[1]), width) if parts[1] else b""
    lengths = unpack_ints(parts[2], n)
    tails = list(_cut(zlib.decompress(parts[3]) if parts[3] else b"", lengths))
    values = array("d", bytes(8 * n * width))
    for column in range(width):
        values[column::width] = unpack_floats(parts[4 + column], n)
    if sys.byteorder == "big":
        values.byteswap()
    rows, size = values.tobytes(), 8 * width
    return [
        HEAD.pack(marks[i], marks[n + i], width)
        + rows[i * size : (i + 1) * size]
        + (qualities[i * width : (i + 1) * width] if marks[i] & QUALITIES else b"")
        + tails[i]
        for i in range(n)
    ]


def unpack_column(
    block: bytes, column: int
) -> tuple[array[float], bytes, bytes, dict[int, tuple[Earlier, ...]]]:
    """Values, qualities, origins and earlier values of one column, without unpacking the others."""
    kind, n, width = _COUNTS.unpack_from(block)
    if kind == _UNEVEN:
        return _column_of([decode(frame, "", "", 0, 0, 0) for frame in unpack(block)], column)
    parts = _parted(block, 4 + width)
    marks = zlib.decompress(parts[0])
    if parts[3] and any(flag & RARE for flag in marks[:n]):
        return _column_of([decode(frame, "", "", 0, 0, 0) for frame in unpack(block)], column)
    # Shuffled, a column's qualities stand side by side.
    qualities = zlib.decompress(parts[1])[column * n : (column + 1) * n] if parts[1] else bytes(n)
    return unpack_floats(parts[4 + column], n), qualities, marks[n:], {}


def _column_of(
    scans: Sequence[Scan], column: int
) -> tuple[array[float], bytes, bytes, dict[int, tuple[Earlier, ...]]]:
    return (
        array("d", [scan.values[column] for scan in scans]),
        bytes(scan.qualities[column] for scan in scans),
        bytes(scan.origin for scan in scans),
        {n: tuple(one for one in scan.between if one.column == column) for n, scan in enumerate(scans)},
    )


def _joined(kind: int, n: int, width: int, parts: Sequence[bytes]) -> bytes:
    sizes = struct.pack(f"<{len(parts)}I", *map(len, parts))
    return b"".join([_COUNTS.pack(kind, n, width), sizes, *parts])


def _parted(block: bytes, count: int) -> list[bytes]:
    sizes = struct.unpack_from(f"<{count}I", block, _COUNTS.size)
    return list(_cut(block[_COUNTS.size + 4 * count :], sizes))


def _cut(data: bytes, sizes: Iterable[int]) -> Iterable[bytes]:
    at = [0]
    for size in sizes:
        at.append(at[-1] + size)
    return (data[start:end] for start, end in pairwise(at))


def pack_marks(marks: Sequence[tuple[int, int, int, int]]) -> bytes:
    """Position, input_seq, due_ns, received_ns of each scan of a chunk."""
    position, number, due, received = zip(*marks, strict=True)
    late = [r - d for r, d in zip(received, due, strict=True)]
    unit = 1_000_000 if not any(ns % 1_000_000 for ns in late) else 1
    parts = [pack_ints(position), pack_ints(number), pack_ints(due), pack_ints([ns // unit for ns in late])]
    return _joined(unit == 1, len(marks), 0, parts)


def unpack_times(block: bytes) -> tuple[list[int], list[int]]:
    """due_ns and received_ns of each scan of a chunk."""
    fine, n, _ = _COUNTS.unpack_from(block)
    due, late = (unpack_ints(part, n) for part in _parted(block, 4)[2:])
    unit = 1 if fine else 1_000_000
    return due, [d + ns * unit for d, ns in zip(due, late, strict=True)]


def unpack_marks(block: bytes) -> list[tuple[int, int, int, int]]:
    """The marks that were packed."""
    fine, n, _ = _COUNTS.unpack_from(block)
    position, number, due, late = (unpack_ints(part, n) for part in _parted(block, 4))
    unit = 1 if fine else 1_000_000
    received = [d + ns * unit for d, ns in zip(due, late, strict=True)]
    return list(zip(position, number, due, received, strict=True))
