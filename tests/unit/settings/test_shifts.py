"""The section shifts as people write it: the page's example holds, and each fault is told at its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from heatmon.driver import installed
from heatmon.settings import Loaded, load

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "stations" / "hx-example"
SECTION = (ROOT / "docs" / "shift-log.md").read_text("utf-8").split("```yaml\n")[1].split("```")[0]


def loaded(tmp_path: Path, section: str) -> Loaded:
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder)
    (folder / "shifts.yaml").write_text(section, encoding="utf-8")
    return load(folder, installed(), "en")


def test_the_example_of_the_page_holds(tmp_path: Path) -> None:
    found = loaded(tmp_path, SECTION)
    assert found.faults == ()
    assert found.spec is not None
    assert found.spec.shifts is not None
    assert [shift.start for shift in found.spec.shifts.pattern] == ["00:00", "08:00", "16:00"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('"08:00"', '"23:30"', "shift day (23:30)"),
        ('"08:00"', '"8 am"', "start"),
        ("[D, A, B]", "[D, A, X]", "day 2 of the cycle: there is no crew X; there are A, B, C, D"),
        ("20 min", "9 h", "at most 420 min"),
    ],
)
def test_a_fault_is_told_at_its_place(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert old in SECTION
    (fault,) = map(str, loaded(tmp_path, SECTION.replace(old, new, 1)).faults)
    assert "shifts.yaml:" in fault
    assert says in fault
