"""The driver against an independent server: libmodbus over TCP and over a pseudo-terminal."""

from __future__ import annotations

import asyncio
import ctypes.util
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Block, Session
from heatmon_drivers.modbus import DRIVER

SERVER = Path(__file__).with_name("libmodbus_server.py")
WORDS = {"en": "x", "zh": "x"}
UNIT = 7


def needed() -> None:
    if ctypes.util.find_library("modbus") is None:
        if os.environ.get("CI"):
            pytest.fail("libmodbus5 is not installed; .ci/run installs it")
        pytest.skip("libmodbus5 is not installed")


@pytest.fixture(params=["tcp", "rtu"])
async def wire(request: pytest.FixtureRequest) -> AsyncIterator[Link]:
    """A link to a libmodbus server that runs for this test."""
    needed()
    server = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SERVER),
        request.param,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    async with asyncio.timeout(20):
        place = (await server.stdout.readline()).decode().strip()
    transport: dict[str, Any] = {"kind": "rtu", "device": place, "baudrate": 19200}
    if request.param == "tcp":
        transport = {"kind": "tcp", "host": "127.0.0.1", "port": int(place)}
    options = {"transport": transport, "timeout": "2 s", "quiet_after_fault": "50 ms"}
    yield Link.model_validate({"id": "lan", "driver": "modbus", "options": options})
    server.stdin.close()
    await server.wait()


async def read(session: Session, line: Link, addresses: list[dict[str, Any]], **options: Any) -> Block:
    group = Group.model_validate({"id": "g", "period": "1 s"})
    unit = {"unit": UNIT} | options
    device = Device.model_validate(
        {"id": "plc", "link": "lan", "options": unit, "groups": [{"id": "g", "period": "1 s"}]}
    )
    tags = [
        Tag.model_validate({"id": f"t{k}", "device": "plc", "group": "g", "name": WORDS, "address": address})
        for k, address in enumerate(addresses)
    ]
    return await session.read(DRIVER.plan(line, device, group, tags))


async def test_every_area_reads_as_libmodbus_holds_it(wire: Link) -> None:
    session = DRIVER.open(wire)
    await session.connect()
    areas = {
        "holding": [1000.0 + n for n in range(100)],
        "input": [2000.0 + n for n in range(100)],
        "coil": [float(n % 3 == 0) for n in range(100)],
        "discrete": [float(n % 2) for n in range(100)],
    }
    addresses = [{"register": n, "area": area} for area in areas for n in range(0, 100, 3)]
    expected = [values[n] for values in areas.values() for n in range(0, 100, 3)]
    for _ in range(20):
        block = await read(session, wire, addresses)
        assert set(block.qualities) == {Quality.GOOD}
        assert list(block.values) == expected
    wide = await read(
        session,
        wire,
        [{"register": 10, "type": "uint32"}, {"register": 10, "type": "uint32", "order": "CDAB"}],
    )
    assert list(wide.values) == [1010.0 * 65536 + 1011, 1011.0 * 65536 + 1010]
    await session.close()


async def test_its_exception_for_an_address_that_is_not_there_spoils_only_that_tag(wire: Link) -> None:
    session = DRIVER.open(wire)
    await session.connect()
    for _ in range(3):
        block = await read(session, wire, [{"register": n} for n in range(90, 104)])
        assert [k for k, quality in enumerate(block.qualities) if quality] == [10, 11, 12, 13]
        assert {block.qualities[k] for k in range(10, 14)} == {Quality.NO_SUCH_ADDRESS}
        assert list(block.values)[:10] == [1090.0 + n for n in range(10)]
    await session.close()


async def test_it_is_read_again_after_being_cut_off(wire: Link) -> None:
    session = DRIVER.open(wire)
    for _ in range(5):
        await session.connect()
        block = await read(session, wire, [{"register": 0}, {"register": 99}], max_gap=0)
        assert list(block.values) == [1000.0, 1099.0]
        await session.close()
