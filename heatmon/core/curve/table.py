"""The filed table and the point curves of controllers: straight lines between points."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

from heatmon.core.curve.family import NOTHING, Beyond, CurveValue, Steady, sensible

DANFOSS_OUTDOOR_C: Final = (-30.0, -15.0, -5.0, 0.0, 5.0, 15.0)
SAMSON_POINTS: Final = ((-15.0, 70.0, 65.0), (-5.0, 55.0, 50.0), (5.0, 40.0, 35.0), (15.0, 25.0, 20.0))
"""Factory points of the four-point curve: outdoor, supply, return."""


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
        if math.isnan(outdoor_c) or not x:
            return math.nan, True
        if outdoor_c <= x[0]:
            return y[0], outdoor_c < x[0]
        if outdoor_c >= x[-1]:
            return y[-1], outdoor_c > x[-1]
        k = bisect_right(x, outdoor_c)
        share = (outdoor_c - x[k - 1]) / (x[k] - x[k - 1])
        return y[k - 1] + share * (y[k] - y[k - 1]), False

    @property
    def ends_c(self) -> tuple[float, float]:
        """Coldest and mildest outdoor temperature of the table; NaN for an empty one."""
        return (self._x[0], self._x[-1]) if self._x else (math.nan, math.nan)


Row = tuple[float, float, float | None, float | None, float | None]
"""outdoor, supply, return, primary supply, primary return; °C, None where nothing is filed."""


class TableCurve(Steady):
    """A filed table; each column is a table of its own over the rows in which it stands."""

    __slots__ = ("_columns",)

    def __init__(self, rows: Sequence[Row]) -> None:
        self._columns = tuple(
            FiledTable((row[0], value) for row in rows if (value := row[k]) is not None) for k in range(1, 5)
        )

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """f(t_w − δ) + δ, clamped to the table's ends."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        place = outdoor_c - room_k
        supply, outside = self._columns[0].supply_c(place)
        if math.isnan(supply):
            return NOTHING
        back, primary, primary_back = (self._column(k, place) for k in (1, 2, 3))
        cold = place < self._columns[0].ends_c[0]
        return CurveValue(
            supply + room_k,
            None if back is None else back + room_k,
            primary_supply_c=primary,
            primary_return_c=primary_back,
            beyond="" if not outside else "cold" if cold else "mild",
        )

    def _column(self, k: int, place: float) -> float | None:
        value, _ = self._columns[k].supply_c(place)
        return None if math.isnan(value) else value


class DanfossCurve(Steady):
    """Danfoss ECL 210/310: six points at −30, −15, −5, 0, 5, 15 °C, straight lines between.

    Room correction (T_room − 20)·HC·2.5 with the displayed heat curve HC (0.1…4.0), which is the mean
    slope of the points unless given. Source: ECL 310 manual p. 74/77, ECL 210 A275 p. 114.
    """

    __slots__ = ("_hc", "_points")

    def __init__(self, supply_c: Sequence[float], hc: float | None = None) -> None:
        self._points = FiledTable(zip(DANFOSS_OUTDOOR_C, supply_c, strict=True))
        span = DANFOSS_OUTDOOR_C[-1] - DANFOSS_OUTDOOR_C[0]
        self._hc = (supply_c[0] - supply_c[-1]) / span if hc is None else hc

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The points, plus HC·2.5 for each K of room setpoint above 20 °C."""
        del stage
        if not sensible(outdoor_c, room_k):
            return NOTHING
        supply, outside = self._points.supply_c(outdoor_c)
        beyond: Beyond = "" if not outside else "cold" if outdoor_c < DANFOSS_OUTDOOR_C[0] else "mild"
        return CurveValue(supply + room_k * self._hc * 2.5, beyond=beyond)
