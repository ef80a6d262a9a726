"""Asking a running daemon: where its socket is, and what to say when it does not answer."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import uuid
from pathlib import Path

from heatmon.catalogue import language_of, render, texts
from heatmon.control import Answer, ControlClient

SOCKET = "control.sock"


def default_runtime() -> Path:
    """Where the control socket is unless told otherwise: systemd's folder, else the user's."""
    for name in ("RUNTIME_DIRECTORY", "XDG_RUNTIME_DIR"):
        if value := os.environ.get(name):
            folder = Path(value.split(":")[0])
            return folder if name == "RUNTIME_DIRECTORY" else folder / "heatmon"
    return Path.home() / ".local" / "state" / "heatmon" / "run"


def default_state() -> Path:
    """Where journal and history are unless told otherwise."""
    if value := os.environ.get("STATE_DIRECTORY"):
        return Path(value.split(":")[0])
    return Path.home() / ".local" / "state" / "heatmon"


def add_daemon_arguments(parser: argparse.ArgumentParser) -> None:
    """Which daemon, which station."""
    language = language_of()
    parser.add_argument(
        "--runtime", type=Path, default=default_runtime(), help=render("cli.arg.runtime", language)
    )
    parser.add_argument("--station", default=None, help=render("cli.arg.station", language))


def ask(args: argparse.Namespace, verb: str, values: dict[str, object]) -> Answer | None:
    """One question; None (with a line on stderr) when no daemon answers."""

    async def once() -> Answer:
        client = ControlClient(args.runtime / SOCKET)
        try:
            return await client.ask(verb, uuid.uuid4().hex, args.station, **values)
        finally:
            await client.close()

    try:
        return asyncio.run(once())
    except OSError as error:
        reason = error.strerror or str(error)
        text = render("cli.no_daemon", language_of(), path=args.runtime / SOCKET, reason=reason)
        print(text, file=sys.stderr)
        return None


def answer_text(answer: Answer) -> str:
    """The answer's code in the reader's language."""
    code, params = answer["code"], answer.get("params", {})
    return render(code, language_of(), **params) if code in texts() else f"{code} {params}"
