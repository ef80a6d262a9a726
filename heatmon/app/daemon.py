"""The daemon: starts its stations, beats once a second, and ends with everything on disk."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from heatmon.app.commands import Commands
from heatmon.app.forwarding import Forwarding
from heatmon.app.metrics import page_of
from heatmon.app.readiness import Readiness
from heatmon.app.reload import Reloading
from heatmon.app.shared import Running, Shared
from heatmon.app.start import start_station
from heatmon.app.telling import Telling
from heatmon.app.trouble import StoreTrouble
from heatmon.catalogue import Language
from heatmon.control import ControlServer
from heatmon.core.input import ClockStepped, Lifecycle
from heatmon.export.scrape import Address, ScrapeServer
from heatmon.runtime.clock import Clock
from heatmon.runtime.sd_notify import sd_notify
from heatmon.runtime.supervisor import Supervisor
from heatmon.runtime.ticker import Ticker
from heatmon.settings import find_stations
from heatmon.store.claims import Claims
from heatmon.store.history import History
from heatmon.store.lock import StateLock
from heatmon.store.reserve import Reserve
from heatmon.store.writer import Writer

log = logging.getLogger("heatmon")

HEARTBEAT_S: Final = 1.0
LAST_WRITE_S: Final = 3.0
"""How long the end waits for a disk that hangs; with the pollers' second, SIGTERM ends within 5 s."""


class Daemon:
    """Runs the stations below `roots`, keeping journal and history below `state`.

    roots: station folders, or folders of them; looked at again at each reload. history_cap_bytes: what
    samples and summaries may take on disk; None: nine tenths of what they and free space are together.
    """

    def __init__(
        self,
        roots: Sequence[Path],
        *,
        state: Path,
        runtime: Path,
        clock: Clock,
        language: Language = "en",
        overrides: Mapping[str, Any] | None = None,
        history_cap_bytes: int | None = None,
    ) -> None:
        self._roots, self.clock = tuple(roots), clock
        self._lock = StateLock(state)
        history = History(state / "history", Claims(state), cap_bytes=history_cap_bytes)
        stations: dict[str, Running] = {}
        self._trouble = StoreTrouble(stations)
        self.shared = Shared(
            state=state,
            clock=clock,
            language=language,
            overrides=dict(overrides or {}),
            ticker=Ticker(clock),
            supervisor=Supervisor(),
            history=history,
            writer=Writer(
                history, simulated=clock.simulated, reserve=Reserve(state), on_trouble=self._trouble
            ),
            stations=stations,
        )
        self.telling = Telling(self.shared)
        self._reloading = Reloading(self.shared, lambda: find_stations(self._roots), self.telling.station)
        commands = Commands(self.shared, self._reloading, self.telling)
        self._control = ControlServer(runtime / "control.sock", commands.answer)
        self._readiness = Readiness(self.shared)
        self.metrics: ScrapeServer | None = None
        self._stop = asyncio.Event()
        self._errands: set[asyncio.Task[None]] = set()

    @property
    def stations(self) -> Mapping[str, Running]:
        """The stations that run, by id."""
        return self.shared.stations

    @property
    def faults(self) -> list[str]:
        """Why stations were left out, one line each."""
        return self.shared.faults

    @property
    def ready(self) -> asyncio.Event:
        """Set when READY was told."""
        return self._readiness.ready

    def summary(self) -> str:
        """One line: what runs, and what is missing."""
        return self._readiness.summary()

    async def reload(self) -> None:
        """Reload every station, as SIGHUP does; the log tells what came of it."""
        await self._reloading.by_signal()

    def stop(self) -> None:
        """Ask the daemon to end; `run` returns when everything is on disk."""
        self._stop.set()

    async def run(self, metrics: Address | None = None) -> None:
        """Run until stopped, or return when no station could be started. metrics: where, for Prometheus.

        Raises StoreError subclasses when the state directory cannot be used, SocketTaken when
        another daemon answers on the control socket.
        """
        self._lock.acquire()
        if metrics is not None:
            self.metrics = ScrapeServer(metrics, page_of(self.shared))
        try:
            self._heed_signals()
            self.shared.writer.start()
            try:
                await self._start()
                if self.stations:
                    await self._beat()
            finally:
                await self._end()
        finally:
            self._lock.release()

    def _heed_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._run_errand(self.reload()))

    def _run_errand(self, work: Coroutine[Any, Any, None]) -> None:
        """Something that goes on beside the beat, ended with the daemon."""
        task = asyncio.create_task(work)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _start(self) -> None:
        for number, directory in enumerate(find_stations(self._roots)):
            if self._stop.is_set():
                return
            running = await start_station(self.shared, number, directory)
            if running is not None:
                await self.telling.station(running)
        self._trouble.begin()
        if self.stations:
            await self._control.start()
            if self.metrics is not None:
                await self.metrics.start()
            if not self.clock.simulated:
                # Simulated values never reach a real database.
                self._run_errand(Forwarding(self.shared).run())
            self._run_errand(self._readiness.tell_when_ready())

    async def _beat(self) -> None:
        """Once a second: deadlines, checkpoints, supervision, the wall clock, the watchdog."""
        shared = self.shared
        pause = max(HEARTBEAT_S / self.clock.factor, 0.05)
        while not self._stop.is_set():
            for running in shared.stations.values():
                running.shell.tick()
            shared.supervisor.check()
            self._step_clock()
            healthy = shared.supervisor.healthy(len(shared.stations))
            self._readiness.beat(progressing=healthy and shared.writer.progressing())
            try:
                await asyncio.wait_for(self._stop.wait(), pause)
            except TimeoutError:
                continue

    def _step_clock(self) -> None:
        moved, trusted = self.clock.step(), self.clock.trusted()
        for running in self.stations.values():
            if moved is not None or trusted is not running.shell.engine.clock_trusted:
                running.shell.accept(ClockStepped(moved or 0, trusted))

    async def _end(self) -> None:
        """Stop reading, write everything, close. Within seconds, whatever hangs."""
        sd_notify("STOPPING=1", "STATUS=stopping")
        await self._control.stop()
        if self.metrics is not None:
            await self.metrics.stop()
        for errand in tuple(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self.telling.stop()
        await self.shared.supervisor.stop()
        now = self.clock.now_ns()
        for running in self.stations.values():
            running.shell.accept(Lifecycle("stopped", now, now, "asked to stop"))
        try:
            async with asyncio.timeout(LAST_WRITE_S):
                await asyncio.gather(*(running.shell.flush() for running in self.stations.values()))
                await self.shared.writer.stop()
        except TimeoutError:
            log.error("the disk did not take the last entries within %g s", LAST_WRITE_S)  # noqa: TRY400  a line, no traceback
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(name)
