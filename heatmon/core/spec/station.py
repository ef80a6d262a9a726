"""A station: everything one engine needs to know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, Strict

from heatmon.core.input import Role
from heatmon.core.spec.alarm import Alarm
from heatmon.core.spec.base import M2, Id, Line, Listed, Metres, Model, Words, written
from heatmon.core.spec.calendar import Calendar
from heatmon.core.spec.curve import AnyCurve
from heatmon.core.spec.destination import Destination
from heatmon.core.spec.energy import Energy
from heatmon.core.spec.notify import Notify
from heatmon.core.spec.plant import Device, Link, Tag
from heatmon.core.spec.pressure import Pressure
from heatmon.core.spec.rules import FirstOut, Suppression
from heatmon.core.spec.shift import Shifts
from heatmon.core.spec.water import Water


class Season(Model):
    """The heating season; outside it gaps and curve deviations weigh less."""

    start: Annotated[AwareDatetime, Strict(False)]
    end: Annotated[AwareDatetime, Strict(False)]


class Station(Model):
    """What the station is. timezone: an IANA name, used only where people read."""

    id: Id
    name: Words
    timezone: Line = "Asia/Shanghai"
    language: Literal["en", "zh"] = "zh"
    area_m2: M2 | None = None
    altitude_m: Metres = written("0 m")
    season: Season | None = None


class Person(Model):
    """Someone who may do something here. os_user: whose commands on the socket are this person's."""

    id: Id
    name: Line
    role: Role
    language: Literal["en", "zh"] = "zh"
    os_user: Line | None = None


class StationSpec(Model):
    """All settings of one station, validated and frozen."""

    station: Station
    links: Listed[Link] = ()
    devices: Listed[Device] = ()
    tags: Annotated[Listed[Tag], Field(min_length=1)]
    calendar: Calendar | None = None
    curve: AnyCurve | None = None
    curve_next: AnyCurve | None = None
    water: Water | None = None
    pressure: Pressure | None = None
    energy: Energy | None = None
    alarms: Listed[Alarm] = ()
    suppressions: Listed[Suppression] = ()
    first_outs: Listed[FirstOut] = ()
    persons: Listed[Person] = ()
    destinations: Listed[Destination] = ()
    notify: Notify | None = None
    shifts: Shifts | None = None

    def columns(self, device: str, group: str) -> tuple[Tag, ...]:
        """The tags of one plan, in the order of its columns everywhere: plan, scan, disk."""
        return tuple(tag for tag in self.tags if tag.device == device and tag.group == group)

    def plans(self) -> tuple[tuple[str, str], ...]:
        """All (device, group) pairs that have tags, in the order of the settings."""
        used = {(tag.device, tag.group) for tag in self.tags}
        return tuple((d.id, g.id) for d in self.devices for g in d.groups if (d.id, g.id) in used)

    def tag(self, tag_id: str) -> Tag:
        """The tag of this id. Raises KeyError."""
        for tag in self.tags:
            if tag.id == tag_id:
                return tag
        raise KeyError(tag_id)
