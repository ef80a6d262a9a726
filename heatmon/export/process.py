"""The forwarder as a process: one task a destination. It needs the store and the secrets, nothing else.

Settings come from the journals: each station's destinations as they are in force. A line of JSON on
standard output every few seconds says how each destination is; who started it reads that. It ends by
SIGTERM, or when its standard input is closed: it never outlives a daemon.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from heatmon.core.spec.destination import Destination
from heatmon.export.forwarder import Forwarder
from heatmon.export.ledger import Ledger
from heatmon.export.source import Source, journal_file
from heatmon.export.transport import InfluxTransport
from heatmon.export.units import StationUnits
from heatmon.export.watch import Watch
from heatmon.store.claims import Claims
from heatmon.store.errors import StoreError

log = logging.getLogger("heatmon.forward")

REPORT_S: Final = 2.0
AGAIN_S: Final = 5.0
"""After trouble with the store."""
Report = Callable[[dict[str, Any]], None]


def destinations_of(
    state: Path, stations: Sequence[str]
) -> tuple[dict[str, tuple[Destination, list[str]]], list[str]]:
    """Destination -> (settings, stations that name it), and what is wrong, one line each."""
    found: dict[str, tuple[Destination, list[str]]] = {}
    faults: list[str] = []
    for station in stations:
        try:
            spec = StationUnits(journal_file(state, station)).spec()
        except (StoreError, ValidationError, sqlite3.Error) as error:
            faults.append(f"{station}: {error}")
            continue
        for to in spec.destinations if spec is not None else ():
            known, members = found.setdefault(to.id, (to, []))
            if known != to:
                faults.append(
                    f"{station}: destination {to.id} differs from that of {members[0]}; give it another id"
                )
                continue
            members.append(station)
    return found, faults


def stations_in(state: Path) -> list[str]:
    """All stations that have a journal here."""
    return sorted(path.parent.name for path in (state / "stations").glob("*/journal.db"))


class Forwarding:
    """All destinations of a state directory. Raises StoreError."""

    def __init__(self, state: Path, stations: Sequence[str]) -> None:
        self._ledger, self._claims = Ledger(state), Claims(state)
        found, self.faults = destinations_of(state, stations)
        for fault in self.faults:
            log.error("%s", fault)
        if not self.faults:
            self._release(found)
        self.watches = [
            Watch(Forwarder(to, Source(state, members), self._ledger, self._claims, InfluxTransport(to)))
            for to, members in found.values()
        ]

    def _release(self, configured: dict[str, tuple[Destination, list[str]]]) -> None:
        """A destination that no settings name any more holds nothing back."""
        for gone in set(self._ledger.destinations()) - set(configured):
            self._claims.release(gone)
            self._ledger.forget(gone)
            log.info("destination %s is no longer configured; its claim has ended", gone)

    async def run(self, report: Report) -> None:
        """Forward until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                for watch in self.watches:
                    tasks.create_task(_keep_sending(watch.forwarder))
                    tasks.create_task(_keep_telling(watch, report))
        finally:
            for watch in self.watches:
                await watch.forwarder.close()
            self._ledger.close()
            self._claims.close()


async def _keep_sending(forwarder: Forwarder) -> None:
    while True:
        try:
            pause = await forwarder.turn()
        except (StoreError, sqlite3.Error, OSError) as error:
            log.error("%s: the store: %s", forwarder.to.id, error)  # noqa: TRY400  a line, no traceback
            pause = AGAIN_S
        await asyncio.sleep(pause)


async def _keep_telling(watch: Watch, report: Report) -> None:
    while True:
        try:
            await watch.count()
            report(watch.status() | {"aside": watch.forwarder.take_parked()})
        except (StoreError, sqlite3.Error, OSError) as error:
            log.error("%s: the store: %s", watch.forwarder.to.id, error)  # noqa: TRY400  as above
        await asyncio.sleep(REPORT_S)


async def main(state: Path, stations: Sequence[str], *, attached: bool) -> None:
    """Forward until SIGTERM or SIGINT; attached: also until standard input is closed. Raises StoreError."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    if attached:
        loop.add_reader(sys.stdin.fileno(), _ended, stop)
    forwarding = Forwarding(state, stations)
    work = asyncio.create_task(forwarding.run(_print if attached else _log))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
    for task in (stopped, work):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await work


def _ended(stop: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        stop.set()


def _print(status: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(status, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _log(status: dict[str, Any]) -> None:
    if status["alarms"]:
        log.warning("%s: %s", status["id"], status["alarms"])
