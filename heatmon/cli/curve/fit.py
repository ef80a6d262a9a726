"""`heatmon curve fit`: a proposal for the curve from what was lived. Nothing is applied."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from heatmon.catalogue import language_of, render
from heatmon.cli.curve.lived import add_source, lived, room_of
from heatmon.core.curve import family_of
from heatmon.core.curve.fit import Sample, fit
from heatmon.core.spec import Curve, StationSpec
from heatmon.replay.table import MapError

PLACES = (8.0, 5.0, 0.0, -3.0, -7.0, -10.0)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The record, and what the rooms should have."""
    add_source(parser)
    parser.add_argument("--target", type=float, default=None, help=render("curve.arg.target", language_of()))


def run(args: argparse.Namespace) -> int:
    """Print error, confidence, hours used and the proposed change at each point."""
    spec: StationSpec = args.spec
    curve, language = spec.curve, language_of()
    assert curve is not None
    target = args.target
    if target is None:
        target = curve.room_trim.target_c if curve.room_trim is not None else 20.0
    points = getattr(curve, "points", None)
    places = tuple(point.outdoor_c for point in points) if points else PLACES
    try:
        found = fit(list(_samples(args, spec, curve)), family_of(curve), target, places)
    except (MapError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    if found.line is not None:
        line = found.line
        key = "curve.fit.rooms" if found.of_rooms else "curve.fit.supply"
        print(
            render(
                key, language, hours=found.hours, a=f"{line.a:+.2f}", b=f"{line.b:+.3f}",
                error=f"{line.b_error:.3f}", sigma=f"{line.sigma:.2f}",
            )
        )  # fmt: skip
    if found.reason:
        print(render(f"curve.{found.reason}", language, hours=found.hours))
        return 0
    print(render("curve.fit.advice", language, advice=found.advice))
    for place, change in found.changes:
        print(render("curve.fit.change", language, outdoor=f"{place:g}", change=f"{change:+.1f}"))
    print(render("curve.fit.wait", language))
    return 0


def _samples(args: argparse.Namespace, spec: StationSpec, curve: Curve) -> Iterator[Sample]:
    hour = -1
    for time_h, _, values in lived(args, spec):
        running = not curve.pumps or any(values.get(pump, 0.0) > 0.5 for pump in curve.pumps)
        if int(time_h) != hour and curve.outdoor.tag in values and curve.supply in values and running:
            hour = int(time_h)
            yield Sample(values[curve.outdoor.tag], values[curve.supply], room_of(spec, values))
