"""`heatmon status`: how the daemon is, and for one tag why its value is old."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which daemon, station, tag."""
    language = language_of()
    add_daemon_arguments(parser)
    parser.add_argument("--tag", help=render("cli.arg.tag", language))
    parser.add_argument("--all", action="store_true", help=render("cli.arg.all", language))
    parser.add_argument("--json", action="store_true", help=render("cli.arg.json", language))


def run(args: argparse.Namespace) -> int:
    """Print the status; 1 when no daemon answers or it does not know the station."""
    answer = ask(args, "status", {})
    if answer is None:
        return 1
    if not answer["ok"]:
        print(answer_text(answer), file=sys.stderr)
        return 1
    stations = [s for s in answer["data"] if args.station in (None, s["station"])]
    if args.json:
        print(json.dumps(stations, ensure_ascii=False, indent=2))
        return 0
    from rich.console import Console

    from heatmon.view import station_view, stations_view

    for fault in answer.get("left_out", ()):
        print(fault, file=sys.stderr)
    console, language = Console(), language_of()
    if len(stations) > 1 and not args.tag:
        console.print(stations_view(stations, language))
        return 0
    if args.tag:
        return _show_tag(stations, args.tag)
    for status in stations:
        console.print(station_view(status, [], language, whole=args.all))
    return 0


def _show_tag(stations: list[dict[str, Any]], tag: str) -> int:
    """Everything about one signal, of each station that has it; 1 when none has."""
    from rich.console import Console

    from heatmon.view import tag_view

    console, language, found = Console(), language_of(), False
    for status in stations:
        for signal in (*status["tags"], *status["derived"]):
            if signal["id"] == tag:
                found = True
                console.print(tag_view(signal, language))
    if not found:
        print(render("refused.tag", language, tag=tag), file=sys.stderr)
    return 0 if found else 1
