"""What is read: links, devices with their poll groups, and tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from heatmon.core.quantity import Quantity
from heatmon.core.spec.base import (
    AnyQuantity,
    Id,
    Listed,
    Model,
    Positive,
    Seconds,
    Unit,
    Words,
    written,
)
from heatmon.core.spec.told import told

# Validated by the driver's own models (`heatmon.driver.Driver`), kept as plain data here.
Options = Mapping[str, Any]


class Backoff(Model):
    """How a lost link is tried again: at once, then at doubling intervals up to `max`."""

    first_s: Annotated[Seconds, Positive] = written("1 s")
    max_s: Annotated[Seconds, Positive] = written("30 s")


class Link(Model):
    """A wire or connection. Devices behind one link share it, one request in flight at a time.

    driver: name in the entry point group ``heatmon.drivers``. options: the driver's own settings.
    """

    id: Id
    driver: Id
    options: Options = Field(default_factory=dict)
    backoff: Backoff = Backoff()
    renamed_from: Id | None = None


class Group(Model):
    """Tags of one device that are read together. `period` is the interval on an absolute time grid."""

    id: Id
    period_s: Annotated[Seconds, Field(ge=0.01, le=86400)]


class Device(Model):
    """One PLC, meter or controller. An `external` device has no link: its values come from elsewhere."""

    id: Id
    link: Id
    name: Words | None = None
    options: Options = Field(default_factory=dict)
    groups: Annotated[Listed[Group], Field(min_length=1)]
    renamed_from: Id | None = None


class Range(Model):
    """What the plant can show at all; outside, the value is bad. In any unit of the tag's dimension."""

    min: AnyQuantity
    max: AnyQuantity


class Totaliser(Model):
    """A counter: how it rolls over, said in one of two ways.

    rollover: the first reading it never shows. digits: places before the decimal point on its display,
    in the tag's unit, so that it rolls over at 10^digits. pulse: its smallest step.
    """

    rollover: AnyQuantity | None = None
    digits: Annotated[int, Field(ge=1, le=15)] | None = None
    pulse: AnyQuantity | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if (self.rollover is None) == (self.digits is None):
            raise told("settings.totaliser")
        return self


class TagState(Words):
    """What a number of an enumeration means, in both languages."""

    value: int


class Tag(Model):
    """One measured value.

    address: where the driver finds it. unit: the unit after scaling. range: mandatory for a tag
    that an alarm watches. max_rate: fastest plausible change, per second, in the tag's unit.
    frozen: longest time it may stand still to the last digit. digits: decimals that people see.
    states: of an enumeration, the words for its numbers; one that is not listed is shown as a number.
    """

    id: Id
    device: Id
    group: Id
    name: Words
    unit: Unit = "1"
    address: Options
    range: Range | None = None
    max_rate_per_s: Annotated[Annotated[float, Positive] | None, Field(alias="max_rate_per_s")] = None
    frozen_s: Annotated[Seconds, Positive] | None = None
    totaliser: Totaliser | None = None
    digits: Annotated[int, Field(ge=0, le=6)] = 1
    states: Listed[TagState] = ()
    renamed_from: Id | None = None

    @model_validator(mode="after")
    def _states_once(self) -> Self:
        values = [state.value for state in self.states]
        for value in values:
            if values.count(value) > 1:
                raise told("settings.state_twice", value=value)
        return self

    @property
    def rollover(self) -> Quantity | None:
        """The first reading that its counter never shows, if it is a counter."""
        if self.totaliser is None:
            return None
        if self.totaliser.digits is not None:
            return Quantity(10.0**self.totaliser.digits, self.unit)
        return self.totaliser.rollover
