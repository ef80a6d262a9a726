"""Values of nodes become the columns of a block: number, quality, source time, exact side table."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from heatmon.core.quality import FIRST_BAD, Quality
from heatmon.core.scan import Earlier
from heatmon.driver import Block, Message
from heatmon_drivers.opcua.binary import DATETIME, DecodeError, Extension, Text, Values
from heatmon_drivers.opcua.plan import Point
from heatmon_drivers.opcua.status import BAD_INDEX_RANGE_NO_DATA, BAD_TYPE_MISMATCH, qualities_of, quality_of

EXACT_IN_FLOAT: Final = frozenset({1, 2, 3, 4, 5, 6, 7, 10, 11})
"""Built-in types every value of which a float64 holds exactly."""
LARGEST_EXACT: Final = 1 << 53
NS: Final = 1_000_000_000
NOTHING_THERE: Final = -1
"""A column of which nothing is known yet."""


@dataclass(slots=True)
class Bound:
    """A point in one session. node: its encoded id there, or None while it cannot be found.

    open: takes the structure apart that the node holds, down to the member; gives value and type.
    why: what a person should know when it has no value.
    """

    point: Point
    node: bytes | None = None
    open: Callable[[Extension], tuple[object, int]] | None = None
    plain: bool = True
    why: Message | None = None


class Columns:
    """The present values of a group; the driver's one place where wire values become tag values."""

    __slots__ = ("bound", "exact", "plain", "qualities", "sources", "statuses", "values")

    def __init__(self, bound: Sequence[Bound]) -> None:
        n = len(bound)
        self.bound = bound
        self.plain = all(one.plain for one in bound)
        self.values = array("d", [math.nan]) * n
        self.qualities = bytearray([Quality.NOT_YET_READ]) * n
        self.sources = array("q", [0]) * n
        self.exact: dict[int, int | str] = {}
        self.statuses: list[int] = [NOTHING_THERE] * n

    def put_run(self, first: int, found: Values) -> None:
        """Values of neighbouring columns from `first`."""
        n = len(found.values)
        if self._all_easy(found):
            end = first + n
            self.values[first:end] = array("d", found.values)  # type: ignore[type-var,arg-type]  # numbers
            self.qualities[first:end] = bytes(n)
            self.sources[first:end] = array("q", found.sources)
            self.statuses[first:end] = found.statuses
            return
        self.put_each(range(first, first + n), found)

    def _all_easy(self, found: Values) -> bool:
        """Plain good numbers throughout, none of them NaN or infinite (a sum shows that at once)."""
        return (
            self.plain
            and (
                EXACT_IN_FLOAT.issuperset(found.kinds)
                if isinstance(found.kinds, list)
                else found.kinds in EXACT_IN_FLOAT
            )
            and not self.exact
            and not any(found.statuses)
            and math.isfinite(sum(found.values))  # type: ignore[arg-type]  # numbers, by their type
        )

    def put_each(self, columns: Sequence[int], found: Values) -> None:
        """Values of any columns, one by one."""
        kinds = found.kinds if isinstance(found.kinds, list) else [found.kinds] * len(found.values)
        for column, value, status, source, kind in zip(
            columns, found.values, found.statuses, found.sources, kinds, strict=True
        ):
            self.put(column, value, status, source, kind)

    def put(self, column: int, value: object, status: int, source_ns: int, kind: int) -> None:
        """One value as it came: what it is worth, and the status with which it came."""
        quality = quality_of(status)
        number, exact = math.nan, None
        if quality < FIRST_BAD:
            number, exact, fault = _taken(self.bound[column], value, kind)
            if fault:
                status, quality = fault, quality_of(fault)
            elif exact is None and not math.isfinite(number):
                number, quality = math.nan, int(Quality.NOT_A_NUMBER)
        self.values[column], self.qualities[column] = number, quality
        self.sources[column], self.statuses[column] = source_ns, status
        if exact is not None:
            self.exact[column] = exact
        elif self.exact:
            self.exact.pop(column, None)

    def spoil(self, column: int, status: int) -> None:
        """There is no value, and this is why."""
        self.put(column, None, status, 0, 0)

    def earlier(self, column: int) -> Earlier:
        """The present value of a column as one that is about to be replaced."""
        return Earlier(column, self.values[column], self.qualities[column], self.sources[column])

    def block(self, between: tuple[Earlier, ...] = (), *, timed: bool = True) -> Block:
        """A copy as a block. timed False: the server's clock is wrong, its times are left out."""
        sources = array("q", self.sources) if timed else None
        return Block(array("d", self.values), bytes(self.qualities), sources, dict(self.exact), between)


def _taken(bound: Bound, value: object, kind: int) -> tuple[float, int | str | None, int]:
    """Number, exact form where a float is not enough, and a status if this is no value for the tag."""
    point = bound.point
    if point.element is not None:
        if kind >= 0 or not isinstance(value, list):
            return math.nan, None, BAD_TYPE_MISMATCH
        if point.element >= len(value):
            return math.nan, None, BAD_INDEX_RANGE_NO_DATA
        value, kind = value[point.element], -kind
    if bound.open is not None:
        if not isinstance(value, Extension):
            return math.nan, None, BAD_TYPE_MISMATCH
        try:
            value, kind = bound.open(value)
        except DecodeError:
            return math.nan, None, BAD_TYPE_MISMATCH
    if isinstance(value, Text):
        value = value.text
    if point.text:
        return (math.nan, value, 0) if isinstance(value, str) else (math.nan, None, BAD_TYPE_MISMATCH)
    return _number(point, value, kind)


def _number(point: Point, value: object, kind: int) -> tuple[float, int | str | None, int]:
    if not isinstance(value, int | float):
        return math.nan, None, BAD_TYPE_MISMATCH
    if kind == DATETIME:
        # A moment as a number: seconds since 1970 UTC.
        value = value / NS
    exact = None
    if isinstance(value, int) and abs(value) > LARGEST_EXACT and point.scale == 1.0 and point.offset == 0.0:
        exact = value
    return float(value) * point.scale + point.offset, exact, 0


__all__ = ["Bound", "Columns", "qualities_of"]
