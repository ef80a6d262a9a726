"""The service's unit: systemd accepts it, its exposure is low, and what it starts takes those arguments."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from heatmon.cli import run

ROOT = Path(__file__).resolve().parents[2]
UNIT = ROOT / "systemd" / "heatmon@.service"


def settings(unit: Path) -> dict[str, str]:
    parser = RawConfigParser(strict=False, comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # keys as they are written
    parser.read(unit, "utf-8")
    return dict(parser["Service"])


def gate(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", str(root / ".ci" / "units")], capture_output=True, text=True, check=False)


@pytest.fixture
def systemd() -> None:
    if shutil.which("systemd-analyze") is None:
        assert "CI" not in os.environ, "systemd-analyze is missing"
        pytest.skip("systemd-analyze is not installed")


@pytest.mark.usefixtures("systemd")
def test_systemd_accepts_it_and_its_exposure_is_low() -> None:
    done = gate(ROOT)
    assert done.returncode == 0, done.stderr
    assert "exposure level" in done.stdout


@pytest.mark.usefixtures("systemd")
@pytest.mark.parametrize(
    ("old", "new"),
    [("ProtectSystem=strict", "ProtectSystm=strict"), ("NoNewPrivileges=yes\nProtectSystem=strict\n", "")],
)
def test_the_gate_refuses_a_spoilt_unit(tmp_path: Path, old: str, new: str) -> None:
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "systemd").mkdir()
    text = UNIT.read_text("utf-8")
    assert old in text
    for word in ("SystemCallFilter", "Protect", "Restrict") if not new else ():
        text = "\n".join(line for line in text.splitlines() if not line.startswith(word)) + "\n"
    (tmp_path / "systemd" / UNIT.name).write_text(text.replace(old, new), "utf-8")
    assert gate(tmp_path).returncode != 0


def test_the_program_takes_the_arguments_that_the_unit_gives() -> None:
    program, verb, *arguments = settings(UNIT)["ExecStart"].replace("%i", "hx-017").split()
    assert (program, verb) == ("/opt/heatmon/bin/heatmon", "run")
    parser = argparse.ArgumentParser()
    run.add_arguments(parser)
    parsed = parser.parse_args(arguments)
    assert parsed.dirs == [Path("/etc/heatmon/stations/hx-017")]
    assert parsed.state == Path("/var/lib/heatmon/hx-017")
    assert parsed.runtime == Path("/run/heatmon/hx-017")


def test_it_is_watched_and_told_and_given_its_secrets() -> None:
    service = settings(UNIT)
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) >= 10
    assert service["StateDirectory"] == "heatmon/%i"
    assert service["ExecReload"] == "/bin/kill -HUP $MAINPID"
    # A folder of secrets, of which the service needs none: a missing one keeps nothing from starting.
    assert service["LoadCredential"] == "heatmon:/etc/heatmon/credentials"
    assert service["SetCredential"].startswith("heatmon:")
