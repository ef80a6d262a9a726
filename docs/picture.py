"""Makes docs/terminal.svg: the page of `make run`, from a real daemon polling the simulated station.

    .venv/bin/python docs/picture.py [SECONDS]

It runs the demonstration's scenario until both alarms have been raised (about a minute and a half),
acknowledges the first, and exports the page as `heatmon watch` draws it.
"""

from __future__ import annotations

import asyncio
import getpass
import sys
import tempfile
from pathlib import Path

from rich.console import Console

from heatmon.app import Daemon
from heatmon.control import ControlClient
from heatmon.runtime.clock import Clock
from heatmon.view import station_view
from heatmon_simulators.modbus.bank import RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.scenario import load_scenario

ROOT = Path(__file__).resolve().parents[1]
JOURNAL_LINES = 8


async def picture(seconds: float, work: Path) -> None:
    """Run, acknowledge, draw."""
    scenario = load_scenario(ROOT / "config" / "scenarios" / "demo.yaml")
    clock, bank = Clock(scenario.factor), RegisterBank()
    world = scenario.world(clock.now_ns())
    world.show(bank)
    async with ModbusServer({1: bank}) as server:
        overrides = {
            "links.plc_lan.options.transport.port": server.port,
            "persons.operator.os_user": getpass.getuser(),
        }
        station = ROOT / "config" / "stations" / "hx-example"
        daemon = Daemon([station], state=work / "state", runtime=work, clock=clock, overrides=overrides)
        plant, running = asyncio.create_task(world.run(clock, bank)), asyncio.create_task(daemon.run())
        client = ControlClient(work / "control.sock")
        try:
            await daemon.ready.wait()
            await asyncio.sleep(seconds / 3)
            await client.ask("ack", "picture", "HX-017", alarm="P2R_HH")
            await asyncio.sleep(2 * seconds / 3)
            status = (await client.ask("status", "s", "HX-017"))["data"][0]
            journal = (await client.ask("journal", "j", "HX-017", lines=JOURNAL_LINES))["data"]
        finally:
            await client.close()
            daemon.stop()
            await running
            plant.cancel()
    console = Console(record=True, width=160, file=sys.stderr, force_terminal=True)
    console.print(station_view(status, journal, "en"))
    console.save_svg(str(ROOT / "docs" / "terminal.svg"), title="heatmon watch")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="hm-") as folder:
        asyncio.run(picture(float(sys.argv[1]) if len(sys.argv) > 1 else 90.0, Path(folder)))
