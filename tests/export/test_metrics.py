"""The page for Prometheus: read from the running daemon, bounded labels, loopback, bad requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from heatmon.app import Daemon
from heatmon.export.scrape import Address, MetricsTaken, ScrapeServer
from heatmon.runtime.clock import Clock
from heatmon.runtime.supervisor import Watched
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.plant_bank import bank_at_the_start

CONFIG = Path(__file__).resolve().parents[2] / "config"


@asynccontextmanager
async def running(tmp_path: Path) -> AsyncIterator[Daemon]:
    clock = Clock()
    bank = bank_at_the_start("demo", clock.now_ns())
    async with ModbusServer({1: bank}) as server:
        daemon = Daemon(
            [CONFIG / "stations" / "hx-example"],
            state=tmp_path / "state",
            runtime=tmp_path / "run",
            clock=clock,
            overrides={"links.plc_lan.options.transport.port": server.port},
        )
        task = asyncio.create_task(daemon.run(Address("127.0.0.1", 0)))
        try:
            async with asyncio.timeout(60):
                await daemon.ready.wait()
                # A busy machine is ready before every group has been read.
                while not all(g.last_good_ns for w in watched(daemon) for g in w.poller.groups):  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            yield daemon
        finally:
            daemon.stop()
            await task


def watched(daemon: Daemon) -> list[Watched]:
    return list(daemon.stations["HX-017"].watched.values())


async def get(port: int, request: bytes = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n") -> tuple[bytes, str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    return head.split(b"\r\n")[0], body.decode()


async def test_a_scrape_shows_links_alarms_queues_disk_and_build_and_no_tag(tmp_path: Path) -> None:
    async with running(tmp_path) as daemon:
        assert daemon.metrics is not None
        daemon.shared.paths["tsdb"] = {
            "trouble": None, "backlog_rows": 40, "backlog_bytes": 900, "backlog_hours": 0.5, "parked": 2,
            "accepted_ns": 5 * 10**9, "accepted_rows": 1234,
        }  # fmt: skip
        status, body = await get(daemon.metrics.port)
        tags = {tag.id for tag in daemon.stations["HX-017"].shell.engine.spec.tags}
    assert status == b"HTTP/1.1 200 OK"
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(body)
        for sample in family.samples
    }
    link = (("link", "plc_lan"), ("station", "HX-017"))
    assert samples["heatmon_link_up", link] == 1
    assert samples["heatmon_cycles_total", link] >= 2
    assert samples["heatmon_good_age_seconds", link] < 60
    assert 0 <= samples["heatmon_cycle_late_seconds", link] < 60
    normal = (("priority", "P1"), ("state", "unack"), ("station", "HX-017"))
    assert samples["heatmon_alarms", normal] == 0
    assert samples["heatmon_signals", (("grade", "good"), ("station", "HX-017"))] > 10
    assert samples["heatmon_disk_free_bytes", ()] > 0
    assert samples["heatmon_disk_stage", (("heatmon_disk_stage", "good"),)] == 1
    assert ("heatmon_queue_depth", (("queue", "history"),)) in samples
    destination = (("destination", "tsdb"),)
    assert samples["heatmon_forward_backlog_seconds", destination] == 1800
    assert samples["heatmon_forward_accepted_rows_total", destination] == 1234
    assert samples["heatmon_forward_last_accepted_timestamp_seconds", destination] == 5
    assert any(name == "heatmon_build_info" for name, _ in samples)
    assert any(name == "process_resident_memory_bytes" for name, _ in samples)
    labels = {value for _, pairs in samples for _, value in pairs}
    assert not labels & tags, "no series for each tag"


@pytest.mark.parametrize(
    ("request_line", "status"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed"),
        (b"GET /metrics?x=1 HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK"),
        (b"\x00\xff rubbish\r\n\r\n", b"HTTP/1.1 404 Not Found"),
        (b"x" * 20_000, b""),
    ],
)
async def test_whatever_is_asked_the_page_stays(request_line: bytes, status: bytes) -> None:
    server = ScrapeServer(Address("127.0.0.1", 0), lambda: b"up 1\n")
    await server.start()
    try:
        try:
            answered, _ = await get(server.port, request_line)
        except ConnectionError:
            answered = b""
        assert answered == status
        assert await get(server.port) == (b"HTTP/1.1 200 OK", "up 1\n")
        with pytest.raises(MetricsTaken):
            await ScrapeServer(Address("127.0.0.1", server.port), lambda: b"").start()
    finally:
        await server.stop()


def test_a_port_alone_is_this_machine_only() -> None:
    assert Address.parse("9464") == Address("127.0.0.1", 9464)
    assert Address.parse("0.0.0.0:9464") == Address("0.0.0.0", 9464)
    assert Address.parse("[::]:9464") == Address("::", 9464)
    for wrong in ("", "x", "1.2.3.4:", "99999", "1.2.3.4:http"):
        with pytest.raises(ValueError, match="PORT"):
            Address.parse(wrong)
