"""Shifts of a station: when they begin, which crew has them, how early a handover opens."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field, Strict, model_validator

from heatmon.core.spec.base import Id, Listed, Model, Positive, Seconds, Words, written
from heatmon.core.spec.curve import TimeOfDay
from heatmon.core.spec.told import told

DAY_MIN: Final = 24 * 60
SHORTEST_MIN: Final = 120
"""Closer starts could meet or cross in the night in which the clock goes forward."""


class Shift(Model):
    """One shift of the day; it lasts until the next one begins. start: time of day at the station."""

    id: Id
    name: Words
    start: TimeOfDay

    @property
    def start_min(self) -> int:
        """Minutes of the local day."""
        hours, minutes = self.start.split(":")
        return int(hours) * 60 + int(minutes)


class Crew(Model):
    """People who share their shifts."""

    id: Id
    name: Words


class Shifts(Model):
    """The section ``shifts``.

    pattern: the shifts of a day in the order of their starts: three for 3×8, two for 2×12.
    crews: who takes turns over the days; with them `cycle` and `cycle_from`.
    cycle: for each day of the rotation the crew of each shift, in the order of `pattern`.
    cycle_from: the day on which the first row of `cycle` holds.
    handover_before: how long before the end of a shift its handover opens.
    """

    pattern: Annotated[Listed[Shift], Field(min_length=1, max_length=12)]
    crews: Listed[Crew] = ()
    cycle: Listed[Listed[Id]] = ()
    cycle_from: Annotated[date, Strict(False)] | None = None
    handover_before_s: Annotated[Seconds, Positive] = written("20 min")

    @model_validator(mode="after")
    def _starts_rise(self) -> Shifts:
        if len({shift.id for shift in self.pattern}) < len(self.pattern):
            raise told("settings.shifts.twice")
        starts = [shift.start_min for shift in self.pattern]
        lengths = [b - a for a, b in pairwise([*starts, starts[0] + DAY_MIN])]
        for shift, length in zip(self.pattern, lengths, strict=True):
            if length < SHORTEST_MIN:
                raise told("settings.shifts.order", shift=shift.id, start=shift.start, least=SHORTEST_MIN)
        # An hour less: the night in which the clock goes forward.
        if self.handover_before_s > (min(lengths) - 60) * 60:
            raise told("settings.shifts.handover", most=min(lengths) - 60)
        return self

    @model_validator(mode="after")
    def _cycle_fits(self) -> Shifts:
        if len({bool(self.crews), bool(self.cycle), self.cycle_from is not None}) > 1:
            raise told("settings.shifts.cycle_whole")
        known = [crew.id for crew in self.crews]
        if len(set(known)) < len(known):
            raise told("settings.shifts.twice")
        for day, row in enumerate(self.cycle, start=1):
            if len(row) != len(self.pattern):
                raise told("settings.shifts.cycle_row", day=day, count=len(row), wanted=len(self.pattern))
            for crew in row:
                if crew not in known:
                    raise told("settings.shifts.crew", day=day, crew=crew, known=", ".join(known))
        return self
