"""`heatmon curve explain`: what the curve asks for, and how a setpoint of the past came about."""

from __future__ import annotations

import argparse
import math
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table

from heatmon.catalogue import Language, language_of, render
from heatmon.core.curve import content_hash, family_of
from heatmon.core.curve.family import CurveValue, slope
from heatmon.core.curve.lint import lint
from heatmon.core.quality import FIRST_BAD, Quality
from heatmon.core.spec import Curve, StationSpec

USUAL_C = tuple(float(t) for t in range(15, -21, -5))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Outdoor temperatures to look at, or a moment of the past."""
    language = language_of()
    parser.add_argument(
        "--outdoor", nargs="+", type=float, metavar="T", help=render("curve.arg.outdoor", language)
    )
    parser.add_argument("--at", metavar="MOMENT", help=render("curve.arg.at", language))
    parser.add_argument("--state", type=Path, metavar="DIR", help=render("curve.arg.state", language))


def run(args: argparse.Namespace) -> int:
    """Print the curve as a table, or the terms of one moment out of a state folder."""
    spec: StationSpec = args.spec
    curve, language, console = spec.curve, language_of(), Console()
    assert curve is not None
    console.print(title(spec, curve, language), soft_wrap=True)
    for finding in lint(curve):
        where = ".".join(map(str, ("curve", *finding.path)))
        text = render(f"lint.{finding.code}", language, **finding.params)
        console.print(render("curve.lint", language, where=where, text=text), soft_wrap=True)
    if args.state is not None:
        return _of_a_moment(spec, args.state, args.at, console, language)
    console.print(_table(curve, args.outdoor or _places(curve), language))
    return 0


def title(spec: StationSpec, curve: Curve, language: Language) -> str:
    """Station, version, kind, hash and filing in one line."""
    filed = curve.filed
    state = render("curve.unfiled", language)
    if filed.complete and filed.at is not None:
        state = render("curve.filed", language, by=filed.by, at=filed.at.isoformat(), receipt=filed.receipt)
    return render(
        "curve.title",
        language,
        station=spec.station.id,
        version=filed.version,
        kind=getattr(curve, "kind", ""),
        hash=content_hash(curve),
        filed=state,
    )


def _places(curve: Curve) -> list[float]:
    points = getattr(curve, "points", None) or ()
    design = getattr(curve, "design_outdoor_c", None)
    places = {point.outdoor_c for point in points} | ({design} if design is not None else set())
    return sorted({*USUAL_C, *places}, reverse=True)


def _table(curve: Curve, places: list[float], language: Language) -> Table:
    family = family_of(curve)
    rows = [(t, family.at(t, stage=family.stage_wanted(t))) for t in places]
    optional = {
        "return": any(value.return_c is not None for _, value in rows),
        "primary_supply": any(value.primary_supply_c is not None for _, value in rows),
        "primary_return": any(value.primary_return_c is not None for _, value in rows),
        "flow": any(value.flow_share != 1.0 for _, value in rows),
        "hours": any(value.hours != 24.0 for _, value in rows),
    }
    names = ["outdoor", "supply", *(name for name, there in optional.items() if there), "slope", "setpoint"]
    table = Table(box=None, header_style="bold")
    for name in names:
        table.add_column(render(f"curve.column.{name}", language), justify="right")
    table.add_column(render("curve.column.note", language))
    for outdoor, value in rows:
        cells = _cells(curve, outdoor, value, slope(family, outdoor, 0.0, family.stage_wanted(outdoor)))
        table.add_row(*(cells[name] for name in names), _note(curve, value, language))
    return table


def _cells(curve: Curve, outdoor: float, value: CurveValue, s: float) -> dict[str, str]:
    limits = curve.limits
    setpoint = min(max(value.supply_c, limits.min_c), limits.max_c)
    return {
        "outdoor": f"{outdoor:g}",
        "supply": _figure(value.supply_c, 2),
        "return": _figure(value.return_c, 2),
        "primary_supply": _figure(value.primary_supply_c, 2),
        "primary_return": _figure(value.primary_return_c, 2),
        "flow": _figure(100.0 * value.flow_share, 0),
        "hours": _figure(value.hours, 1),
        "slope": _figure(s, 2),
        "setpoint": _figure(setpoint, 2),
    }


def _figure(value: float | None, digits: int) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.{digits}f}"


def _note(curve: Curve, value: CurveValue, language: Language) -> str:
    notes = [render(f"curve.beyond.{value.beyond}", language)] if value.beyond else []
    if not curve.limits.min_c <= value.supply_c <= curve.limits.max_c:
        notes.append(render("curve.clamped", language))
    return "; ".join(notes)


def _of_a_moment(
    spec: StationSpec, state: Path, text: str | None, console: Console, language: Language
) -> int:
    zone = ZoneInfo(spec.station.timezone)
    moment = datetime.now(zone)
    if text is not None:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            moment = moment.replace(tzinfo=None)
        if moment.tzinfo is None:
            print(render("curve.bad_moment", language, text=text), file=sys.stderr)
            return 2
    from heatmon.store.derived import computed_before

    found = computed_before(state, spec.station.id, int(moment.timestamp() * 1e9))
    if found.at_ns is None:
        span = [_shown(ns, zone) for ns in (found.first_ns, found.last_ns)]
        print(
            render(
                "curve.no_state", language, path=state, station=spec.station.id,
                at=moment.isoformat(timespec="seconds"), first=span[0], last=span[1],
            ),
            file=sys.stderr,
        )  # fmt: skip
        return 1
    console.print(render("curve.at", language, at=_shown(found.at_ns, zone)))
    table = Table(box=None, show_header=False)
    for name, (value, quality) in found.values.items():
        if name.startswith("curve."):
            shown = "–" if quality >= FIRST_BAD else f"{value:.2f}"
            good = "" if quality == Quality.GOOD else Quality(quality).name.lower()
            table.add_row(name, render(f"signal.{name}", language), shown, good)
    console.print(table)
    return 0


def _shown(moment_ns: int | None, zone: ZoneInfo) -> str:
    if moment_ns is None:
        return "–"
    return datetime.fromtimestamp(moment_ns // 1_000_000_000, zone).isoformat(timespec="seconds")
