"""Both languages of every text have the same fields; the wheel holds exactly our three packages."""

from __future__ import annotations

import string
import subprocess
import sys
import zipfile
from pathlib import Path

from heatmon.catalogue import texts

ROOT = Path(__file__).resolve().parents[2]


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_say_the_same_things() -> None:
    for key, (english, chinese) in texts().items():
        assert fields(english) == fields(chinese), key
        assert english
        assert chinese


def test_the_wheel_built_from_the_sdist_holds_exactly_three_packages(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {
        "heatmon",
        "heatmon_drivers",
        "heatmon_simulators",
    }
