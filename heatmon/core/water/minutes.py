"""A day of water in one-minute aggregates: exact integers, 6 bytes a minute."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.windows import pack, unpack

MINUTES: Final = 1441
"""A day and the minute that is not complete yet."""
TICKS_A_MINUTE: Final = 6
MAKEUP_M3: Final = 1e-4
BASE_M3: Final = 2e-3
_FULL: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Window:
    """Sums over a window. hours: covered time; estimated, excluded, expected: shares in ticks."""

    makeup_m3: float
    base_m3: float
    covered: int
    estimated: int
    excluded: int
    expected: int

    @property
    def hours(self) -> float:
        """Covered time."""
        return self.covered / 360.0


class Minutes:
    """Ring of the last day of minutes. Volumes are rounded with carry, so that none is lost.

    A minute holds makeup in 0.1 L, circulation in 2 L, and three counts of its six ticks: covered,
    estimated circulation, excluded (filling under a permit).
    """

    __slots__ = ("_base", "_base_rest", "_makeup", "_makeup_rest", "_ring", "_ticks", "head")

    def __init__(self) -> None:
        self._clear()
        self._makeup_rest = self._base_rest = 0.0
        self.head: int | None = None

    def advance(self, minute: int) -> bool:
        """Make `minute` the current one; minutes in between stay empty. Whether it is a new one."""
        if self.head is None or minute - self.head >= MINUTES:
            self._clear()
        elif minute <= self.head:
            return False
        else:
            for empty in range(self.head + 1, minute + 1):
                at = empty % MINUTES
                self._sum_up(at, -1)
                self._makeup[at] = self._base[at] = self._ticks[at] = 0
        self.head = minute
        return True

    def _clear(self) -> None:
        self._makeup = array("H", [0]) * MINUTES
        self._base = array("H", [0]) * MINUTES
        self._ticks = array("H", [0]) * MINUTES
        self._ring = [0, 0, 0, 0, 0]

    def _sum_up(self, at: int, sign: int) -> None:
        """Add a cell to the sums over the whole ring, or take it away; a day's window is read there."""
        ring, cell = self._ring, self._ticks[at]
        ring[0] += sign * self._makeup[at]
        ring[1] += sign * self._base[at]
        ring[2] += sign * (cell & 15)
        ring[3] += sign * (cell >> 4 & 15)
        ring[4] += sign * (cell >> 8)

    def add(self, minute: int, makeup_m3: float, base_m3: float, covered: int, estimated: int) -> None:
        """Book covered ticks of one minute. Minutes that have left the ring are dropped."""
        if not self._holds(minute):
            return
        at = minute % MINUTES
        self._sum_up(at, -1)
        makeup = makeup_m3 / MAKEUP_M3 + self._makeup_rest
        base = base_m3 / BASE_M3 + self._base_rest
        self._makeup_rest, self._base_rest = makeup % 1.0, base % 1.0
        self._makeup[at] = min(_FULL, self._makeup[at] + int(makeup))
        self._base[at] = min(_FULL, self._base[at] + int(base))
        self._count(at, covered, estimated, 0)
        self._sum_up(at, 1)

    def exclude(self, minute: int, ticks: int) -> None:
        """Leave ticks of a minute out of every window."""
        if self._holds(minute):
            at = minute % MINUTES
            self._sum_up(at, -1)
            self._count(at, 0, 0, ticks)
            self._sum_up(at, 1)

    def _holds(self, minute: int) -> bool:
        return self.head is not None and self.head - MINUTES < minute <= self.head

    def _count(self, at: int, covered: int, estimated: int, excluded: int) -> None:
        cell = self._ticks[at]
        covered = min(TICKS_A_MINUTE, (cell & 15) + covered)
        estimated = min(TICKS_A_MINUTE, (cell >> 4 & 15) + estimated)
        excluded = min(TICKS_A_MINUTE, (cell >> 8) + excluded)
        self._ticks[at] = covered | estimated << 4 | excluded << 8

    def window(self, minutes: int, back: int = 0) -> Window:
        """Sums of `minutes` complete minutes, the last of them `back` before the last complete one."""
        if self.head is None:
            return Window(0.0, 0.0, 0, 0, 0, minutes * TICKS_A_MINUTE)
        if minutes >= MINUTES - 1 and not back:
            return self._day(self.head % MINUTES)
        end = (self.head - back) % MINUTES
        minutes = min(minutes, MINUTES - 1 - back)
        start = end - minutes
        ticks = self._slice(self._ticks, start, end)
        return Window(
            sum(self._slice(self._makeup, start, end)) * MAKEUP_M3,
            sum(self._slice(self._base, start, end)) * BASE_M3,
            sum([cell & 15 for cell in ticks]),
            sum([cell >> 4 & 15 for cell in ticks]),
            sum([cell >> 8 for cell in ticks]),
            minutes * TICKS_A_MINUTE,
        )

    def _day(self, current: int) -> Window:
        self._sum_up(current, -1)
        makeup, base, covered, estimated, excluded = self._ring
        self._sum_up(current, 1)
        expected = (MINUTES - 1) * TICKS_A_MINUTE
        return Window(makeup * MAKEUP_M3, base * BASE_M3, covered, estimated, excluded, expected)

    @staticmethod
    def _slice(cells: array[int], start: int, end: int) -> array[int]:
        return cells[start:end] if start >= 0 else cells[start:] + cells[:end]

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 12 kB."""
        return {
            "head": self.head,
            "rest": [self._makeup_rest, self._base_rest],
            "cells": [pack(self._makeup), pack(self._base), pack(self._ticks)],
        }

    def load(self, state: dict[str, Any]) -> None:
        """Take a dumped state over."""
        self.head = state["head"]
        self._makeup_rest, self._base_rest = state["rest"]
        self._makeup, self._base, self._ticks = (array("H", unpack(text)) for text in state["cells"])
        self._ring = [0, 0, 0, 0, 0]
        for at in range(MINUTES):
            self._sum_up(at, 1)
