"""A station on OPC UA through the running daemon: read, cut, filled from the server's history, journalled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from heatmon.app import Daemon
from heatmon.control import ControlClient
from heatmon.core.scan import Origin
from heatmon.runtime.clock import Clock
from heatmon.store.cursor import Cursor
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.stored import StoredScan
from heatmon_simulators.opcua.proxy import OpcUaProxy
from heatmon_simulators.opcua.server import NAMESPACE
from tests.opcua_server import ServerThread

PATIENCE_S = 60.0
STATION = """
station: {{id: UA-1, name: {{en: a, zh: 甲}}, timezone: Asia/Shanghai}}
links:
  - id: ua
    driver: opcua
    backoff: {{first: 100 ms, max: 500 ms}}
    options: {{endpoint: "{url}", security: {{policy: None}}, timeout: 1 s}}
devices:
  - id: plc
    link: ua
    groups: [{{id: fast, period: 200 ms}}]
    options: {{reading: {{retry: 300 ms}}}}
tags:
  - {{id: t, device: plc, group: fast, name: {{en: t, zh: 温度}}, address: {{node: "nsu={uri};s=e2e"}}}}
  - {{id: gone, device: plc, group: fast, name: {{en: gone, zh: 无}}, address: {{node: "nsu={uri};s=no"}}}}
persons:
  - {{id: me, name: 甲, role: admin, language: zh}}
"""


@pytest.fixture
def there(opcua_server: ServerThread) -> ServerThread:
    if "e2e" not in opcua_server.server.nodes:
        opcua_server.do(opcua_server.server.add("e2e", 1.0))
    return opcua_server


@asynccontextmanager
async def station(
    there: ServerThread, tmp_path: Path
) -> AsyncIterator[tuple[ControlClient, OpcUaProxy, Path]]:
    folder = tmp_path / "station"
    folder.mkdir()
    async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
        text = STATION.format(url=proxy.url, uri=NAMESPACE)
        (folder / "station.yaml").write_text(text, encoding="utf-8")
        daemon = Daemon([folder], state=tmp_path / "state", runtime=tmp_path / "run", clock=Clock())
        running = asyncio.create_task(daemon.run())
        client = ControlClient(tmp_path / "run" / "control.sock")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await daemon.ready.wait()
            assert not daemon.faults
            yield client, proxy, tmp_path / "state"
        finally:
            await client.close()
            daemon.stop()
            await running


async def until(client: ControlClient, verb: str, found: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(PATIENCE_S):
        n = 0
        while True:
            n += 1
            data = (await client.ask(verb, f"{verb}{id(found)}-{n}", "UA-1", lines=500))["data"]
            if found(data):
                return data
            await asyncio.sleep(0.05)


def codes(entries: list[dict[str, Any]]) -> set[str]:
    return {entry["code"] for entry in entries}


async def test_a_break_is_in_the_history_as_late_data_and_in_the_journal(
    there: ServerThread, tmp_path: Path
) -> None:
    async with station(there, tmp_path) as (client, proxy, state):
        await until(client, "status", lambda data: data[0]["tags"][0]["value"] == 1.0)
        status = (await client.ask("status", "s", "UA-1"))["data"][0]
        facts = status["links"][0]["facts"]
        assert facts["policy"] == "None"
        assert facts["groups"]["plc/fast"]["mode"] == "subscribe"
        assert facts["without_value"]["gone"]["code"] == "opcua.why.status"
        await until(client, "journal", lambda entries: "opcua.wrong_nodes" in codes(entries))
        await proxy.close()
        await until(client, "status", lambda data: data[0]["tags"][0]["value"] is None)
        for n in range(8):
            await there.doing(there.server.set("e2e", 20.0 + n))
            await asyncio.sleep(0.1)
        await proxy.open()
        entries = await until(client, "journal", lambda entries: "late.fetched" in codes(entries))
        assert {"link.lost", "link.restored"} <= codes(entries)
        (fetched,) = [entry for entry in entries if entry["code"] == "late.fetched"]
        assert fetched["payload"]["link"] == "ua"
    late = [one.scan for one in stored(state) if one.scan.origin == Origin.BACKFILL]
    values = {value for scan in late for value in (scan.values[0], *(one.value for one in scan.between))}
    assert {20.0 + n for n in range(8)} <= values
    assert all(scan.due_ns < scan.received_ns for scan in late)


def stored(state: Path) -> list[StoredScan]:
    reader = HistoryReader(state / "history")
    try:
        found: list[StoredScan] = []
        cursor = Cursor()
        while True:
            some, cursor = reader.read_after("UA-1", cursor, 1000)
            if not some:
                return found
            found.extend(some)
    finally:
        reader.close()
