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
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from heatmon.catalogue import Language, language_of, render, render_fields
from heatmon.cli.ask import SOCKET, add_daemon_arguments, no_daemon_text
from heatmon.cli.page import Frame, page
from heatmon.control import ControlClient

REFRESH_S = 0.5
JOURNAL_LINES = 8
NOTICE_DRAWS = 8
"""How many draws an answer stays in the last line."""


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
    """Draw a station twice a second until `q` or `stop`; the keys stand in its last line. Raises OSError."""
    stop = stop or asyncio.Event()
    client = ControlClient(socket)
    console = Console()
    keys: asyncio.Queue[str] = asyncio.Queue(maxsize=16)
    watcher = Watcher(client, station, language)
    try:
        with _keys(keys), Live(console=console, screen=console.is_terminal, auto_refresh=False) as live:
            while not stop.is_set():
                live.update(await watcher.draw(console.width, console.height), refresh=True)
                try:
                    key = await asyncio.wait_for(keys.get(), REFRESH_S)
                except TimeoutError:
                    continue
                if key == "q":
                    return
                await watcher.press(key)
    finally:
        await client.close()


class Watcher:
    """What is looked at: which station, which part of its values, what the last key brought."""

    def __init__(self, client: ControlClient, station: str | None, language: Language) -> None:
        self._client, self._station, self._language = client, station, language
        self._stations: list[str] = []
        self._turn = 0
        self._notice, self._notice_draws = "", 0

    async def draw(self, width: int, height: int) -> Group:
        """The page now."""
        answer = await self._ask("status")
        if not answer["ok"] or not answer["data"]:
            return Group(Text(render(answer["code"], self._language, **answer["params"])))
        if not self._stations:
            self._stations = [one["station"] for one in answer["data"]]
        status = answer["data"][0]
        journal = await self._ask("journal", status["station"], lines=max(JOURNAL_LINES, height // 4))
        self._notice_draws -= 1
        frame = Frame(width, height, self._turn, self._notice if self._notice_draws >= 0 else "")
        status["stations"] = max(1, len(self._stations))
        return page(status, journal.get("data") or [], self._language, frame)

    async def press(self, key: str) -> None:
        """A key other than `q`."""
        if key == "a":
            answer = await self._ask("ack_all")
            params = answer.get("params") or {}
            code = "view.acknowledged" if answer["ok"] else answer["code"]
            self._notice, self._notice_draws = render_fields(code, self._language, params), NOTICE_DRAWS
        elif key == " ":
            self._turn += 1
        elif key == "n" and len(self._stations) > 1:
            at = self._stations.index(self._station or self._stations[0])
            self._station, self._turn = self._stations[(at + 1) % len(self._stations)], 0

    async def _ask(self, verb: str, station: str | None = None, **args: Any) -> Any:
        asked = station or self._station or (self._stations[0] if self._stations else None)
        return await self._client.ask(verb, uuid.uuid4().hex, asked, **args)


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
