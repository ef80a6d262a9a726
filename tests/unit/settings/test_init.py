"""`heatmon init`: questions, answers that will not do, and a folder that is valid at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.driver import installed
from heatmon.settings import load


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    answers: Iterator[str] = iter(lines)

    def answer(_prompt: str) -> str:
        try:
            return next(answers)
        except StopIteration:
            raise EOFError from None

    monkeypatch.setattr("builtins.input", answer)


def test_answers_become_a_valid_station(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(
        monkeypatch,
        "BR-3",
        "三号锅炉房",
        "Boiler room: 3, {old}",
        "en",
        "Asia/Urumqi",
        "10.0.0.7",
        "1502",
        "17",
    )
    assert main(["init", str(tmp_path / "br3")]) == 0
    spec = load(tmp_path / "br3", installed()).spec
    assert spec is not None
    station = spec.station
    assert (station.id, station.name.zh, station.name.en) == ("BR-3", "三号锅炉房", "Boiler room: 3, {old}")
    assert (station.language, station.timezone) == ("en", "Asia/Urumqi")
    assert spec.links[0].options["transport"] == {"kind": "tcp", "host": "10.0.0.7", "port": 1502}
    assert spec.devices[0].options["unit"] == 17


def test_an_answer_that_will_not_do_is_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(
        monkeypatch, "3rd", "HX-3", "", "", "fr", "", "Mars/Base", "", "no host", "", "99999", "", "999", ""
    )
    assert main(["init", str(tmp_path / "hx")]) == 0
    told = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in told] == ["3rd", "fr", "Mars/Base", "no host", "99999", "999"]


@pytest.mark.parametrize(
    "given",
    [
        ["--id", "1"],
        ["--port", "0"],
        ["--unit", "x"],
        ["--timezone", "../etc"],
        ["--name-zh", 'a"b'],
        ["--host", ""],
    ],
)
def test_a_given_answer_that_will_not_do_is_refused_and_nothing_is_written(
    tmp_path: Path, given: list[str]
) -> None:
    assert main(["init", str(tmp_path / "hx"), "--yes", *given]) == 1
    assert not (tmp_path / "hx").exists()


def test_a_folder_with_files_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "station.yaml").write_text("mine")
    assert main(["init", str(tmp_path), "--yes"]) == 1
    assert (tmp_path / "station.yaml").read_text() == "mine"
    typed(monkeypatch)
    assert main(["init", str(tmp_path / "asked")]) == 1, "nobody answers"
