"""`heatmon forward`: how the ways to time-series databases are, and what was set aside on them."""

from __future__ import annotations

import argparse
import contextlib
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from heatmon.catalogue import Language, language_of, render
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask, default_state

HOUR_S = 3600
NICENESS = 10
"""Of a daemon's child: polling comes first where both want the processor."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do, and with what."""
    language = language_of()
    parser.add_argument("what", choices=("status", "parked", "retry", "skip", "resend", "run"))
    parser.add_argument("destination", nargs="?", help=render("cli.forward.destination", language))
    parser.add_argument("--lines", default="all", help=render("cli.forward.lines", language))
    parser.add_argument("--hour", help=render("cli.forward.hour", language))
    parser.add_argument("--state", type=Path, default=default_state(), help=render("cli.arg.state", language))
    # A daemon's child: these stations, status as JSON lines, ends with its standard input.
    parser.add_argument("--attached", metavar="STATIONS", help=argparse.SUPPRESS)
    add_daemon_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """0 done, 1 refused or no daemon."""
    if args.what == "run":
        return _run(args)
    if args.what in ("status", "parked"):
        return _show(args)
    return _ask_for(args)


def _run(args: argparse.Namespace) -> int:
    """Forward in a process of its own, beside a daemon or without one."""
    from heatmon.cli.run import log_to_stderr, run_loop
    from heatmon.export.process import main, stations_in
    from heatmon.store.errors import StoreError

    log_to_stderr()
    if args.attached:
        # Not allowed everywhere; then it competes like any other process.
        with contextlib.suppress(OSError):
            os.nice(NICENESS)
        stations = args.attached.split(",")
    else:
        stations = [args.station] if args.station else stations_in(args.state)
    if not stations:
        print(render("cli.forward.no_station", language_of(), path=args.state), file=sys.stderr)
        return 1
    try:
        run_loop(main(args.state, stations, attached=bool(args.attached)))
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _show(args: argparse.Namespace) -> int:
    verb = "status" if args.what == "status" else "paths"
    answer = ask(args, verb, {})
    if answer is None:
        return 1
    if not answer["ok"]:
        print(answer_text(answer), file=sys.stderr)
        return 1
    language = language_of()
    if args.what == "parked":
        for line in answer["data"]:
            if args.destination in (None, line["destination"]):
                print(_parked_text(line))
        return 0
    paths = {path["id"]: path for station in answer["data"] for path in station.get("paths", ())}
    for path in paths.values():
        if args.destination in (None, path["id"]):
            print("\n".join(path_lines(path, language)))
    if not paths:
        print(render("cli.forward.none", language))
    return 0


def _parked_text(line: dict[str, Any]) -> str:
    moment = datetime.fromtimestamp(line["at_ns"] / 1e9, UTC)
    head = f"{line['id']:>6} {moment:%Y-%m-%d %H:%M:%S} UTC {line['destination']} ({line['state']})"
    return f"{head}\n       {line['line'].strip()}\n       {line['why']}"


def path_lines(path: dict[str, Any], language: Language) -> list[str]:
    """One destination in words: state, backlog, time to catch up, what is set aside."""
    accepted = "–"
    if path["accepted_ns"]:
        accepted = f"{datetime.fromtimestamp(path['accepted_ns'] / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
    wait = path["caught_up_in_s"]
    shown = {
        "id": path["id"],
        "url": path["url"],
        "accepted": accepted,
        "rows": path["backlog_rows"],
        "megabytes": f"{path['backlog_bytes'] / 1e6:.1f}",
        "hours": f"{path['backlog_hours']:.2f}",
        "parked": path["parked"],
        "eta": "–" if wait is None else f"{wait / 60:.0f} min" if wait >= 120 else f"{wait} s",
    }
    lines = [render("cli.forward.path", language, **shown)]
    told = [path["trouble"]] if path["trouble"] is not None else []
    for code, params in [*told, *(one for one in path["alarms"] if one not in told), *path["notes"]]:
        lines.append(f"  ! {render(code, language, **params)}")
    return lines


def _ask_for(args: argparse.Namespace) -> int:
    values: dict[str, object] = {"action": args.what, "destination": args.destination or ""}
    if args.what == "resend":
        hour = hour_number(args.hour or "")
        if hour is None:
            print(render("cli.forward.no_hour", language_of(), hour=args.hour or "–"), file=sys.stderr)
            return 1
        values["hour"] = str(hour)
    else:
        values["lines"] = args.lines
    answer = ask(args, "forward", values)
    if answer is None:
        return 1
    print(answer_text(answer), file=sys.stdout if answer["ok"] else sys.stderr)
    return 0 if answer["ok"] else 1


def hour_number(text: str) -> int | None:
    """An hour as an alarm names it, its number or its UTC time; None for anything else."""
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()) // HOUR_S
