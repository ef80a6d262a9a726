"""The filed heating curve: supply temperature over outdoor temperature, straight between its points."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable


class FiledTable:
    """Piecewise linear, clamped at both ends; beyond them the answer is marked, never extrapolated."""

    __slots__ = ("_x", "_y")

    def __init__(self, points: Iterable[tuple[float, float]]) -> None:
        rows = dict(sorted(points))
        self._x = tuple(rows)
        self._y = tuple(rows.values())

    def supply_c(self, outdoor_c: float) -> tuple[float, bool]:
        """(supply temperature, whether `outdoor_c` lies outside the table). NaN gives (NaN, True)."""
        x, y = self._x, self._y
        if math.isnan(outdoor_c):
            return math.nan, True
        if outdoor_c <= x[0]:
            return y[0], outdoor_c < x[0]
        if outdoor_c >= x[-1]:
            return y[-1], outdoor_c > x[-1]
        k = bisect_right(x, outdoor_c)
        share = (outdoor_c - x[k - 1]) / (x[k] - x[k - 1])
        return y[k - 1] + share * (y[k] - y[k - 1]), False
