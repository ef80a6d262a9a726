"""What the room setpoint is moved by at which hour of which day."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from heatmon.core.localtime import LocalClock, date_of, minutes_of
from heatmon.core.spec.calendar import Calendar
from heatmon.core.spec.curve import ScheduleEntry

SATURDAY: Final = 5


class DayTypes:
    """Kinds of a day by the calendar; in a year that it does not know the weekday decides."""

    __slots__ = ("_cached", "_holidays", "_special", "_workdays", "_years")

    def __init__(self, calendar: Calendar | None) -> None:
        years = () if calendar is None else calendar.years
        self._years = frozenset(year.year for year in years)
        self._holidays = frozenset(day for year in years for day in year.holidays)
        self._workdays = frozenset(day for year in years for day in year.workdays)
        self._special = {(day, item.name) for year in years for item in year.special for day in item.days}
        self._cached: tuple[int, frozenset[str]] = (-1, frozenset())

    def of(self, day: int) -> frozenset[str]:
        """``all``, one of ``workday``, ``weekend``, ``holiday``, and the names of special days."""
        if day != self._cached[0]:
            self._cached = (day, self._types(day))
        return self._cached[1]

    def _types(self, day: int) -> frozenset[str]:
        when = date_of(day)
        if when in self._holidays:
            kind = "holiday"
        elif when in self._workdays or when.weekday() < SATURDAY:
            kind = "workday"
        else:
            kind = "weekend"
        return frozenset({"all", kind, *(name for special, name in self._special if special == when)})

    def missing(self, day: int) -> bool:
        """Whether a calendar is kept, but not for this day's year, or from 1 December for the next one."""
        when = date_of(day)
        if not self._years:
            return False
        return when.year not in self._years or (when.month == 12 and when.year + 1 not in self._years)


class Schedule:
    """Entries of the settings; of several that hold at an instant the last one written wins."""

    __slots__ = ("_clock", "_entries", "_minute", "_shift_k", "days")

    def __init__(self, entries: Sequence[ScheduleEntry], calendar: Calendar | None, zone: str) -> None:
        self._clock = LocalClock(zone)
        self.days = DayTypes(calendar)
        self._entries = [
            (frozenset(e.days), minutes_of(e.from_), minutes_of(e.to), e.room_shift_k) for e in entries
        ]
        self._minute = -1
        self._shift_k = 0.0

    def room_shift_k(self, now_ns: int) -> float:
        """By how much the room setpoint is moved now."""
        if not self._entries:
            return 0.0
        minute = now_ns // 60_000_000_000
        if minute != self._minute:
            self._minute = minute
            self._shift_k = self._find(self._clock.day(now_ns), self._clock.minute_of_day(now_ns))
        return self._shift_k

    def _find(self, day: int, minute: int) -> float:
        found = 0.0
        for days, start, end, shift in self._entries:
            if start < end:
                holds = start <= minute < end and bool(days & self.days.of(day))
            else:
                # Over midnight: the entry belongs to the day it begins on.
                holds = (minute >= start and bool(days & self.days.of(day))) or (
                    minute < end and bool(days & self.days.of(day - 1))
                )
            if holds:
                found = shift
        return found


def quick_setback_h(building_h: float, from_c: float, to_c: float, composite_c: float) -> float:
    """How long the heating may be off so that rooms fall from `from_c` to `to_c`, hours.

    t = 3·k_t·(−ln((T_red − T_c)/(T_norm − T_c))), k_t the controller's building constant (Siemens RVL). 0
    when they are there already; NaN when it is too warm outside for them ever to fall so far.
    """
    if to_c >= from_c:
        return 0.0
    if not composite_c < to_c or not building_h >= 0.0:
        return math.nan
    return -3.0 * building_h * math.log((to_c - composite_c) / (from_c - composite_c))
