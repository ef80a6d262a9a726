"""Line protocol from scans. Pure.

    heatmon,device=plc,station=HX-017,tag=t2s,unit=°C value=72.5,quality=0i 1764061200000

One line is one sample: its value as float64, its quality code as an integer, the time at which the
station received it in milliseconds. A bad value has no `value` field, only its quality. The key up to
the value is built once for each column; a line costs one look-up and one addition.

Time: one axis, the station's. A scan's values carry its receive time; earlier values of the same
cycle (subscriptions) stand before it by the distance of their source times. Late data carries its
source time, else the time it was due.

Rule `earlier gives way`: of two values of one tag in one millisecond the earlier is moved back to the
last free millisecond; where both are equal they are merged into one. It looks at one scan only, so
that a scan sent twice gives the same lines twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from operator import add
from typing import Final, NamedTuple

from heatmon.core.quality import FIRST_BAD, GOOD
from heatmon.core.scan import Origin, Scan

MEASUREMENT: Final = "heatmon"
MS: Final = 1_000_000
NUMBERS_KEPT: Final = 1 << 16
CYCLE_MS: Final = 60_000
"""An earlier value of a cycle stands at most this far before it, whatever its device's clock says."""


class Written(NamedTuple):
    """Lines, each ended by a line feed; how many; values moved apart and merged on the way."""

    text: str
    rows: int
    moved: int = 0
    merged: int = 0


class Numbers(dict[float, str]):
    """float -> its shortest text that reads back to the same float. Values of a plant repeat."""

    def __missing__(self, value: float) -> str:
        if len(self) >= NUMBERS_KEPT:
            self.clear()
        text = self[value] = repr(value)
        return text


def escaped(text: str) -> str:
    """A tag value as line protocol wants it."""
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("=", "\\=").replace(" ", "\\ ")


class PlanLines:
    """The lines of one plan of one station under one configuration. units: tag -> unit."""

    def __init__(
        self, station: str, device: str, tags: Sequence[str], units: Mapping[str, str], numbers: Numbers
    ) -> None:
        keys = [
            f"{MEASUREMENT},device={escaped(device)},station={escaped(station)},tag={escaped(tag)},"
            f"unit={escaped(units.get(tag, '1'))} "
            for tag in tags
        ]
        self._bare = keys
        self._heads = [f"{key}value=" for key in keys]
        self._number = numbers.__getitem__
        self._all_good = bytes([GOOD]) * len(keys)

    def write(self, scan: Scan) -> Written:
        """The lines of a scan of this plan."""
        values = scan.values
        if not values:
            # A station without checks concludes nothing: a scan without columns.
            return Written("", 0)
        if scan.between or scan.origin is Origin.BACKFILL:
            return self._timed(scan)
        ms = scan.received_ns // MS
        if scan.qualities == self._all_good and math.isfinite(sum(values)):
            end = f",quality=0i {ms}\n"
            return Written(end.join(map(add, self._heads, map(self._number, values))) + end, len(values))
        lines = map(self._one, range(len(values)), values, scan.qualities)
        end = f" {ms}\n"
        return Written(end.join(lines) + end, len(values))

    def _one(self, column: int, value: float, quality: int) -> str:
        """A line without its time."""
        if quality >= FIRST_BAD or not math.isfinite(value):
            return f"{self._bare[column]}quality={quality}i"
        return f"{self._heads[column]}{self._number(value)},quality={quality}i"

    def _timed(self, scan: Scan) -> Written:
        """Where the values of a scan have times of their own."""
        lines: list[str] = []
        moved = merged = 0
        for column, (value, quality) in enumerate(zip(scan.values, scan.qualities, strict=True)):
            last_ms = _last_ms(scan, column)
            samples = [
                (min(last_ms, _earlier_ms(scan, column, e.source_ns, last_ms)), e.value, e.quality)
                for e in scan.between
                if e.column == column
            ]
            samples.append((last_ms, value, quality))
            placed, m, d = apart(samples)
            moved, merged = moved + m, merged + d
            lines.extend(f"{self._one(column, v, q)} {ms}\n" for ms, v, q in placed)
        return Written("".join(lines), len(lines), moved, merged)


def _last_ms(scan: Scan, column: int) -> int:
    if scan.origin is not Origin.BACKFILL:
        return scan.received_ns // MS
    source = 0 if scan.source_ns is None else scan.source_ns[column]
    return (source or scan.due_ns) // MS


def _earlier_ms(scan: Scan, column: int, source_ns: int, last_ms: int) -> int:
    newest = None if scan.source_ns is None else scan.source_ns[column]
    distance = (newest - source_ns) // MS if newest and source_ns else 0
    return last_ms - min(max(distance, 0), CYCLE_MS)


Timed = tuple[int, float, int]
"""Milliseconds, value, quality."""


def apart(samples: Sequence[Timed]) -> tuple[list[Timed], int, int]:
    """Samples of one tag in order of arrival, on different milliseconds; how many moved, how many merged."""
    placed: list[Timed] = []
    moved = merged = 0
    for ms, value, quality in reversed(samples):
        if placed and ms >= placed[-1][0]:
            following = placed[-1]
            if ms == following[0] and quality == following[2] and _same(value, following[1]):
                merged += 1
                continue
            ms = following[0] - 1
            moved += 1
        placed.append((ms, value, quality))
    return placed[::-1], moved, merged


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))
