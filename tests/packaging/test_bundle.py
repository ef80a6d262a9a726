"""The archive for machines without internet: what it refuses, and (soak) install, upgrade, going back."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGING = ROOT / "packaging"
SYSTEM_PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


def install(
    folder: Path, root: Path, *args: str, alone: bool = False, path: str = SYSTEM_PATH
) -> subprocess.CompletedProcess[str]:
    """Run a folder's install.sh below another root; alone: in a namespace without any network."""
    environment: Mapping[str, str] = {"PATH": path, "HEATMON_ROOT": str(root), "HOME": str(root)}
    command = ["sh", str(folder / "install.sh"), *args]
    if alone:
        command = ["unshare", "-n", *command]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def sums(folder: Path) -> None:
    """Checksums as the bundle has them."""
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  ./{file.relative_to(folder)}"
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.name != "SHA256SUMS"
    ]
    (folder / "SHA256SUMS").write_text("\n".join(lines) + "\n")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An unpacked archive without its wheels: enough for everything that is refused before them."""
    made = tmp_path / "heatmon-9.9.9"
    made.mkdir()
    shutil.copy(PACKAGING / "install.sh", made)
    shutil.copytree(ROOT / "systemd", made / "systemd")
    (made / "VERSION").write_text("9.9.9\n")
    sums(made)
    return made


def test_a_damaged_archive_is_refused_before_anything_is_touched(folder: Path, tmp_path: Path) -> None:
    (folder / "systemd" / "heatmon@.service").write_text("spoilt")
    refused = install(folder, tmp_path / "root")
    assert refused.returncode == 1
    assert "files of this archive are damaged" in refused.stderr
    assert not (tmp_path / "root").exists()


def test_another_python_is_refused_by_name(folder: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    fake = programs / "python3"
    fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.9.1\nexit 1\n')
    fake.chmod(0o755)
    refused = install(folder, tmp_path / "root", path=f"{programs}:{SYSTEM_PATH}")
    assert "for Python 3.11 (Debian 12); this machine has Python 3.9.1" in refused.stderr
    assert not (tmp_path / "root").exists()


def test_wrong_words_and_nothing_to_go_back_to(folder: Path, tmp_path: Path) -> None:
    assert "usage:" in install(folder, tmp_path / "root", "--force").stderr
    assert "no version to go back to" in install(folder, tmp_path / "root", "--back").stderr


def test_wheels_that_do_not_fit_leave_the_old_version_in_use(folder: Path, tmp_path: Path) -> None:
    tools = folder / "tools"
    tools.mkdir()
    # A pip that refuses, as the real one does without a fitting wheel.
    (tools / "pip-1.whl").mkdir()
    (tools / "pip-1.whl" / "pip").write_text("import sys; sys.exit(1)")
    sums(folder)
    opt = tmp_path / "root" / "opt" / "heatmon"
    (opt / "releases" / "1.0").mkdir(parents=True)
    (opt / "current").symlink_to("releases/1.0")
    refused = install(folder, tmp_path / "root")
    assert "the wheels do not fit this machine" in refused.stderr
    assert (opt / "current").readlink() == Path("releases/1.0")


# -- the whole way, without network ----------------------------------------------------------------


def older(bundle: Path, work: Path) -> Path:
    """The same archive as version 0.0.9, as if it had been made earlier."""
    source, made = work / "source", work / "heatmon-0.0.9"
    ignore = shutil.ignore_patterns(".venv", ".git", "dist", "__pycache__", ".mypy_cache", ".ruff_cache")
    shutil.copytree(ROOT, source, ignore=ignore)
    for file in (source / "pyproject.toml", source / "heatmon" / "__init__.py"):
        file.write_text(file.read_text().replace('"0.1.0"', '"0.0.9"'))
    shutil.copytree(bundle, made)
    for wheel in (made / "wheels").glob("heatmon-*.whl"):
        wheel.unlink()
    command = [
        sys.executable,
        "-m",
        "build",
        "-q",
        "--wheel",
        "--no-isolation",
        "--outdir",
        str(made / "wheels"),
    ]
    subprocess.run([*command, str(source)], check=True, capture_output=True)
    (made / "VERSION").write_text("0.0.9\n")
    sums(made)
    return made


def bundled(tmp_path: Path) -> Path:
    """The archive that HEATMON_BUNDLE names, else one made now for this kind of machine."""
    if named := os.environ.get("HEATMON_BUNDLE"):
        return Path(named)
    command = [
        "bash",
        str(PACKAGING / "bundle.sh"),
        sys.executable,
        str(tmp_path / "dist"),
        platform.machine(),
    ]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = (tmp_path / "dist").glob("*.tar.gz")
    return archive


@pytest.mark.soak
def test_install_upgrade_and_going_back_without_network(tmp_path: Path) -> None:
    archive = bundled(tmp_path)
    subprocess.run(["tar", "-C", str(tmp_path), "-xzf", str(archive)], check=True)
    new = next(path for path in tmp_path.glob("heatmon-*") if path.is_dir())
    old, root = older(new, tmp_path), tmp_path / "root"

    done = install(old, root, alone=True)
    assert done.returncode == 0, done.stderr
    heatmon = root / "opt" / "heatmon" / "bin" / "heatmon"

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        command = ["unshare", "-n", str(heatmon), *args]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert run("--version").stdout == "heatmon 0.0.9\n"
    settings = root / "etc" / "heatmon" / "stations" / "hx"
    shutil.copytree(root / "opt" / "heatmon" / "example" / "hx-example", settings)
    state = root / "var" / "lib" / "heatmon" / "hx"
    journal = state / "stations" / "HX-017" / "journal.db"

    def live() -> None:
        """The daemon for some seconds, as the unit starts it; its PLC is not there."""
        places = ["--state", str(state), "--runtime", str(tmp_path / "run")]
        limited = ["unshare", "-n", "timeout", "-s", "TERM", "8", str(heatmon), "run", str(settings), *places]
        subprocess.run(limited, capture_output=True, check=False)

    live()
    before = run("journal", "verify", str(journal)).stdout
    assert "chain unbroken" in before

    (settings / "spoilt.yaml").write_text("nonsense: 1\n")
    refused = install(new, root, alone=True)
    assert "does not take the settings of hx" in refused.stderr
    assert run("--version").stdout == "heatmon 0.0.9\n"
    (settings / "spoilt.yaml").unlink()

    done = install(new, root, alone=True)
    assert done.returncode == 0, done.stderr
    assert run("--version").stdout == "heatmon 0.1.0\n"
    live()
    after = run("journal", "verify", str(journal)).stdout
    assert after != before, "the new version goes on with the old store"
    assert "chain unbroken" in after
    assert "installed already" in install(new, root, alone=True).stderr

    back = install(new, root, "--back", alone=True)
    assert back.returncode == 0, back.stderr
    assert run("--version").stdout == "heatmon 0.0.9\n"
    assert run("journal", "verify", str(journal)).stdout == before, "the store is as it was"
    assert list(state.parent.glob("hx.before-*")), "what the new version wrote is kept aside"
    live()
    assert "chain unbroken" in run("journal", "verify", str(journal)).stdout
