"""A tag over a span of time as a number of points, from summaries: what a screen or a report draws.

Of a point: least, greatest, mean and last good value of the minutes (or hours) that begin in it.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from heatmon.store.history.cells import Cells


@dataclass(frozen=True, slots=True)
class Plot:
    """Columns of one value a point; n: good values, 0 where all else is NaN.

    resolution_s: of the summaries it is made of.
    """

    start_ns: int
    step_ns: int
    resolution_s: int
    low: array[float]
    high: array[float]
    mean: array[float]
    last: array[float]
    n: array[int]

    def __len__(self) -> int:
        return len(self.n)

    def time_ns(self, point: int) -> int:
        """When a point begins."""
        return self.start_ns + point * self.step_ns


def plotted(parts: Iterable[Cells], unit_ns: int, from_ns: int, to_ns: int, points: int) -> Plot:
    """Cells of any number of parts brought into `points` steps of equal length."""
    step_ns = max(1, -(-(to_ns - from_ns) // points))
    nan, counts = array("d", [math.nan]) * points, array("q", bytes(8 * points))
    plot = Plot(from_ns, step_ns, unit_ns // 10**9, nan[:], nan[:], nan[:], nan[:], counts)
    for cells in parts:
        start = bisect_left(cells.at, -(-from_ns // unit_ns))
        end = bisect_left(cells.at, -(-to_ns // unit_ns))
        inside = [(at * unit_ns - from_ns) // step_ns for at in cells.at[start:end]]
        _put(plot, inside, *(column[start:end] for column in cells.columns[1:]))
    return plot


def _put(plot: Plot, inside: list[int], *columns: array[float] | array[int]) -> None:
    """Add cells to the points they are inside of; the one that comes later has the last value."""
    low, high, mean, last, n = plot.low, plot.high, plot.mean, plot.last, plot.n
    for point, least, greatest, middle, end, count in zip(inside, *columns, strict=True):
        if had := n[point]:
            low[point] = min(low[point], least)
            high[point] = max(high[point], greatest)
            mean[point] += (middle - mean[point]) * count / (had + count)
        else:
            low[point], high[point], mean[point] = least, greatest, middle
        last[point] = end
        n[point] = had + int(count)
