"""One daemon with several stations, each with a folder of its own and a PLC behind a real Modbus server."""

from __future__ import annotations

import asyncio
import getpass
import itertools
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heatmon.app import Daemon, Running
from heatmon.control import Answer, ControlClient
from heatmon.runtime.clock import Clock
from heatmon_simulators.modbus.bank import RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.plant_bank import bank_at_the_start

CONFIG = Path(__file__).resolve().parents[2] / "config"
PATIENCE_S = 60.0
_numbers = itertools.count()


@dataclass(slots=True)
class House:
    """The daemon, who asks it, and what its stations are made of, in their order."""

    daemon: Daemon
    client: ControlClient
    folders: list[Path] = field(default_factory=list)
    servers: list[ModbusServer] = field(default_factory=list)
    banks: list[RegisterBank] = field(default_factory=list)

    def running(self, number: int) -> Running:
        return self.daemon.stations[station_id(number)]

    async def ask(self, verb: str, number: int | None = None, **args: object) -> Answer:
        station = None if number is None else station_id(number)
        return await self.client.ask(verb, f"ask-{next(_numbers)}", station, **args)

    async def journal(self, number: int) -> list[dict[str, Any]]:
        return list((await self.ask("journal", number, lines=1000))["data"])

    def edit(self, number: int, file: str, old: str, new: str) -> None:
        """Change one place of a station's settings, as an engineer does."""
        path = self.folders[number] / file
        text = path.read_text(encoding="utf-8")
        assert old in text, old
        path.write_text(text.replace(old, new, 1), encoding="utf-8")


def station_id(number: int) -> str:
    return f"HX-{number:03}"


def make_folder(folder: Path, number: int, port: int, role: str = "engineer") -> Path:
    """The shipped station under another id, at another port; whoever runs the tests has the role."""
    shutil.copytree(CONFIG / "stations" / "hx-example", folder)
    changes = {
        "station.yaml": [("id: HX-017", f"id: {station_id(number)}")],
        "devices.yaml": [("port: 502", f"port: {port}")],
        "persons.yaml": [
            ("role: operator,", f"role: {role},"),
            ("os_user: heatmon-operator", f"os_user: {getpass.getuser()}"),
        ],
    }
    for name, replacements in changes.items():
        text = (folder / name).read_text(encoding="utf-8")
        for old, new in replacements:
            assert old in text
            text = text.replace(old, new, 1)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@asynccontextmanager
async def house(
    tmp_path: Path,
    stations: int = 1,
    *,
    clock: Clock | None = None,
    prepare: Callable[[list[Path]], None] | None = None,
    fill: Callable[[RegisterBank], None] | None = None,
) -> AsyncIterator[House]:
    """Start everything, wait for READY, end everything.

    prepare(folders), fill(bank of each PLC): before the daemon starts.
    """
    clock = clock or Clock()
    async with AsyncExitStack() as stack:
        folders, servers, banks = [], [], []
        for number in range(stations):
            bank = bank_at_the_start("demo", clock.now_ns())
            if fill is not None:
                fill(bank)
            server = await stack.enter_async_context(ModbusServer({1: bank}))
            folders.append(make_folder(tmp_path / "stations" / f"s{number}", number, server.port))
            servers.append(server)
            banks.append(bank)
        if prepare is not None:
            prepare(folders)
        daemon = Daemon(
            [tmp_path / "stations"], state=tmp_path / "state", runtime=tmp_path / "run", clock=clock
        )
        running = asyncio.create_task(daemon.run())
        client = ControlClient(tmp_path / "run" / "control.sock")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await daemon.ready.wait()
            yield House(daemon, client, folders, servers, banks)
        finally:
            await client.close()
            daemon.stop()
            await running


async def until(found: Callable[[], bool]) -> None:
    """Wait for something that is bound to happen."""
    async with asyncio.timeout(PATIENCE_S):
        while not found():  # noqa: ASYNC110  what is waited for tells nobody
            await asyncio.sleep(0.02)
