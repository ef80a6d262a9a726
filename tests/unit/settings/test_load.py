"""Every fault at its place, all at once, in both languages; never a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from heatmon.driver import installed
from heatmon.settings import Loaded, difference, find_stations, load, schema, spec_from_bundle
from heatmon.settings.read import read_yaml

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
FILES = sorted(file.name for file in EXAMPLE.glob("*.yaml"))
TEXTS = {name: (EXAMPLE / name).read_text(encoding="utf-8") for name in FILES}


def changed(tmp_path: Path, name: str, old: str, new: str, language: str = "en") -> Loaded:
    shutil.copytree(EXAMPLE, tmp_path / "station")
    file = tmp_path / "station" / name
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(tmp_path / "station", installed(), "zh" if language == "zh" else "en")


def test_the_shipped_example_is_valid() -> None:
    loaded = load(EXAMPLE, installed())
    assert not loaded.faults
    assert loaded.spec is not None
    assert spec_from_bundle(loaded.content) == loaded.spec
    assert set(loaded.plans) == {("plc", "fast"), ("plc", "normal")}


@pytest.mark.parametrize(
    ("name", "old", "new", "words"),
    [
        ("devices.yaml", "period: 1 s", "perod: 1 s", ["perod", "did you mean period"]),
        ("devices.yaml", "period: 1 s", "period: 1", ["1 has no unit"]),
        ("devices.yaml", "port: 502", "port: 70000", ["port", "at most"]),
        ("devices.yaml", "type: float32", "type: flaot32", ["flaot32", "float32"]),
        ("devices.yaml", "driver: modbus", "driver: modbsu", ["modbsu", "installed: "]),
        ("devices.yaml", "group: fast", "group: fats", ["did you mean fast"]),
        ("station.yaml", "circulation: f2", "circulation: f22", ["there is no tag f22"]),
        ("station.yaml", "area: 100000 m2", "area: 100000 K", ["write it in m2"]),
        ("station.yaml", "Asia/Shanghai", "Asia/Shanghi", ["unknown time zone"]),
        ("curve.yaml", "outdoor: 5 °C", "outdoor: 9 °C", ["fall strictly"]),
        ("curve.yaml", "supply: 42.8 °C", "supply: 30 °C", ["must be below"]),
        ("alarms.yaml", "limit: pressure.HH, deadband", "limit: 0.1 MPa, deadband", ["not below"]),
        ("alarms.yaml", "deadband: 2 K", "deadband: 2 MPa", ["does not fit"]),
        ("alarms.yaml", 'when: "on"', "when: on", ["true or false", '"on"']),
        ("alarms.yaml", "on_delay: 5 s", "on_delay: 12:30", ["base 60"]),
        ("alarms.yaml", "alarms:", "alarms: !!python/object:os.system", ["tag"]),
        ("persons.yaml", "role: operator", "role: opertor", ["did you mean operator?"]),
        ("curve.yaml", "  supply: t2s", "  supply: t2s\n  supply: t2r", ["stands twice"]),
        ("curve.yaml", "curve:", "\tcurve:", ["YAML"]),
    ],
)
def test_a_fault_is_told_with_its_place_and_what_to_do(
    tmp_path: Path, name: str, old: str, new: str, words: list[str]
) -> None:
    loaded = changed(tmp_path, name, old, new)
    assert loaded.spec is None
    text = "\n".join(map(str, loaded.faults))
    for word in words:
        assert word in text
    line = TEXTS[name][: TEXTS[name].index(old)].count("\n") + 1
    places = [fault.mark.line for fault in loaded.faults if fault.mark.file.endswith(name)]
    assert places, text
    assert min(abs(place - line) for place in places) <= 1


def test_chinese_readers_read_chinese(tmp_path: Path) -> None:
    loaded = changed(tmp_path, "devices.yaml", "period: 1 s", "perod: 1 s", "zh")
    assert "是否应为 period" in "\n".join(map(str, loaded.faults))


def test_all_faults_at_once(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "station")
    for name, old, new in [
        ("devices.yaml", "period: 1 s", "period: 0 s"),
        ("station.yaml", "area: 100000 m2", "area: -5 m2"),
    ]:
        file = tmp_path / "station" / name
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    assert len(load(tmp_path / "station", installed()).faults) == 2


def test_bombs_loops_and_wrong_encodings_are_refused(tmp_path: Path) -> None:
    bomb = "a0: &a0 [x, x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9)
    )
    for text in (
        bomb.encode(),
        b"\xff\xfe",
        b"x" * 2_000_000,
        b"a: [1",
        b"- 1",
        b"a: &a [*a]",
        b"? {a: 1}\n: 2",
    ):
        (tmp_path / "station.yaml").write_bytes(text)
        loaded = load(tmp_path, installed())
        assert loaded.spec is None
        assert loaded.faults


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(FILES),
    st.integers(0, 10_000),
    st.sampled_from([*" \n:-[]{}\"'#&*!|>%@`\t0xKé", ""]),
)
def test_any_single_character_mutation_loads_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, name: str, position: int, character: str
) -> None:
    folder = tmp_path_factory.mktemp("mutant")
    for other in FILES:
        text = TEXTS[other]
        if other == name:
            at = position % len(text)
            text = text[:at] + character + text[at + 1 :]
        (folder / other).write_text(text, encoding="utf-8")
    loaded = load(folder, installed())
    assert (loaded.spec is None) == bool(loaded.faults)
    for fault in loaded.faults:
        assert fault.mark.line >= 1
        assert fault.message


def test_the_difference_goes_by_identity() -> None:
    old = load(EXAMPLE, installed()).spec
    assert old is not None
    content = load(EXAMPLE, installed()).content.replace(b'"pressure.HH"', b'"0.58 MPa"', 1)
    lines = difference(old, spec_from_bundle(content))
    assert lines == ["alarms.P2R_HH.levels.HH.limit: pressure.HH -> 0.58 MPa"]


def test_the_schema_for_editors_accepts_the_examples() -> None:
    validator = Draft202012Validator(schema(installed()))
    for name in FILES:
        assert not list(validator.iter_errors(read_yaml(EXAMPLE / name, name).data)), name


def test_stations_are_found_by_folder_and_in_folders(tmp_path: Path) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "a")
    shutil.copytree(EXAMPLE, tmp_path / "b")
    assert find_stations([tmp_path]) == [tmp_path / "a", tmp_path / "b"]
    assert find_stations([tmp_path / "a"]) == [tmp_path / "a"]


def test_a_text_cannot_be_alarmed_nor_computed_with(tmp_path: Path) -> None:
    loaded = changed(
        tmp_path, "devices.yaml", "address: {register: 18, type: float32}",
        "address: {register: 18, type: string, length: 4}",
    )  # fmt: skip
    text = "\n".join(map(str, loaded.faults))
    assert "p2r is a text" in text
    assert "alarms.yaml" in text
    assert "station.yaml" in text
