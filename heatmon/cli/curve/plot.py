"""`heatmon curve plot`: the curve, its clamps and what was measured, in the terminal or as SVG."""

from __future__ import annotations

import argparse
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.curve.explain import title
from heatmon.core.curve import family_of
from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.spec import Curve, StationSpec
from heatmon.picture import Series, svg, terminal

MOST_POINTS = 1500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to draw, and where measured values come from."""
    language = language_of()
    parser.add_argument("--svg", type=Path, metavar="FILE", help=render("curve.arg.svg", language))
    parser.add_argument("--state", type=Path, metavar="DIR", help=render("curve.arg.state", language))


def run(args: argparse.Namespace) -> int:
    """Draw."""
    spec: StationSpec = args.spec
    curve, language = spec.curve, language_of()
    assert curve is not None
    series = curve_series(curve)
    if args.state is not None:
        series.append(_measured(args.state, spec, curve))
    head = title(spec, curve, language)
    if args.svg is not None:
        across, up = (render(f"curve.axis.{axis}", language) for axis in ("outdoor", "supply"))
        args.svg.write_text(svg(series, head, across, up), encoding="utf-8")
        print(render("curve.written", language, path=args.svg))
        return 0
    print(head)
    print("\n".join(terminal(series)))
    return 0


def curve_series(curve: Curve, name: str | None = None) -> list[Series]:
    """Supply, return where the family has one, and the clamps, from −25 to 20 °C."""
    language = language_of()
    family = family_of(curve)
    places = [0.25 * k for k in range(-100, 81)]
    values = [(t, family.at(t, stage=family.stage_wanted(t))) for t in places]
    supply = name or render("curve.legend.supply", language)
    series = [Series(supply, [(t, value.supply_c) for t, value in values])]
    back = [(t, value.return_c) for t, value in values if value.return_c is not None]
    if back:
        series.append(Series(render("curve.legend.return", language), back))
    limits = render("curve.legend.limits", language)
    bounds = (curve.limits.min_c, curve.limits.max_c)
    lines = ([(places[0], bound), (places[-1], bound)] for bound in bounds)
    return [*series, *(Series(limits, line, dashed=True) for line in lines)]


def _measured(state: Path, spec: StationSpec, curve: Curve) -> Series:
    """Supply over effective outdoor temperature, thinned evenly to what a picture can hold."""
    from heatmon.store.derived import pairs

    found = [
        (x, y)
        for (x, x_quality), (y, y_quality) in pairs(state, spec.station.id, "curve.outdoor_c", curve.supply)
        if x_quality < FIRST_UNCERTAIN and y_quality < FIRST_UNCERTAIN
    ]
    step = max(1, len(found) // MOST_POINTS)
    return Series(render("curve.legend.measured", language_of()), found[::step], cloud=True)
