"""`heatmon notify`: an exercise of the whole way to people, a test to one person, how the channels are."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do; whom a test is for."""
    language = language_of()
    parser.add_argument("what", choices=("status", "drill", "test"))
    parser.add_argument("--person", help=render("cli.arg.person", language))
    parser.add_argument("--channel", help=render("cli.arg.channel", language))
    add_daemon_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Ask the daemon; 0 done and every channel works, 1 otherwise."""
    verb = {"status": "notify", "drill": "drill", "test": "test_message"}[args.what]
    values = {name: getattr(args, name) for name in ("person", "channel") if getattr(args, name)}
    answer = ask(args, verb, values if args.what == "test" else {})
    if answer is None:
        return 1
    if not answer["ok"]:
        print(render("cli.refused", language_of(), text=answer_text(answer)), file=sys.stderr)
        return 1
    if args.what != "status":
        print(answer_text(answer))
        return 0
    return _status(answer["data"])


def _status(channels: dict[str, dict[str, object]] | None) -> int:
    language = language_of()
    if channels is None:
        print(render("cli.notify.none", language))
        return 1
    for name, channel in channels.items():
        state, since = render("cli.notify.up", language), channel["down_since_ns"]
        if isinstance(since, int):
            when = f"{datetime.fromtimestamp(since / 1e9, UTC):%Y-%m-%d %H:%M:%S} UTC"
            state = render("cli.notify.down", language, since=when, reason=channel["reason"])
        print(render("cli.notify.waiting", language, channel=name, waiting=channel["waiting"], state=state))
    return 1 if any(channel["down_since_ns"] for channel in channels.values()) else 0
