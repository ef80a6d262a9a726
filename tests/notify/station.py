"""A station for messages: the real engine and shell over a real journal, commits without a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.input import Actor, Command
from heatmon.core.scan import Scan
from heatmon.notify.dispatcher import Dispatcher
from heatmon.notify.office import StationPort
from heatmon.notify.row import Row
from heatmon.runtime.clock import Clock
from heatmon.runtime.station import StationShell
from heatmon.store.entry import Entry
from heatmon.store.journal import Journal
from tests.unit.core.station_spec import START, content, scan, spec, tag, words

OPERATOR = Actor("zhang", "operator", "socket", "uid")
PERSONS = [
    {"id": "zhang", "name": "张三", "role": "operator", "language": "zh"},
    {"id": "li", "name": "Li Si", "role": "dispatcher", "language": "en"},
    {"id": "wang", "name": "王五", "role": "engineer", "language": "zh"},
]
POSTS = [
    {"id": "dispatch", "name": words("dispatch"), "always": ["li"]},
    {"id": "shift", "name": words("shift"), "always": ["zhang"]},
]


def alarm(alarm_id: str, priority: str, signal: str = "p2r", **changes: Any) -> dict[str, Any]:
    """Raised at once above 0.6 MPa (or when on), back at once."""
    level = {"name": "H", "limit": "0.6 MPa", "deadband": "0.01 MPa", "priority": priority}
    return {
        "id": alarm_id,
        "name": {"en": f"{alarm_id} too high", "zh": f"{alarm_id}过高"},
        "signal": signal,
        "when": "above",
        "levels": [level],
        "cause": {"en": "a stuck pump", "zh": "水泵粘连"},
        "response": {"en": "open the valve", "zh": "开泄压阀"},
    } | changes


def settings(channels: Sequence[Mapping[str, Any]], **changes: Any) -> dict[str, Any]:
    """A section notify: every person by the channels given, in that order."""
    ways = [{"channel": channel["id"], "to": "+8613800138000"} for channel in channels]
    people = [{"person": person["id"], "ways": ways} for person in PERSONS]
    return {
        "channels": list(channels),
        "contacts": people,
        "posts": POSTS,
        "escalation": [
            {"priority": priority, "steps": [{"after": "0 s", "to": ["dispatch"]}]}
            for priority in ("P1", "P2", "P3")
        ],
    } | changes


class Direct:
    """Commits into the journal at once."""

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self._journal, self._clock = journal, clock

    def record(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Samples are of no interest here."""

    async def commit(self, station: str, events: Sequence[Event], checkpoint: dict[str, Any]) -> None:
        self._journal.append(events, checkpoint, self._clock.now_ns())


class Station:
    """One running station. `feed` gives a scan; `until` waits for the journal to say something."""

    def __init__(self, path: Path, clock: Clock, notify: Mapping[str, Any], **changes: Any) -> None:
        changes = {"alarms": [alarm("A1", "P1"), alarm("A3", "P3", "t2s", levels=LEVEL_T)]} | changes
        self.spec = spec(**content(persons=PERSONS, notify=notify, **changes))
        self.clock = clock
        self.journal = Journal(path / "journal.db", "hx1")
        found = self.journal.recover()
        bundle = "0" * 64
        engine = (
            Engine(self.spec, bundle, clock.now_ns())
            if found.checkpoint is None
            else Engine.restore(self.spec, bundle, found.checkpoint)
        )
        self.shell = StationShell(engine, clock, Direct(self.journal, clock))
        self.dispatcher: Dispatcher | None = None
        self._path = path

    async def start(self, progress: Callable[[], Sequence[tuple[str, float | None]]] = lambda: ()) -> None:
        assert self.spec.notify is not None
        self.dispatcher = dispatcher = Dispatcher(self._path / "outbox.db", self.clock)
        self.shell.listeners.append(lambda _events: dispatcher.written("hx1"))
        port = StationPort(self.spec, self.journal, self.shell.accept, self.shell.command)
        await dispatcher.add(port, self.spec.notify, progress)

    async def stop(self) -> None:
        if self.dispatcher is not None:
            await self.dispatcher.stop()
        await self.shell.flush()
        self.journal.close()

    def feed(self, pressure_mpa: float, temperature_c: float = 50.0) -> None:
        now = self.clock.now_ns()
        one = scan(self.shell.engine.input_seq + 1, now, [pressure_mpa, temperature_c])
        self.shell.accept(one)

    async def command(self, verb: str, **args: str) -> bool:
        reply = await self.shell.command(Command(f"{verb}{self.clock.now_ns()}", verb, args, OPERATOR))
        return reply.ok

    def entries(self, prefix: str = "") -> list[Entry]:
        return [entry for entry in self.journal.entries() if entry.header.code.startswith(prefix)]

    def codes(self, prefix: str = "") -> list[str]:
        return [entry.header.code for entry in self.entries(prefix)]

    def rows(self) -> list[Row]:
        assert self.dispatcher is not None
        return self.dispatcher.outbox._rows("station = 'hx1' order by id")

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(30):
            while not holds():  # noqa: ASYNC110  what is waited for is on disk, no event tells of it
                await asyncio.sleep(0.01)


LEVEL_T = [{"name": "H", "limit": "80 °C", "deadband": "1 K", "priority": "P3"}]
Story = Callable[[Station], Awaitable[None]]
__all__ = ["START", "Station", "alarm", "settings", "tag"]
