"""Taking changed settings into use: validate, show the difference, swap between two cycles.

Each station swaps alone. An invalid one keeps its old settings, and says why; a folder that was
left out is tried again. A link whose wiring is unchanged keeps its poller and loses no cycle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from heatmon.app.links import rewired, start_pollers, stop_pollers
from heatmon.app.shared import Running, Shared
from heatmon.app.start import load_station, start_station
from heatmon.catalogue import Language
from heatmon.core.engine import Engine
from heatmon.core.input import SYSTEM, Actor, ConfigChange
from heatmon.core.spec import StationSpec
from heatmon.settings import Loaded, difference

log = logging.getLogger("heatmon")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a reload did with one station. code: a catalogue key; lines: the difference, or the faults."""

    name: str
    ok: bool
    code: str
    lines: tuple[str, ...] = ()
    event_seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """How a reload was asked for.

    language: of faults, the daemon's own where None; only_show: the difference, without the swap.
    """

    language: Language | None = None
    only_show: bool = False


class Reloading:
    """Reloads stations, one after the other: two reloads at once would swap each other's settings.

    taken(running): called when a station runs by new settings, for the outward paths.
    """

    def __init__(
        self,
        shared: Shared,
        find: Callable[[], list[Path]],
        taken: Callable[[Running], Awaitable[None]],
    ) -> None:
        self._shared, self._find, self._taken = shared, find, taken
        self._one_at_a_time = asyncio.Lock()

    async def station(self, running: Running, actor: Actor, asked: Asked) -> Outcome:
        """One station."""
        async with self._one_at_a_time:
            return await self._reload(running, actor, asked)

    async def everything(self, actor_at: Callable[[Running], Actor | None], asked: Asked) -> list[Outcome]:
        """All stations, those left out, and folders that are new. None from `actor_at`: not allowed there."""
        async with self._one_at_a_time:
            outcomes = []
            for running in tuple(self._shared.stations.values()):
                actor = actor_at(running)
                if actor is not None:
                    outcomes.append(await self._reload(running, actor, asked))
            known = {running.directory for running in self._shared.stations.values()}
            fresh = [folder for folder in await asyncio.to_thread(self._find) if folder not in known]
            return [*outcomes, *[await self._try_again(folder, asked) for folder in fresh]]

    async def by_signal(self) -> None:
        """SIGHUP: everything, in the name of whoever may signal this process."""
        for outcome in await self.everything(lambda _running: SYSTEM, Asked()):
            level = logging.INFO if outcome.ok else logging.ERROR
            log.log(level, "reload of %s: %s", outcome.name, outcome.code)
            for line in outcome.lines:
                log.log(level, "%s: %s", outcome.name, line)

    async def _try_again(self, directory: Path, asked: Asked) -> Outcome:
        shared = self._shared
        if asked.only_show:
            loaded = await load_station(shared, directory, asked.language)
            code = "control.would_start" if loaded.spec is not None else "control.left_out"
            return Outcome(directory.name, loaded.spec is not None, code, tuple(map(str, loaded.faults)))
        number = 1 + max((running.number for running in shared.stations.values()), default=-1)
        running = await start_station(shared, number, directory, asked.language)
        if running is None:
            return Outcome(directory.name, False, "control.left_out", shared.left_out[directory])
        await self._taken(running)
        return Outcome(running.shell.id, True, "control.started")

    async def _reload(self, running: Running, actor: Actor, asked: Asked) -> Outcome:
        loaded = await load_station(self._shared, running.directory, asked.language)
        shell, name = running.shell, running.shell.id
        if loaded.spec is None:
            return Outcome(name, False, "control.invalid_settings", tuple(map(str, loaded.faults)))
        if loaded.spec.station.id != name:
            return Outcome(name, False, "control.other_station", (loaded.spec.station.id,))
        if loaded.bundle == shell.engine.bundle:
            return Outcome(name, True, "control.unchanged")
        try:
            await asyncio.to_thread(self._prepare, running, loaded, loaded.spec)
        except Exception as error:
            # Before anything was swapped: the old settings are untouched.
            log.exception("reload of %s", name)
            return Outcome(name, False, "control.not_taken", (str(error),))
        if asked.only_show:
            return Outcome(name, True, "control.would_change", _lines(running, loaded.spec))
        return await self._swap(running, loaded, loaded.spec, actor)

    def _prepare(self, running: Running, loaded: Loaded, spec: StationSpec) -> None:
        """What may fail, before the swap: an engine compiles the settings, the journal keeps them."""
        Engine(spec, loaded.bundle, self._shared.clock.now_ns())
        running.journal.put_bundle(loaded.bundle, loaded.content)

    async def _swap(self, running: Running, loaded: Loaded, spec: StationSpec, actor: Actor) -> Outcome:
        shared, shell = self._shared, running.shell
        old = shell.engine.spec
        lines = _lines(running, spec)
        await stop_pollers(shared, running, rewired(old, spec))
        before = shell.engine.event_seq
        shell.accept(ConfigChange(spec, loaded.bundle, actor, lines))
        written = tuple(range(before + 1, shell.engine.event_seq + 1))
        shell.reconfigured()
        running.loaded = loaded
        start_pollers(shared, running)
        await self._taken(running)
        for warning in loaded.warnings:
            log.warning("%s", warning)
        await shell.settled()
        if shell.failed is not None:
            return Outcome(shell.id, False, "control.not_recorded", (str(shell.failed),))
        return Outcome(shell.id, True, "control.reloaded", lines, written)


def _lines(running: Running, spec: StationSpec) -> tuple[str, ...]:
    """The difference; an alarm that goes while it is active or unacknowledged says that it will be closed."""
    engine = running.shell.engine
    states = {f"- alarms.{alarm['id']}": alarm["state"] for alarm in engine.view().alarms}
    return tuple(
        f"{line} ({states[line]}, will be closed)" if line in states else line
        for line in difference(engine.spec, spec)
    )
