"""A rehearsal: a scenario against a station's settings, in virtual time, by the very code that runs live.

Plant, instruments and servers of the simulator; drivers, pollers, shell and engine of the daemon; a loop on
which sleeping costs nothing. What comes out is the journal that a night with these settings would have left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, cast

from heatmon.app.links import plans_of
from heatmon.catalogue import Language
from heatmon.core.effect import Event as Entry
from heatmon.core.engine import Engine
from heatmon.core.input import Actor, Command, Lifecycle, LinkChange
from heatmon.core.scan import Scan
from heatmon.core.spec import Link, StationSpec
from heatmon.driver import Block, Message, Notice, installed
from heatmon.runtime.clock import Clock
from heatmon.runtime.poller import Poller
from heatmon.runtime.station import StationShell
from heatmon.runtime.ticker import Ticker, phase_ns
from heatmon.settings import Loaded, load
from heatmon.store.journal import Journal
from heatmon_simulators.scenario.events import Event, PersonEvent
from heatmon_simulators.scenario.model import Scenario
from heatmon_simulators.serve import Stage, stage
from heatmon_simulators.virtual import VirtualLoop

START: Final = datetime.fromisoformat("2027-01-11T00:00:00+08:00")
SECOND_NS: Final = 1_000_000_000
STORY_BEAT_S: Final = 60.0


@dataclass(slots=True)
class Rehearsal:
    """What came of it. scans: blocks that were judged. notices: what drivers have learned."""

    start_ns: int
    entries: list[Entry] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    scans: int = 0
    virtual_s: float = 0.0
    wall_s: float = 0.0


class Tape:
    """Takes what the station's shell commits: into the list, to whoever looks on, into a journal if any."""

    def __init__(
        self, rehearsal: Rehearsal, clock: Clock, told: Callable[[Entry], None], journal: Journal | None
    ) -> None:
        self._rehearsal, self._clock, self._told, self._journal = rehearsal, clock, told, journal

    def record(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """As `heatmon.runtime.station.Recorder.record`; samples are counted and not kept."""
        self._rehearsal.scans += scan.device != "engine"

    async def commit(self, station: str, events: Sequence[Entry], checkpoint: dict[str, Any]) -> None:
        """As `heatmon.runtime.station.Recorder.commit`."""
        if self._journal is not None and events:
            self._journal.append(list(events), checkpoint, self._clock.now_ns(), simulated=True)
        for event in events:
            self._rehearsal.entries.append(event)
            self._told(event)


class RehearsalError(Exception):
    """The station's settings have faults; they are in `loaded`."""

    def __init__(self, loaded: Loaded) -> None:
        super().__init__("\n".join(str(fault) for fault in loaded.faults))
        self.loaded = loaded


def rehearse(
    scenario: Scenario,
    directory: Path,
    *,
    length_s: float | None = None,
    language: Language = "en",
    told: Callable[[Entry], None] = lambda entry: None,
    journal: Path | None = None,
) -> Rehearsal:
    """Run a scenario against the station in `directory`. Raises RehearsalError; StoreError for the journal.

    told: is called with each entry as it is made. journal: file to keep the entries in, marked simulated.
    """
    rehearsal = Rehearsal(int((scenario.start or START).timestamp()) * SECOND_NS)
    began = time.monotonic()
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(
            _Night(scenario, directory, length_s or scenario.length_s, language).run(rehearsal, told, journal)
        )
    rehearsal.wall_s = time.monotonic() - began
    return rehearsal


class _Night:
    def __init__(self, scenario: Scenario, directory: Path, length_s: float, language: Language) -> None:
        self._scenario, self._directory = scenario, directory
        self._length_s, self._language = length_s, language
        self._commands: list[asyncio.Task[Any]] = []

    async def run(self, rehearsal: Rehearsal, told: Callable[[Entry], None], journal: Path | None) -> None:
        loop = cast("VirtualLoop", asyncio.get_running_loop())
        start_ns = rehearsal.start_ns
        clock = Clock(
            1.0,
            start_ns,
            utc=lambda: start_ns + loop.virtual_ns,
            monotonic=lambda: loop.virtual_ns,
            simulated=True,
        )
        async with AsyncExitStack() as stack:
            kept = None
            first = self._load({})
            if journal is not None:
                kept = Journal(journal, first.station.id, simulated=True)
                stack.callback(kept.close)
            served = self._stage(first, clock, start_ns)
            await stack.enter_async_context(served)
            spec, loaded = self._loaded({**served.overrides, **self._slowed(first)})
            shell = StationShell(
                Engine(spec, loaded.bundle, clock.now_ns()), clock, Tape(rehearsal, clock, told, kept)
            )
            self._shell = shell
            await self._watch(shell, loaded, clock, served, rehearsal)
        rehearsal.virtual_s = self._length_s

    def _stage(self, spec: StationSpec, clock: Clock, start_ns: int) -> Stage:
        world = self._scenario.world(start_ns)
        transport = self._scenario.transport
        kinds = {link.options.get("transport", {}).get("kind") for link in spec.links}
        if transport == "rtu" or "rtu" in kinds:
            # A serial line of this computer has a clock of its own; the same frames go through memory.
            transport = "rtu_over_tcp"
        return stage(
            self._scenario, spec, world, clock, transport=transport, told=self._told, beat_s=STORY_BEAT_S
        )

    def _load(self, overrides: dict[str, Any]) -> StationSpec:
        return self._loaded(overrides)[0]

    def _loaded(self, overrides: dict[str, Any]) -> tuple[StationSpec, Loaded]:
        overrides = {**self._scenario.settings, **overrides}
        loaded = load(self._directory, installed(), self._language, overrides)
        if loaded.spec is None:
            raise RehearsalError(loaded)
        return loaded.spec, loaded

    def _slowed(self, spec: StationSpec) -> dict[str, Any]:
        """Poll groups faster than the story's `poll` (or its step) are read at that pace."""
        slowest_s = max(self._scenario.poll_s or 0.0, self._scenario.step_s)
        return {
            f"devices.{device.id}.groups.{group.id}.period": f"{slowest_s:g} s"
            for device in spec.devices
            for group in device.groups
            if group.period_s < slowest_s
        }

    async def _watch(
        self, shell: StationShell, loaded: Loaded, clock: Clock, served: Stage, rehearsal: Rehearsal
    ) -> None:
        now = clock.now_ns()
        shell.accept(Lifecycle("started", now, now, "rehearsal"))
        ticker = Ticker(clock)
        spec = shell.engine.spec
        tasks = [
            asyncio.create_task(self._poller(shell, loaded, link, number, clock, ticker, rehearsal).run())
            for number, link in enumerate(spec.links)
            if plans_of(spec, link.id, loaded.plans)
        ]
        tasks.append(asyncio.create_task(served.run()))
        beat_s = max(1.0, self._scenario.poll_s or 0.0)
        try:
            while (left_s := self._length_s - (clock.now_ns() - now) / SECOND_NS) > 0.0:
                await asyncio.sleep(min(beat_s, left_s + 0.001))
                shell.tick()
                for task in tasks:
                    if task.done():
                        task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._commands)
        end = clock.now_ns()
        shell.accept(Lifecycle("stopped", end, end, "rehearsal"))
        await shell.flush()
        if shell.failed is not None:
            raise shell.failed

    def _poller(
        self,
        shell: StationShell,
        loaded: Loaded,
        link: Link,
        number: int,
        clock: Clock,
        ticker: Ticker,
        rehearsal: Rehearsal,
    ) -> Poller:
        spec = shell.engine.spec
        devices = tuple(device.id for device in spec.devices if device.link == link.id)

        def deliver(device: str, group: str, due_ns: int, block: Block) -> None:
            shell.deliver(device, group, due_ns, block)

        def changed(up: bool, reason: Message) -> None:
            shell.accept(LinkChange(link.id, devices, up, reason.code, params=reason.params))

        return Poller(
            link,
            installed()[link.driver].open(link),
            plans_of(spec, link.id, loaded.plans),
            clock=clock,
            ticker=ticker,
            offset_ns=phase_ns(number),
            deliver=deliver,
            changed=changed,
            notify=rehearsal.notices.append,
        )

    def _told(self, event: Event) -> None:
        """What people do in the story goes to the engine like any command."""
        if isinstance(event, PersonEvent):
            persons = {person.id: person for person in self._shell.engine.spec.persons}
            role = persons[event.person].role if event.person in persons else "viewer"
            actor = Actor(event.person, role, "socket", "uid")
            command = Command(f"story-{len(self._commands) + 1}", event.does, dict(event.with_), actor)
            self._commands.append(asyncio.create_task(self._shell.command(command)))
