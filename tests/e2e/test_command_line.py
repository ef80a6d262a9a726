"""The verbs that need a daemon, typed as an engineer types them, against a running one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from heatmon.cli import main
from tests.e2e.house import house


async def typed(capsys: pytest.CaptureFixture[str], tmp_path: Path, *argv: str) -> tuple[int, str, str]:
    """A verb in a thread of its own: the daemon answers meanwhile."""
    capsys.readouterr()
    code = await asyncio.to_thread(main, [argv[0], "--runtime", str(tmp_path / "run"), *argv[1:]])
    out, err = capsys.readouterr()
    return code, out, err


async def test_status_journal_and_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEATMON_LANG", "en")
    monkeypatch.setenv("COLUMNS", "160")
    async with house(tmp_path, 2) as at:
        code, out, _ = await typed(capsys, tmp_path, "status")
        assert code == 0
        assert "HX-000" in out
        assert "HX-001" in out
        assert len(out.splitlines()) == 3
        code, out, _ = await typed(capsys, tmp_path, "status", "--json")
        assert [station["station"] for station in json.loads(out)] == ["HX-000", "HX-001"]
        page = (await typed(capsys, tmp_path, "status", "--station", "HX-001"))[1]
        assert len(page.splitlines()) <= 45
        assert "curve.setpoint_c" in page
        assert "water.cusum" not in page
        assert "water.cusum" in (await typed(capsys, tmp_path, "status", "--station", "HX-001", "--all"))[1]
        code, out, _ = await typed(capsys, tmp_path, "status", "--station", "HX-001", "--tag", "p2r")
        assert code == 0
        code, _, err = await typed(capsys, tmp_path, "status", "--tag", "nope")
        assert (code, err) == (1, "nope: no such tag\n")
        code, _, err = await typed(capsys, tmp_path, "note", "on duty")
        assert code == 1
        assert "name one with --station: HX-000, HX-001" in err
        code, out, _ = await typed(capsys, tmp_path, "note", "on duty", "--station", "HX-001")
        assert (code, out) == (0, "done\n")
        code, out, _ = await typed(capsys, tmp_path, "journal", "--station", "HX-001", "--lines", "1")
        assert code == 0
        assert "note: on duty · operator@socket/uid" in out
        code, _, err = await typed(capsys, tmp_path, "ack", "NOPE", "--station", "HX-001")
        assert code == 1
        assert "no such alarm" in err
        at.edit(0, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 MPa")
        code, out, _ = await typed(capsys, tmp_path, "reload", "--show")
        assert code == 0
        assert "this is what they would change" in out
        assert "0.8 MPa -> 0.78 MPa" in out
        at.edit(1, "alarms.yaml", "limit: 0.80 MPa", "limit: 0.78 K")
        code, out, err = await typed(capsys, tmp_path, "reload")
        assert code == 1
        assert "HX-000: the new settings are in use" in out
        assert "HX-001: the new settings have faults" in err
    journal = tmp_path / "state" / "stations" / "HX-001"
    code = await asyncio.to_thread(main, ["journal", "verify", str(journal)])
    assert code == 0
    assert "chain unbroken" in capsys.readouterr().out
