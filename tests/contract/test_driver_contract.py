"""What every driver must do: connect, fail in words, come back, end at once, leave nothing behind.

To test another driver, add a bench (`benches.py`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from heatmon.core.quality import Quality
from heatmon.driver import DriverError
from tests.contract.benches import GOOD, Bench, modbus_bench, opcua_bench
from tests.opcua_server import ServerThread


@pytest.fixture(
    params=[
        "modbus tcp",
        "modbus rtu_over_tcp",
        "modbus rtu",
        "modbus tls",
        "opcua poll",
        "opcua subscribe",
    ]
)
async def bench(
    request: pytest.FixtureRequest, opcua_server: ServerThread, tmp_path: Path
) -> AsyncIterator[Bench]:
    protocol, kind = request.param.split()
    modbus = protocol == "modbus"
    async with modbus_bench(kind, tmp_path) if modbus else opcua_bench(opcua_server, kind) as made:
        yield made


async def good(bench: Bench) -> bool:
    block = await bench.session.read(bench.plan())
    return list(block.values) == GOOD and set(block.qualities) == {Quality.GOOD}


async def test_connects_and_reads(bench: Bench) -> None:
    await bench.session.connect()
    assert await good(bench)
    await bench.session.probe(bench.plan())


async def test_reading_before_connecting_is_a_driver_error(bench: Bench) -> None:
    with pytest.raises(DriverError) as caught:
        await bench.session.read(bench.plan())
    assert caught.value.phase == "read"


async def test_a_refused_connection_is_told(bench: Bench) -> None:
    async with bench.offline():
        with pytest.raises(DriverError) as caught:
            await bench.session.connect()
    assert (caught.value.phase, caught.value.kind, caught.value.scope) == ("connect", bench.refusal, "link")


async def test_a_wrong_address_spoils_only_its_own_tag_and_is_told_once(bench: Bench) -> None:
    wrong = bench.wrong()
    await bench.session.connect()
    plan = bench.plan([0, 1, 2, wrong, 5, 6])
    for _ in range(3):
        block = await bench.session.read(plan)
        assert list(block.qualities) == [0, 0, 0, Quality.NO_SUCH_ADDRESS, 0, 0]
        assert [v for v in block.values if v == v] == [1000.0, 1001.0, 1002.0, 1005.0, 1006.0]
    assert [notice.tags for notice in bench.session.notices()] == [(f"t{wrong}",)]
    assert not list(bench.session.notices())


async def test_a_silent_device_is_told_and_read_again_over_the_next_connection(bench: Bench) -> None:
    await bench.session.connect()
    async with bench.silent():
        with pytest.raises(DriverError) as caught:
            await bench.session.read(bench.plan())
        assert caught.value.kind == "timeout"
    await bench.session.connect()
    assert await good(bench)


async def test_an_idle_close_by_the_server_is_no_error(bench: Bench) -> None:
    await bench.session.connect()
    assert await good(bench)
    bench.cut()
    await asyncio.sleep(0.05)
    assert await good(bench)


async def test_cancelled_in_mid_read_ends_at_once_and_leaves_the_line_safe(bench: Bench) -> None:
    await bench.session.connect()
    before = bench.requests()
    async with bench.silent():
        task = asyncio.create_task(bench.session.read(bench.plan()))
        async with asyncio.timeout(10):
            while bench.requests() == before:  # noqa: ASYNC110  the record has no event to wait for
                await asyncio.sleep(0.001)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    await bench.session.connect()
    assert await good(bench)


async def test_closed_twice_in_peace_and_nothing_is_left(bench: Bench) -> None:
    def descriptors() -> int:
        return sum(1 for _ in Path("/proc/self/fd").iterdir())

    async def tasks() -> int:
        await asyncio.sleep(0.05)
        return len(asyncio.all_tasks())

    before_tasks = await tasks()
    await bench.session.connect()
    assert await good(bench)
    await bench.session.close()
    await bench.session.close()
    await tasks()
    before = descriptors()
    for _ in range(20):
        await bench.session.connect()
        await bench.session.read(bench.plan())
        await bench.session.close()
        await bench.session.close()
    left = await tasks()
    assert descriptors() <= before + 1
    assert left == before_tasks


async def test_nothing_is_ever_written_to_a_plant(bench: Bench) -> None:
    await bench.session.connect()
    await bench.session.read(bench.plan())
    await bench.session.probe(bench.plan())
    assert bench.requests()
    assert not bench.forbidden()
