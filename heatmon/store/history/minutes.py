"""One-minute summaries while samples come in. Pure.

For each tag of a plan: least, greatest, mean and last of its good values, and how many there were.
Uncertain and bad values are not counted. The time of a scan is when it was received; of late data,
when it was due.
"""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Final, NamedTuple

from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.scan import Origin, Scan

MINUTE_NS: Final = 60_000_000_000
CELL: Final = struct.Struct("<ddddI")
"""Least, greatest, mean, last, count of one tag."""
NOTHING: Final = CELL.pack(math.nan, math.nan, math.nan, math.nan, 0)
_GOOD: Final = bytes(code < FIRST_UNCERTAIN for code in range(256))


class Minute(NamedTuple):
    """A part of a minute of one plan. data: a `CELL` for each column."""

    plan: int
    minute: int
    low: int
    high: int
    data: bytes


def moment_of(scan: Scan) -> int:
    """The time a scan stands for, in ns."""
    return scan.due_ns if scan.origin is Origin.BACKFILL else scan.received_ns


@dataclass(slots=True)
class _Held:
    """A minute that is not over yet."""

    minute: int
    low: int
    high: int
    scans: list[Scan]

    def over(self, plan: int) -> Minute:
        return Minute(plan, self.minute, self.low, self.high, summarise(self.scans))


class Gathering:
    """Scans of the minutes that are not over yet, by plan. At most a minute and a bit of them are held."""

    def __init__(self) -> None:
        self._held: dict[int, _Held] = {}
        self._newest = 0

    def add(self, plan: int, position: int, scan: Scan) -> Minute | None:
        """Take the next scan; returns the plan's last minute when this scan begins another one."""
        minute = moment_of(scan) // MINUTE_NS
        held = self._held.get(plan)
        if held is not None and held.minute == minute:
            held.scans.append(scan)
            held.high = position
            return None
        self._held[plan] = _Held(minute, position, position, [scan])
        self._newest = max(self._newest, minute)
        return None if held is None else held.over(plan)

    def overdue(self) -> list[Minute]:
        """Minutes of plans that send nothing any more: over for more than a minute."""
        return self._take([plan for plan, held in self._held.items() if held.minute < self._newest - 1])

    def all(self) -> list[Minute]:
        """Whatever is held, as parts of minutes."""
        return self._take(list(self._held))

    def _take(self, plans: Sequence[int]) -> list[Minute]:
        return [self._held.pop(plan).over(plan) for plan in plans]

    def first_held(self) -> int | None:
        """The lowest position that is not in a minute yet."""
        return min((held.low for held in self._held.values()), default=None)


def summarise(scans: Sequence[Scan]) -> bytes:
    """A cell for each column of scans of one plan."""
    width = len(scans[0].values)
    if any(scan.between for scan in scans):
        return b"".join([_cell(array("d", _in_order(scans, column))) for column in range(width)])
    flat = array("d", b"".join([scan.values.tobytes() for scan in scans]))
    codes = b"".join([scan.qualities for scan in scans])
    if codes.count(0) == len(codes):
        return b"".join([_cell(flat[column::width]) for column in range(width)])
    good = codes.translate(_GOOD)
    return b"".join(
        [_cell(array("d", compress(flat[column::width], good[column::width]))) for column in range(width)]
    )


def _in_order(scans: Sequence[Scan], column: int) -> Iterator[float]:
    """Good values of a column, earlier ones of each cycle first."""
    for scan in scans:
        for one in scan.between:
            if one.column == column and one.quality < FIRST_UNCERTAIN:
                yield one.value
        if scan.qualities[column] < FIRST_UNCERTAIN:
            yield scan.values[column]


def _cell(values: array[float]) -> bytes:
    total = sum(values)
    if not math.isfinite(total):
        values = array("d", filter(math.isfinite, values))
        total = sum(values)
    if not values:
        return NOTHING
    return CELL.pack(min(values), max(values), total / len(values), values[-1], len(values))
