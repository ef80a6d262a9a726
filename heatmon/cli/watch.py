"""`heatmon watch`: one station live in the terminal, over the control socket like any other asker."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys
import termios
import tty
import uuid
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from heatmon.catalogue import Language, language_of, render
from heatmon.cli.ask import SOCKET, add_daemon_arguments, no_daemon_text
from heatmon.control import ControlClient
from heatmon.view import station_view

REFRESH_S = 0.5
JOURNAL_LINES = 8


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which daemon, which station."""
    add_daemon_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Show until q or Ctrl-C."""
    try:
        asyncio.run(watch(args.runtime / SOCKET, args.station, language_of()))
    except OSError as error:
        print(no_daemon_text(args.runtime / SOCKET, error), file=sys.stderr)
        return 1
    return 0


async def watch(
    socket: Path, station: str | None, language: Language, stop: asyncio.Event | None = None
) -> None:
    """Draw the station twice a second; `a` acknowledges all alarms, `q` ends. Raises OSError."""
    stop = stop or asyncio.Event()
    client = ControlClient(socket)
    console = Console()
    keys: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
    try:
        with _keys(keys), Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            while not stop.is_set():
                live.update(await _page(client, station, language), refresh=True)
                try:
                    key = await asyncio.wait_for(keys.get(), REFRESH_S)
                except TimeoutError:
                    continue
                if key == "q":
                    return
                if key == "a":
                    await client.ask("ack_all", uuid.uuid4().hex, station)
    finally:
        await client.close()


async def _page(client: ControlClient, station: str | None, language: Language) -> Group:
    answer = await client.ask("status", uuid.uuid4().hex, station)
    if not answer["ok"] or not answer["data"]:
        return Group(Text(render(answer["code"], language, **answer["params"])))
    status = answer["data"][0]
    journal = await client.ask("journal", uuid.uuid4().hex, status["station"], lines=JOURNAL_LINES)
    parts = [station_view(status, journal.get("data") or [], language)]
    if status["time_factor"] != 1:
        parts.insert(0, Text(render("view.banner", language, factor=status["time_factor"]), style="reverse"))
    parts.append(Text(render("view.keys", language), style="dim"))
    return Group(*parts)


@contextlib.contextmanager
def _keys(queue: asyncio.Queue[str]) -> Iterator[None]:
    """Single key presses of a terminal into the queue (bound 16; more are dropped: nobody types so fast)."""
    if not sys.stdin.isatty():
        yield
        return
    loop, fd = asyncio.get_running_loop(), sys.stdin.fileno()
    before = termios.tcgetattr(fd)

    def pressed() -> None:
        with contextlib.suppress(asyncio.QueueFull):
            queue.put_nowait(sys.stdin.read(1))

    tty.setcbreak(fd)
    loop.add_reader(fd, pressed)
    try:
        yield
    finally:
        loop.remove_reader(fd)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
