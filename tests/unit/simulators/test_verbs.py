"""`heatmon sim` and `heatmon rehearse` as a person meets them, in their own process."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from heatmon.store.journal import read_only
from tests.unit.simulators.wire_client import Client, read_pdu

CONFIG = Path(__file__).resolve().parents[3] / "config"
SCENARIO = CONFIG / "scenarios" / "comms_flap.yaml"


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-c", "from heatmon.cli import main; raise SystemExit(main())", *map(str, words)]


def run(*words: str | Path, language: str = "en") -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HEATMON_LANG": language}
    return subprocess.run(command(*words), capture_output=True, text=True, env=environment, timeout=60)


async def test_sim_says_where_it_is_answers_there_and_ends_cleanly_on_ctrl_c() -> None:
    started = subprocess.Popen(  # noqa: ASYNC220  the loop has nothing else to do
        command("sim", SCENARIO, "--factor", "2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HEATMON_LANG": "en"},
    )
    assert started.stdout is not None
    said = []
    for line in started.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            break
    text = "".join(said)
    found = re.search(r"Modbus TCP at 127\.0\.0\.1:(\d+)", text)
    assert found is not None, text
    async with Client(int(found[1])) as client:
        assert len(await client.ask(1, 1, read_pdu(0, 61))) == 9 + 122
    assert "00:15:00  the PLC is silent for 20 s  (after 00:07:30 on the wall)" in text
    assert "2 × real time" in text
    started.send_signal(signal.SIGINT)
    _, errors = started.communicate(timeout=20)
    assert (started.returncode, errors) == (0, "")


@pytest.mark.parametrize("verb", ["sim", "rehearse", "demo"])
@pytest.mark.parametrize(("language", "word"), [("en", "did you mean leak?"), ("zh", "是否应为 leak")])
def test_a_wrong_scenario_is_told_with_its_place_by_every_verb(
    tmp_path: Path, verb: str, language: str, word: str
) -> None:
    file = tmp_path / "story.yaml"
    file.write_text("name: {en: x, zh: x}\nevents:\n  - {at: 1 min, leek: 1 mm}\n", encoding="utf-8")
    words: list[str | Path] = ["demo", "--scenario", file] if verb == "demo" else [verb, file]
    done = run(*words, language=language)
    assert done.returncode == 1
    assert f"{file}:3:17: events.0.leek:" in done.stderr
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_wrong_station_and_a_wrong_factor_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "station.yaml").write_text("station: {id: 1}\n", encoding="utf-8")
    for verb in ("sim", "rehearse"):
        done = run(verb, SCENARIO, "--station", tmp_path)
        assert done.returncode == 1
        assert f"{tmp_path / 'station.yaml'}:1:" in done.stderr
        assert "Traceback" not in done.stderr
    done = run("sim", SCENARIO, "--factor", "5000")
    assert (done.returncode, done.stdout) == (1, "")
    assert "up to 1000" in done.stderr


def test_rehearse_prints_the_journal_and_keeps_it_marked_simulated(tmp_path: Path) -> None:
    kept = tmp_path / "journal.db"
    done = run("rehearse", SCENARIO, "--length", "16 min", "--journal", kept)
    assert done.returncode == 0, done.stderr
    assert "link plc_lan lost" in done.stdout
    assert "00:16:00 in " in done.stdout
    with read_only(kept) as journal:
        entries = [entry.as_dict() for entry in journal.entries()]
    assert [entry["event_seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert all(entry["simulated"] for entry in entries)
    assert len(entries) == sum(line[:6].strip().isdigit() for line in done.stdout.splitlines())


def test_rehearse_refuses_a_length_without_unit() -> None:
    done = run("rehearse", SCENARIO, "--length", "5")
    assert done.returncode == 1
    assert "has no unit" in done.stderr
