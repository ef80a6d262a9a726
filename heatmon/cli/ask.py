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


SYSTEM_RUNTIME = Path("/run/heatmon")
"""Where the shipped unit puts the folders of its daemons."""


def default_runtime() -> Path:
    """Where the control socket is unless told otherwise.

    systemd's folder inside the service; at a shell the user's own where a daemon listens there,
    else that of the one daemon which the service manager runs, else the user's own.
    """
    if value := os.environ.get("RUNTIME_DIRECTORY"):
        return Path(value.split(":")[0])
    own = Path.home() / ".local" / "state" / "heatmon" / "run"
    if value := os.environ.get("XDG_RUNTIME_DIR"):
        own = Path(value) / "heatmon"
    services = running_services()
    return services[0] if len(services) == 1 and not (own / SOCKET).exists() else own


def running_services() -> list[Path]:
    """The runtime folders of the daemons that the service manager runs here."""
    return [socket.parent for socket in sorted(SYSTEM_RUNTIME.glob(f"*/{SOCKET}"))]


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
        print(no_daemon_text(args.runtime / SOCKET, error), file=sys.stderr)
        return None


def no_daemon_text(path: Path, error: OSError) -> str:
    """Why nobody answered, and what to do about it."""
    language = language_of()
    if isinstance(error, PermissionError):
        return render("cli.no_permission", language, path=path)
    if not path.exists() and (services := running_services()):
        known = ", ".join(map(str, services))
        return render("cli.other_daemons", language, path=path, known=known)
    reason = error.strerror or str(error)
    return render("cli.no_daemon", language, path=path, reason=reason)


def answer_text(answer: Answer) -> str:
    """The answer's code in the reader's language."""
    code, params = answer["code"], answer.get("params", {})
    return render(code, language_of(), **params) if code in texts() else f"{code} {params}"
