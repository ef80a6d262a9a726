"""What YAML can do to an engineer, and what we tell instead."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from heatmon.settings import compose
from heatmon.settings.faults import fault_of
from heatmon.settings.marks import Document
from heatmon.settings.read import read_yaml
from heatmon.settings.source import MAX_BYTES

STATION = Path(__file__).parents[3] / "config" / "stations" / "hx-example"


@pytest.fixture(params=["libyaml", "python"], autouse=True)
def loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of reading YAML tell the same: heatmon runs with and without libyaml."""
    if request.param == "python":
        monkeypatch.setattr(compose, "chosen", yaml.SafeLoader)
    else:
        assert yaml.__with_libyaml__


def read(tmp_path: Path, text: str | bytes) -> Document:
    file = tmp_path / "station.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    document = read_yaml(file, "station.yaml")
    for problem in document.problems:
        for language in ("en", "zh"):
            assert fault_of(problem, "zh" if language == "zh" else "en").message
    return document


def keys(document: Document) -> list[str]:
    return [problem.key for problem in document.problems]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("a: 12:30\n", "settings.trap.sexagesimal"),
        ("a: no\n", "settings.trap.boolean"),
        ("a: on\n", "settings.trap.boolean"),
        ("a: 012\n", "settings.trap.octal"),
        ("a: 2026-11-15\n", "settings.trap.date"),
        ("a: 1e3\n", "settings.trap.exponent"),
        ("a: .nan\n", "settings.number"),
        ("a: -.inf\n", "settings.number"),
        ("a: 0x" + "f" * 5000 + "\n", "settings.number"),
        ("a: " + "9" * 5000 + "\n", "settings.scalar"),
        ("a: !!python/object/apply:os.system [ls]\n", "settings.tag"),
        ("a: !!python/name:os.system\n", "settings.tag"),
        ("a: 1\na: 2\n", "settings.duplicate"),
        ("b: {a: 1, a: 2}\n", "settings.duplicate"),
        ("1: x\n", "settings.key"),
        ("? [a, b]\n: x\n", "settings.key"),
        ("a: &x {<<: *x}\n", "settings.unfolds"),
        ("a: &x [*x]\n", "settings.unfolds"),
        ("a: {<<: 3}\n", "settings.merge"),
        ("a:\n\t- b\n", "settings.tab"),
        ("a: b\x00\n", "settings.character"),
        ("[" * 5000, "settings.too_deep"),
        ("[" * 1_000_000, "settings.too_deep"),
        ("{a: " * 100_000, "settings.too_deep"),
        ("- " * 500_000, "settings.too_deep"),
        ("a: 1\n---\nb: 2\n", "settings.syntax"),
        ("名称: 站".encode("gbk"), "settings.encoding"),
        (b"#" * (MAX_BYTES + 1), "settings.too_large"),
    ],
)
def test_told_with_its_place(tmp_path: Path, text: str | bytes, key: str) -> None:
    document = read(tmp_path, text)
    assert keys(document) == [key]
    assert document.problems[0].mark.line >= 1
    assert document.problems[0].mark.column >= 1


@pytest.mark.parametrize("text", ['a: "\\ud800"\n', '"\\ud800": 1\n'])
def test_half_a_character_is_refused(tmp_path: Path, text: str) -> None:
    assert keys(read(tmp_path, text))[0] in ("settings.scalar", "settings.syntax")


def test_merges_that_unfold_without_values_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 {}"]
    lines += [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * 10)}]}}" for n in range(1, 12)]
    assert keys(read(tmp_path, "\n".join(lines))) == ["settings.unfolds"]


def test_aliases_that_unfold_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 x"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert keys(read(tmp_path, "\n".join(lines))) == ["settings.unfolds"]


def test_merge_keys_and_anchors_work(tmp_path: Path) -> None:
    document = read(tmp_path, "x: &x {p: 1, q: 1}\ny: &y {p: 2}\nz: {<<: [*x, *y], q: 3}\n")
    assert document.problems == []
    assert document.data["z"] == {"p": 1, "q": 3}


def test_quoted_traps_and_a_byte_order_mark_are_fine(tmp_path: Path) -> None:
    document = read(tmp_path, b'\xef\xbb\xbfa: ["12:30", "no", "012", "1e3", "2026-11-15", true, 1.5]\n')
    assert document.problems == []
    assert document.data == {"a": ["12:30", "no", "012", "1e3", "2026-11-15", True, 1.5]}


@pytest.mark.parametrize("file", sorted(STATION.glob("*.yaml")), ids=lambda file: file.name)
def test_the_shipped_example_is_read_alike_with_and_without_libyaml(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = read_yaml(file, file.name)
    monkeypatch.setattr(compose, "chosen", compose.FAST)
    fast = read_yaml(file, file.name)
    assert (ours.data, ours.values, ours.keys, ours.problems) == (fast.data, fast.values, fast.keys, [])
