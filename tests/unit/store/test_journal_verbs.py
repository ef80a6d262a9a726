"""`heatmon journal`: what a person sees of a journal file, and the head that finds a cut tail."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.store.journal import Journal
from heatmon.store.verify import verify
from tests.unit.store.story import START, checkpoint, event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "journal.db"
    journal = Journal(path, "hx-1")
    journal.append([event(n) for n in range(1, 8)], checkpoint(7), START)
    journal.close()
    return path


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, list[str], str]:
    code = main(["journal", *map(str, words)])
    out, err = capsys.readouterr()
    return code, out.splitlines(), err


def test_the_last_entries_or_those_after_one(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert len(said(capsys, "show", path)[1]) == 7
    last = said(capsys, "show", path, "--lines", "3")[1]
    assert said(capsys, "show", path, "--after", "4")[1] == last
    assert len(said(capsys, "show", path, "--after", "2", "--lines", "2")[1]) == 2
    assert said(capsys, "show", path, "--after", "7") == (0, [], "")


def test_the_head_is_what_verify_asks_for(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, (head,), _ = said(capsys, "head", path)
    assert (code, head) == (0, str(verify(path).head))
    assert said(capsys, "verify", path, "--against", head)[0] == 0
    with closing(sqlite3.connect(path)) as db:
        db.execute("drop trigger entry_is_never_deleted")
        db.execute("delete from entry where event_seq > 5")
        db.commit()
    assert said(capsys, "verify", path)[0] == 0
    code, out, err = said(capsys, "verify", path, "--against", head)
    assert (code, out) == (1, [])
    assert "7" in err


@pytest.mark.parametrize("language", ["en", "zh"])
def test_mistakes_are_told_in_words(
    path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("LANG", f"{language}_{language.upper()}.UTF-8")
    mistakes: list[tuple[str | Path, ...]] = [("show", path.with_name("none.db"))]
    mistakes.append(("verify", path, "--against", "rubbish"))
    for words in mistakes:
        code, out, err = said(capsys, *words)
        assert (code, out) == (1, [])
        assert "Traceback" not in err
        assert len(err.splitlines()) == 1
    for wrong in ("-1", "many", "1.5"):
        with pytest.raises(SystemExit) as ended:
            main(["journal", "show", str(path), "--lines", wrong])
        assert ended.value.code == 2
        assert wrong in capsys.readouterr().err
