"""Each fault, seen on the wire."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import holding_registers
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.unit.simulators.wire_client import Client, crc, mbap, read_pdu, rtu, until

GOOD = bytes.fromhex("0001 0000 0007 01 03 04 1000 1001")


@pytest_asyncio.fixture
async def server() -> AsyncIterator[ModbusServer]:
    words = list(range(0x1000, 0x1064))
    async with ModbusServer({1: holding_registers(words), 3: holding_registers(words)}) as running:
        yield running


@pytest_asyncio.fixture
async def client(server: ModbusServer) -> AsyncIterator[Client]:
    async with Client(server.port) as connected:
        yield connected


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (faults.exception(6), "0001 0000 0003 01 83 06"),
        (faults.wrong_transaction(), "0002 0000 0007 01 03 04 1000 1001"),
        (faults.zero_transaction(), "0000 0000 0007 01 03 04 1000 1001"),
        (faults.foreign_protocol(), "0001 0001 0007 01 03 04 1000 1001"),
        (faults.wrong_unit(), "0001 0000 0007 02 03 04 1000 1001"),
        (faults.wrong_function(16), "0001 0000 0007 01 10 04 1000 1001"),
        (faults.resized(1), "0001 0000 0009 01 03 06 1000 1001 5aa5"),
        (faults.resized(-1), "0001 0000 0005 01 03 02 1000"),
        (faults.resized(-2), "0001 0000 0003 01 03 00"),
        (faults.wrong_byte_count(2), "0001 0000 0007 01 03 06 1000 1001"),
        (faults.duplicate(), "0001 0000 0007 01 03 04 1000 1001" * 2),
        (faults.noise_before(b"\x00\xff"), "00ff 0001 0000 0007 01 03 04 1000 1001"),
        (faults.delay(0.001), "0001 0000 0007 01 03 04 1000 1001"),
        (faults.trickle(1, 0.0), "0001 0000 0007 01 03 04 1000 1001"),
        (faults.max_registers(1), "0001 0000 0003 01 83 03"),
        (faults.max_registers(1, code=2), "0001 0000 0003 01 83 02"),
        (faults.exact_blocks([(0, 4)]), "0001 0000 0003 01 83 02"),
        (faults.exact_blocks([(0, 2)]), "0001 0000 0007 01 03 04 1000 1001"),
        (faults.from_zero_only(), "0001 0000 0007 01 03 04 1000 1001"),
    ],
    ids=lambda value: value.name if isinstance(value, faults.Fault) else "",
)
async def test_replies_are_spoiled_as_asked(
    server: ModbusServer, client: Client, fault: faults.Fault, expected: str
) -> None:
    wanted = bytes.fromhex(expected)
    with server.fault(fault):
        await client.send(mbap(1, 1, read_pdu(0, 2)))
        assert await client.exactly(len(wanted)) == wanted
        assert fault.hits == 1
    assert await client.ask(1, 1, read_pdu(0, 2)) == GOOD


async def test_silence_of_one_unit_leaves_the_other(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.silence(unit=3)) as fault:
        await client.send(mbap(1, 3, read_pdu(0, 2)) + mbap(2, 1, read_pdu(0, 2)))
        assert (await client.frame())[:2] == b"\x00\x02"
        assert fault.hits == 1


async def test_late_replies_come_among_later_ones(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.late(0.05, times=1)):
        await client.send(mbap(1, 1, read_pdu(0, 2)) + mbap(2, 1, read_pdu(0, 2)))
        assert [(await client.frame())[1] for _ in range(2)] == [2, 1]


async def test_a_delay_holds_up_what_comes_after(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.delay(0.05, times=1)):
        await client.send(mbap(1, 1, read_pdu(0, 2)) + mbap(2, 1, read_pdu(0, 2)))
        assert [(await client.frame())[1] for _ in range(2)] == [1, 2]


async def test_swapped_ids_answer_each_under_the_others(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.swapped_transactions()):
        await client.send(mbap(1, 1, read_pdu(0, 1)) + mbap(2, 1, read_pdu(5, 1)))
        assert await client.frame() == bytes.fromhex("0001 0000 0005 01 03 02 1005")
        assert await client.frame() == bytes.fromhex("0002 0000 0005 01 03 02 1000")


async def test_reset_is_a_reset_and_hanging_up_is_not(server: ModbusServer) -> None:
    for fault, is_reset in ((faults.reset(), True), (faults.hang_up(), False)):
        async with Client(server.port) as client:
            with server.fault(fault):
                await client.send(mbap(1, 1, read_pdu(0, 2)))
                if is_reset:
                    with pytest.raises(ConnectionResetError):
                        await client.rest()
                else:
                    assert await client.rest() == b""


async def test_truncated_replies_and_what_follows(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.truncate(9, then="close")):
        await client.send(mbap(1, 1, read_pdu(0, 2)))
        assert await client.rest() == GOOD[:9]


async def test_garbage_is_repeatable_and_no_reply(server: ModbusServer, client: Client) -> None:
    seen = []
    for _ in range(2):
        with server.fault(faults.garbage(20, seed=5)):
            await client.send(mbap(1, 1, read_pdu(0, 2)))
            seen.append(await client.exactly(20))
    assert seen[0] == seen[1]
    assert not seen[0].startswith(GOOD[:4])


async def test_a_spoiled_crc_on_rtu() -> None:
    async with (
        ModbusServer({1: holding_registers([5])}, framing="rtu") as server,
        Client(server.port) as client,
    ):
        with server.fault(faults.bad_crc()):
            await client.send(rtu(1, read_pdu(0, 1)))
            reply = await client.exactly(7)
        assert reply[:5] == bytes.fromhex("01 03 02 0005")
        assert reply[5:] != crc(reply[:5])


@pytest.mark.parametrize(
    ("where", "struck"),
    [
        ({"times": 2}, [1, 1, 0, 0]),
        ({"every": 2}, [0, 1, 0, 1]),
        ({"function": 4}, [0, 0, 0, 0]),
        ({"address": 1}, [1, 1, 1, 1]),
        ({"address": 2}, [0, 0, 0, 0]),
        ({"unit": 3}, [0, 0, 0, 0]),
        ({"chance": 0.0}, [0, 0, 0, 0]),
        ({"chance": 1.0}, [1, 1, 1, 1]),
    ],
)
async def test_filters(server: ModbusServer, client: Client, where: faults.Where, struck: list[int]) -> None:
    with server.fault(faults.exception(4, **where)):
        replies = [await client.ask(n, 1, read_pdu(0, 2)) for n in range(4)]
    assert [int(reply[7] == 0x83) for reply in replies] == struck


async def test_refusing_new_connections_spares_those_that_stand(server: ModbusServer, client: Client) -> None:
    await client.ask(1, 1, read_pdu(0, 2))
    with server.fault(faults.refuse()) as fault:
        async with Client(server.port) as other:
            with pytest.raises(ConnectionResetError):
                await other.rest()
        assert fault.hits == 1
        assert await client.ask(1, 1, read_pdu(0, 2)) == GOOD


async def test_coming_back_too_soon_is_refused(server: ModbusServer) -> None:
    with server.fault(faults.refuse_reconnect(3600.0)):
        async with Client(server.port) as first:
            assert await first.ask(1, 1, read_pdu(0, 2)) == GOOD
        await until(lambda: not server.open_connections)
        async with Client(server.port) as second:
            with pytest.raises(ConnectionResetError):
                await second.rest()
    async with Client(server.port) as third:
        assert await third.ask(1, 1, read_pdu(0, 2)) == GOOD


async def test_an_idle_connection_is_hung_up(server: ModbusServer, client: Client) -> None:
    assert await client.ask(1, 1, read_pdu(0, 2)) == GOOD
    with server.fault(faults.idle_close(0.02)):
        assert await client.rest() == b""


async def test_requests_too_soon_after_the_connection_are_ignored(
    server: ModbusServer, client: Client
) -> None:
    with server.fault(faults.pause_after_connect(3600.0)):
        await client.send(mbap(1, 1, read_pdu(0, 2)))
        await until(lambda: server.record.total == 1)
    assert (await client.ask(2, 1, read_pdu(0, 2)))[:2] == b"\x00\x02"


async def test_faults_add_up(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.wrong_unit(), faults.duplicate(3)):
        await client.send(mbap(1, 1, read_pdu(0, 2)))
        assert (await client.exactly(39))[6::13] == b"\x02\x02\x02"
    assert not server.faults.active


async def test_a_client_that_floods_a_slow_device_is_cut(server: ModbusServer, client: Client) -> None:
    with server.fault(faults.delay(60.0)):
        await client.send(b"".join(mbap(n, 1, read_pdu(0, 2)) for n in range(200)))
        with pytest.raises(ConnectionResetError):
            await client.rest()


async def test_mixed_faults_spoil_some_replies_and_not_others(server: ModbusServer) -> None:
    good = bad = 0
    with server.fault(faults.mixed(seed=3, share=0.3)):
        for _ in range(40):
            async with Client(server.port) as client:
                await client.send(mbap(1, 1, read_pdu(0, 2)))
                try:
                    async with asyncio.timeout(0.3):
                        whole = await client.reader.read(100) == GOOD
                except (TimeoutError, ConnectionError):
                    whole = False
                good, bad = good + whole, bad + (not whole)
    assert good > 10
    assert bad > 2
