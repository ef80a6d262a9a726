"""`heatmon alarms`: figures from a journal, the table of the shipped station."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from heatmon.cli import main
from heatmon.core.effect import Event
from heatmon.store.journal import Journal
from tests.unit.store.story import START, checkpoint

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEATMON_LANG", "en")


def test_figures_of_a_journal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = Journal(tmp_path / "journal.db", "hx-1")
    events = [
        Event(n, START + n * 1_000_000_000, "alarm.raised", "heatmon", n,
              {"alarm": "A", "occurrence": f"A#{n}", "priority": "P2"})
        for n in range(1, 6)
    ]  # fmt: skip
    journal.append(events, checkpoint(5), START)
    journal.close()
    period = ["--from", "2000-01-01", "--to", "2100-01-01T00:00:00+00:00"]
    assert main(["alarms", "kpi", str(tmp_path / "journal.db"), *period]) == 0
    said = capsys.readouterr().out
    assert "5 announcements" in said
    assert "A " in said
    assert main(["alarms", "kpi", str(tmp_path / "journal.db"), "--json", *period]) == 0
    assert json.loads(capsys.readouterr().out)["bad_actors"] == [["A", 5, 100.0]]


def test_what_is_no_time_or_no_journal_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alarms", "kpi", str(tmp_path / "no.db")]) == 1
    assert "no journal" in capsys.readouterr().err
    assert main(["alarms", "kpi", str(tmp_path / "no.db"), "--from", "yesterday"]) == 2
    assert main(["alarms", "kpi", str(tmp_path / "no.db"), "--from", "2030-01-01", "--to", "2029-01-01"]) == 2
    assert main(["alarms", "sheet", str(EXAMPLE), "--out", str(tmp_path / "x.doc")]) == 2


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_table_of_the_shipped_station(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEATMON_LANG", language)
    page, book = tmp_path / "a.html", tmp_path / "a.xlsx"
    assert main(["alarms", "sheet", str(EXAMPLE), "--out", str(page)]) == 0
    assert main(["alarms", "sheet", str(EXAMPLE), "--out", str(book)]) == 0
    text = page.read_text(encoding="utf-8")
    assert "pressure.HH = 0.6" in text
    assert ("停补水泵" if language == "zh" else "stop the makeup pump") in text
    with ZipFile(book) as packed:
        strings = packed.read("xl/sharedStrings.xml").decode()
    assert ("停补水泵" if language == "zh" else "stop the makeup pump") in strings
