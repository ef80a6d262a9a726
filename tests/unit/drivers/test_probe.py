"""`heatmon probe modbus`: an unknown device is found out slowly, once, and without a write."""

from __future__ import annotations

import asyncio
import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from heatmon.cli import main
from heatmon.core.spec import Tag
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_drivers.modbus.tools.candidates import Candidate, candidates
from heatmon_drivers.modbus.tools.scan import Notebook, Scan, Window, heard_on, windows_of
from heatmon_drivers.modbus.tools.verb import numbers, tags_yaml
from heatmon_simulators.modbus.bank import Area, RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer


def cdab(value: float) -> list[int]:
    high, low = struct.unpack(">HH", struct.pack(">f", value))
    return [low, high]


def words_of(*, later: bool) -> dict[int, int]:
    """A small PLC: two floats, a totaliser, a temperature in tenths, a pump, a missing sensor, zeros."""
    move = 1 if later else 0
    total = 1_234_567 + 3 * move
    words = [*cdab(72.4 + 0.2 * move), *cdab(0.452 + 0.001 * move), total & 0xFFFF, total >> 16]
    words += [543 + 2 * move, 1, 0x7FFF, 0]
    return dict(enumerate(words))


def found_by_register() -> dict[int, Candidate]:
    return {one.register: one for one in candidates(words_of(later=False), words_of(later=True))}


@pytest.mark.parametrize(
    ("register", "type_", "order", "scale", "meaning"),
    [
        (0, "float32", "CDAB", 1.0, "temperature"),
        (2, "float32", "CDAB", 1.0, "pressure"),
        (4, "uint32", "CDAB", 1.0, "totaliser"),
        (6, "int16", None, 0.1, "temperature"),
        (7, "uint16", None, 1.0, "state"),
    ],
)
def test_the_likeliest_reading(
    register: int, type_: str, order: str | None, scale: float, meaning: str
) -> None:
    one = found_by_register()[register]
    assert (one.type, one.order, one.scale, one.meaning) == (type_, order, scale, meaning)


def test_missing_sensors_and_zeros_are_nothing() -> None:
    assert found_by_register().keys() == {0, 2, 4, 6, 7}


def test_a_value_that_jumps_is_no_candidate() -> None:
    first, second = dict(enumerate(cdab(72.4))), dict(enumerate(cdab(-31.0)))
    assert all(one.meaning != "temperature" for one in candidates(first, second))


# -- on the wire --------------------------------------------------------------------------------------


@pytest.fixture
def bank() -> RegisterBank:
    made = RegisterBank()
    made.set_registers(Area.HOLDING, 0, list(words_of(later=False).values()))
    return made


@pytest.fixture
async def server(bank: RegisterBank) -> AsyncIterator[ModbusServer]:
    async with ModbusServer({1: bank}) as made:
        yield made


def options(server: ModbusServer) -> LinkOptions:
    transport = {"kind": "tcp", "host": "127.0.0.1", "port": server.port}
    return LinkOptions.model_validate({"transport": transport, "timeout": "200 ms"})


WINDOWS = windows_of([1, 2], ["holding"], range(16), 8, [])


async def test_both_passes_find_what_moved_and_leave_the_rest_alone(
    server: ModbusServer, bank: RegisterBank, tmp_path: Path
) -> None:
    def told(done: int, _: int) -> None:
        if done == len(WINDOWS):
            bank.set_registers(Area.HOLDING, 0, list(words_of(later=True).values()))

    notebook = Notebook.open(tmp_path / "n.json")
    await Scan(options(server), notebook, 0.0, told).run(WINDOWS, 0.0)
    place = "1/holding"
    assert notebook.words[0][place] == words_of(later=False)
    assert notebook.words[1][place] == words_of(later=True)
    assert "2/holding" not in notebook.words[0]
    assert not server.record.writes
    silent = [one for one in server.record.requests if one.request.unit == 2]
    assert len(silent) <= 2, "a unit that is not there is asked twice"


async def test_a_scan_that_was_stopped_goes_on_and_asks_nothing_twice(
    server: ModbusServer, tmp_path: Path
) -> None:
    file, windows = tmp_path / "n.json", windows_of([1], ["holding"], range(10), 2, [])

    def stop(done: int, _: int) -> None:
        if done == 3:
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await Scan(options(server), Notebook.open(file), 0.0, stop).run(windows, 0.0)
    before = server.record.total
    assert before == 3
    again = Scan(options(server), Notebook.open(file), 0.0, lambda *_: None)
    await again.run(windows, 0.0)
    assert again.requests == 2 * len(windows) - before
    asked = [(one.request.address, one.request.count) for one in server.record.requests]
    assert asked[: len(windows)] == [(n, 2) for n in range(0, 10, 2)]


async def test_requests_come_one_after_the_other_no_faster_than_asked(
    server: ModbusServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests: list[float] = []
    real = asyncio.sleep

    async def counted(seconds: float, *more: Any) -> None:
        rests.append(seconds)
        await real(0, *more)

    monkeypatch.setattr("heatmon_drivers.modbus.tools.scan.asyncio.sleep", counted)
    scan = Scan(options(server), Notebook.open(tmp_path / "n.json"), 0.5, lambda *_: None)
    await scan.run(windows_of([1], ["holding"], range(10), 5, []), 10.0)
    assert rests.count(0.5) == scan.requests
    assert rests.count(10.0) == 1


def test_registers_that_clear_on_reading_are_left_out() -> None:
    windows = windows_of([1], ["holding", "input"], range(20), 10, [range(5, 7), range(12, 13)])
    spans = [(one.area, one.first, one.count) for one in windows]
    assert spans == [(area, *span) for area in ("holding", "input") for span in ((0, 5), (7, 5), (13, 7))]


async def test_another_master_on_the_line_is_heard() -> None:
    near, far = os.openpty()
    try:
        listening = asyncio.create_task(heard_on(os.ttyname(far), 9600, 5.0))
        await asyncio.sleep(0.2)
        os.write(near, b"\x01")
        assert await listening == 1
        assert await heard_on(os.ttyname(far), 9600, 0.1) == 0
    finally:
        os.close(near)
        os.close(far)


def test_a_busy_line_is_refused_unless_it_is_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async def busy(*_: object) -> int:
        return 1

    monkeypatch.setenv("HEATMON_LANG", "en")
    monkeypatch.setattr("heatmon_drivers.modbus.tools.verb.heard_on", busy)
    arguments = ["probe", "modbus", "--serial", "/dev/null", "--notebook", str(tmp_path / "n.json")]
    assert main(arguments) == 1
    assert "another master" in capsys.readouterr().err


def test_the_tags_that_are_written_are_tags() -> None:
    chosen = [("1/holding", one) for one in found_by_register().values()]
    tags = [Tag.model_validate(tag) for tag in yaml.safe_load(tags_yaml(chosen, "plc/fast", "zh"))["tags"]]
    assert len(tags) == len(chosen)
    for tag in tags:
        DRIVER.address.model_validate(tag.address)


def test_numbers_and_windows_are_read_as_they_are_written(tmp_path: Path) -> None:
    assert numbers("1-3,0x10") == [1, 2, 3, 16]
    with pytest.raises(ValueError, match="before the first"):
        numbers("5-1")
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ValueError, match="no notebook"):
        Notebook.open(tmp_path / "x.json")
    assert Window(1, "holding", 0, 5).halves() == (Window(1, "holding", 0, 2), Window(1, "holding", 2, 3))
