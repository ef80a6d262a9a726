"""From settings to a curve, and the hash by which a filed curve is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from heatmon.core.curve import makers, regulation
from heatmon.core.curve.family import Family
from heatmon.core.curve.table import SAMSON_POINTS, DanfossCurve, Row, TableCurve
from heatmon.core.spec import curve as spec

RADIATOR_B: Final = 0.3
FLOOR_B: Final = 0.1


def family_of(curve: spec.Curve) -> Family:
    """The curve that the settings describe."""
    return _MAKE[type(curve)](curve)


def _rows(points: tuple[spec.CurvePoint, ...]) -> list[Row]:
    return [(p.outdoor_c, p.supply_c, p.return_c, p.primary_supply_c, p.primary_return_c) for p in points]


def _design(curve: Any) -> regulation.Design:
    b = curve.exponent_b
    if b is None:
        b = FLOOR_B if curve.emitters == "floor" else RADIATOR_B
    return regulation.Design(
        curve.room_c, curve.design_outdoor_c, curve.design_supply_c, curve.design_return_c, b
    )


def _quality(curve: spec.QualityCurve) -> Family:
    side = curve.primary
    primary = None if side is None else regulation.Primary(side.supply_c, side.return_c, side.flow)
    return regulation.QualityCurve(_design(curve), primary)


def _staged(curve: spec.StagedCurve) -> Family:
    stages = [(stage.above_c, stage.flow_pct / 100.0) for stage in curve.stages]
    return regulation.QualityCurve(_design(curve), None, stages)


def _samson_points(curve: spec.SamsonPointsCurve) -> Family:
    if curve.points is not None:
        return TableCurve(_rows(curve.points))
    return TableCurve([(x, supply, back, None, None) for x, supply, back in SAMSON_POINTS])


_MAKE: Final[Mapping[type[spec.Curve], Callable[[Any], Family]]] = {
    spec.TableCurve: lambda c: TableCurve(_rows(c.points)),
    spec.QualityCurve: _quality,
    spec.StagedCurve: _staged,
    spec.QuantityCurve: lambda c: regulation.QuantityCurve(_design(c)),
    spec.IntermittentCurve: lambda c: regulation.IntermittentCurve(_design(c), c.frozen_above_c),
    spec.ViessmannCurve: lambda c: makers.ViessmannCurve(c.slope, c.level_k, c.room_c, c.heat_pump),
    spec.SiemensTiltCurve: lambda c: makers.SiemensTiltCurve(c.slope, c.bent),
    spec.SiemensTwoPointCurve: lambda c: makers.SiemensTwoPointCurve(
        c.at_minus_5_c, c.at_plus_15_c, c.shift_k
    ),
    spec.DanfossCurve: lambda c: DanfossCurve(c.flow, c.heat_curve),
    spec.SamsonCurve: lambda c: makers.SamsonCurve(c.gradient, c.level_k, c.room_c),
    spec.SamsonPointsCurve: _samson_points,
    spec.PowerCurve: lambda c: makers.PowerCurve.two_point(
        c.room_c, c.design_supply_c, c.design_outdoor_c, c.exponent_n
    ),
    spec.HeatPumpCurve: lambda c: makers.PowerCurve.heat_pump(c.room_c, c.slope),
}

FILED: Final = frozenset({"filed", "effective", "supply", "return", "pumps", "settle", "grace", "outdoor"})
"""What is not part of the curve as it is filed: how it is filed, and with which sensors it is judged."""


def content_hash(curve: spec.Curve) -> str:
    """Sixteen hex digits that change with every number of the filed curve, and with nothing else."""
    return _hash(curve, lambda key: key not in FILED)


def shape_hash(curve: spec.Curve) -> str:
    """As `content_hash`, of the family's own numbers only: another shape is a step of the setpoint."""
    common = {info.alias or name for name, info in spec.Curve.model_fields.items()}
    return _hash(curve, lambda key: key not in common)


def _hash(curve: spec.Curve, kept: Callable[[str], bool]) -> str:
    content = curve.model_dump(by_alias=True, exclude_none=True, mode="json")
    text = json.dumps({key: value for key, value in content.items() if kept(key)}, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
