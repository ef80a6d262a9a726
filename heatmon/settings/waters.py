"""Tags that the water section names, and what is odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from heatmon.core.spec import StationSpec
from heatmon.settings.marks import Mark, Path_, Problem

L_M2: Final = (0.3, 5.0)
"""Ordinary contents of a secondary system, litres for each m² of heated area."""


def water_tags(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every tag that the water section names, and where."""
    water = spec.water
    if water is None:
        return
    comp, pump = water.compensation, water.pump_curve
    named: list[tuple[Path_, str | None]] = [
        (("makeup_totaliser",), water.makeup_totaliser),
        (("makeup_running",), water.makeup_running),
        (("circulation",), water.circulation),
        (("heat",), water.heat),
        (("relief",), water.relief),
        (("compensation", "supply"), comp.supply),
        (("compensation", "return"), comp.return_),
        (("compensation", "makeup_temperature"), comp.makeup_temperature),
    ]
    if pump is not None:
        named.extend(
            (("pump_curve", name), getattr(pump, name))
            for name in ("frequency", "supply_pressure", "return_pressure")
        )
    for path, tag in named:
        if tag is not None:
            yield ("water", *path), tag


def water_warnings(spec: StationSpec) -> Iterator[Problem]:
    """A content that does not fit the heated area: every compensation rests on it."""
    water, area = spec.water, spec.station.area_m2
    if water is None or area is None:
        return
    litres = 1000.0 * water.system_volume_m3 / area
    if not L_M2[0] <= litres <= L_M2[1]:
        params = (("value", round(litres, 2)), ("low", L_M2[0]), ("high", L_M2[1]))
        yield Problem(Mark("", 0, 0), ("water", "system_volume"), "lint.content", params)
