"""Changed settings through the running daemon: contracts.md, "Reload", row by row, and 200 times."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

from heatmon.runtime.clock import Clock
from tests.e2e.house import House, house, until

P2R_H = "limit: pressure.H, deadband: 0.01 MPa, on_delay: 30 s"


async def codes(at: House, number: int, alarm: str) -> list[str]:
    return [e["code"] for e in await at.journal(number) if e["payload"].get("alarm") == alarm]


def active(at: House, number: int) -> dict[str, str]:
    return {alarm["id"]: alarm["state"] for alarm in at.running(number).shell.engine.view().alarms}


async def test_the_difference_is_shown_and_journalled_with_author_and_content(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        before = at.running(0).shell.engine.bundle
        at.edit(0, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 MPa")
        answer = await at.ask("reload", 0)
        assert answer["ok"], answer
        lines = ["alarms.P2S_HH.levels.HH.limit: 0.8 MPa -> 0.78 MPa"]
        assert answer["data"]["HX-000"] == {"ok": True, "code": "control.reloaded", "lines": lines}
        (entry,) = [e for e in await at.journal(0) if e["code"] == "config.changed"]
        assert entry["event_seq"] in answer["event_seqs"]
        assert entry["actor"] == "operator@socket/uid"
        assert entry["payload"]["difference"] == lines[0]
        assert entry["payload"]["from"] == before
        # The content itself is kept under its hash, for ever.
        assert b'"0.78 MPa"' in at.running(0).journal.bundle(entry["payload"]["bundle"])
        again = await at.ask("reload", 0)
        assert again["code"] == "control.unchanged"


async def test_invalid_settings_change_nothing_and_say_why(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        engine, poller = at.running(0).shell.engine, at.running(0).watched["plc_lan"].poller
        before = (engine.bundle, engine.event_seq)
        at.edit(0, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.80 K")
        for language, words in (("en", "does not fit"), ("zh", "不符")):
            answer = await at.ask("reload", 0, language=language)
            assert not answer["ok"]
            assert answer["code"] == "control.invalid_settings"
            assert "alarms.yaml:42:" in answer["params"]["faults"]
            assert words in answer["params"]["faults"]
        assert (engine.bundle, engine.event_seq) == before
        assert at.running(0).watched["plc_lan"].poller is poller


async def test_a_changed_limit_is_judged_at_the_next_scan(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        assert "P2S_HH" not in active(at, 0)
        at.edit(
            0,
            "alarms.yaml",
            "limit: 0.80 MPa, deadband: 0.01 MPa, on_delay: 5 s",
            "limit: 0.10 MPa, on_delay: 0 s",
        )
        at.edit(0, "alarms.yaml", "limit: pressure.HH, ", "limit: 0.9 MPa, ")
        assert (await at.ask("reload", 0))["ok"]
        await until(lambda: active(at, 0).get("P2S_HH") == "unack")


async def test_a_running_delay_is_judged_by_the_new_value(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.edit(0, "alarms.yaml", P2R_H, "limit: 0.28 MPa, deadband: 0.01 MPa, on_delay: 1 h")
        at.edit(0, "alarms.yaml", "pressure.L,", "0.02 MPa,")
        at.edit(0, "alarms.yaml", "pressure.LL,", "0.01 MPa,")
        assert (await at.ask("reload", 0))["ok"]
        await asyncio.sleep(1.2)
        assert "P2R_H" not in active(at, 0)
        at.edit(0, "alarms.yaml", "on_delay: 1 h", "on_delay: 1 s")
        assert (await at.ask("reload", 0))["ok"]
        await until(lambda: active(at, 0).get("P2R_H") == "unack")


async def raised(at: House) -> None:
    """The high-pressure alarm of station 0 is active and waits for its acknowledgement."""
    at.edit(0, "alarms.yaml", P2R_H, "limit: 0.28 MPa, deadband: 0.01 MPa, on_delay: 0 s")
    at.edit(0, "alarms.yaml", "pressure.L,", "0.02 MPa,")
    at.edit(0, "alarms.yaml", "pressure.LL,", "0.01 MPa,")
    assert (await at.ask("reload", 0))["ok"]
    await until(lambda: active(at, 0).get("P2R_H") == "unack")


async def test_an_alarm_removed_while_active_is_closed_and_named_before(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await raised(at)
        file = at.folders[0] / "alarms.yaml"
        text = file.read_text(encoding="utf-8")
        first, last = text.index("  - id: P2R_H\n"), text.index("  - id: P2R_L\n")
        file.write_text(text[:first] + text[last:], encoding="utf-8")
        shown = await at.ask("reload", 0, only_show="yes")
        assert shown["data"]["HX-000"]["lines"] == ["- alarms.P2R_H (unack, will be closed)"]
        assert active(at, 0)["P2R_H"] == "unack"
        answer = await at.ask("reload", 0)
        assert answer["data"]["HX-000"]["lines"] == ["- alarms.P2R_H (unack, will be closed)"]
        assert "P2R_H" not in active(at, 0)
        assert (await codes(at, 0, "P2R_H"))[-1] == "alarm.closed"


async def test_a_renamed_alarm_keeps_its_state_and_is_not_announced_again(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await raised(at)
        at.edit(0, "alarms.yaml", "  - id: P2R_H\n", "  - id: RETURN_HIGH\n    renamed_from: P2R_H\n")
        answer = await at.ask("reload", 0)
        assert "alarms.P2R_H -> RETURN_HIGH (renamed)" in answer["data"]["HX-000"]["lines"]
        assert active(at, 0)["RETURN_HIGH"] == "unack"
        assert await codes(at, 0, "RETURN_HIGH") == []


async def test_a_changed_priority_counts_from_the_next_announcement(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        await raised(at)
        at.edit(
            0,
            "alarms.yaml",
            "on_delay: 0 s, off_delay: 60 s, priority: P3",
            "on_delay: 0 s, off_delay: 60 s, priority: P2",
        )
        assert (await at.ask("reload", 0))["ok"]
        await asyncio.sleep(1.2)
        raises = [
            e for e in await at.journal(0) if e["code"] == "alarm.raised" and e["payload"]["alarm"] == "P2R_H"
        ]
        assert [e["payload"]["priority"] for e in raises] == ["P3"]


async def test_a_totaliser_from_another_register_restarts_its_windows_marked(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        at.edit(0, "devices.yaml", "register: 40, type: uint32", "register: 42, type: uint32")
        assert (await at.ask("reload", 0))["ok"]
        assert [e["payload"]["what"] for e in await at.journal(0) if e["code"] == "config.restarted"]


async def test_a_link_is_replaced_only_where_its_wiring_changed(tmp_path: Path) -> None:
    async with house(tmp_path) as at:
        first = at.running(0).watched["plc_lan"].poller
        at.edit(0, "curve.yaml", "supply: 64.0 °C", "supply: 64.5 °C")
        assert (await at.ask("reload", 0))["ok"]
        assert at.running(0).watched["plc_lan"].poller is first
        at.edit(0, "devices.yaml", "timeout: 1 s", "timeout: 2 s")
        assert (await at.ask("reload", 0))["ok"]
        second = at.running(0).watched["plc_lan"].poller
        assert second is not first
        await until(lambda: second.up and second.groups[0].cycles > 0)


async def test_sighup_reloads_every_station_and_starts_what_was_left_out(tmp_path: Path) -> None:
    def spoil(folders: list[Path]) -> None:
        (folders[1] / "curve.yaml").write_text("curve: ]", encoding="utf-8")

    async with house(tmp_path, 3, prepare=spoil) as at:
        assert sorted(at.daemon.stations) == ["HX-000", "HX-002"]
        assert all("curve.yaml:1:" in fault for fault in at.daemon.faults)
        status = await at.ask("status")
        assert status["left_out"] == at.daemon.faults
        (at.folders[1] / "curve.yaml").write_text(
            (at.folders[0] / "curve.yaml").read_text(encoding="utf-8"), encoding="utf-8"
        )
        at.edit(2, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 MPa")
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: "HX-001" in at.daemon.stations)
        await until(lambda: at.running(2).shell.engine.spec.alarms[4].levels[0].limit is not None)
        (entry,) = [e for e in await at.journal(2) if e["code"] == "config.changed"]
        assert entry["actor"] == "heatmon@system/none"
        assert not at.daemon.faults
        assert not [e for e in await at.journal(0) if e["code"] == "config.changed"]


async def test_reload_of_all_tells_each_station_and_refuses_only_the_faulty_one(tmp_path: Path) -> None:
    async with house(tmp_path, 2) as at:
        at.edit(0, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 MPa")
        at.edit(1, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 K")
        answer = await at.ask("reload")
        assert not answer["ok"]
        assert {name: one["code"] for name, one in answer["data"].items()} == {
            "HX-000": "control.reloaded",
            "HX-001": "control.invalid_settings",
        }


async def test_two_hundred_reloads_lose_no_cycle_and_no_file_descriptor(tmp_path: Path) -> None:
    def calm(folders: list[Path]) -> None:
        # A busy machine may hold any process for a second; what is tested is that a reload does not.
        for folder in folders:
            file = folder / "devices.yaml"
            file.write_text(file.read_text(encoding="utf-8").replace("period: 1 s", "period: 2 s"), "utf-8")

    async with house(tmp_path, 3, prepare=calm) as at:
        others = [at.running(number).watched["plc_lan"].poller for number in (1, 2)]
        limits = ("limit: 0.80 MPa", "limit: 0.78 MPa")
        timeouts = ("timeout: 1 s", "timeout: 2 s")

        async def reload(turn: int) -> None:
            at.edit(0, "alarms.yaml", limits[turn % 2], limits[(turn + 1) % 2])
            if turn % 10 < 2:
                # The wiring changes too: a new connection in place of the old one.
                at.edit(0, "devices.yaml", timeouts[turn % 2], timeouts[(turn + 1) % 2])
            answer = await at.ask("reload", 0)
            assert answer["ok"], answer

        for turn in range(10):
            await reload(turn)
        before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208  names only, no paths
        for turn in range(10, 210):
            await reload(turn)
        await until(lambda: at.running(0).watched["plc_lan"].poller.up)
        assert len(os.listdir("/proc/self/fd")) <= before + 2  # noqa: PTH208  as above
        changes = [e for e in await at.journal(0) if e["code"] == "config.changed"]
        assert len(changes) == 210
        for number, poller in zip((1, 2), others, strict=True):
            assert at.running(number).watched["plc_lan"].poller is poller
            assert all(group.skipped == 0 for group in poller.groups)
            assert not [e for e in await at.journal(number) if e["code"].startswith(("config.", "link."))]


async def test_a_reload_under_a_scaled_clock_is_the_same(tmp_path: Path) -> None:
    async with house(tmp_path, clock=Clock(60.0)) as at:
        at.edit(0, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 MPa")
        assert (await at.ask("reload", 0))["ok"]
