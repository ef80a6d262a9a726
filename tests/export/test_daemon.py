"""The whole way: plant, daemon, its forwarder, a proxy, the database; deaths and refusals in between."""

from __future__ import annotations

import asyncio
import getpass
import math
import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from heatmon.app import Daemon
from heatmon.control import ControlClient
from heatmon.export.source import Source
from heatmon.runtime.clock import Clock
from heatmon.store.cursor import Cursor
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.export.middle import Said, middle
from tests.export.victoria import expected, needs_victoria, settled, victoria
from tests.plant_bank import bank_at_the_start

CONFIG = Path(__file__).resolve().parents[2] / "config"
PATIENCE_S = 60.0


@asynccontextmanager
async def daemon_with(tmp_path: Path, url: str, query_url: str) -> AsyncIterator[ControlClient]:
    clock = Clock()
    bank = bank_at_the_start("demo", clock.now_ns())
    destination = {
        "id": "dispatch", "kind": "victoriametrics", "url": url, "query_url": query_url, "every": "0.5 s",
    }  # fmt: skip
    async with ModbusServer({1: bank}) as server:
        daemon = Daemon(
            [CONFIG / "stations" / "hx-example"],
            state=tmp_path / "state",
            runtime=tmp_path / "run",
            clock=clock,
            overrides={
                "links.plc_lan.options.transport.port": server.port,
                "persons.operator.os_user": getpass.getuser(),
                "persons.operator.role": "engineer",
                "destinations": [destination],
            },
        )
        running = asyncio.create_task(daemon.run())
        client = ControlClient(tmp_path / "run" / "control.sock")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await daemon.ready.wait()
            yield client
        finally:
            await client.close()
            daemon.stop()
            await running


async def ask(client: ControlClient, verb: str, **args: object) -> Any:
    answer = await client.ask(verb, uuid.uuid4().hex, "HX-017", **args)
    assert answer["ok"], answer
    return answer.get("data")


async def until(client: ControlClient, found: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first destination's status, as soon as it is as wanted."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            paths = (await ask(client, "status"))[0]["paths"]
            if paths and found(paths[0]):
                return dict(paths[0])
            await asyncio.sleep(0.1)


def child_of(state: Path) -> int | None:
    """The forwarder's process, by what it was started with."""
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if b"--attached" in words and str(state).encode() in words:
                return int(folder.name)
    return None


@needs_victoria
async def test_what_the_daemon_reads_arrives_through_refusal_and_death_of_the_forwarder(
    tmp_path: Path,
) -> None:
    refusing = False
    with victoria(tmp_path / "vm") as server:
        async with (
            middle(server.url, lambda _: Said(401, body="no such token") if refusing else None) as between,
            daemon_with(tmp_path, between.url, server.url) as client,
        ):
            await until(client, lambda path: path["accepted_rows"] > 60 and not path["alarms"])
            refusing = True
            held = await until(client, lambda path: bool(path["alarms"]))
            assert held["trouble"][0] == "forward.unauthorized"
            entries = await ask(client, "journal", lines=50)
            lost = next(entry for entry in entries if entry["code"] == "path.lost")
            assert lost["payload"]["why"] == "forward.unauthorized"
            alarms = [e["payload"]["alarm"] for e in entries if e["code"] == "alarm.raised"]
            assert alarms.count("PATH_dispatch") == 1
            refusing = False
            first = child_of(tmp_path / "state")
            assert first is not None
            os.kill(first, signal.SIGKILL)
            before = held["accepted_rows"]
            # Another process, which does not know that it should wait, goes on from what is on disk.
            await until(client, lambda path: path["accepted_rows"] > before and not path["alarms"])
            assert child_of(tmp_path / "state") not in (None, first)
            await ask(client, "forward", action="skip", destination="dispatch")
            entries = await ask(client, "journal", lines=50)
            assert {"path.restored", "forward.skipped"} <= {entry["code"] for entry in entries}
        assert child_of(tmp_path / "state") is None, "the forwarder never outlives the daemon"
        sent = await settled(server, 1)
        source = Source(tmp_path / "state", ["HX-017"])
        batch = source.front(Cursor(), 100_000)
        events = source.events("HX-017", 0)
        source.close()
        stored = {(labels, ms): value for labels, ms, value in expected(batch.text + events.text)}
        assert len(sent) > 100
        for labels, ms, value in sent:
            # The server keeps about 12 digits of a number; plants give four.
            assert math.isclose(stored[labels, ms], value, rel_tol=1e-11)
