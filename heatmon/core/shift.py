"""When shifts begin and end: pure functions of the pattern and the station's time zone.

A start is a time of the wall clock. Where the clock goes forward over it, the shift begins as late as
the clock went (02:30 at 03:30); where the clock goes back over it, at the first of the two. A night may
so last 7 or 9 hours of an eight-hour pattern. A cron trigger would fire twice at the second; this does not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from heatmon.core.spec.shift import Shift, Shifts

SECOND: Final = 1_000_000_000
NOON: Final = time(12)
_AROUND: Final = 2
"""Days looked at on both sides: zones have left out a whole day."""


@dataclass(frozen=True, slots=True)
class Span:
    """One shift of one day. day: ISO date on which it began, to which it belongs; crew: empty without crews.

    start_ns, end_ns: UTC of the wall clock; the end belongs to the next shift.
    """

    shift: str
    day: str
    crew: str
    start_ns: int
    end_ns: int


class Pattern:
    """The shifts of a station, over all days."""

    def __init__(self, shifts: Shifts, timezone: str) -> None:
        self._shifts, self._zone = shifts, ZoneInfo(timezone)
        self.handover_before_ns = int(shifts.handover_before_s * SECOND)

    def at(self, wall_ns: int) -> Span:
        """The shift at an instant (UTC of the wall clock); there is always exactly one."""
        middle = datetime.fromtimestamp(wall_ns // SECOND, UTC).astimezone(self._zone).date()
        for (start, day, row), (end, _, _) in pairwise(self._starts(middle)):
            if start <= wall_ns < end:
                shift = self._shifts.pattern[row]
                return Span(shift.id, day.isoformat(), self._crew(day, row), start, end)
        raise AssertionError("two days on either side of an instant hold its shift")

    def shift(self, shift_id: str) -> Shift | None:
        """The shift of this id; None when it stands no more in the settings."""
        return next((shift for shift in self._shifts.pattern if shift.id == shift_id), None)

    def _starts(self, middle: date) -> Iterator[tuple[int, date, int]]:
        for days in range(-_AROUND, _AROUND + 1):
            day = middle + timedelta(days=days)
            if self._utc(day, NOON).astimezone(self._zone).date() != day:
                # A day that the zone left out: nobody worked on it.
                continue
            for row, shift in enumerate(self._shifts.pattern):
                start = self._utc(day, time.fromisoformat(shift.start))
                yield int(start.timestamp()) * SECOND, day, row

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self._zone).astimezone(UTC)

    def _crew(self, day: date, row: int) -> str:
        shifts = self._shifts
        if shifts.cycle_from is None:
            return ""
        return shifts.cycle[(day - shifts.cycle_from).days % len(shifts.cycle)][row]
