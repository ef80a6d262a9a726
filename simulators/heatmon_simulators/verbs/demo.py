"""`heatmon demo`, which `make run` starts: simulated stations, the daemon that watches them, and the page."""

from __future__ import annotations

import argparse
import asyncio
import getpass
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Final

from heatmon.app import Daemon
from heatmon.catalogue import Language, language_of, render
from heatmon.cli.run import log_to_stderr, run_loop
from heatmon.cli.watch import watch
from heatmon.runtime.clock import Clock
from heatmon.store.errors import StoreError
from heatmon_simulators.scenario import Scenario
from heatmon_simulators.serve import stage
from heatmon_simulators.verbs.common import CONFIG, scenario_or_faults, station_of, station_or_faults

CLOSING_S: Final = 10.0
"""A daemon that has been asked to end has ended by then."""


class _Demo:
    """The verb."""

    name = "demo"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The scenario and how long to run."""
        language = language_of()
        parser.add_argument(
            "--scenario",
            type=Path,
            default=CONFIG / "scenarios" / "demo.yaml",
            help=render("sim.arg.scenario", language),
        )
        parser.add_argument("--station", type=Path, metavar="DIR", help=render("sim.arg.rehearsed", language))
        parser.add_argument("--state", type=Path, help=render("cli.arg.state", language))
        parser.add_argument("--seconds", type=float, help=render("sim.arg.seconds", language))

    def run(self, args: argparse.Namespace) -> int:
        """Run until q, Ctrl-C or `--seconds`; 1 when scenario or settings have faults."""
        language = language_of()
        scenario = scenario_or_faults(args.scenario, language)
        if scenario is None:
            return 1
        args.station = station_of(scenario, args.station)
        if station_or_faults(args.station, language) is None:
            return 1
        log_to_stderr(50)
        faults: list[str] = []
        with tempfile.TemporaryDirectory(prefix="heatmon-demo-") as folder:
            demonstration = _Demonstration(scenario, args, Path(folder), language, faults)
            try:
                run_loop(demonstration.run())
            except KeyboardInterrupt:
                # Ctrl-C before the daemon listened to it: an end like any other.
                return 0
            except (StoreError, OSError) as error:
                faults.append(str(error))
        for fault in faults:
            print(fault, file=sys.stderr)
        return 1 if faults else 0


class _Demonstration:
    def __init__(
        self,
        scenario: Scenario,
        args: argparse.Namespace,
        folder: Path,
        language: Language,
        faults: list[str],
    ) -> None:
        self._scenario, self._args, self._language, self._faults = scenario, args, language, faults
        self._state: Path = args.state or folder
        self._runtime = folder
        self._clock = Clock(scenario.factor, simulated=True)

    async def run(self) -> None:
        """Plant, servers, daemon and page, until somebody ends it."""
        async with AsyncExitStack() as stack:
            overrides = await self._serve(stack)
            daemon = Daemon(
                [self._args.station],
                state=self._state,
                runtime=self._runtime,
                clock=self._clock,
                language=self._language,
                overrides=overrides,
            )
            await self._watch(daemon)
            self._faults.extend(daemon.faults)

    async def _serve(self, stack: AsyncExitStack) -> dict[str, Any]:
        loaded = station_or_faults(self._args.station, self._language)
        assert loaded is not None
        assert loaded.spec is not None
        world = self._scenario.world(self._clock.now_ns())
        served = await stack.enter_async_context(stage(self._scenario, loaded.spec, world, self._clock))
        telling = asyncio.create_task(served.run())
        stack.push_async_callback(_ended, telling)
        overrides = {**self._scenario.settings, **served.overrides}
        operator = next((person.id for person in loaded.spec.persons if person.role == "operator"), None)
        if operator is not None:
            # Whoever runs the demonstration is its operator, by name and through the socket like any other.
            overrides[f"persons.{operator}.os_user"] = getpass.getuser()
        return overrides

    async def _watch(self, daemon: Daemon) -> None:
        serving = asyncio.create_task(daemon.run())
        ready = asyncio.create_task(daemon.ready.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        try:
            if not serving.done() and not daemon.faults:
                watching = asyncio.create_task(watch(self._runtime / "control.sock", None, self._language))
                await asyncio.wait(
                    {serving, watching}, timeout=self._args.seconds, return_when=asyncio.FIRST_COMPLETED
                )
                await self._leave(watching, serving)
        finally:
            daemon.stop()
            await serving

    @staticmethod
    async def _leave(watching: asyncio.Task[None], serving: asyncio.Task[None]) -> None:
        """End the page. On Ctrl-C the daemon closes its socket under it, which is no fault."""
        try:
            await _ended(watching)
        except OSError:
            await asyncio.wait({serving}, timeout=CLOSING_S)
            if not serving.done():
                raise


async def _ended(task: asyncio.Task[None]) -> None:
    """End a task; what it failed of is told."""
    task.cancel()
    for result in await asyncio.gather(task, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


DEMO: Final = _Demo()
