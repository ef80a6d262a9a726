"""`heatmon reload`: validate changed settings, show the difference, take them into use."""

from __future__ import annotations

import argparse
import sys

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which daemon, which station, and whether to swap at all."""
    add_daemon_arguments(parser)
    parser.add_argument("--show", action="store_true", help=render("cli.arg.show", language_of()))


def run(args: argparse.Namespace) -> int:
    """Print the difference that was taken into use; 1 when any station keeps its old settings."""
    language = language_of()
    answer = ask(args, "reload", {"language": language, "only_show": "yes" if args.show else "no"})
    if answer is None:
        return 1
    outcomes = answer.get("data") or {}
    for station, outcome in outcomes.items():
        out = sys.stdout if outcome["ok"] else sys.stderr
        lines = outcome["lines"]
        print(render(outcome["code"], language, station=station, faults="\n".join(lines)), file=out)
        if outcome["ok"]:
            for line in lines:
                print(f"    {line}")
    if not outcomes:
        print(answer_text(answer), file=sys.stderr)
    return 0 if answer["ok"] else 1
