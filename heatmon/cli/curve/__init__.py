"""`heatmon curve`: explain, plot, diff, backtest and fit the heating curve of a station folder."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol, cast

from heatmon.catalogue import language_of, render
from heatmon.driver import installed
from heatmon.settings import load

PARTS: Final = ("explain", "plot", "diff", "backtest", "fit")


class Part(Protocol):
    """One of the things to do with a curve; each is a module of this package."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare its arguments, besides DIR."""

    def run(self, args: argparse.Namespace) -> int:
        """Carry it out; the exit code."""


def _part(name: str) -> Part:
    return cast("Part", import_module(f"{__name__}.{name}"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A sub-verb, and a station folder for each."""
    language = language_of()
    parts = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name in PARTS:
        text = render(f"curve.about.{name}", language)
        sub = parts.add_parser(name, help=text, description=text)
        sub.add_argument("dir", type=Path, metavar="DIR", help=render("cli.arg.dir", language))
        _part(name).add_arguments(sub)


def run(args: argparse.Namespace) -> int:
    """Run the sub-verb on the station's settings; 1 when they have faults or no curve."""
    language = language_of()
    loaded = load(args.dir, installed(), language)
    for fault in loaded.faults:
        print(fault, file=sys.stderr)
    if loaded.spec is None:
        return 1
    if loaded.spec.curve is None:
        print(render("curve.none", language, station=loaded.spec.station.id), file=sys.stderr)
        return 1
    args.spec = loaded.spec
    return _part(args.what).run(args)
