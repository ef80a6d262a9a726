"""`heatmon check`: all faults of all stations at once."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.driver import installed
from heatmon.settings import find_stations, load


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Station folders."""
    parser.add_argument(
        "dirs", nargs="+", type=Path, metavar="DIR", help=render("cli.arg.dir", language_of())
    )


def run(args: argparse.Namespace) -> int:
    """Print faults and warnings of every station; 1 when there is a fault anywhere."""
    language = language_of()
    faults = warnings = 0
    for root in args.dirs:
        stations = find_stations([root])
        if not stations:
            print(render("cli.no_station", language, path=root), file=sys.stderr)
            faults += 1
        for directory in stations:
            loaded = load(directory, installed(), language)
            for fault in (*loaded.faults, *loaded.warnings):
                print(fault, file=sys.stderr)
            faults += len(loaded.faults)
            warnings += len(loaded.warnings)
            if loaded.spec is not None:
                print(
                    render(
                        "cli.checked",
                        language,
                        station=loaded.spec.station.id,
                        tags=len(loaded.spec.tags),
                        alarms=len(loaded.spec.alarms),
                        bundle=loaded.bundle[:12],
                    )
                )
    if faults or warnings:
        print(render("cli.found", language, faults=faults, warnings=warnings), file=sys.stderr)
    return 1 if faults else 0
