"""Pins: each with hashes, none with an address, and they are what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
PIN = re.compile(r"^(?P<name>[a-z0-9][a-z0-9._-]*)==(?P<version>[^\s;]+)")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(name: str) -> dict[str, str]:
    """{name: version}; every pin is checked to have a hash."""
    found = {}
    text = (ROOT / "requirements" / name).read_text("utf-8").replace("\\\n", " ")
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        pin = PIN.match(line)
        assert pin is not None, line
        assert re.search(r"--hash=sha256:[0-9a-f]{64}", line), line
        found[normal(pin["name"])] = pin["version"]
    return found


def wanted(*extras: str) -> list[Requirement]:
    optional = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in optional[extra])]
    return [one for line in lines if (one := Requirement(line)).name != PROJECT["name"]]


@pytest.mark.parametrize(
    ("file", "extras"), [("run.txt", ()), ("dev.txt", ("dev", "reports", "parquet", "notify"))]
)
def test_every_dependency_is_pinned_inside_its_bounds(file: str, extras: tuple[str, ...]) -> None:
    pinned = pins(file)
    for one in wanted(*extras):
        version = pinned.get(normal(one.name))
        assert version is not None, f"{one.name} is in pyproject.toml but not in {file}: run `make lock`"
        assert one.specifier.contains(version), f"{one} but {version} in {file}: run `make lock`"


def test_what_runs_is_what_was_tested() -> None:
    run, dev = pins("run.txt"), pins("dev.txt")
    assert run.items() <= dev.items()


@pytest.mark.parametrize("name", ["run.txt", "dev.txt"])
def test_no_address_of_a_registry(name: str) -> None:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    for word in ("://", "index-url", "find-links", "trusted-host", " @ "):
        assert word not in text
