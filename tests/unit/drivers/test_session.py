"""What a session learns of a device, and a serial line for real."""

from __future__ import annotations

import asyncio
import socket
from importlib.metadata import requires, version
from itertools import pairwise
from typing import cast

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import DriverError, ReadPlan
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.line import close_line, open_line
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Area, holding_registers
from heatmon_simulators.modbus.serial import SerialServer
from heatmon_simulators.modbus.tcp import ModbusServer

WORDS = {"en": "x", "zh": "x"}


def link(transport: dict[str, object], **more: object) -> Link:
    # Long enough for a machine that has much else to do; where silence is the subject it says its own.
    options = {"transport": transport, "timeout": "5 s", "quiet_after_fault": "10 ms"} | more
    return Link.model_validate({"id": "lan", "driver": "modbus", "options": options})


def plan(wire: Link, n: int, **options: object) -> ReadPlan:
    group = Group.model_validate({"id": "g", "period": "1 s"})
    device = Device.model_validate(
        {
            "id": "plc",
            "link": "lan",
            "groups": [{"id": "g", "period": "1 s"}],
            "options": {"unit": 1} | options,
        }
    )
    tags = [
        {"id": f"t{k}", "device": "plc", "group": "g", "name": WORDS, "address": {"register": k}}
        for k in range(n)
    ]
    return DRIVER.plan(wire, device, group, [Tag.model_validate(tag) for tag in tags])


BANK = [1000 + n for n in range(64)]


async def test_one_bad_address_in_forty_costs_few_requests_and_no_neighbour() -> None:
    bank = holding_registers(BANK)
    bank.illegal.add((Area.HOLDING, 17))
    async with ModbusServer({1: bank}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 40)
        await session.connect()
        before = 0
        for _ in range(2):
            before = server.record.total
            block = await session.read(made)
            assert [k for k, quality in enumerate(block.qualities) if quality] == [17]
            assert [v for k, v in enumerate(block.values) if k != 17] == [v for v in BANK[:40] if v != 1017]
        assert server.record.total - before <= 6
        await session.close()


async def test_a_smaller_limit_than_promised_is_learned_and_told_once() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 40)
        await session.connect()
        with server.fault(faults.max_registers(10)):
            for _ in range(3):
                block = await session.read(made)
                assert list(block.values) == BANK[:40]
        assert [notice.code for notice in session.notices()] == ["modbus.split"]
        await session.close()


async def test_a_device_that_refuses_everything_is_still_asked() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 8)
        await session.connect()
        with server.fault(faults.exception(2)):
            before = 0
            for _ in range(2):
                before = server.record.total
                block = await session.read(made)
                assert set(block.qualities) == {Quality.NO_SUCH_ADDRESS}
            assert server.record.total - before == 1
        await session.close()


@pytest.mark.parametrize("options", [{}, {"blocks": [{"first": 0, "last": 7}], "read_rule": "whole_blocks"}])
async def test_what_cannot_be_divided_is_asked_for_in_every_cycle_and_told_once(
    options: dict[str, object],
) -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 8 if options else 1, **options)
        await session.connect()
        with server.fault(faults.exception(2)):
            for _ in range(20):
                assert set((await session.read(made)).qualities) == {Quality.NO_SUCH_ADDRESS}
        assert server.record.total == 20
        assert [notice.code for notice in session.notices()] == ["modbus.isolated"]
        assert set((await session.read(made)).qualities) == {Quality.GOOD}
        await session.close()


async def test_a_device_that_reads_from_zero_loses_only_what_lies_beyond_a_bad_address() -> None:
    bank = holding_registers(BANK)
    bank.illegal.add((Area.HOLDING, 17))
    async with ModbusServer({1: bank}) as server:
        server.faults.add(faults.from_zero_only())
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 40, read_rule="from_zero")
        await session.connect()
        asked = []
        for _ in range(3):
            asked.append(-server.record.total)
            block = await session.read(made)
            asked[-1] += server.record.total
            assert [k for k, quality in enumerate(block.qualities) if quality] == list(range(17, 40))
            assert list(block.values)[:17] == BANK[:17]
        assert asked[1:] == [1, 1]
        await session.close()


async def test_a_device_that_gives_whole_blocks_only_is_asked_for_them() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        server.faults.add(faults.exact_blocks([(0, 8), (8, 16)]))
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        blocks = [{"first": 0, "last": 7}, {"first": 8, "last": 23}]
        session, made = DRIVER.open(wire), plan(wire, 20, blocks=blocks, read_rule="whole_blocks")
        await session.connect()
        assert list((await session.read(made)).values) == BANK[:20]
        await session.close()


async def test_a_long_search_for_bad_addresses_goes_on_in_the_next_read() -> None:
    bank = holding_registers([1000 + n for n in range(120)])
    bad = list(range(0, 120, 3))
    bank.illegal.update((Area.HOLDING, n) for n in bad)
    async with ModbusServer({1: bank}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        session, made = DRIVER.open(wire), plan(wire, 120)
        await session.connect()
        most, found = 0, list[int]()
        for _ in range(40):
            before = server.record.total
            block = await session.read(made)
            most = max(most, server.record.total - before)
            found = [k for k, quality in enumerate(block.qualities) if quality]
            for k, (value, quality) in enumerate(zip(block.values, block.qualities, strict=True)):
                assert quality == Quality.NO_SUCH_ADDRESS if k in bad else True
                assert value == 1000 + k if quality == Quality.GOOD else value != value
        assert found == bad
        assert most <= 120
        await session.close()


@pytest.mark.parametrize(
    ("ids", "fault"),
    [("ignore", faults.wrong_transaction(7)), ("zero", faults.zero_transaction()), ("zero", None)],
)
async def test_gateways_that_rewrite_ids_are_read_when_the_settings_say_so(
    ids: str, fault: faults.Fault | None
) -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        if fault is not None:
            server.faults.add(fault)
        place = {"kind": "tcp", "host": "127.0.0.1", "port": server.port}
        wire = link(place, transaction_id=ids, timeout="500 ms")
        session, made = DRIVER.open(wire), plan(wire, 10)
        await session.connect()
        for _ in range(5):
            assert list((await session.read(made)).values) == BANK[:10]
        assert server.record.connections == 1
        with server.fault(faults.silence(times=1)), pytest.raises(DriverError):
            await session.read(made)
        # Without ids a silence always costs the connection.
        assert server.record.connections == 2
        await session.close()


async def test_ids_that_are_not_expected_are_no_answers() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port})
        for ids, fault in (("check", faults.zero_transaction()), ("zero", faults.wrong_transaction(5))):
            session = DRIVER.open(link(wire.options["transport"], transaction_id=ids))
            made = plan(wire, 10)
            await session.connect()
            with server.fault(fault), pytest.raises(DriverError) as caught:
                await session.read(made)
            assert caught.value.message.code == "modbus.foreign"
            await session.close()


async def test_each_device_has_its_own_patience() -> None:
    wire = link({"kind": "tcp", "host": "127.0.0.1"})
    assert plan(wire, 1).timeout_s == 5.0
    assert plan(wire, 1, timeout="2.5 s").timeout_s == 2.5


async def test_the_socket_keeps_alive_and_gives_up_what_is_never_acknowledged() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        options = LinkOptions.model_validate(
            {"transport": {"kind": "tcp", "host": "127.0.0.1", "port": server.port}, "timeout": "5 s"}
        )
        line = await open_line(options)
        sock = cast("asyncio.Transport", line._transport).get_extra_info("socket")
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 10_000
        await close_line(line)


async def test_pauses_are_kept_after_connecting_and_between_requests() -> None:
    async with ModbusServer({1: holding_registers(BANK)}) as server:
        server.faults.add(faults.pause_after_connect(0.1))
        pauses = {"pause_after_connect": "120 ms", "pause_between_requests": "50 ms"}
        wire = link({"kind": "tcp", "host": "127.0.0.1", "port": server.port}, **pauses)
        session, made = DRIVER.open(wire), plan(wire, 10)
        await session.connect()
        for _ in range(4):
            await session.read(made)
        asked = [one.at_s for one in server.record.requests]
        assert min(b - a for a, b in pairwise(asked)) >= 0.05
        await session.close()


def test_pymodbus_is_pinned_to_the_minor_that_was_tried() -> None:
    """Each minor release changes the interface; 3.16.0 was withdrawn."""
    (found,) = [need for need in requires("heatmon") or [] if need.startswith("pymodbus")]
    assert set(found.removeprefix("pymodbus").split(",")) == {">=3.16.1", "<3.17"}
    assert version("pymodbus").startswith("3.16.")


async def test_serial_line_with_trickled_bytes_and_a_lost_answer() -> None:
    async with SerialServer({1: holding_registers(BANK)}) as server:
        wire = link({"kind": "rtu", "device": server.path, "baudrate": 19200})
        session, made = DRIVER.open(wire), plan(wire, 10)
        await session.connect()
        with server.fault(faults.trickle(1, 0.001)):
            assert list((await session.read(made)).values) == BANK[:10]
        with server.fault(faults.bad_crc(times=1)):
            with pytest.raises(DriverError) as caught:
                await session.read(made)
            assert caught.value.kind == "protocol"
        await session.connect()
        assert list((await session.read(made)).values) == BANK[:10]
        await session.close()
