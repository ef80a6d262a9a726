"""Faults and oddities of the curve sections, with the place in the file where they stand."""

from __future__ import annotations

from collections.abc import Iterator

from heatmon.core.curve.lint import DAY_NAMES, lint
from heatmon.core.spec import Curve, StationSpec
from heatmon.settings.faults import nearest
from heatmon.settings.marks import Mark, Path_, Problem

SECTIONS = ("curve", "curve_next")


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(Mark("", 0, 0), path, key, tuple(params.items()))


def curve_tags(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every tag that a curve section names, and where."""
    for section in SECTIONS:
        curve = getattr(spec, section)
        if curve is not None:
            yield from _tags_of((section,), curve)


def _tags_of(at: Path_, curve: Curve) -> Iterator[tuple[Path_, str]]:
    outdoor = curve.outdoor
    named: list[tuple[Path_, str | None]] = [
        (("outdoor", "tag"), outdoor.tag),
        (("outdoor", "second"), outdoor.second),
        (("outdoor", "forecast"), outdoor.forecast),
        (("outdoor", "wind", "tag"), outdoor.wind.tag if outdoor.wind else None),
        (("outdoor", "sun", "tag"), outdoor.sun.tag if outdoor.sun else None),
        (("supply",), curve.supply),
        (("return",), curve.return_),
        (("loop_flow",), curve.loop_flow),
        *((("outdoor", "neighbours", i), tag) for i, tag in enumerate(outdoor.neighbours)),
        *((("pumps", i), tag) for i, tag in enumerate(curve.pumps)),
    ]
    if curve.room_trim is not None:
        named.extend((("room_trim", "tags", i), tag) for i, tag in enumerate(curve.room_trim.tags))
    for path, tag in named:
        if tag is not None:
            yield (*at, *path), tag


def curve_problems(spec: StationSpec) -> tuple[list[Problem], list[Problem]]:
    """(faults, warnings) of both curve sections."""
    faults: list[Problem] = []
    warnings: list[Problem] = []
    for section in SECTIONS:
        curve = getattr(spec, section)
        if curve is None:
            continue
        for finding in lint(curve):
            problem = _problem((section, *finding.path), f"lint.{finding.code}", **finding.params)
            (faults if finding.fault else warnings).append(problem)
        faults.extend(_days(section, curve, spec))
    following = spec.curve_next
    if following is not None:
        if spec.curve is None or following.effective is None:
            faults.append(_problem(("curve_next", "effective"), "lint.next_effective"))
        elif following.filed.version == spec.curve.filed.version:
            faults.append(_problem(("curve_next", "filed", "version"), "lint.next_version"))
    return faults, warnings


def _days(section: str, curve: Curve, spec: StationSpec) -> Iterator[Problem]:
    years = () if spec.calendar is None else spec.calendar.years
    known = [*DAY_NAMES, *dict.fromkeys(item.name for year in years for item in year.special)]
    for i, entry in enumerate(curve.schedule):
        for k, name in enumerate(entry.days):
            if name not in known:
                near = nearest(name, known)
                params = {"name": name, "near": near or "–", "known": ", ".join(known)}
                yield _problem((section, "schedule", i, "days", k), "lint.day", **params)
