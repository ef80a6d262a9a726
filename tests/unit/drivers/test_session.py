"""What a session learns of a device, and a serial line for real."""

from __future__ import annotations

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import DriverError, ReadPlan
from heatmon_drivers.modbus import DRIVER
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Area, holding_registers
from heatmon_simulators.modbus.serial import SerialServer
from heatmon_simulators.modbus.tcp import ModbusServer

WORDS = {"en": "x", "zh": "x"}


def link(transport: dict[str, object]) -> Link:
    options = {"transport": transport, "timeout": "300 ms", "quiet_after_fault": "10 ms"}
    return Link.model_validate({"id": "lan", "driver": "modbus", "options": options})


def plan(wire: Link, n: int) -> ReadPlan:
    group = Group.model_validate({"id": "g", "period": "1 s"})
    device = Device.model_validate(
        {"id": "plc", "link": "lan", "groups": [{"id": "g", "period": "1 s"}], "options": {"unit": 1}}
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
