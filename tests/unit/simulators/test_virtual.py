"""The loop on which time is virtual and the network is memory."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from heatmon_simulators.modbus.bank import holding_registers
from heatmon_simulators.modbus.faults import delay, reset, silence
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.virtual import StandstillError, VirtualLoop


def virtually(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work())


def test_sleeping_a_year_takes_no_time_and_keeps_the_order() -> None:
    order: list[str] = []

    async def late(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(name)

    async def story() -> float:
        loop = asyncio.get_running_loop()
        await asyncio.gather(late("year", 365 * 86400.0), late("second", 1.0), late("day", 86400.0))
        return loop.time()

    assert virtually(story) == pytest.approx(365 * 86400.0)
    assert order == ["second", "day", "year"]


def test_timeouts_are_virtual_too() -> None:
    async def story() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3600.0):
                await asyncio.sleep(7200.0)
        return asyncio.get_running_loop().time()

    assert virtually(story) == pytest.approx(3600.0)


def test_waiting_for_nobody_is_found_out() -> None:
    async def story() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(StandstillError):
        virtually(story)


class Collector(asyncio.Protocol):
    def __init__(self) -> None:
        self.data = b""
        self.lost: list[Exception | None] = []

    def data_received(self, data: bytes) -> None:
        self.data += data

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.append(exc)


REQUEST = bytes.fromhex("0001 0000 0006 01 03 0000 0001")


def test_a_real_server_answers_delays_falls_silent_and_resets() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        async with ModbusServer({1: holding_registers([0xBEEF])}) as server:
            transport, client = await loop.create_connection(Collector, "127.0.0.1", server.port)
            transport.write(REQUEST)
            await asyncio.sleep(0.001)
            assert client.data.endswith(b"\xbe\xef")
            with server.fault(delay(5.0)):
                transport.write(REQUEST)
                await asyncio.sleep(4.9)
                assert client.data.count(b"\xbe\xef") == 1
                await asyncio.sleep(0.2)
                assert client.data.count(b"\xbe\xef") == 2
            with server.fault(silence()):
                transport.write(REQUEST)
                await asyncio.sleep(60.0)
                assert client.data.count(b"\xbe\xef") == 2
            with server.fault(reset()):
                transport.write(REQUEST)
                await asyncio.sleep(0.01)
            assert isinstance(client.lost[0], ConnectionResetError)
            assert transport.is_closing()
            async with server.offline():
                with pytest.raises(ConnectionRefusedError):
                    await loop.create_connection(Collector, "127.0.0.1", server.port)
            await loop.create_connection(Collector, "127.0.0.1", server.port)

    virtually(story)


def test_what_was_written_before_an_orderly_end_still_arrives() -> None:
    class Farewell(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            assert isinstance(transport, asyncio.Transport)
            transport.write(b"good bye")
            transport.close()

    async def story() -> Collector:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Farewell, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        _, client = await loop.create_connection(Collector, "127.0.0.1", port)
        await asyncio.sleep(0.01)
        return client

    client = virtually(story)
    assert (client.data, client.lost) == (b"good bye", [None])


def test_a_port_is_taken_once() -> None:
    async def story() -> None:
        loop = asyncio.get_running_loop()
        await loop.create_server(Collector, "127.0.0.1", 502)
        with pytest.raises(OSError, match="502"):
            await loop.create_server(Collector, "127.0.0.1", 502)

    virtually(story)
