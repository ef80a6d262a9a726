"""Device profiles: what is publicly known of a device, as data that a station file refers to in one line.

A device says ``profile: NAME`` and a tag ``point: NAME``; name, unit, address, states and the device's
options then come from the profile, and whatever the station file says itself wins. Packages bring
profiles by the entry point group ``heatmon.profiles``: a package that holds YAML files, one a device.
Every profile names the public sources it was taken from, and words with the value they mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import entry_points
from importlib.resources import files
from typing import Annotated, Literal, Self

import yaml
from pydantic import Field, model_validator

from heatmon.core.spec import Model, Words
from heatmon.core.spec.base import Id, Line, Listed, Unit
from heatmon.core.spec.plant import Options, Range, TagState

Kind = Literal["heat meter", "heating controller", "boiler", "variable-speed drive", "station PLC"]


class Source(Model):
    """Where the facts stand in public, so that anybody can look them up."""

    what: Line


class Point(Model):
    """One value that the device offers; fields as in `heatmon.core.spec.Tag`."""

    id: Id
    name: Words
    unit: Unit = "1"
    address: Options
    range: Range | None = None
    digits: Annotated[int, Field(ge=0, le=6)] = 1
    states: Listed[TagState] = ()


class Example(Model):
    """Words as they come over the wire, and what they mean: a value, or the reason why there is none.

    origin: `recorded` from a device (then `where` says from which), or `constructed` from the document.
    """

    point: Id
    words: Listed[Annotated[int, Field(ge=0, le=0xFFFF)]]
    value: float | None = None
    quality: str | None = None
    origin: Literal["recorded", "constructed"]
    where: Line | None = None

    @model_validator(mode="before")
    @classmethod
    def _whole_numbers_too(cls, written: object) -> object:
        if isinstance(written, dict) and isinstance(written.get("value"), int):
            return {**written, "value": float(written["value"])}
        return written

    @model_validator(mode="after")
    def _one_outcome(self) -> Self:
        if (self.value is None) == (self.quality is None):
            raise ValueError("an example has a value or a quality")
        if (self.origin == "recorded") != (self.where is not None):
            raise ValueError("a recorded example says where, a constructed one does not")
        return self


class Profile(Model):
    """A kind of device."""

    id: Id
    name: Words
    kind: Kind
    driver: Id
    link: Line
    sources: Annotated[Listed[Source], Field(min_length=1)]
    quirks: Listed[Words] = ()
    options: Options = Field(default_factory=dict)
    points: Annotated[Listed[Point], Field(min_length=1)]
    words: Annotated[Listed[Example], Field(min_length=1)]

    @property
    def by_id(self) -> Mapping[str, Point]:
        """The points by their id."""
        return {point.id: point for point in self.points}


@cache
def installed_profiles() -> Mapping[str, Profile]:
    """All profiles there are, by id. Raises ValueError for a faulty one: a fault of its package."""
    found: dict[str, Profile] = {}
    for point in entry_points(group="heatmon.profiles"):
        for file in sorted(files(point.value).iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".yaml"):
                profile = Profile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
                found[profile.id] = profile
    return found
