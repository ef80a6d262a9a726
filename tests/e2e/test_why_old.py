"""Why is this value old? Asked on the command line, in both languages, of a daemon on a real wire."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.view import entry_text
from heatmon_simulators.modbus.bank import Area, RegisterBank
from tests.e2e.house import house, until

MORE = """
tags:
  - id: gone
    name: {en: a register that was taken out, zh: 已取消的寄存器}
    device: plc
    group: normal
    address: {register: 76}
  - id: mode2
    name: {en: control mode, zh: 控制方式}
    device: plc
    group: fast
    digits: 0
    address: {register: 71}
    states:
      - {value: 0, en: local, zh: 就地}
      - {value: 1, en: remote, zh: 远程}
  - id: model
    name: {en: model of the controller, zh: 控制器型号}
    device: plc
    group: normal
    address: {register: 80, type: string, length: 4}
  - id: count
    name: {en: a count of many digits, zh: 大计数}
    device: plc
    group: normal
    digits: 0
    address: {register: 84, type: uint64}
alarms:
  - id: REMOTE
    name: {en: controlled from outside, zh: 远程控制}
    signal: mode2
    when: "on"
    levels:
      - {name: REMOTE, on_delay: 0 s, priority: P3}
    response: {en: tell the operator, zh: 告知运行人员}
"""


def add_tags(folders: list[Path]) -> None:
    (folders[0] / "more.yaml").write_text(MORE, encoding="utf-8")


def fill(bank: RegisterBank) -> None:
    bank.set_registers(Area.HOLDING, 71, [1])
    bank.set_registers(Area.HOLDING, 80, [0x5043, 0x2D37, 0, 0])
    # 2**53 + 1 in the order of this PLC: the low word first.
    bank.set_registers(Area.HOLDING, 84, [1, 0, 0, 0x0020])


class Terminal:
    """`heatmon status` as a reader of either language types it."""

    def __init__(
        self, runtime: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self._runtime, self._environment, self._capsys = str(runtime), monkeypatch, capsys
        monkeypatch.setenv("COLUMNS", "200")

    async def status(self, language: str, *arguments: str) -> str:
        self._environment.setenv("HEATMON_LANG", language)
        self._capsys.readouterr()
        assert await asyncio.to_thread(main, ["status", "--runtime", self._runtime, *arguments]) == 0
        return self._capsys.readouterr().out


async def test_every_tag_says_why_its_value_is_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    status = Terminal(tmp_path / "run", monkeypatch, capsys).status
    async with house(tmp_path, prepare=add_tags, fill=fill) as at:
        server = at.servers[0]
        engine = at.running(0).shell.engine
        table = engine.view().signals
        await until(lambda: table.exact.get(table.index["model"]) == "PC-7")
        assert table.exact[table.index["count"]] == (1 << 53) + 1

        assert "PC-7" in await status("en", "--tag", "model")
        assert str((1 << 53) + 1) in await status("en", "--tag", "count")
        assert "remote (1)" in await status("en", "--tag", "mode2")
        assert "远程 (1)" in await status("zh", "--tag", "mode2")
        assert "远程 (1)" in await status("zh")

        gone = await status("en", "--tag", "gone")
        assert "no such address" in gone
        assert "FC3, unit 1, registers" in gone
        assert re.search(r"asked again in +(59|60) min", gone)
        assert "无此地址" in await status("zh", "--tag", "gone")

        async with server.offline():
            await until(lambda: not at.running(0).watched["plc_lan"].poller.up)
            await asyncio.sleep(1.5)
            why = await status("en", "--tag", "t2s")
            assert "link down" in why
            assert f"127.0.0.1:{server.port} refuses the connection" in why
            assert "ago)" in why
            assert "拒绝连接" in await status("zh", "--tag", "t2s")
        await until(lambda: at.running(0).watched["plc_lan"].poller.up)

        entries = await at.journal(0)
        lost = next(entry for entry in entries if entry["code"] == "link.lost")
        assert lost["payload"]["reason"] == "modbus.connect.refused"
        assert lost["payload"]["port"] == server.port
        raised = next(entry for entry in entries if entry["payload"].get("alarm") == "REMOTE")
        assert (raised["payload"]["value_en"], raised["payload"]["value_zh"]) == ("remote", "远程")
        shown = "\n".join(entry_text(entry, "zh") for entry in entries)
        assert f"127.0.0.1:{server.port} 拒绝连接" in shown
        assert "mode2 = 远程 (1)" in shown
