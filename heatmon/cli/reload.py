"""`heatmon reload`: validate changed settings, show the difference, take them into use."""

from __future__ import annotations

import argparse
import sys

from heatmon.cli.ask import add_daemon_arguments, answer_text, ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which daemon, which station."""
    add_daemon_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Print the difference that was taken into use; 1 when the new settings have faults."""
    answer = ask(args, "reload", {})
    if answer is None:
        return 1
    for station, lines in (answer.get("data") or {}).items():
        for line in lines:
            print(f"{station}: {line}")
    print(answer_text(answer), file=sys.stdout if answer["ok"] else sys.stderr)
    return 0 if answer["ok"] else 1
