"""The servers on real sockets, asked by a client that knows nothing but bytes."""

from __future__ import annotations

import asyncio
import os
import tty
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon_simulators.modbus.bank import Area, RegisterBank, holding_registers
from heatmon_simulators.modbus.frames import RtuFramer, TcpFramer, crc16, encode_rtu, encode_tcp
from heatmon_simulators.modbus.serial import SerialServer
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.unit.simulators.wire_client import DEADLINE_S, Client, crc, mbap, read_pdu, rtu

WORDS = list(range(0x1000, 0x1064))


def server(**options: object) -> ModbusServer:
    units = {1: holding_registers(WORDS), 7: holding_registers([0xBEEF])}
    return ModbusServer(units, **options)  # type: ignore[arg-type]  # options of single tests


async def test_reads_come_back_under_their_own_id() -> None:
    async with server() as running, Client(running.port) as client:
        reply = await client.ask(0x1234, 1, read_pdu(2, 3))
        assert reply == bytes.fromhex("1234 0000 0009 01 03 06 1002 1003 1004")
        assert (await client.ask(5, 7, read_pdu(0, 1)))[-2:] == b"\xbe\xef"


async def test_all_four_areas() -> None:
    bank = RegisterBank()
    bank.set_registers(Area.INPUT, 10, [1, 2])
    bank.set_registers(Area.HOLDING, 10, [3, 4])
    bank.set_bits(Area.COIL, 0, [True, False, True] + [False] * 5 + [True])
    bank.set_bits(Area.DISCRETE, 5, [True])
    async with ModbusServer({1: bank}) as running, Client(running.port) as client:
        assert (await client.ask(1, 1, read_pdu(10, 2, 4)))[7:] == b"\x04\x04\x00\x01\x00\x02"
        assert (await client.ask(2, 1, read_pdu(10, 2, 3)))[7:] == b"\x03\x04\x00\x03\x00\x04"
        assert (await client.ask(3, 1, read_pdu(0, 9, 1)))[7:] == b"\x01\x02\x05\x01"
        assert (await client.ask(4, 1, read_pdu(5, 1, 2)))[7:] == b"\x02\x01\x01"


@pytest.mark.parametrize(
    ("pdu", "code"),
    [
        (read_pdu(99, 2), 2),
        (read_pdu(500, 1), 2),
        (read_pdu(0, 0), 3),
        (read_pdu(0, 126), 3),
        (read_pdu(0xFFFF, 2), 2),
        (b"\x03\x00", 3),
    ],
)
async def test_reads_that_cannot_be_are_exceptions(pdu: bytes, code: int) -> None:
    async with server() as running, Client(running.port) as client:
        assert (await client.ask(9, 1, pdu))[7:] == bytes([0x83, code])


@pytest.mark.writes_on_purpose
@pytest.mark.parametrize("function", [5, 6, 15, 16, 22, 23, 43, 90])
async def test_writes_are_refused_and_recorded(function: int) -> None:
    async with server() as running, Client(running.port) as client:
        reply = await client.ask(1, 1, bytes([function]) + bytes.fromhex("0002 0001 02 FFFF"))
        assert reply[7:] == bytes([function | 0x80, 1])
        assert [asked.request.function for asked in running.record.writes] == [function]
        assert (await client.ask(2, 1, read_pdu(2, 1)))[-2:] == b"\x10\x02"
        assert len(running.record.writes) == 1
        assert running.record.functions == {function: 1, 3: 1}


async def test_an_unknown_unit_is_silent_or_answered_by_the_gateway() -> None:
    async with server() as running, Client(running.port) as client:
        await client.send(mbap(1, 99, read_pdu(0, 1)) + mbap(2, 1, read_pdu(0, 1)))
        assert (await client.frame())[:2] == b"\x00\x02"
    async with server(gateway_answers=True) as running, Client(running.port) as client:
        assert (await client.ask(1, 99, read_pdu(0, 1)))[7:] == b"\x83\x0b"


async def test_requests_in_one_packet_and_in_single_bytes() -> None:
    frames = b"".join(mbap(n, 1, read_pdu(n, 1)) for n in range(5))
    async with server() as running, Client(running.port) as client:
        await client.send(frames)
        assert [(await client.frame())[-1] for _ in range(5)] == [0, 1, 2, 3, 4]
        for byte in frames:
            await client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert [(await client.frame())[-1] for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_a_foreign_protocol_ends_the_connection() -> None:
    async with server() as running, Client(running.port) as client:
        await client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert await client.rest() == b""
        assert running.record.bad_frames == 1


async def test_rtu_over_tcp_and_its_crc() -> None:
    async with server(framing="rtu") as running, Client(running.port) as client:
        await client.send(rtu(1, read_pdu(1, 2)))
        body = bytes.fromhex("01 03 04 1001 1002")
        assert await client.exactly(9) == body + crc(body)
        # A spoiled request, noise, a broadcast and a unit that is not there: only the good one is answered.
        bad = bytearray(rtu(1, read_pdu(1, 2)))
        bad[3] ^= 1
        await client.send(bytes(bad) + b"\x55\xaa" + rtu(0, read_pdu(0, 1)) + rtu(9, read_pdu(0, 1)))
        await client.send(rtu(7, read_pdu(0, 1)))
        assert (await client.exactly(7))[:5] == bytes.fromhex("07 03 02 BEEF")


async def test_offline_refuses_and_comes_back_on_the_same_port() -> None:
    async with server() as running:
        port = running.port
        async with running.offline():
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
        async with Client(port) as client:
            assert (await client.ask(1, 1, read_pdu(0, 1)))[-2:] == b"\x10\x00"


async def test_more_connections_than_allowed_are_cut() -> None:
    async with server(max_connections=1) as running, Client(running.port) as first:
        await first.ask(1, 1, read_pdu(0, 1))
        async with Client(running.port) as second:
            with pytest.raises(ConnectionResetError):
                await second.rest()
        assert running.record.refused_connections == 1
        await first.ask(2, 1, read_pdu(0, 1))


async def test_before_answer_runs_before_each_reply() -> None:
    bank = holding_registers([0])
    seen = iter(range(1, 9))
    running = ModbusServer({1: bank}, before_answer=lambda: bank.set_registers(Area.HOLDING, 0, [next(seen)]))
    async with running, Client(running.port) as client:
        assert [(await client.ask(n, 1, read_pdu(0, 1)))[-1] for n in range(3)] == [1, 2, 3]


async def test_closing_ends_every_task_and_connection() -> None:
    running = server()
    await running.start()
    async with Client(running.port) as client:
        await client.ask(1, 1, read_pdu(0, 1))
        await running.close()
        with pytest.raises(ConnectionResetError):
            await client.rest()
    assert running.open_connections == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.writes_on_purpose
async def test_pty_line(tmp_path: Path) -> None:
    link = tmp_path / "line"
    async with SerialServer({3: holding_registers(WORDS)}, link=link) as line:
        assert os.readlink(link) == line.path  # noqa: PTH115 - one look at a link
        for _ in range(2):  # a second client finds the line as the first did
            assert await _ask_line(line.path, rtu(9, read_pdu(0, 1)) + rtu(3, read_pdu(4, 1)), 7) == rtu(
                3, bytes.fromhex("03 02 1004")
            )
        assert await _ask_line(line.path, rtu(3, bytes.fromhex("06 0000 0001")), 5) == rtu(3, b"\x86\x01")
        assert len(line.record.writes) == 1
    assert not link.is_symlink()


async def _ask_line(path: str, request: bytes, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    handle = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        tty.setraw(handle)
        got, ready = b"", asyncio.Event()
        loop.add_reader(handle, ready.set)
        os.write(handle, request)
        async with asyncio.timeout(DEADLINE_S):
            while len(got) < count:
                await ready.wait()
                ready.clear()
                got += os.read(handle, 256)
        return got
    finally:
        loop.remove_reader(handle)
        os.close(handle)


@given(st.binary(max_size=300))
def test_crc_agrees_with_the_bitwise_rule(data: bytes) -> None:
    assert crc16(data).to_bytes(2, "little") == crc(data)


def test_crc_of_a_frame_from_the_specification() -> None:
    assert encode_rtu(2, b"\x07") == bytes.fromhex("02 07 41 12")


@given(
    asked=st.lists(st.tuples(st.integers(1, 247), st.integers(0, 0xFFFF), st.integers(1, 125)), max_size=6),
    cuts=st.lists(st.integers(1, 20), min_size=1, max_size=40),
)
def test_framers_do_not_care_how_the_bytes_arrive(asked: list[tuple[int, int, int]], cuts: list[int]) -> None:
    for framer, stream in (
        (TcpFramer(), b"".join(encode_tcp(n, u, read_pdu(a, c)) for n, (u, a, c) in enumerate(asked))),
        (RtuFramer(), b"".join(encode_rtu(u, read_pdu(a, c)) for u, a, c in asked)),
    ):
        found, rest, turn = [], stream, 0
        while rest:
            size = cuts[turn % len(cuts)]
            found += framer.feed(rest[:size])
            rest, turn = rest[size:], turn + 1
        assert [(r.unit, r.address, r.count) for r in found] == asked


@given(noise=st.binary(max_size=40))
def test_rtu_framer_recovers_after_noise(noise: bytes) -> None:
    framer = RtuFramer()
    framer.feed(noise)
    good = encode_rtu(1, read_pdu(0, 2))
    # Noise may look like the head of a long frame and swallow what follows; at most 256 bytes of it.
    found = [request for _ in range(40) for request in framer.feed(good)]
    assert found
    assert found[-1].raw == good
