"""The command line as a tired engineer meets it: help, mistakes, no daemon, both languages, exit codes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from heatmon.cli import BUILT_IN, INTERNAL, USAGE, ask, main
from heatmon.core.authority import ENGINE_VERBS

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
HEAVY = ("pymodbus", "asyncua", "pydantic", "yaml", "rich", "sqlite3", "asyncio", "aiohttp", "pyarrow")


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HEATMON_LANG", "en")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "100")
    for name in ("XDG_RUNTIME_DIR", "RUNTIME_DIRECTORY", "STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ask, "SYSTEM_RUNTIME", tmp_path / "run" / "heatmon")


def said(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    try:
        code = main(list(argv))
    except SystemExit as end:
        code = int(end.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


def test_help_is_whole_in_both_languages_and_in_a_fixed_order(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, english, _ = said(capsys, "--help")
    assert code == 0
    assert english == said(capsys, "--help")[1]
    for verb in (*BUILT_IN, *(verb.replace("_", "-") for verb in ENGINE_VERBS)):
        assert f"    {verb} " in english or f"    {verb}\n" in english
    monkeypatch.setenv("HEATMON_LANG", "zh")
    _, chinese, _ = said(capsys, "--help")
    assert "用法：" in chinese
    for word in ("usage", "options", "show this", "arguments"):
        assert word not in chinese


@pytest.mark.parametrize("verb", [*BUILT_IN, *(verb.replace("_", "-") for verb in ENGINE_VERBS)])
def test_every_verb_has_its_help_in_both_languages(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    code, english, _ = said(capsys, verb, "--help")
    assert code == 0
    monkeypatch.setenv("HEATMON_LANG", "zh")
    code, chinese, _ = said(capsys, verb, "--help")
    assert code == 0
    assert english != chinese
    assert "显示帮助" in chinese


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys; from heatmon.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        f"print([m for m in {HEAVY} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["stauts"], "did you mean status?"),
        (["xyzzy"], "there are: run, check"),
        (["ack"], "missing: ALARM"),
        (["check"], "missing: DIR"),
        (["journal", "burn"], "not among"),
        (["status", "--sation", "x"], "not known here: --sation x"),
        (["status", "--station"], "needs a value"),
        (["journal", "--lines", "many"], "does not fit"),
    ],
)
def test_a_mistyped_command_is_answered_in_one_line(
    capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    code, _, err = said(capsys, *argv)
    assert code == USAGE
    assert words in err
    assert "Traceback" not in err


def test_chinese_complaints(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEATMON_LANG", "zh")
    assert "是否应为 status" in said(capsys, "stauts")[2]
    assert "缺少：ALARM" in said(capsys, "ack")[2]


@pytest.mark.parametrize("argv", [["status"], ["watch"], ["ack", "P2R_HH"], ["reload"], ["journal"]])
def test_without_a_daemon_it_says_what_to_do(capsys: pytest.CaptureFixture[str], argv: list[str]) -> None:
    code, _, err = said(capsys, *argv)
    assert code == 1
    assert "start it with `heatmon run`" in err
    assert "Traceback" not in err


def test_the_one_service_that_runs_is_found_and_of_several_one_is_to_be_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    listening = []
    for name in ("a", "b"):
        folder = tmp_path / "run" / "heatmon" / name
        folder.mkdir(parents=True)
        one = socket.socket(socket.AF_UNIX)
        os.chdir(folder)  # names of Unix sockets are short
        one.bind("control.sock")
        listening.append(one)
        if name == "a":
            assert ask.default_runtime() == folder
    code, _, err = said(capsys, "status")
    assert code == 1
    assert "name one with --runtime" in err
    assert str(tmp_path / "run" / "heatmon" / "b") in err
    for one in listening:
        one.close()


def test_check_counts_faults_and_warnings_and_its_exit_code_says_so(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, out, err = said(capsys, "check", str(EXAMPLE))
    assert code == 0
    assert "HX-017: settings are valid" in out
    assert " faults" not in err or "0 faults" in err
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder)
    alarms = folder / "alarms.yaml"
    alarms.write_text(alarms.read_text("utf-8").replace("deadband: 2 K, ", ""), "utf-8")
    code, _, err = said(capsys, "check", str(folder))
    assert code == 0
    assert "no deadband" in err
    assert "0 faults, " in err
    alarms.write_text("alarms: ]", "utf-8")
    code, _, err = said(capsys, "check", str(folder), str(tmp_path / "nothing"))
    assert code == 1
    assert "alarms.yaml:1:9: " in err
    assert "no station folder here" in err
    assert "2 faults, 0 warnings" in err


def test_plan_and_schema(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "plan", str(EXAMPLE))
    assert code == 0
    assert "plc/fast, every 1 s" in out
    code, out, _ = said(capsys, "schema")
    assert code == 0
    assert json.loads(out)["title"] == "heatmon station"
    code, out, _ = said(capsys, "schema", "--text")
    assert code == 0
    assert "| `makeup_totaliser` | tag of the makeup water counter, in m3 | id | required |" in out


def test_our_own_fault_is_told_as_ours(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> list[Path]:
        raise ZeroDivisionError("test")

    monkeypatch.setattr("heatmon.cli.check.find_stations", broken)
    code, _, err = said(capsys, "check", str(EXAMPLE))
    assert code == INTERNAL
    assert "ZeroDivisionError" in err
    assert "please report it" in err
