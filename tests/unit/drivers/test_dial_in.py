"""Modems over 4G that connect to us: who they are, whose place they take, what they put between frames."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest

from heatmon.catalogue import render
from heatmon.core.quality import Quality
from heatmon.core.spec import Link
from heatmon.driver import DriverError, Session
from heatmon_drivers.modbus import DRIVER
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import holding_registers
from tests.modem import Modem
from tests.unit.runtime.bench import plan

GOOD = [1000.0 + n for n in range(10)]
BEAT = b"HB-HX017"


def units(first: int = 1000) -> dict[int, Any]:
    return {1: holding_registers([first + n for n in range(20)])}


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


TIMES = {"timeout": "500 ms", "quiet_after_fault": "100 ms", "connect_timeout": "1 s"}


def dial_link(port: int, registration: str = "HX017", times: Mapping[str, str] = TIMES, **more: Any) -> Link:
    transport = {"kind": "dial_in", "host": "127.0.0.1", "port": port, "registration": registration} | more
    return Link.model_validate(
        {"id": "lan", "driver": "modbus", "options": {"transport": transport, **times}}
    )


@asynccontextmanager
async def listening(link: Link) -> AsyncIterator[Session]:
    """A session that listens; nobody has dialled in yet."""
    session = DRIVER.open(link)
    with pytest.raises(DriverError) as caught:
        await session.connect()
    assert caught.value.message.code == "modbus.dial_in.not_yet"
    try:
        yield session
    finally:
        await session.close()
        await asyncio.sleep(0.15)


async def read(session: Session, link: Link) -> tuple[list[float], set[int]]:
    block = await session.read(plan(link, 1)[0])
    return list(block.values), set(block.qualities)


async def test_a_modem_registers_with_its_secret_and_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DTU_SECRET", "s3cret")
    link = dial_link(port := free_port(), secret="${env:DTU_SECRET}")
    async with listening(link) as session:
        for wrong in (b"HX018", b"HX017guessed", b"GET / HTTP/1.1\r\n\r\n"):
            stranger = await Modem.dial(port, wrong, units())
            async with asyncio.timeout(5):
                await stranger.gone.wait()
        modem = await Modem.dial(port, b"HX0", units())
        await asyncio.sleep(0.05)
        modem.send(b"17s3cret")
        await session.connect()
        for _ in range(3):
            assert await read(session, link) == (GOOD, {Quality.GOOD})
        modem.close()


async def test_where_a_modem_may_come_from_can_be_restricted() -> None:
    for networks, welcome in ((["10.0.0.0/8"], False), (["10.0.0.0/8", "127.0.0.0/8"], True)):
        link = dial_link(port := free_port(), networks=networks)
        async with listening(link) as session:
            modem = await Modem.dial(port, b"HX017", units())
            if welcome:
                await session.connect()
                assert await read(session, link) == (GOOD, {Quality.GOOD})
            else:
                async with asyncio.timeout(5):
                    await modem.gone.wait()
            modem.close()


def in_front(data: bytes) -> list[bytes]:
    return [BEAT + data]


def behind(data: bytes) -> list[bytes]:
    return [data + BEAT]


def inside(data: bytes) -> list[bytes]:
    return [data[:7] + BEAT + data[7:]]


def in_pieces(data: bytes) -> list[bytes]:
    return [BEAT[:3], BEAT[3:] + data[:4], data[4:9], BEAT, data[9:]]


@pytest.mark.parametrize("shape", [in_front, behind, inside, in_pieces])
async def test_heartbeats_are_left_out_wherever_they_are(shape: Callable[[bytes], list[bytes]]) -> None:
    link = dial_link(port := free_port(), heartbeat=BEAT.decode())
    async with listening(link) as session:
        modem = await Modem.dial(port, b"HX017" + BEAT, units(), shape)
        await session.connect()
        for _ in range(5):
            modem.send(BEAT)
            await asyncio.sleep(0.01)
            assert await read(session, link) == (GOOD, {Quality.GOOD})
        modem.close()


async def test_a_silence_does_not_cost_the_modem_its_connection() -> None:
    link = dial_link(port := free_port())
    async with listening(link) as session:
        modem = await Modem.dial(port, b"HX017", units())
        await session.connect()
        for fault in (faults.silence(times=1), faults.bad_crc(times=1), faults.late(0.55, times=1)):
            modem.faults.add(fault)
            with pytest.raises(DriverError) as caught:
                await read(session, link)
            assert caught.value.scope == "device"
            assert await read(session, link) == (GOOD, {Quality.GOOD})
        assert not modem.gone.is_set()
        modem.close()


async def test_a_newcomer_takes_over_when_the_old_connection_fails_and_not_before() -> None:
    link = dial_link(port := free_port())
    async with listening(link) as session:
        old = await Modem.dial(port, b"HX017", units())
        await session.connect()
        assert await read(session, link) == (GOOD, {Quality.GOOD})
        old.faults.add(faults.silence())
        new = await Modem.dial(port, b"HX017", units(2000))
        await asyncio.sleep(0.05)
        assert not old.gone.is_set()
        assert not new.gone.is_set()
        with pytest.raises(DriverError):
            await read(session, link)
        assert (await read(session, link))[0] == [2000.0 + n for n in range(10)]
        assert old.gone.is_set()
        assert (await read(session, link))[1] == {Quality.GOOD}
        assert not session.notices()
        new.close()


async def test_two_modems_that_both_answer_are_told_and_their_values_uncertain() -> None:
    link = dial_link(port := free_port())
    async with listening(link) as session:
        true = await Modem.dial(port, b"HX017", units())
        await session.connect()
        assert await read(session, link) == (GOOD, {Quality.GOOD})
        for _ in range(3):
            false = await Modem.dial(port, b"HX017", units(2000))
            await asyncio.sleep(0.05)
            assert await read(session, link) == (GOOD, {Quality.UNCERTAIN})
            async with asyncio.timeout(5):
                await false.gone.wait()
        (notice,) = session.notices()
        assert notice.code == "modbus.dial_in.two_claimants"
        assert render(notice.code, "en", **notice.params) != render(notice.code, "zh", **notice.params)
        assert not true.gone.is_set()
        true.close()


async def test_three_missed_heartbeats_give_the_place_away_at_once() -> None:
    link = dial_link(port := free_port(), heartbeat=BEAT.decode(), heartbeat_every="50 ms")
    async with listening(link) as session:
        old = await Modem.dial(port, b"HX017", units())
        await session.connect()
        assert await read(session, link) == (GOOD, {Quality.GOOD})
        await asyncio.sleep(0.25)
        new = await Modem.dial(port, b"HX017", units(2000))
        async with asyncio.timeout(5):
            await old.gone.wait()
        assert (await read(session, link))[0] == [2000.0 + n for n in range(10)]
        new.close()


async def test_a_port_or_a_registration_that_is_taken_is_told() -> None:
    link = dial_link(port := free_port())
    async with listening(link):
        with pytest.raises(DriverError) as caught:
            await DRIVER.open(link).connect()
        assert caught.value.message.code == "modbus.dial_in.registration_taken"
    with socket.create_server(("127.0.0.1", port := free_port())):
        with pytest.raises(DriverError) as caught:
            await DRIVER.open(dial_link(port)).connect()
        assert caught.value.message.code == "modbus.dial_in.port_taken"


async def test_five_hundred_modems_that_come_and_go_all_find_their_station() -> None:
    port, dice = free_port(), random.Random(5)
    done, again = [False] * 500, {"timeout": "5 s", "connect_timeout": "10 s"}

    async def modem(number: int) -> None:
        """Dials, is cut off twice after a moment, and dials again whenever its connection is gone."""
        name, behind, left = f"DTU-{number:04}.".encode(), units(1000 + number), 2
        while not done[number]:
            await asyncio.sleep(dice.random() * 0.2)
            dialled = await Modem.dial(port, name, behind)
            if left:
                left -= 1
                await asyncio.sleep(dice.random() * 0.2)
                dialled.abort() if dice.random() < 0.5 else dialled.close()
            await dialled.gone.wait()

    async def station(number: int) -> int:
        """Reads until six reads in a row were its own modem's."""
        link = dial_link(port, f"DTU-{number:04}.", times=again)
        session, made = DRIVER.open(link), plan(link, 1)[0]
        in_a_row, lost = 0, 0
        while in_a_row < 6:
            try:
                if not in_a_row:
                    await session.connect()
                values = list((await session.read(made)).values)
            except DriverError:
                in_a_row, lost = 0, lost + 1
                continue
            assert values == [1000.0 + number + n for n in range(10)]
            in_a_row += 1
            await asyncio.sleep(0.02)
        done[number] = True
        await session.close()
        return lost

    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        stations = [group.create_task(station(number)) for number in range(500)]
        await asyncio.sleep(0.1)
        for number in range(500):
            group.create_task(modem(number))
    assert sum(task.result() for task in stations) > 100
    await asyncio.sleep(0.3)
