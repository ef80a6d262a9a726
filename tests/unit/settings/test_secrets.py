"""Secrets stand in settings by reference only, are read when used, and appear nowhere."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pydantic import BaseModel

from heatmon.core.spec import Model, Secret, SecretReference
from heatmon.driver import Driver, installed
from heatmon.secret import SecretError, reveal
from heatmon.settings import Loaded, difference, load
from heatmon_drivers.memory import MemoryDriver

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
SECRET = "tr0ub4dor&3"
TOKEN = SecretReference("credential", "plc-token")


class LockedOptions(Model):
    password: Secret | None = None


class LockedDriver(MemoryDriver):
    """The in-memory driver with a link that needs a password."""

    link_options: type[BaseModel] = LockedOptions


DRIVERS: dict[str, Driver] = {**installed(), "locked": LockedDriver()}


def loaded(tmp_path: Path, password: str, language: str = "en") -> Loaded:
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    (folder / "more.yaml").write_text(
        f"links:\n  - id: other\n    driver: locked\n    options:\n      password: {password}\n",
        encoding="utf-8",
    )
    return load(folder, DRIVERS, "zh" if language == "zh" else "en")


def test_a_credential_is_a_file_in_systemds_folder(tmp_path: Path) -> None:
    (tmp_path / "plc-token").write_text(SECRET + "\n")
    assert reveal(TOKEN, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == SECRET


def test_a_folder_loaded_whole_has_systemds_prefix(tmp_path: Path) -> None:
    (tmp_path / "heatmon_plc-token").write_text(SECRET)
    assert reveal(TOKEN, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == SECRET


def test_without_systemd_a_credential_is_a_file_in_the_folder_of_credentials(tmp_path: Path) -> None:
    (tmp_path / "plc-token").write_text(SECRET)
    assert reveal(TOKEN, {"HEATMON_CREDENTIALS": str(tmp_path)}) == SECRET


def test_a_variable_of_the_process() -> None:
    assert reveal(SecretReference("env", "PLC_TOKEN"), {"PLC_TOKEN": SECRET}) == SECRET


@pytest.mark.parametrize(
    ("content", "code"),
    [(None, "secret.no_file"), (b"\n", "secret.empty"), (b"\xff" + SECRET.encode(), "secret.encoding"),
     (SECRET.encode() * 10_000, "secret.too_large")],
)  # fmt: skip
def test_what_cannot_be_had_is_told_without_repeating_it(
    tmp_path: Path, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / "plc-token").write_bytes(content)
    with pytest.raises(SecretError) as caught:
        reveal(TOKEN, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    error = caught.value
    assert error.code == code
    assert caught.value.__cause__ is None
    for text in (str(error), error.in_language("zh")):
        assert "${credential:plc-token}" in text
        assert str(tmp_path / "plc-token") in text
        assert SECRET not in text


def test_a_folder_in_place_of_a_secret_is_told(tmp_path: Path) -> None:
    (tmp_path / "plc-token").mkdir()
    with pytest.raises(SecretError, match="cannot be read"):
        reveal(TOKEN, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_an_unset_variable_is_told() -> None:
    with pytest.raises(SecretError, match="PLC_TOKEN is not set"):
        reveal(SecretReference("env", "PLC_TOKEN"), {"PLC_TOKEN": ""})


def test_the_bundle_and_the_difference_hold_the_reference_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plc-token").write_text(SECRET)
    monkeypatch.setenv("HEATMON_CREDENTIALS", str(tmp_path))
    monkeypatch.setenv("PLC_TOKEN", SECRET)
    before = loaded(tmp_path, "${credential:plc-token}")
    after = loaded(tmp_path, "${env:PLC_TOKEN}")
    assert before.spec is not None
    assert after.spec is not None
    assert not [warning for warning in (*before.warnings, *after.warnings) if "secret" in str(warning)]
    assert b"${credential:plc-token}" in before.content
    lines = difference(before.spec, after.spec)
    assert len(lines) == 1
    assert "${credential:plc-token} -> ${env:PLC_TOKEN}" in lines[0]
    for held in (before.content.decode(), after.content.decode(), repr(before.spec), *lines):
        assert SECRET not in held


@pytest.mark.parametrize("language", ["en", "zh"])
def test_check_warns_of_a_missing_secret_at_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("HEATMON_CREDENTIALS", str(tmp_path))
    found = loaded(tmp_path, "${credential:plc-token}", language)
    assert found.spec is not None
    assert not found.faults
    (warning,) = (one for one in found.warnings if "plc-token" in str(one))
    assert (warning.mark.line, warning.mark.column) == (5, 17)
    assert warning.path == "links.1.options.password"
    assert ("warning" if language == "en" else "警告") in warning.message


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(
    "password",
    ["tr0ub4dor", "123456789", "0123456", "12:30", "no", "[tr0ub4dor]", '"${credential:}"',
     '"${vault:tr0ub4dor}"', "1e99999", "9" * 400],
)  # fmt: skip
def test_a_secret_written_out_is_refused_and_never_repeated(
    tmp_path: Path, password: str, language: str
) -> None:
    found = loaded(tmp_path, password, language)
    assert found.spec is None
    assert found.faults
    for fault in found.faults:
        assert fault.mark.line == 5
        for part in ("tr0ub4dor", "123456", "12:30", "99999"):
            assert part not in fault.message


def test_a_reference_where_nobody_resolves_it_is_a_fault(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder)
    file = folder / "devices.yaml"
    file.write_text(
        file.read_text(encoding="utf-8").replace("127.0.0.1", '"${env:PLC_HOST}"'), encoding="utf-8"
    )
    found = load(folder, DRIVERS)
    assert [fault.path for fault in found.faults] == ["links.0.options.transport.host"]
    assert "only where a secret stands" in found.faults[0].message
