"""Tags by themselves, and where a section names them: ranges, counters, and units that fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from heatmon.core.quantity import DIMENSION, Quantity
from heatmon.core.spec import StationSpec, Tag
from heatmon.settings.marks import NOWHERE, Path_, Problem

NEEDED_UNIT: Final[dict[Path_, str]] = {
    ("outdoor", "tag"): "°C",
    ("outdoor", "second"): "°C",
    ("outdoor", "neighbours"): "°C",
    ("outdoor", "forecast"): "°C",
    ("wind", "tag"): "m/s",
    ("sun", "tag"): "W/m2",
    ("room_trim", "tags"): "°C",
    ("curve", "supply"): "°C",
    ("curve", "return"): "°C",
    ("curve_next", "supply"): "°C",
    ("curve_next", "return"): "°C",
    ("curve", "loop_flow"): "m3/h",
    ("curve_next", "loop_flow"): "m3/h",
    ("curve", "pumps"): "1",
    ("curve_next", "pumps"): "1",
    ("water", "makeup_totaliser"): "m3",
    ("water", "makeup_running"): "1",
    ("water", "circulation"): "m3/h",
    ("compensation", "supply"): "°C",
    ("compensation", "return"): "°C",
    ("compensation", "makeup_temperature"): "°C",
    ("pump_curve", "frequency"): "Hz",
    ("pump_curve", "supply_pressure"): "MPa",
    ("pump_curve", "return_pressure"): "MPa",
    ("pressure", "supply"): "MPa",
    ("pressure", "return"): "MPa",
}
"""What the checks compute in, by the last two keys of the place that names a tag."""


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, path, key, tuple(params.items()))


def tag_problems(spec: StationSpec) -> Iterator[Problem]:
    """Ranges that are empty, and quantities that do not fit the unit of their tag."""
    for i, tag in enumerate(spec.tags):
        at: Path_ = ("tags", i)
        for path, quantity in _quantities(tag):
            if quantity.dimension != DIMENSION[tag.unit]:
                params = {"limit": str(quantity), "unit": tag.unit, "near": _like(tag.unit)}
                yield _problem((*at, *path), "settings.unit", **params)
                break
        else:
            yield from _sizes(at, tag)


def _quantities(tag: Tag) -> Iterator[tuple[Path_, Quantity]]:
    if tag.range is not None:
        yield ("range", "min"), tag.range.min
        yield ("range", "max"), tag.range.max
    if tag.totaliser is not None:
        if tag.totaliser.rollover is not None:
            yield ("totaliser", "rollover"), tag.totaliser.rollover
        if tag.totaliser.pulse is not None:
            yield ("totaliser", "pulse"), tag.totaliser.pulse


def _sizes(at: Path_, tag: Tag) -> Iterator[Problem]:
    if tag.range is not None and tag.range.min.to(tag.unit) >= tag.range.max.to(tag.unit):
        yield _problem(
            (*at, "range", "min"), "settings.range", low=str(tag.range.min), high=str(tag.range.max)
        )
    for path, quantity in _quantities(tag):
        if path[0] == "totaliser" and quantity.value <= 0:
            yield _problem((*at, *path), "settings.above_zero", value=str(quantity))


def unit_problems(spec: StationSpec, references: Iterable[tuple[Path_, str]]) -> Iterator[Problem]:
    """Tags that a section names although their unit is not the one it computes in."""
    units = {tag.id: tag.unit for tag in spec.tags}
    for path, tag in references:
        words = tuple(part for part in path if isinstance(part, str))
        needed = NEEDED_UNIT.get(words[-2:])
        if needed is not None and tag in units and units[tag] != needed:
            yield _problem(path, "settings.needed_unit", tag=tag, unit=units[tag], needed=needed)


def _like(unit: str) -> str:
    """A quantity as it could be written in a unit."""
    return "0 1" if unit == "1" else f"1 {unit}"
