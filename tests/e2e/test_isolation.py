"""One daemon, many stations: a fault in one station's settings, store, link or data never touches another."""

from __future__ import annotations

from pathlib import Path

from heatmon_simulators.modbus.bank import Area
from heatmon_simulators.modbus.faults import garbage
from tests.e2e.house import House, house, until


async def lives(at: House, number: int) -> None:
    """The station is polled on and takes commands."""
    group = at.running(number).watched["plc_lan"].poller.groups[0]
    seen = group.cycles
    await until(lambda: group.cycles >= seen + 3)
    assert at.running(number).watched["plc_lan"].poller.up
    assert (await at.ask("note", number, text="alive"))["ok"]


async def test_faulty_settings_of_one_leave_the_others(tmp_path: Path) -> None:
    def spoil(folders: list[Path]) -> None:
        (folders[0] / "alarms.yaml").write_bytes(b"\xff\xfe")
        (folders[2] / "station.yaml").write_text(
            (folders[1] / "station.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )

    async with house(tmp_path, 4, prepare=spoil) as at:
        assert sorted(at.daemon.stations) == ["HX-001", "HX-003"]
        assert any("not UTF-8" in fault for fault in at.daemon.faults)
        assert any("HX-001 is run from" in fault for fault in at.daemon.faults)
        await lives(at, 3)


async def test_a_store_that_cannot_be_opened_leaves_the_others(tmp_path: Path) -> None:
    def spoil(_folders: list[Path]) -> None:
        (tmp_path / "state" / "stations").mkdir(parents=True)
        (tmp_path / "state" / "stations" / "HX-000").write_text("a file where a folder belongs")

    async with house(tmp_path, 2, prepare=spoil) as at:
        assert sorted(at.daemon.stations) == ["HX-001"]
        assert any("HX-000" in fault for fault in at.daemon.faults)
        await lives(at, 1)


async def test_a_link_that_is_gone_or_tells_rubbish_leaves_the_others(tmp_path: Path) -> None:
    async with house(tmp_path, 3) as at:
        with at.servers[0].fault(garbage()):
            async with at.servers[1].offline():
                await until(lambda: not at.running(1).watched["plc_lan"].poller.up)
                await lives(at, 2)
        codes = {e["code"] for e in await at.journal(2)}
        assert not {code for code in codes if code.startswith(("link.", "alarm."))} & {"link.lost"}


async def test_a_journal_that_fails_refuses_commands_of_its_station_only(tmp_path: Path) -> None:
    async with house(tmp_path, 2) as at:
        at.running(0).journal.close()
        answer = await at.ask("note", 0, text="cannot be kept")
        assert (answer["ok"], answer["code"]) == (False, "control.not_written")
        await lives(at, 1)
        status = (await at.ask("status", 0))["data"][0]
        assert status["journal_trouble"]
        assert "journal not writable: HX-000" in at.daemon.summary()


async def test_data_beyond_all_sense_alarm_their_station_only(tmp_path: Path) -> None:
    async with house(tmp_path, 2) as at:
        at.banks[0].set_registers(Area.HOLDING, 0, [0xFFFF] * 74)
        await until(lambda: bool(at.running(0).shell.engine.view().alarms))
        await lives(at, 1)
        assert not at.running(1).shell.engine.view().alarms
