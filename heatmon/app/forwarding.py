"""The daemon's side of the forwarder: a child process, started where stations name destinations.

The child reads the store and talks to databases; the daemon only hears how it goes. Whatever hangs,
crashes or fills up there never touches polling and alarms. Trouble becomes an input of the first
station that names the destination: one alarm, not one for each station.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final

from heatmon.app.shared import Shared
from heatmon.core.effect import Event
from heatmon.core.input import JsonScalar, PathChange, SystemNotice
from heatmon.export.ledger import Ledger
from heatmon.store.errors import StoreError

log = logging.getLogger("heatmon.forward")

LOOK_S: Final = 1.0
BACKOFF_S: Final = (1.0, 2.0, 5.0, 15.0, 60.0)
PATIENCE_S: Final = 2.0
LINE_MAX: Final = 1 << 20
Wanted = tuple[tuple[str, tuple[object, ...]], ...]
"""(station, its destinations) of every station: when this changes the child starts again."""


class Forwarding:
    """Keeps the child running as long as any station has a destination."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._told: dict[str, tuple[str, ...]] = {}
        self._heard: set[str] = set()
        self._errands: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Until cancelled."""
        crashes = 0
        while True:
            self._listen()
            wanted = self._wanted()
            if not wanted:
                self._shared.paths.clear()
                await asyncio.sleep(LOOK_S)
                continue
            # The journal knows the settings before the child looks for them there.
            for station, _ in wanted:
                await self._shared.stations[station].shell.flush()
            if await self._one_life(wanted):
                crashes = 0
                continue
            wait = BACKOFF_S[min(crashes, len(BACKOFF_S) - 1)]
            crashes += 1
            log.error("the forwarder has ended by itself; it is started again in %g s", wait)
            await asyncio.sleep(wait)

    def _wanted(self) -> Wanted:
        specs = [(name, running.shell.engine.spec) for name, running in self._shared.stations.items()]
        return tuple((name, spec.destinations) for name, spec in specs if spec.destinations)

    async def _one_life(self, wanted: Wanted) -> bool:
        """One child: True when we ended it because settings changed, False when it ended by itself."""
        stations = ",".join(station for station, _ in wanted)
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "heatmon", "forward", "run", "--attached", stations),
            *("--state", str(self._shared.state)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_MAX,
        )
        assert child.stdout is not None
        reading = asyncio.create_task(self._read(child.stdout))
        try:
            while not reading.done():
                self._listen()
                if self._wanted() != wanted:
                    return True
                await asyncio.wait((reading,), timeout=LOOK_S)
            return False
        finally:
            reading.cancel()
            await _end(child)

    async def _read(self, lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            try:
                status = json.loads(line)
                self._take(status)
            except (ValueError, KeyError, TypeError):
                log.exception("the forwarder said something strange: %.200r", line)

    def _take(self, status: dict[str, Any]) -> None:
        path, aside = str(status["id"]), status.pop("aside")
        self._shared.paths[path] = status
        first = self._first_station(path)
        if first is None:
            return
        shell = self._shared.stations[first].shell
        if aside:
            fields = {"count": len(aside), "line": aside[0][0].strip()[:500], "detail": aside[0][1][:300]}
            shell.accept(SystemNotice("path.parked", {"path": path, **fields}))
        codes = tuple(code for code, _ in status["alarms"])
        if codes == self._told.get(path):
            return
        self._told[path] = codes
        if codes:
            code, why = status["alarms"][0]
            lost: Mapping[str, JsonScalar] = {**why, "why": code}
            shell.accept(PathChange(path, "lost", lost))
        else:
            shell.accept(PathChange(path, "restored", {}))

    def _first_station(self, path: str) -> str | None:
        for name, running in self._shared.stations.items():
            if any(to.id == path for to in running.shell.engine.spec.destinations):
                return name
        return None

    # -- what people ask for -------------------------------------------------------------------

    def _listen(self) -> None:
        """Hear the entries of every station; those about paths are carried out once they are on disk."""
        for name in self._shared.stations.keys() - self._heard:
            self._heard.add(name)
            self._shared.stations[name].shell.listeners.append(self._hear)

    def _hear(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.code in ("forward.retried", "forward.skipped", "forward.resent"):
                task = asyncio.create_task(asyncio.to_thread(self._carry_out, event))
                self._errands.add(task)
                task.add_done_callback(self._errands.discard)

    def _carry_out(self, event: Event) -> None:
        path, lines = str(event.payload["path"]), str(event.payload.get("lines", "all"))
        ids = None if lines == "all" else [int(part) for part in lines.split(",")]
        try:
            ledger = Ledger(self._shared.state)
            try:
                if event.code == "forward.resent":
                    ledger.ask_hour(path, int(str(event.payload["hour"])))
                elif event.code == "forward.retried":
                    ledger.ask_again(path, ids)
                else:
                    ledger.drop(path, ids)
            finally:
                ledger.close()
        except StoreError as error:
            log.error("%s of %s: %s", event.code, path, error)  # noqa: TRY400  a line, no traceback


async def _end(child: asyncio.subprocess.Process) -> None:
    if child.stdin is not None:
        child.stdin.close()
    with contextlib.suppress(ProcessLookupError):
        child.terminate()
    try:
        async with asyncio.timeout(PATIENCE_S):
            await child.wait()
    except TimeoutError:
        child.kill()
        await child.wait()
