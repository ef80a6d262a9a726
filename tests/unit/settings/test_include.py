"""`include`: shared catalogues and curves, with faults at the place in the file where they stand."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from heatmon.driver import installed
from heatmon.settings import Loaded, load

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
ALARMS = (EXAMPLE / "alarms.yaml").read_text(encoding="utf-8")
CURVE = (EXAMPLE / "curve.yaml").read_text(encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(EXAMPLE, tmp_path / "hx")
    (tmp_path / "shared").mkdir()
    return tmp_path / "hx"


def write(file: Path, text: str) -> None:
    file.write_text(text, encoding="utf-8")


def dedented(text: str, section: str) -> str:
    """The content of a section of the example, as a file of its own."""
    inside = text.split(f"{section}:\n", 1)[1].splitlines()
    return "\n".join(line[2:] for line in inside) + "\n"


def same_station(folder: Path) -> bool:
    ours, shipped = load(folder, installed()), load(EXAMPLE, installed())
    assert ours.spec is not None, "\n".join(map(str, ours.faults))
    assert shipped.spec is not None
    return ours.spec == shipped.spec and ours.bundle == shipped.bundle


def faults(folder: Path) -> Loaded:
    loaded = load(folder, installed())
    assert loaded.spec is None
    return loaded


def test_a_curve_of_its_own_file_takes_the_place_of_the_section(folder: Path) -> None:
    write(folder.parent / "shared" / "curve-60-45.yaml", dedented(CURVE, "curve"))
    write(folder / "curve.yaml", "curve: {include: ../shared/curve-60-45.yaml}\n")
    assert same_station(folder)


def test_keys_beside_an_include_replace_what_the_file_says(folder: Path) -> None:
    write(folder.parent / "shared" / "curve.yaml", dedented(CURVE, "curve"))
    write(folder / "curve.yaml", "curve:\n  include: ../shared/curve.yaml\n  emitters: floor\n")
    loaded = load(folder, installed())
    paths = {fault.path for fault in loaded.faults}
    # Floor heating allows 60 °C at most: the point of 64 °C is told in the shared file.
    assert "curve.points.5.supply" in paths
    loaded.faults = tuple(fault for fault in loaded.faults if fault.path == "curve.points.5.supply")
    assert loaded.faults[0].mark.file.endswith("shared/curve.yaml")
    assert (
        loaded.faults[0].mark.line
        == dedented(CURVE, "curve")
        .splitlines()
        .index("  - {outdoor: -10 °C, supply: 64.0 °C, return: 47.2 °C}")
        + 1
    )


def test_a_replaced_key_leaves_no_place_behind(folder: Path) -> None:
    write(folder.parent / "shared" / "curve.yaml", dedented(CURVE, "curve"))
    write(folder / "curve.yaml", "curve:\n  include: ../shared/curve.yaml\n  limits: {max: 70 °C}\n")
    (fault,) = faults(folder).faults
    assert fault.path == "curve.limits.min"
    assert fault.mark.file.endswith("hx/curve.yaml")
    assert fault.mark.line == 3


def test_a_catalogue_at_the_top_is_read_as_a_file_of_the_folder(folder: Path) -> None:
    shutil.move(folder / "alarms.yaml", folder.parent / "shared" / "alarms.yaml")
    write(folder / "station.yaml", "include: ../shared/alarms.yaml\n" + (folder / "station.yaml").read_text())
    assert same_station(folder)


def test_items_of_a_shared_list_are_put_into_ours(folder: Path) -> None:
    first, rest = dedented(ALARMS, "alarms").split("- id: P2R_H\n", 1)
    write(folder.parent / "shared" / "gravest.yaml", first)
    write(folder.parent / "shared" / "others.yaml", "- id: P2R_H\n" + rest)
    write(folder / "alarms.yaml", "alarms:\n  - include: [../shared/gravest.yaml, ../shared/others.yaml]\n")
    assert same_station(folder)


def test_a_fault_in_a_shared_list_is_told_at_its_line_there_with_its_place_here(folder: Path) -> None:
    text = dedented(ALARMS, "alarms").replace("deadband: 2 K", "deadband: 2 kg")
    write(folder.parent / "shared" / "alarms.yaml", text)
    mine = (
        "alarms:\n"
        '  - {id: MINE, name: {en: a, zh: b}, signal: flood, when: "on", response: {en: a, zh: b},'
        " levels: [{name: H, priority: P2}]}\n"
        "  - include: ../shared/alarms.yaml\n"
    )
    write(folder / "alarms.yaml", mine)
    (fault,) = faults(folder).faults
    assert fault.path == "alarms.7.levels.0.deadband"
    assert fault.mark.file.endswith("shared/alarms.yaml")
    assert fault.mark.line == text[: text.index("2 kg")].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("curve: {include: nowhere.yaml}\n", 1, "no file nowhere.yaml"),
        ("curve:\n  include: [3]\n", 2, "takes a file name"),
        ("curve:\n  include:\n", 2, "takes a file name"),
        ("include: nowhere.yaml\n", 1, "no file nowhere.yaml"),
        ("curve: {include: list.yaml}\n", 1, "holds no mapping"),
        ("alarms:\n  - include: mapping.yaml\n", 2, "holds no list"),
        ("curve: {include: curve.yaml}\n", 1, "curve.yaml → curve.yaml"),
        ("include: curve.yaml\n", 1, "curve.yaml → curve.yaml"),
        ("curve: {include: ../shared/a.yaml}\n", 1, "a.yaml → b.yaml → a.yaml"),
        ('curve: {include: "a\\0b"}\n', 1, "no file"),
        ("curve: {include: " + "x" * 5000 + "}\n", 1, "no file"),
        ("curve: {include: ..}\n", 1, "not a regular file"),
        ("curve: {include: /dev/zero}\n", 1, "not a regular file"),
        ("curve: {include: pipe.yaml}\n", 1, "not a regular file"),
        ("curve: {include: gbk.yaml}\n", 2, "not UTF-8"),
        ("curve: {include: [mapping.yaml, mapping.yaml]}\n", 1, "in two of the included files"),
    ],
)
def test_what_cannot_be_included_is_told(folder: Path, text: str, line: int, words: str) -> None:
    shared = folder.parent / "shared"
    write(shared / "a.yaml", "limits: {include: b.yaml}\n")
    write(shared / "b.yaml", "x: {include: a.yaml}\n")
    write(folder / "list.yaml.txt", "- 1\n")
    (folder / "list.yaml.txt").rename(shared / "list.yaml")
    write(shared / "mapping.yaml", "limits: 1\n")
    (shared / "gbk.yaml").write_bytes("a: 1\nb: 供\n".encode("gbk"))
    os.mkfifo(shared / "pipe.yaml")
    for name in ("list", "mapping", "gbk", "pipe"):
        text = text.replace(f"{name}.yaml", f"../shared/{name}.yaml")
    write(folder / "curve.yaml", text)
    told = [fault for fault in faults(folder).faults if words in fault.message]
    assert told, "\n".join(map(str, faults(folder).faults))
    assert told[0].mark.line == (1 if "regular" in words else line)


def test_files_that_include_each_other_many_times_end_soon(folder: Path) -> None:
    shared = folder.parent / "shared"
    for n in range(12):
        names = ", ".join([f"level{n + 1}.yaml"] * 10)
        write(shared / f"level{n}.yaml", f"- include: [{names}]\n")
    write(shared / "level12.yaml", "[x, x, x, x]\n")
    write(folder / "alarms.yaml", "alarms:\n  - include: ../shared/level0.yaml\n")
    assert any("more than 100 files" in fault.message for fault in faults(folder).faults)


def test_a_long_text_that_is_repeated_by_aliases_is_a_bomb_too(folder: Path) -> None:
    text = "a: &a " + "x" * 1_000_000 + "\nb: [" + ", ".join(["*a"] * 100) + "]\n"
    write(folder / "curve.yaml", text)
    assert any("unfold" in fault.message for fault in faults(folder).faults)
