"""Which day is a workday: public holidays, shifted workdays, and days with names of their own."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field, Strict, StringConstraints

from heatmon.core.spec.base import Line, Listed, Model

Day = Annotated[date, Strict(False)]


class SpecialDays(Model):
    """Days with a name that schedules may use: ``exam``, ``spring_festival_eve``."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
    days: Annotated[Listed[Day], Field(min_length=1)]


class CalendarYear(Model):
    """One year as it was published. source: the notice it was taken from."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    source: Line
    holidays: Listed[Day] = ()
    workdays: Listed[Day] = ()
    """Weekend days that are worked (调休)."""
    special: Listed[SpecialDays] = ()


class Calendar(Model):
    """Years in any order, each once. In a year that is missing the weekdays decide, marked."""

    years: Annotated[Listed[CalendarYear], Field(min_length=1)]
