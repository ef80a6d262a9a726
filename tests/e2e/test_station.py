"""The main job on real protocol traffic: plant, wire, daemon, socket, journal, restart."""

from __future__ import annotations

import asyncio
import getpass
import sqlite3
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

from heatmon.app import Daemon
from heatmon.control import ControlClient
from heatmon.driver import installed
from heatmon.runtime.clock import Clock
from heatmon.settings import load
from heatmon.store.journal import read_only
from heatmon.store.verify import verify
from heatmon_simulators.modbus.link import ModbusLink
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.scenario import load_scenario
from heatmon_simulators.serve import stage

CONFIG = Path(__file__).resolve().parents[2] / "config"
PATIENCE_S = 60.0


@asynccontextmanager
async def station(tmp_path: Path, clock: Clock) -> AsyncIterator[tuple[Daemon, ControlClient, ModbusServer]]:
    scenario = load_scenario(CONFIG / "scenarios" / "demo.yaml")
    spec = load(CONFIG / "stations" / "hx-example", installed()).spec
    assert spec is not None
    async with stage(scenario, spec, scenario.world(clock.now_ns()), clock) as served:
        link = served.links[0]
        assert isinstance(link, ModbusLink)
        assert isinstance(link.server, ModbusServer)
        overrides = {**served.overrides, "persons.operator.os_user": getpass.getuser()}
        daemon = Daemon(
            [CONFIG / "stations" / "hx-example"],
            state=tmp_path / "state",
            runtime=tmp_path / "run",
            clock=clock,
            overrides=overrides,
        )
        moving = asyncio.create_task(served.run())
        running = asyncio.create_task(daemon.run())
        client = ControlClient(tmp_path / "run" / "control.sock")
        try:
            async with asyncio.timeout(PATIENCE_S):
                await daemon.ready.wait()
            yield daemon, client, link.server
        finally:
            await client.close()
            daemon.stop()
            await running
            moving.cancel()


async def until(client: ControlClient, found: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
    """The journal, as soon as it holds what is looked for."""
    async with asyncio.timeout(PATIENCE_S):
        n = 0
        while True:
            n += 1
            answer = await client.ask("journal", f"j{id(found)}-{n}", "HX-017", lines=500)
            if found(answer["data"]):
                return list(answer["data"])
            await asyncio.sleep(0.05)


def saw(code: str, **fields: str) -> Callable[[list[dict[str, Any]]], bool]:
    def found(entries: list[dict[str, Any]]) -> bool:
        return any(e["code"] == code and fields.items() <= e["payload"].items() for e in entries)

    return found


async def test_overpressure_is_raised_acknowledged_over_the_socket_and_returns(tmp_path: Path) -> None:
    async with station(tmp_path, Clock(240.0)) as (_daemon, client, server):
        await until(client, saw("alarm.raised", alarm="P2R_HH"))
        answer = await client.ask("ack", "a1", "HX-017", alarm="P2R_HH")
        assert answer["ok"], answer
        again = await client.ask("ack", "a1", "HX-017", alarm="P2R_HH")
        assert again == answer
        entries = await until(client, saw("alarm.returned", alarm="P2R_HH"))
        acknowledged = next(e for e in entries if e["code"] == "alarm.acknowledged")
        assert acknowledged["actor"] == "operator@socket/uid"
        assert acknowledged["event_seq"] == answer["event_seqs"][0]
        refused = await client.ask("disable", "d1", "HX-017", alarm="P2R_HH", reason="test")
        assert (refused["ok"], refused["code"]) == (False, "refused.role")
        status = (await client.ask("status", "s1", "HX-017"))["data"][0]
        assert all(tag["quality"] == 0 for tag in status["tags"])
        assert not server.record.writes
        assert set(server.record.functions) == {3}
    path = tmp_path / "state" / "stations" / "HX-017" / "journal.db"
    verdict = verify(path)
    assert verdict.ok
    with read_only(path) as journal:
        kept = list(journal.entries())
    assert [entry.as_dict()["event_seq"] for entry in kept] == list(range(1, len(kept) + 1))
    assert all(entry.as_dict()["simulated"] for entry in kept)


async def test_a_restart_announces_nothing_twice_and_says_that_nobody_watched(tmp_path: Path) -> None:
    clock = Clock(240.0)
    async with station(tmp_path, clock) as (_daemon, client, _server):
        await until(client, saw("alarm.raised", alarm="P2R_HH"))
    path = tmp_path / "state" / "stations" / "HX-017" / "journal.db"
    with read_only(path) as journal:
        before = [entry.as_dict() for entry in journal.entries()]
    assert before[-1]["code"] == "service.stopped"
    async with station(tmp_path, clock) as (_daemon, client, _server):
        entries = await until(client, saw("gap"))
    first = [e["payload"].get("occurrence") for e in before if e["code"] == "alarm.raised"]
    second = [
        e["payload"].get("occurrence")
        for e in entries
        if e["code"] == "alarm.raised" and e["event_seq"] > before[-1]["event_seq"]
    ]
    assert not set(first) & set(second)
    assert verify(path).ok


async def test_a_lost_link_is_told_and_comes_back(tmp_path: Path) -> None:
    async with station(tmp_path, Clock(60.0)) as (_daemon, client, server):
        async with server.offline():
            await until(client, saw("link.lost"))
            await until(client, saw("alarm.raised", alarm="COMM_plc"))
        entries = await until(client, saw("alarm.returned", alarm="COMM_plc"))
        codes = [entry["code"] for entry in entries]
        assert codes.index("link.lost") < codes.index("link.restored")


async def test_a_second_daemon_on_the_same_state_is_refused(tmp_path: Path) -> None:
    from heatmon.store.errors import StoreError

    async with station(tmp_path, Clock(10.0)):
        second = Daemon([], state=tmp_path / "state", runtime=tmp_path / "run2", clock=Clock(10.0))
        try:
            await second.run()
        except StoreError:
            return
        raise AssertionError("two daemons on one state directory")


async def test_a_damaged_day_of_samples_stops_no_start_and_stands_in_the_journal(tmp_path: Path) -> None:
    async with station(tmp_path, Clock(1.0)):
        pass
    for file in (tmp_path / "state" / "history").glob("*.db"):
        file.write_bytes(b"no database at all" * 1000)
    async with station(tmp_path, Clock(1.0)) as (_daemon, client, _server):
        entries = await until(client, saw("store.day_damaged", priority="P2"))
        assert "gap" in [entry["code"] for entry in entries]


async def test_a_checkpoint_that_cannot_be_read_is_rebuilt_from_history_and_journal(tmp_path: Path) -> None:
    clock = Clock(240.0)
    async with station(tmp_path, clock) as (daemon, client, _server):
        await until(client, saw("alarm.raised", alarm="P2R_HH"))
        assert (await client.ask("ack", "a1", "HX-017", alarm="P2R_HH"))["ok"]
        makeup = daemon.stations["HX-017"].shell.engine.table
        assert makeup.qualities[makeup.index["curve.setpoint_c"]] == 0
    path = tmp_path / "state" / "stations" / "HX-017" / "journal.db"
    with closing(sqlite3.connect(path)) as db, db:
        changed = db.execute("update checkpoint set body = body || 'x'")
        assert changed.rowcount == 1
    async with station(tmp_path, clock) as (daemon, client, _server):
        entries = await until(client, saw("service.started", cause="start, rebuilt from history and journal"))
        engine = daemon.stations["HX-017"].shell.engine
        point = engine.alarms.by_id["P2R_HH"]
        raised = [e for e in entries if e["code"] == "alarm.raised" and e["payload"]["alarm"] == "P2R_HH"]
        assert [e["payload"]["occurrence"] for e in raised] == [
            f"P2R_HH#{n}" for n in range(1, point.count + 1)
        ]
        assert saw("gap")(entries)
    assert verify(path).ok
