"""`heatmon curve diff`: two versions of a curve, by outdoor temperature."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from heatmon.catalogue import language_of, render
from heatmon.cli.curve.explain import title
from heatmon.cli.curve.plot import curve_series
from heatmon.core.curve import family_of
from heatmon.core.curve.backtest import differences
from heatmon.core.spec import Curve, StationSpec
from heatmon.driver import installed
from heatmon.picture import svg, terminal
from heatmon.settings import load

PLACES = tuple(float(t) for t in range(12, -21, -1))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The other station folder, and a file for the picture."""
    language = language_of()
    parser.add_argument("other", type=Path, metavar="DIR2", help=render("curve.arg.other", language))
    parser.add_argument("--svg", type=Path, metavar="FILE", help=render("curve.arg.svg", language))


def other_curve(directory: Path) -> tuple[StationSpec, Curve] | None:
    """The curve of the second folder; its faults go to stderr."""
    loaded = load(directory, installed(), language_of())
    for fault in loaded.faults:
        print(fault, file=sys.stderr)
    if loaded.spec is None:
        return None
    if loaded.spec.curve is None:
        print(render("curve.none", language_of(), station=loaded.spec.station.id), file=sys.stderr)
        return None
    return loaded.spec, loaded.spec.curve


def run(args: argparse.Namespace) -> int:
    """A row for each degree, then both curves as a chart."""
    spec: StationSpec = args.spec
    found = other_curve(args.other)
    if found is None or spec.curve is None:
        return 1
    language, console = language_of(), Console()
    other_spec, other = found
    console.print(title(spec, spec.curve, language), soft_wrap=True)
    console.print(title(other_spec, other, language), soft_wrap=True)
    table = Table(box=None, header_style="bold")
    names = (spec.curve.filed.version, other.filed.version)
    for name in (render("curve.column.outdoor", language), *names, "Δ K"):
        table.add_column(name, justify="right")
    for place, one, two, change in differences(family_of(spec.curve), family_of(other), PLACES):
        table.add_row(f"{place:g}", f"{one:.1f}", f"{two:.1f}", f"{change:+.1f}")
    console.print(table)
    series = [*curve_series(spec.curve, names[0])[:1], *curve_series(other, names[1])[:1]]
    if args.svg is not None:
        across, up = (render(f"curve.axis.{axis}", language) for axis in ("outdoor", "supply"))
        args.svg.write_text(svg(series, " – ".join(names), across, up), encoding="utf-8")
        print(render("curve.written", language, path=args.svg))
    else:
        print("\n".join(terminal(series)))
    return 0
