"""What is built is what is meant: sdist → wheel, three packages, running in a clean environment."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"heatmon", "heatmon_drivers", "heatmon_simulators"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that was built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def names(built: Path) -> set[str]:
    (wheel,) = built.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_the_wheel_built_from_the_sdist_holds_exactly_three_packages(names: set[str]) -> None:
    top = {name.split("/")[0] for name in names}
    assert {name for name in top if not name.endswith(".dist-info")} == PACKAGES


def test_the_wheel_holds_every_file_of_the_packages(names: set[str]) -> None:
    roots = {"heatmon": ROOT, "heatmon_drivers": ROOT / "drivers", "heatmon_simulators": ROOT / "simulators"}
    for package, root in roots.items():
        for file in (root / package).rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                assert str(file.relative_to(root)) in names


def test_it_runs_in_a_clean_environment(built: Path, tmp_path: Path) -> None:
    (wheel,) = built.glob("*.whl")
    (sdist,) = built.glob("*.tar.gz")
    clean = tmp_path / "clean"
    venv.create(clean, with_pip=False)
    python = clean / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True)
    site = next((clean / "lib").glob("python3*/site-packages"))
    # What we depend on comes from here, without a network; ourselves, from the wheel.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    example = next(tmp_path.glob("heatmon-*/config/stations/hx-example"))
    environment = {**os.environ, "HEATMON_LANG": "en"}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        return done.stdout

    where = run(
        str(python), "-c", "import heatmon, heatmon_drivers, heatmon_simulators as s; print(s.__file__)"
    )
    assert where.startswith(str(clean))
    heatmon = str(clean / "bin" / "heatmon")
    assert "VERB" in run(heatmon, "--help")
    assert "settings are valid" in run(heatmon, "check", str(example))
