"""A tag over a span of time as a number of points, from summaries: what a screen or a report draws.

Of a point: least, greatest, mean and last good value of the minutes (or hours) that begin in it.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from heatmon.store.history.cells import Cell, Cells, merged


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
    found: dict[int, Cell] = {}
    for cells in parts:
        start = bisect_left(cells.at, -(-from_ns // unit_ns))
        end = bisect_left(cells.at, -(-to_ns // unit_ns))
        while start < end:
            point = (cells.at[start] * unit_ns - from_ns) // step_ns
            behind = -(-(from_ns + (point + 1) * step_ns) // unit_ns)
            stop = bisect_left(cells.at, behind, start, end)
            cell = cells.summed_up(start, stop, point)
            found[point] = merged(found[point], cell) if point in found else cell
            start = stop
    nan = array("d", [math.nan]) * points
    plot = Plot(
        from_ns, step_ns, unit_ns // 10**9, nan[:], nan[:], nan[:], nan[:], array("q", bytes(8 * points))
    )
    for point, cell in found.items():
        _, plot.low[point], plot.high[point], plot.mean[point], plot.last[point], plot.n[point] = cell
    return plot
