"""The one place where things are put together: settings, engines, store, pollers, control socket.

`Daemon` is what `heatmon run` starts in the foreground and what systemd starts; the simulation
starts the very same with another clock.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heatmon.catalogue import Language, render
from heatmon.control import Answer, ControlServer, actor_of, refusal
from heatmon.core.authority import SHELL_VERBS, may
from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.input import SYSTEM, Actor, ClockStepped, Command, ConfigChange, Lifecycle, LinkChange
from heatmon.core.spec import StationSpec
from heatmon.driver import Block, Notice, ReadPlan, installed
from heatmon.runtime.clock import Clock
from heatmon.runtime.poller import Poller
from heatmon.runtime.sd_notify import sd_notify, watchdog_s
from heatmon.runtime.station import StationShell
from heatmon.runtime.status import station_status
from heatmon.runtime.supervisor import Supervisor, Watched
from heatmon.runtime.ticker import Ticker, phase_ns
from heatmon.settings import Loaded, difference, load, spec_from_bundle
from heatmon.store.history import History
from heatmon.store.journal import Journal
from heatmon.store.lock import StateLock
from heatmon.store.reserve import Reserve
from heatmon.store.writer import Writer

log = logging.getLogger("heatmon")

HEARTBEAT_S: Final = 1.0
READY_AFTER_S: Final = 1.5
"""READY comes after the first cycle of every link, or after this and one request timeout."""


@dataclass(slots=True)
class Running:
    """A station while the daemon runs it."""

    directory: Path
    loaded: Loaded
    shell: StationShell
    journal: Journal
    watched: list[Watched] = field(default_factory=list)


class Daemon:
    """Runs the stations of `directories`, keeping journal and history below `state`."""

    def __init__(
        self,
        directories: Sequence[Path],
        *,
        state: Path,
        runtime: Path,
        clock: Clock,
        language: Language = "en",
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._directories, self._state, self._runtime = tuple(directories), state, runtime
        self.clock, self._language, self._overrides = clock, language, dict(overrides or {})
        self._ticker = Ticker(clock)
        self._supervisor = Supervisor()
        self._lock = StateLock(state)
        self._history = History(state / "history")
        self._writer = Writer(self._history, simulated=clock.simulated, reserve=Reserve(state))
        self._control = ControlServer(runtime / "control.sock", self._answer)
        self.stations: dict[str, Running] = {}
        self.faults: list[str] = []
        self._stop = asyncio.Event()
        self.ready = asyncio.Event()

    def stop(self) -> None:
        """Ask the daemon to end; `run` returns when everything is on disk."""
        self._stop.set()

    async def run(self) -> None:
        """Run until stopped. Raises StoreError subclasses when the state directory cannot be used."""
        self._lock.acquire()
        try:
            self._writer.start()
            try:
                await self._start()
                await self._beat()
            finally:
                await self._end()
        finally:
            self._lock.release()

    # -- start ---------------------------------------------------------------------------------

    async def _start(self) -> None:
        for number, directory in enumerate(self._directories):
            await self._start_station(number, directory)
        await self._control.start()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: asyncio.ensure_future(self._reload_all(SYSTEM)))

    async def _start_station(self, number: int, directory: Path) -> None:
        """A fault in one station's settings or store never touches another: it is left out and named."""
        loaded = load(directory, installed(), self._language, self._overrides)
        if loaded.spec is None:
            self.faults.extend(str(fault) for fault in loaded.faults)
            for fault in loaded.faults:
                log.error("%s", fault)
            return
        station = loaded.spec.station.id
        if station in self.stations:
            self.faults.append(
                f"{directory}: station {station} is already run from {self.stations[station].directory}"
            )
            log.error("%s", self.faults[-1])
            return
        journal = self._writer.open_journal(station, self._state / "stations" / station / "journal.db")
        journal.put_bundle(loaded.bundle, loaded.content)
        engine = self._recovered(loaded, journal)
        shell = StationShell(engine, self.clock, self._writer, stagger=number * 7)
        running = Running(directory, loaded, shell, journal)
        self.stations[station] = running
        if engine.bundle != loaded.bundle:
            lines = difference(engine.spec, loaded.spec)
            shell.accept(ConfigChange(loaded.spec, loaded.bundle, SYSTEM, tuple(lines)))
            shell.reconfigured()
        for life in self._lifecycles:
            shell.accept(life)
        self._start_pollers(number, running)

    def _recovered(self, loaded: Loaded, journal: Journal) -> Engine:
        """The engine as it was: checkpoint, then every later input; blank only on the very first start."""
        assert loaded.spec is not None
        now = self.clock.now_ns()
        found = journal.recover()
        for notice in found.notices:
            log.warning("%s", notice)
        self._lifecycles = [
            Lifecycle("started", now, now, "first start" if found.checkpoint is None else "start")
        ]
        if found.checkpoint is None:
            # The first start, or a damaged checkpoint that a notice has named: the numbers go on.
            engine = Engine(loaded.spec, loaded.bundle, now)
            engine.event_seq, engine.input_seq = found.event_seq, found.input_seq
            return engine
        bundle = str(found.checkpoint["bundle"])
        spec = loaded.spec if bundle == loaded.bundle else spec_from_bundle(journal.bundle(bundle))
        engine = Engine.restore(spec, bundle, found.checkpoint, now)
        last = self._replay_rest(engine, journal)
        away_from = max(last, found.last_time_ns)
        cause = "stop" if found.clean_stop else "no clean stop"
        self._lifecycles.insert(0, Lifecycle("gap", away_from, now, cause))
        return engine

    def _replay_rest(self, engine: Engine, journal: Journal) -> int:
        """Feed what history holds beyond the checkpoint; its events are committed like any others."""
        station, last = engine.spec.station.id, 0
        cursor = self._history.cursor_at(station, engine.input_seq)
        while True:
            stored, cursor = self._history.read_after(station, cursor, 1000)
            if not stored:
                return last
            events: list[Event] = []
            for one in stored:
                if one.scan.input_seq == engine.input_seq + 1:
                    events.extend(engine.step(one.scan, one.scan.received_ns).events)
                    last = one.scan.received_ns
            if events:
                journal.append(
                    events, engine.checkpoint(), self.clock.now_ns(), simulated=self.clock.simulated
                )

    def _start_pollers(self, number: int, running: Running) -> None:
        spec = running.shell.engine.spec
        for index, link in enumerate(spec.links):
            plans = plans_of(spec, link.id, running.loaded.plans)
            if plans:
                make = self._poller_maker(running, link.id, plans, phase_ns(number + index))
                told = self._stuck_teller(running, link.id)
                running.watched.append(self._supervisor.add(make, told))

    def _poller_maker(
        self, running: Running, link_id: str, plans: list[tuple[ReadPlan, float]], offset_ns: int
    ) -> Any:
        spec = running.shell.engine.spec
        link = next(link for link in spec.links if link.id == link_id)
        devices = tuple(device.id for device in spec.devices if device.link == link_id)
        shell = running.shell

        def deliver(device: str, group: str, due_ns: int, block: Block) -> None:
            shell.deliver(device, group, due_ns, block)

        def changed(up: bool, reason: str) -> None:
            shell.accept(LinkChange(link_id, devices, up, reason))

        def notify(notice: Notice) -> None:
            log.warning("%s %s: %s", shell.id, link_id, render(notice.code, "en", **notice.params))

        def make() -> Poller:
            return Poller(
                link,
                installed()[link.driver].open(link),
                plans,
                clock=self.clock,
                ticker=self._ticker,
                offset_ns=offset_ns,
                deliver=deliver,
                changed=changed,
                notify=notify,
            )

        return make

    @staticmethod
    def _stuck_teller(running: Running, link_id: str) -> Any:
        def told(reason: str) -> None:
            spec = running.shell.engine.spec
            devices = tuple(device.id for device in spec.devices if device.link == link_id)
            running.shell.accept(LinkChange(link_id, devices, up=False, reason=f"poller replaced: {reason}"))

        return told

    # -- while running -------------------------------------------------------------------------

    async def _beat(self) -> None:
        """Once a second: deadlines, checkpoints, supervision, the watchdog, the wall clock."""
        interval = watchdog_s()
        fed = 0.0
        loop = asyncio.get_running_loop()
        began = loop.time()
        while not self._stop.is_set():
            for running in self.stations.values():
                running.shell.tick()
            self._supervisor.check()
            self._step_clock()
            self._tell_ready(loop.time() - began)
            if interval is not None and loop.time() - fed >= interval / 3 and self._progressing():
                fed = loop.time()
                sd_notify("WATCHDOG=1", f"STATUS={self._summary()}")
            pause = max(HEARTBEAT_S / self.clock.factor, 0.05)
            try:
                await asyncio.wait_for(self._stop.wait(), pause)
            except TimeoutError:
                continue

    def _progressing(self) -> bool:
        return self._writer.progressing() and self._supervisor.healthy(len(self.stations))

    def _step_clock(self) -> None:
        moved = self.clock.step()
        if moved is not None:
            for running in self.stations.values():
                running.shell.accept(ClockStepped(moved, trusted=True))

    def _tell_ready(self, elapsed_s: float) -> None:
        if self.ready.is_set():
            return
        pollers = [watched.poller for watched in self._supervisor.watched]
        missing = [p.link.id for p in pollers if not any(group.cycles for group in p.groups)]
        patience = READY_AFTER_S + max((g.plan.timeout_s for p in pollers for g in p.groups), default=0.0)
        if missing and elapsed_s < patience:
            return
        self.ready.set()
        log.info("ready: %s", self._summary())
        sd_notify("READY=1", f"STATUS={self._summary()}")

    def _summary(self) -> str:
        """One line for systemctl status: what runs, and what is missing."""
        down = [w.poller.link.id for w in self._supervisor.watched if not w.poller.up]
        text = f"{len(self.stations)} stations, {len(self._supervisor.watched)} links"
        if down:
            text += f"; no answer yet from {', '.join(down[:5])}"
        if self.faults:
            text += f"; {len(self.faults)} faults in settings"
        return text

    # -- the end -------------------------------------------------------------------------------

    async def _end(self) -> None:
        """Stop reading, write everything, close. Within seconds, whatever hangs."""
        sd_notify("STOPPING=1")
        await self._control.stop()
        await self._supervisor.stop()
        now = self.clock.now_ns()
        for running in self.stations.values():
            running.shell.accept(Lifecycle("stopped", now, now, "asked to stop"))
        await asyncio.gather(*(running.shell.flush() for running in self.stations.values()))
        await self._writer.stop()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.remove_signal_handler(name)

    # -- commands ------------------------------------------------------------------------------

    async def _answer(
        self, station: str | None, verb: str, command_id: str, args: dict[str, Any], uid: int
    ) -> Answer:
        running = self._station(station)
        if running is None:
            if station is None and verb == "status":
                return self._ok(command_id, data=[self._status(one) for one in self.stations.values()])
            known = ", ".join(self.stations) or "–"
            return refusal(command_id, "control.unknown_station", station=station or "–", known=known)
        actor = actor_of(uid, running.shell.engine.spec.persons)
        if verb not in SHELL_VERBS:
            return await self._engine_command(running, Command(command_id, verb, args, actor))
        if not may(actor.role, verb):
            needed = " / ".join(SHELL_VERBS[verb].roles)
            return refusal(
                command_id, "control.role", verb=verb, needed=needed, person=actor.person, role=actor.role
            )
        return await self._shell_command(running, verb, command_id, args, actor)

    async def _engine_command(self, running: Running, command: Command) -> Answer:
        try:
            reply = await running.shell.command(command)
        except Exception as error:
            log.exception("command %s could not be recorded", command.verb)
            return refusal(command.id, "control.not_written", reason=str(error))
        return {
            "id": reply.id,
            "ok": reply.ok,
            "code": reply.code,
            "params": dict(reply.params),
            "event_seqs": list(reply.event_seqs),
        }

    async def _shell_command(
        self, running: Running, verb: str, command_id: str, args: dict[str, Any], actor: Actor
    ) -> Answer:
        if verb == "status":
            return self._ok(command_id, data=[self._status(running)])
        if verb == "journal":
            count = min(int(args.get("lines", 10)), 1000)
            entries = await asyncio.to_thread(running.journal.tail, count)
            return self._ok(command_id, data=[entry.as_dict() for entry in entries])
        if verb == "reload":
            return await self._reload(running, command_id, actor)
        return refusal(command_id, "control.unknown_verb", verb=verb, known=", ".join(SHELL_VERBS))

    @staticmethod
    def _ok(command_id: str, data: object = None) -> Answer:
        return {
            "id": command_id,
            "ok": True,
            "code": "control.ok",
            "params": {},
            "event_seqs": [],
            "data": data,
        }

    def _station(self, station: str | None) -> Running | None:
        if station is None and len(self.stations) == 1:
            return next(iter(self.stations.values()))
        return self.stations.get(station or "")

    def _status(self, running: Running) -> dict[str, Any]:
        pollers = [watched.poller for watched in running.watched]
        status = station_status(running.shell, pollers, self.clock.now_ns())
        status["time_factor"] = self.clock.factor
        return status

    # -- reload --------------------------------------------------------------------------------

    async def _reload_all(self, actor: Actor) -> None:
        for running in tuple(self.stations.values()):
            answer = await self._reload(running, "", actor)
            log.info("reload of %s: %s", running.shell.id, answer["code"])

    async def _reload(self, running: Running, command_id: str, actor: Actor) -> Answer:
        """Validate, show the difference, swap between two cycles; faults change nothing."""
        loaded = await asyncio.to_thread(
            load, running.directory, installed(), self._language, self._overrides
        )
        shell = running.shell
        if loaded.spec is None:
            faults = "\n".join(str(fault) for fault in loaded.faults)
            return refusal(command_id, "control.invalid_settings", faults=faults)
        if loaded.bundle == shell.engine.bundle:
            return self._ok(command_id) | {"code": "control.unchanged"}
        lines = tuple(difference(shell.engine.spec, loaded.spec))
        running.journal.put_bundle(loaded.bundle, loaded.content)
        number = list(self.stations).index(shell.id)
        for watched in running.watched:
            await self._supervisor.remove(watched)
        running.watched.clear()
        shell.accept(ConfigChange(loaded.spec, loaded.bundle, actor, lines))
        shell.reconfigured()
        running.loaded = loaded
        self._start_pollers(number, running)
        await shell.flush()
        return self._ok(command_id, data={shell.id: list(lines)})


def plans_of(
    spec: StationSpec, link_id: str, plans: Mapping[tuple[str, str], ReadPlan]
) -> list[tuple[ReadPlan, float]]:
    """The plans of one link with their periods in seconds."""
    return [
        (plans[device.id, group.id], group.period_s)
        for device in spec.devices
        if device.link == link_id
        for group in device.groups
        if (device.id, group.id) in plans
    ]
