"""Summaries of one tag over a day as columns, and as few bytes. Pure.

A cell stands for a minute or an hour: least, greatest, mean and last good value, and how many there
were. The mean keeps seven digits, everything else is exact.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from operator import itemgetter, mul
from typing import Final, NamedTuple

from heatmon.store.history.column import pack_floats, pack_ints, unpack_floats, unpack_ints

_HEAD: Final = struct.Struct("<BH5I")
_FORM: Final = 1


class Cell(NamedTuple):
    """One minute or hour. at: its number since 1970. n: how many good values."""

    at: int
    low: float
    high: float
    mean: float
    last: float
    n: int


@dataclass(slots=True)
class Cells:
    """Cells in order of time, column by column; none for a minute without a good value."""

    at: array[int] = field(default_factory=lambda: array("q"))
    low: array[float] = field(default_factory=lambda: array("d"))
    high: array[float] = field(default_factory=lambda: array("d"))
    mean: array[float] = field(default_factory=lambda: array("d"))
    last: array[float] = field(default_factory=lambda: array("d"))
    count: array[int] = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.at)

    def __iter__(self) -> Iterator[Cell]:
        return map(Cell._make, zip(*self.columns, strict=True))

    @property
    def columns(self) -> tuple[array[int] | array[float], ...]:
        """In the order of `Cell`."""
        return (self.at, self.low, self.high, self.mean, self.last, self.count)

    def summed_up(self, start: int, end: int, at: int) -> Cell:
        """The cells from index `start` to before `end` as one."""
        if end - start == 1:
            low, high = self.low[start], self.high[start]
            return Cell(at, low, high, self.mean[start], self.last[start], self.count[start])
        counts = self.count[start:end]
        total = sum(counts)
        mean = sum(map(mul, self.mean[start:end], counts)) / total
        return Cell(at, min(self.low[start:end]), max(self.high[start:end]), mean, self.last[end - 1], total)

    def by(self, minutes: int) -> Cells:
        """Cells of minutes as cells of several minutes, at whole multiples of them."""
        out, start = list[Cell](), 0
        while start < len(self):
            at = self.at[start] // minutes
            end = bisect_left(self.at, (at + 1) * minutes, start)
            out.append(self.summed_up(start, end, at))
            start = end
        return of_columns(out)


def of_columns(cells: Sequence[Cell]) -> Cells:
    """Cells in order of time, each time once, as columns."""
    if not cells:
        return Cells()
    at, low, high, mean, last, n = zip(*cells, strict=True)
    return Cells(
        array("q", at), array("d", low), array("d", high), array("d", mean), array("d", last), array("q", n)
    )


def merged(first: Cell, later: Cell) -> Cell:
    """Two parts of the same time as one."""
    n = first.n + later.n
    mean = (first.mean * first.n + later.mean * later.n) / n
    low, high = min(first.low, later.low), max(first.high, later.high)
    return Cell(first.at, low, high, mean, later.last, n)


def in_order(cells: Iterable[Cell]) -> Cells:
    """Cells from any order; of the same time the one that came later has the last value."""
    out: list[Cell] = []
    for cell in sorted(cells, key=itemgetter(0)):
        if out and out[-1].at == cell.at:
            cell = merged(out.pop(), cell)
        out.append(cell)
    return of_columns(out)


def pack_cells(cells: Cells) -> bytes:
    """At least one cell."""
    parts = [
        pack_ints(cells.at),
        pack_floats(cells.low),
        pack_floats(cells.high),
        pack_floats(_seven_digits(cells.mean)),
        pack_floats(cells.last),
        pack_ints(cells.count),
    ]
    return b"".join([_HEAD.pack(_FORM, len(cells), *map(len, parts[:5])), *parts])


def unpack_cells(packed: bytes) -> Cells:
    """The cells that were packed. Raises ValueError, struct.error, zlib.error for what is none."""
    form, n, *sizes = _HEAD.unpack_from(packed)
    if form != _FORM:
        raise ValueError(f"summaries of form {form}")
    at, low, high, mean, last, count = _parts(packed, sizes)
    return Cells(
        array("q", unpack_ints(at, n)),
        unpack_floats(low, n),
        unpack_floats(high, n),
        unpack_floats(mean, n),
        unpack_floats(last, n),
        array("q", unpack_ints(count, n)),
    )


def _parts(packed: bytes, sizes: Sequence[int]) -> Iterable[bytes]:
    ends = [_HEAD.size]
    for size in sizes:
        ends.append(ends[-1] + size)
    ends.append(len(packed))
    return [packed[start:end] for start, end in pairwise(ends)]


def _seven_digits(column: array[float]) -> array[float]:
    try:
        return array("d", array("f", column))
    except OverflowError:
        return column
