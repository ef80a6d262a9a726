"""Whatever an engineer mistypes: a station or faults with a place, never an exception."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.driver import installed
from heatmon.settings import Loaded, load

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
FILES = sorted(file.name for file in EXAMPLE.glob("*.yaml"))
TEXTS = {name: (EXAMPLE / name).read_text(encoding="utf-8") for name in FILES}
ALPHABET = "\t\n :-'\"[]{}&*!|>%@`#,?x09.é中\x00\ufeff\u2028"


def checked(folder: Path) -> Loaded:
    loaded = load(folder, installed(), "zh")
    assert (loaded.spec is None) == bool(loaded.faults)
    for fault in (*loaded.faults, *loaded.warnings):
        assert fault.mark.file.startswith(str(folder))
        assert fault.mark.line >= 1
        assert fault.mark.column >= 1
        assert fault.path
        assert fault.message
    return loaded


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("stations") / "hx"))


def with_file(folder: Path, name: str, text: str) -> Loaded:
    try:
        (folder / name).write_text(text, encoding="utf-8")
        return checked(folder)
    finally:
        (folder / name).write_text(TEXTS[name], encoding="utf-8")


@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
)
@given(
    st.sampled_from(FILES),
    st.floats(0, 0.9999),
    st.sampled_from(("drop", "put", "swap")),
    st.sampled_from(ALPHABET),
)
def test_one_wrong_character(folder: Path, name: str, where: float, how: str, character: str) -> None:
    text = TEXTS[name]
    at = int(where * len(text))
    put = "" if how == "drop" else character
    with_file(folder, name, text[:at] + put + text[at + (how != "put") :])


@pytest.mark.soak
@pytest.mark.parametrize("name", FILES)
def test_every_character_dropped(folder: Path, name: str) -> None:
    for at in range(len(TEXTS[name])):
        with_file(folder, name, TEXTS[name][:at] + TEXTS[name][at + 1 :])


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


PLACES = [(name, path) for name in FILES for path in nodes(yaml.safe_load(TEXTS[name]))]
PUT: tuple[Any, ...] = (None, -1, 10**14, 0.5, "", "nonsense", "999 °C", True, [], ["x"], {}, {"x": 1})


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
)
@given(st.sampled_from(PLACES), st.one_of(st.sampled_from(PUT), st.sampled_from(("drop!", "rename!"))))
def test_one_wrong_node(folder: Path, place: tuple[str, tuple[Any, ...]], put: Any) -> None:
    name, path = place
    data = copy.deepcopy(yaml.safe_load(TEXTS[name]))
    around = parent(data, path)
    if put == "drop!":
        del around[path[-1]]
    elif put == "rename!" and isinstance(around, dict):
        around[f"{path[-1]}x"] = around.pop(path[-1])
    else:
        around[path[-1]] = put
    with_file(folder, name, yaml.safe_dump(data, allow_unicode=True))
