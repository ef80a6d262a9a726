"""What Modbus must do beyond the contract of all drivers: frames that are no answer, silent units."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import DriverError, ReadPlan, Session
from heatmon_drivers.modbus import DRIVER
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import RegisterBank, holding_registers
from heatmon_simulators.modbus.tcp import ModbusServer

WORDS = {"en": "x", "zh": "x"}


class Bench:
    """A Modbus server on one framing, a session to it, and a plan over registers 0..9."""

    def __init__(self, server: ModbusServer, bank: RegisterBank, framing: str) -> None:
        self.server, self.bank = server, bank
        kind = "tcp" if framing == "tcp" else "rtu_over_tcp"
        self.link = Link.model_validate(
            {
                "id": "lan",
                "driver": "modbus",
                "options": {
                    "transport": {"kind": kind, "host": "127.0.0.1", "port": server.port},
                    "timeout": "200 ms",
                    "quiet_after_fault": "10 ms",
                },
            }
        )
        self.session: Session = DRIVER.open(self.link)

    def plan(self, unit: int = 1, registers: range = range(10), **options: int) -> ReadPlan:
        group = {"id": "g", "period": "1 s"}
        device = {"id": f"plc{unit}", "link": "lan", "options": {"unit": unit} | options, "groups": [group]}
        tags = [
            {"id": f"t{n}", "device": f"plc{unit}", "group": "g", "name": WORDS, "address": {"register": n}}
            for n in registers
        ]
        return DRIVER.plan(
            self.link,
            Device.model_validate(device),
            Group.model_validate(group),
            [Tag.model_validate(tag) for tag in tags],
        )


@asynccontextmanager
async def bench(framing: str) -> AsyncIterator[Bench]:
    bank = holding_registers([1000 + n for n in range(50)])
    async with ModbusServer({1: bank, 2: bank}, framing="tcp" if framing == "tcp" else "rtu") as server:
        made = Bench(server, bank, framing)
        try:
            yield made
        finally:
            await made.session.close()


@pytest.fixture(params=["tcp", "rtu"])
async def modbus(request: pytest.FixtureRequest) -> AsyncIterator[Bench]:
    async with bench(request.param) as made:
        yield made


GOOD = [1000.0 + n for n in range(10)]


async def good(modbus: Bench) -> bool:
    block = await modbus.session.read(modbus.plan())
    return list(block.values) == GOOD and set(block.qualities) == {Quality.GOOD}


async def test_a_busy_device_gives_qualities_and_no_numbers(modbus: Bench) -> None:
    await modbus.session.connect()
    with modbus.server.fault(faults.exception(6)):
        block = await modbus.session.read(modbus.plan())
    assert set(block.qualities) == {Quality.DEVICE_BUSY}
    assert all(value != value for value in block.values)
    assert await good(modbus)


async def test_a_silent_unit_is_told_as_a_device_and_the_others_go_on(modbus: Bench) -> None:
    await modbus.session.connect()
    with modbus.server.fault(faults.silence(unit=2)):
        with pytest.raises(DriverError) as caught:
            await modbus.session.read(modbus.plan(unit=2))
        assert (caught.value.kind, caught.value.scope) == ("timeout", "device")
        assert await good(modbus)


@pytest.mark.parametrize(
    "fault",
    [
        faults.wrong_unit(7),
        faults.wrong_function(4),
        faults.wrong_byte_count(2),
        faults.duplicate(),
        faults.truncate(5),
        faults.reset(),
    ],
    ids=["wrong_unit", "wrong_function", "wrong_byte_count", "duplicate", "truncate", "reset"],
)
async def test_what_is_no_answer_never_yields_a_number_and_never_shifts_later_ones(
    modbus: Bench, fault: faults.Fault
) -> None:
    await modbus.session.connect()
    plans = [modbus.plan(registers=range(n, n + 5)) for n in (0, 20, 40)]
    with modbus.server.fault(fault):
        for plan in plans:
            await right_or_error(modbus, plan)
    for plan in plans * 2:
        await right_or_error(modbus, plan)
    await modbus.session.connect()
    assert await good(modbus)


async def right_or_error(modbus: Bench, plan: ReadPlan) -> bool:
    """Read; whatever is good must be right. False when the read was refused as a whole."""
    try:
        block = await modbus.session.read(plan)
    except DriverError:
        await asyncio.sleep(0)
        try:
            await modbus.session.connect()
        except DriverError:
            return False
        return False
    for tag, value, quality in zip(plan.tags, block.values, block.qualities, strict=True):
        if quality == Quality.GOOD:
            assert value == 1000 + int(tag[1:])
    return True


async def test_a_late_answer_is_never_taken_for_the_next_one(modbus: Bench) -> None:
    await modbus.session.connect()
    with modbus.server.fault(faults.late(0.25, times=1)):
        with pytest.raises(DriverError):
            await modbus.session.read(modbus.plan(registers=range(5)))
        for first in (20, 40, 10):
            await right_or_error(modbus, modbus.plan(registers=range(first, first + 5)))


async def test_nothing_is_ever_written_to_a_plant(modbus: Bench) -> None:
    await modbus.session.connect()
    await modbus.session.read(modbus.plan())
    await modbus.session.probe(modbus.plan())
    assert not modbus.server.record.writes
    assert set(modbus.server.record.functions) <= {1, 2, 3, 4}


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
async def test_no_wrong_value_through_a_faulty_wire(framing: str) -> None:
    """On real sockets; the long campaign is `tests/unit/drivers/test_no_wrong_value.py`."""
    async with bench(framing) as modbus:
        plans = [modbus.plan(registers=range(n, n + 5)) for n in range(0, 45, 5)]
        await modbus.session.connect()
        right = 0
        with modbus.server.fault(faults.mixed(7, 0.05)):
            for n in range(500):
                right += await right_or_error(modbus, plans[n % len(plans)])
        assert right > 125
