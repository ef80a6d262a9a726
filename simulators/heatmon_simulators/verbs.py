"""The verbs this package adds to the command line: `heatmon sim` and `heatmon demo`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import getpass
import sys
import tempfile
from pathlib import Path
from typing import Final

from heatmon.app import Daemon
from heatmon.catalogue import Language, language_of, render
from heatmon.cli.run import log_to_stderr, run_loop
from heatmon.cli.watch import watch
from heatmon.runtime.clock import Clock
from heatmon_simulators.modbus.bank import RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.scenario import Scenario, ScenarioError, load_scenario

CONFIG: Final = Path(__file__).resolve().parents[2] / "config"
UNIT: Final = 1


class _Sim:
    """A simulated station behind a real Modbus TCP server, until Ctrl-C."""

    name = "sim"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The scenario and the port."""
        parser.add_argument("scenario", type=Path, metavar="FILE")
        parser.add_argument("--port", type=int, default=0)
        parser.add_argument("--factor", type=float)

    def run(self, args: argparse.Namespace) -> int:
        """Serve until interrupted; 1 when the scenario has faults."""
        try:
            scenario = load_scenario(args.scenario)
        except ScenarioError as error:
            print(error, file=sys.stderr)
            return 1
        clock = Clock(args.factor or scenario.factor)
        asyncio.run(self._serve(scenario, clock, args.port))
        return 0

    @staticmethod
    async def _serve(scenario: Scenario, clock: Clock, port: int) -> None:
        bank = RegisterBank()
        world = scenario.world(clock.now_ns())
        world.show(bank)
        async with ModbusServer({UNIT: bank}, port=port) as server:
            texts = {"name": scenario.name, "port": server.port, "unit": UNIT, "factor": clock.factor}
            print(render("sim.banner", language_of(), **texts), flush=True)
            await world.run(clock, bank)


class _Demo:
    """`make run`: a simulated station, the daemon that watches it, and the page in the terminal."""

    name = "demo"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """The scenario and how long to run."""
        parser.add_argument("--scenario", type=Path, default=CONFIG / "scenarios" / "demo.yaml")
        parser.add_argument("--station", type=Path, default=CONFIG / "stations" / "hx-example")
        parser.add_argument("--state", type=Path, help=render("cli.arg.state", language_of()))
        parser.add_argument("--seconds", type=float, help="end by itself after so many seconds of wall time")

    def run(self, args: argparse.Namespace) -> int:
        """Run until q, Ctrl-C or `--seconds`; 1 when scenario or settings have faults."""
        language = language_of()
        try:
            scenario = load_scenario(args.scenario)
        except ScenarioError as error:
            print(error, file=sys.stderr)
            return 1
        log_to_stderr(50)
        with tempfile.TemporaryDirectory(prefix="heatmon-demo-") as folder:
            faults: list[str] = []
            run_loop(self._tell(args, scenario, args.state or Path(folder), Path(folder), language, faults))
            for fault in faults:
                print(fault, file=sys.stderr)
        return 1 if faults else 0

    @staticmethod
    async def _tell(
        args: argparse.Namespace,
        scenario: Scenario,
        state: Path,
        runtime: Path,
        language: Language,
        faults: list[str],
    ) -> None:
        clock = Clock(scenario.factor)
        bank = RegisterBank()
        plant = scenario.world(clock.now_ns())
        plant.show(bank)
        server = ModbusServer({UNIT: bank})
        await server.start()
        world = asyncio.create_task(plant.run(clock, bank))
        overrides = {
            "links.plc_lan.options.transport.port": server.port,
            # Whoever runs the demonstration is its operator, by name and through the socket like any other.
            "persons.operator.os_user": getpass.getuser(),
        }
        daemon = Daemon(
            [args.station], state=state, runtime=runtime, clock=clock, language=language, overrides=overrides
        )
        serving = asyncio.create_task(daemon.run())
        ready = asyncio.create_task(daemon.ready.wait())
        await asyncio.wait({serving, ready}, return_when=asyncio.FIRST_COMPLETED)
        try:
            if not serving.done() and not daemon.faults:
                async with asyncio.timeout(args.seconds):
                    watching = asyncio.create_task(watch(runtime / "control.sock", None, language))
                    try:
                        await asyncio.wait({serving, watching}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        watching.cancel()
                        await asyncio.gather(watching, return_exceptions=True)
        except TimeoutError:
            # --seconds are over: a clean end like any other.
            pass
        finally:
            faults.extend(daemon.faults)
            ready.cancel()
            daemon.stop()
            await serving
            world.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await world
            await server.close()


SIM: Final = _Sim()
DEMO: Final = _Demo()
