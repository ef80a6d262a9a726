"""What is wrong or odd with a curve before it is filed: order, range, slope, gaps, clamps, return.

A finding is data; its text is in the catalogue under ``lint.<code>``. Faults keep a curve from being
used, warnings are for the engineer to think about.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from heatmon.core.curve.build import content_hash, family_of
from heatmon.core.curve.family import slope
from heatmon.core.spec import curve as spec

LEAST_C: Final = 20.0
MOST_C: Final = {"radiators": 95.0, "floor": 60.0}
"""Range of a supply temperature, °C; 60 °C for floors by the floor-heating code."""
FLOOR_DROP_K: Final = 10.0
FLOOR_CLAMP_C: Final = 57.0
"""The clamp must stay 3 K below the limit at which the floor is in danger."""
SLOPE: Final = (0.3, 4.0)
"""Ordinary slopes, K of supply per K of outdoor temperature."""
GAP_K: Final = 10.0
ROOM_C: Final = 18.0
WALK_C: Final = tuple(range(-30, 16, 5))
DAY_NAMES: Final = ("all", "workday", "weekend", "holiday")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. path: below ``curve`` in the settings; code: catalogue key ``lint.<code>``."""

    path: tuple[int | str, ...]
    code: str
    fault: bool
    params: dict[str, Any] = field(default_factory=dict)


def lint(curve: spec.Curve) -> list[Finding]:
    """All findings, faults first."""
    found = [*_limits(curve), *_filing(curve)]
    points = getattr(curve, "points", None)
    if points:
        found.extend(_points(curve, points))
    if hasattr(curve, "design_return_c"):
        found.extend(_design(curve))
    if isinstance(curve, spec.StagedCurve):
        found.extend(_stages(curve))
    if not any(finding.fault for finding in found):
        found.extend(_walk(curve))
    return sorted(found, key=lambda finding: not finding.fault)


def _fault(path: tuple[int | str, ...], code: str, **params: Any) -> Finding:
    return Finding(path, code, True, params)


def _odd(path: tuple[int | str, ...], code: str, **params: Any) -> Finding:
    return Finding(path, code, False, params)


def _limits(curve: spec.Curve) -> Iterator[Finding]:
    limits = curve.limits
    if limits.min_c >= limits.max_c:
        yield _fault(("limits", "min"), "clamps")
    if curve.emitters == "floor" and limits.max_c > FLOOR_CLAMP_C:
        yield _odd(("limits", "max"), "floor_clamp", value=limits.max_c, most=FLOOR_CLAMP_C)
    if limits.max_c > MOST_C[curve.emitters]:
        yield _fault(("limits", "max"), "range", value=limits.max_c, most=MOST_C[curve.emitters])


def _filing(curve: spec.Curve) -> Iterator[Finding]:
    filed, now = curve.filed, content_hash(curve)
    if filed.hash is not None and filed.hash != now:
        yield _fault(("filed", "hash"), "changed", version=filed.version, filed=filed.hash, now=now)
    if not filed.complete:
        missing = [name for name in ("by", "at", "receipt") if getattr(filed, name) is None]
        yield _odd(("filed",), "not_filed", missing=", ".join(missing))


def _points(curve: spec.Curve, points: tuple[spec.CurvePoint, ...]) -> Iterator[Finding]:
    most = MOST_C[curve.emitters]
    for i, point in enumerate(points):
        at = ("points", i)
        if not LEAST_C <= point.supply_c <= most:
            yield _fault((*at, "supply"), "range", value=point.supply_c, most=most)
        if point.return_c is not None:
            if point.return_c >= point.supply_c:
                yield _fault((*at, "return"), "return_above")
            elif point.return_c < ROOM_C:
                yield _odd((*at, "return"), "return_cold", value=point.return_c)
            if curve.emitters == "floor" and point.supply_c - point.return_c > FLOOR_DROP_K + 1e-9:
                yield _odd((*at, "return"), "floor_drop", value=point.supply_c - point.return_c)
        if i:
            yield from _step(at, points[i - 1], point)


def _step(at: tuple[int | str, ...], mild: spec.CurvePoint, cold: spec.CurvePoint) -> Iterator[Finding]:
    """Two neighbours, written in either direction: mildest first is asked for."""
    gap = mild.outdoor_c - cold.outdoor_c
    if gap <= 0.0:
        yield _fault((*at, "outdoor"), "order")
        return
    rise = cold.supply_c - mild.supply_c
    if rise < 0.0:
        yield _fault((*at, "supply"), "rises")
    elif not SLOPE[0] <= rise / gap <= SLOPE[1]:
        yield _odd((*at, "supply"), "slope", value=round(rise / gap, 2), low=SLOPE[0], high=SLOPE[1])
    if gap > GAP_K:
        yield _odd((*at, "outdoor"), "gap", value=gap)
    if cold.return_c is not None and mild.return_c is not None and cold.return_c < mild.return_c:
        yield _odd((*at, "return"), "return_falls")


def _design(curve: Any) -> Iterator[Finding]:
    most = MOST_C[curve.emitters]
    if curve.design_outdoor_c >= curve.room_c:
        yield _fault(("design_outdoor",), "design_outdoor")
    if not curve.design_supply_c > curve.design_return_c > curve.room_c:
        yield _fault(("design_return",), "design_return")
    if not LEAST_C <= curve.design_supply_c <= most:
        yield _fault(("design_supply",), "range", value=curve.design_supply_c, most=most)
    primary = getattr(curve, "primary", None)
    if primary is not None and not (
        primary.supply_c > curve.design_supply_c and primary.return_c > curve.design_return_c
    ):
        yield _fault(("primary", "supply"), "design_primary")
    frozen = getattr(curve, "frozen_above_c", None)
    if frozen is not None and not curve.design_outdoor_c < frozen < curve.room_c:
        yield _fault(("frozen_above",), "frozen")


def _stages(curve: spec.StagedCurve) -> Iterator[Finding]:
    ordered = sorted(curve.stages, key=lambda stage: stage.above_c)
    for i, (mild, cold) in enumerate(zip(ordered[1:], ordered, strict=False)):
        if mild.flow_pct >= cold.flow_pct or mild.above_c <= cold.above_c + 2.0 * curve.hysteresis_k:
            yield _fault(("stages", i + 1), "stages")


def _walk(curve: spec.Curve) -> Iterator[Finding]:
    """Once over the weather of a winter: slope, and what the clamps cut off at the design point."""
    family = family_of(curve)
    points = getattr(curve, "points", None)
    if points:
        coldest = min(point.outdoor_c for point in points)
    else:
        coldest = getattr(curve, "design_outdoor_c", -15.0)
        for outdoor in WALK_C:
            s = slope(family, float(outdoor))
            if family.at(float(outdoor)).beyond == "" and not SLOPE[0] <= s <= SLOPE[1]:
                yield _odd((), "slope", value=round(s, 2), low=SLOPE[0], high=SLOPE[1])
                break
    asked = family.at(coldest).supply_c
    if asked > curve.limits.max_c + 0.05:
        yield _odd(("limits", "max"), "design_clamped", outdoor=coldest, asked=round(asked, 1))
