"""Whatever an engineer mistypes: a station or faults with a place, exit code 1, never an exception.

Sampled here; `make soak` runs the whole campaign: every character dropped, replaced and followed by
another, every node dropped, renamed and replaced, in turns in both languages.
"""

from __future__ import annotations

import contextlib
import copy
import io
import os
import re
import shutil
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.cli.check import run as check_run

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
FILES = sorted(file.name for file in EXAMPLE.glob("*.yaml"))
TEXTS = {name: (EXAMPLE / name).read_text(encoding="utf-8") for name in FILES}
ALPHABET = "\t\n :-'\"[]{}&*!|>%@`#,?x09.é中\x00\ufeff\u2028"
PLACED = re.compile(r"(?s).+:[1-9]\d*:[1-9]\d*: [^ ].*: .+")
LANGUAGES = ("en", "zh")


@dataclass
class Tally:
    """What a campaign found."""

    valid: int = 0
    faulty: int = 0
    slowest_s: float = 0.0

    def add(self, code: int, seconds: float) -> None:
        self.valid += code == 0
        self.faulty += code == 1
        self.slowest_s = max(self.slowest_s, seconds)


def checked(folder: Path, language: str) -> int:
    """`heatmon check` of the folder: exit code 0 with a station, or 1 with a placed line for each fault."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, {"HEATMON_LANG": language}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        code = check_run(Namespace(dirs=[folder]))
    told = [line for line in err.getvalue().splitlines() if line.startswith(str(folder))]
    assert "Traceback" not in err.getvalue()
    for line in told:
        assert PLACED.fullmatch(line), line
    if code == 0:
        assert out.getvalue()
    else:
        assert code == 1
        assert [line for line in told if "warning" not in line and "警告" not in line], err.getvalue()
    return code


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("stations") / "hx"))


def with_file(folder: Path, name: str, text: str, language: str, tally: Tally | None = None) -> None:
    try:
        (folder / name).write_text(text, encoding="utf-8")
        before = time.perf_counter()
        code = checked(folder, language)
        if tally is not None:
            tally.add(code, time.perf_counter() - before)
    finally:
        (folder / name).write_text(TEXTS[name], encoding="utf-8")


def mutated(text: str, at: int, how: str, character: str) -> str:
    put = "" if how == "drop" else character
    return text[:at] + put + text[at + (how != "put") :]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    st.sampled_from(FILES),
    st.floats(0, 0.9999),
    st.sampled_from(("drop", "put", "swap")),
    st.sampled_from(ALPHABET),
    st.sampled_from(LANGUAGES),
)
def test_one_wrong_character(
    folder: Path, name: str, where: float, how: str, character: str, language: str
) -> None:
    text = TEXTS[name]
    with_file(folder, name, mutated(text, int(where * len(text)), how, character), language)


def nodes(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inside = list(value.items())
    elif isinstance(value, list):
        inside = list(enumerate(value))
    for key, child in inside:
        yield (*path, key)
        yield from nodes(child, (*path, key))


def parent(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path[:-1]:
        data = data[part]
    return data


DATA = {name: yaml.safe_load(TEXTS[name]) for name in FILES}
PLACES = [(name, path) for name in FILES for path in nodes(DATA[name])]
PUT: tuple[Any, ...] = (None, -1, 10**14, 0.5, "", "nonsense", "999 °C", True, [], ["x"], {}, {"x": 1})
CHANGES: tuple[Any, ...] = (*PUT, "drop!", "rename!")


def with_node(place: tuple[str, tuple[Any, ...]], put: Any) -> tuple[str, str]:
    """The file's name and its text with one node changed."""
    name, path = place
    data = copy.deepcopy(DATA[name])
    around = parent(data, path)
    if put == "drop!":
        del around[path[-1]]
    elif put == "rename!" and isinstance(around, dict):
        around[f"{path[-1]}x"] = around.pop(path[-1])
    else:
        around[path[-1]] = put
    return name, yaml.safe_dump(data, allow_unicode=True, sort_keys=False)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(st.sampled_from(PLACES), st.sampled_from(CHANGES), st.sampled_from(LANGUAGES))
def test_one_wrong_node(folder: Path, place: tuple[str, tuple[Any, ...]], put: Any, language: str) -> None:
    name, text = with_node(place, put)
    with_file(folder, name, text, language)


@pytest.mark.soak
@pytest.mark.parametrize("how", ["drop", "swap", "put"])
@pytest.mark.parametrize("name", FILES)
def test_every_character(folder: Path, name: str, how: str) -> None:
    tally, text = Tally(), TEXTS[name]
    for at in range(len(text)):
        # Neighbouring places get different characters and languages.
        character = ALPHABET[(at * 7) % len(ALPHABET)]
        with_file(folder, name, mutated(text, at, how, character), LANGUAGES[at % 2], tally)
    print(f"{name}, {how}: {len(text)} mutations: {tally}")


@pytest.mark.soak
@pytest.mark.parametrize("name", FILES)
def test_every_node(folder: Path, name: str) -> None:
    tally, places = Tally(), [place for place in PLACES if place[0] == name]
    for number, place in enumerate(places):
        for put in CHANGES:
            language = LANGUAGES[number % 2]
            with_file(folder, *with_node(place, put), language, tally)
    print(f"{name}: {len(places) * len(CHANGES)} mutations of nodes: {tally}")
