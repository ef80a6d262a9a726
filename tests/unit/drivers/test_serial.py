"""RTU at the speed of a wire, over pseudo-terminals: silence, trickled bytes, slow lines, one master.

A pseudo-terminal has no baud rate: the simulator paces its replies. Serial hardware was not tried.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from heatmon.core.quality import Quality
from heatmon.core.spec import Link
from heatmon.driver import DriverError
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.cost import silence_s
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import holding_registers
from heatmon_simulators.modbus.serial import SerialServer
from tests.unit.runtime.bench import plan

BANK = {1: holding_registers([1000 + n for n in range(120)])}


def serial_link(device: str | Path, baudrate: int, timeout: str = "3 s") -> Link:
    transport: dict[str, Any] = {"kind": "rtu", "device": str(device), "baudrate": baudrate}
    options = {"transport": transport, "timeout": timeout, "quiet_after_fault": "10 ms"}
    return Link.model_validate({"id": "bus", "driver": "modbus", "options": options})


@pytest.mark.parametrize(
    ("baudrate", "silence"), [(1200, 0.0321), (9600, 0.00401), (19200, 0.002), (38400, 0.00175)]
)
def test_the_silence_between_frames_follows_the_speed(baudrate: int, silence: float) -> None:
    options = serial_link("/dev/x", baudrate).options
    assert silence_s(LinkOptions.model_validate(options)) == pytest.approx(silence, rel=0.01)


@pytest.mark.parametrize("baudrate", [2400, 9600, 38400])
async def test_replies_at_the_speed_of_the_wire_are_read_and_no_request_comes_too_soon(baudrate: int) -> None:
    async with SerialServer(BANK, baudrate=baudrate) as server:
        wire = serial_link(server.path, baudrate)
        session, made = DRIVER.open(wire), plan(wire, 1)[0]
        await session.connect()
        for _ in range(5 if baudrate == 2400 else 20):
            assert list((await session.read(made)).values) == [1000.0 + n for n in range(10)]
        assert server.record.too_soon == 0
        await session.close()


async def test_the_time_of_the_bytes_is_no_silence_of_the_device() -> None:
    """A hundred registers at 9600 baud take a quarter of a second; the device may think for 0.2 s."""
    async with SerialServer(BANK, baudrate=9600) as server:
        wire = serial_link(server.path, 9600, timeout="200 ms")
        session, made = DRIVER.open(wire), plan(wire, 1, registers=100)[0]
        assert made.requests[0].seconds > 0.2
        await session.connect()
        block = await session.read(made)
        assert set(block.qualities) == {Quality.GOOD}
        with server.fault(faults.silence(times=1)), pytest.raises(DriverError) as caught:
            await session.read(made)
        assert caught.value.message.code == "modbus.no_answer"
        await session.close()


@pytest.mark.parametrize(
    "fault",
    [faults.trickle(1, 0.002), faults.trickle(3, 0.01), faults.delay(0.1)],
    ids=["byte by byte", "as a USB adapter", "slow"],
)
async def test_bytes_that_trickle_in_are_one_answer(fault: faults.Fault) -> None:
    async with SerialServer(BANK) as server:
        wire = serial_link(server.path, 19200)
        session, made = DRIVER.open(wire), plan(wire, 1)[0]
        await session.connect()
        with server.fault(fault):
            for _ in range(3):
                assert list((await session.read(made)).values) == [1000.0 + n for n in range(10)]
        await session.close()


async def test_after_noise_the_line_is_found_again_by_its_checksum() -> None:
    async with SerialServer(BANK) as server:
        wire = serial_link(server.path, 19200, timeout="400 ms")
        session, made = DRIVER.open(wire), plan(wire, 1)[0]
        await session.connect()
        for noise in (
            faults.bad_crc(times=1), faults.noise_before(times=1), faults.garbage(40, times=1),
            faults.duplicate(times=1), faults.truncate(7, times=1),
        ):  # fmt: skip
            with server.fault(noise), pytest.raises(DriverError) as caught:
                await session.read(made)
            assert caught.value.scope == "device"
            assert list((await session.read(made)).values) == [1000.0 + n for n in range(10)]
        await session.close()


async def test_one_line_has_one_master() -> None:
    async with SerialServer(BANK) as server:
        wire = serial_link(server.path, 9600)
        first, second = DRIVER.open(wire), DRIVER.open(wire)
        await first.connect()
        with pytest.raises(DriverError) as caught:
            await second.connect()
        assert (caught.value.kind, caught.value.message.code) == ("busy", "modbus.serial.taken")
        assert list((await first.read(plan(wire, 1)[0])).values) == [1000.0 + n for n in range(10)]
        await first.close()
        await second.connect()
        await second.close()


async def test_a_device_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DriverError) as caught:
        await DRIVER.open(serial_link(tmp_path / "ttyUSB9", 9600)).connect()
    assert caught.value.message.code == "modbus.serial.missing"
    assert caught.value.message.params["device"] == str(tmp_path / "ttyUSB9")
