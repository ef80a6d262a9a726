"""`heatmon curve backtest`: what another curve would have done over the recorded weather."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.curve.diff import other_curve
from heatmon.cli.curve.lived import add_source, lived, room_of
from heatmon.core.curve import family_of
from heatmon.core.curve.backtest import Hour, backtest
from heatmon.core.spec import StationSpec
from heatmon.replay.table import MapError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The other folder and the record."""
    parser.add_argument("other", type=Path, metavar="DIR2", help=render("curve.arg.other", language_of()))
    add_source(parser)


def run(args: argparse.Namespace) -> int:
    """Print the estimate; alarms of both are shown by `heatmon replay DIR --against DIR2`."""
    spec: StationSpec = args.spec
    found = other_curve(args.other)
    if found is None or spec.curve is None:
        return 1
    curve = spec.curve
    try:
        result = backtest(
            family_of(curve),
            family_of(found[1]),
            _hours(args, spec, curve.outdoor.tag),
            tau_h=curve.building_time_constant_s / 3600.0,
        )
    except (MapError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    language = language_of()
    if result.hours <= 0.0:
        print(render("curve.backtest.nothing", language), file=sys.stderr)
        return 1
    heat = "–" if result.heat_pct is None else f"{result.heat_pct:+.1f}"
    print(
        render(
            "curve.backtest", language,
            hours=f"{result.hours:.0f}", mean=f"{result.supply_mean_k:+.2f}",
            least=f"{result.supply_least_k:+.1f}", most=f"{result.supply_most_k:+.1f}",
            step=f"{result.largest_step_k:.1f}", room=f"{result.room_mean_k:+.2f}",
            end=f"{result.room_end_k:+.2f}", heat=heat,
            old=f"{result.cold_hours_old:.0f}", new=f"{result.cold_hours_new:.0f}",
            beyond=f"{result.beyond_hours:.0f}", skipped=result.skipped,
        )
    )  # fmt: skip
    return 0


def _hours(args: argparse.Namespace, spec: StationSpec, outdoor: str) -> Iterator[Hour]:
    for time_h, hour, values in lived(args, spec):
        if outdoor in values:
            yield Hour(time_h, hour, values[outdoor], room_of(spec, values))
