"""What only shows when the parts are looked at together: each contradiction at its place, with a way out."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from heatmon.catalogue import render
from heatmon.core.quantity import QuantityError, canonical_unit, parse_quantity
from heatmon.driver import installed
from heatmon.settings import Loaded, load

EXAMPLE = Path(__file__).parents[3] / "config" / "stations" / "hx-example"
SHIPPED = load(EXAMPLE, installed()).spec
P2S = "limit: 0.80 MPa, deadband: 0.01 MPa, on_delay: 5 s"


def placed(path: str) -> str:
    """The path with the number of what it names by its id in the shipped example."""
    assert SHIPPED is not None
    section, _, rest = path.partition(".")
    name, _, rest = rest.partition(".")
    items: dict[str, list[str]] = {
        "alarms": [alarm.id for alarm in SHIPPED.alarms],
        "tags": [tag.id for tag in SHIPPED.tags],
    }
    numbers = [str(n) for n, item in enumerate(items.get(section, [])) if item == name]
    return ".".join([section, *numbers, rest]) if numbers else path


def changed(tmp_path: Path, language: str, *changes: tuple[str, str, str]) -> Loaded:
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    for name, old, new in changes:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text, old
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    return load(folder, installed(), "zh" if language == "zh" else "en")


@pytest.mark.parametrize(
    ("name", "old", "new", "path", "en", "zh"),
    [
        (
            "station.yaml",
            "circulation: f2",
            "circulation: f22",
            "water.circulation",
            "did you mean f2?",
            "测点",
        ),
        (
            "alarms.yaml",
            "signal: p2s",
            "signal: water.loss",
            "alarms.P2S_HH.signal",
            "water.loss_1h_pct",
            "信号",
        ),
        ("devices.yaml", "link: plc_lan", "link: lan", "devices.0.link", "known: plc_lan", "链路"),
        ("station.yaml", "circulation: f2", "circulation: p2s", "water.circulation", "p2s is in MPa", "m3/h"),
        ("curve.yaml", "supply: t2s", "supply: f2", "curve.supply", "a tag in °C", "°C"),
        ("station.yaml", "  return: p2r", "  return: t2r", "pressure.return", "a tag in MPa", "MPa"),
        ("curve.yaml", "[cp1_run, cp2_run]", "[cp1_run, t2s]", "curve.pumps.1", "a tag in 1", "t2s"),
        (
            "devices.yaml",
            "rollover: 42949672.96 m3",
            "rollover: 4294 °C",
            "tags.vmk.totaliser.rollover",
            "m3 is wanted",
            "m3",
        ),
        (
            "devices.yaml",
            "range: {min: 0 °C, max: 150 °C}",
            "range: {min: 9 °C, max: 9 °C}",
            "tags.t1s.range.min",
            "below max",
            "低于",
        ),
        (
            "devices.yaml",
            "range: {min: 0 °C, max: 150 °C}",
            "range: {min: 0 K, max: 9 K}",
            "tags.t1s.range.min",
            "°C is wanted",
            "°C",
        ),
        ("alarms.yaml", P2S, "limit: 1 bar, deadband: 0.01 MPa, on_delay: 5 s", "", "", ""),
        (
            "alarms.yaml",
            "limit: pressure.L,",
            "limit: 0.7 MPa,",
            "alarms.P2R_HH.levels.0.limit",
            "P2R_L.L (0.7 MPa) is not below",
            "不低于",
        ),
        (
            "alarms.yaml",
            "limit: 0.5 m,",
            "limit: 1.2 m,",
            "alarms.TANK_L.levels.1.limit",
            "beyond that of L",
            "由轻到重",
        ),
        (
            "alarms.yaml",
            "limit: pressure.HH,",
            "limit: temperature.HH,",
            "alarms.P2R_HH.levels.0.limit",
            "MPa is wanted",
            "MPa",
        ),
        (
            "alarms.yaml",
            "  - {name: BURST,",
            "  - {name: BURST, limit: 1 %,",
            "alarms.BURST.levels.0.limit",
            "takes no limit",
            "不需要",
        ),
        ("alarms.yaml", "id: CP1_FAULT", "id: SENSOR_t2s", "alarms.CP1_FAULT.id", "choose another", "换一个"),
        (
            "alarms.yaml",
            "- {name: LL, limit: 0.5 m,",
            "- {name: L, limit: 0.5 m,",
            "alarms.TANK_L.levels",
            "stands twice",
            "重复",
        ),
        (
            "alarms.yaml",
            "id: P2R_L\n",
            "id: P2R_L\n    renamed_from: P2R_H\n",
            "alarms.P2R_L.renamed_from",
            "still here",
            "仍然存在",
        ),
        (
            "persons.yaml",
            "heatmon-engineer",
            "heatmon-operator",
            "persons.1.os_user",
            "two persons",
            "两个人",
        ),
        ("devices.yaml", "- {id: normal,", "- {id: fast,", "devices.0.groups.1.id", "stands twice", "重复"),
    ],
)
def test_told_at_its_place_in_both_languages(
    tmp_path: Path, name: str, old: str, new: str, path: str, en: str, zh: str
) -> None:
    for language, words in (("en", en), ("zh", zh)):
        loaded = changed(tmp_path, language, (name, old, new))
        if not path:
            assert loaded.spec is not None
            continue
        told = [fault for fault in loaded.faults if fault.path == placed(path)]
        assert told, "\n".join(map(str, loaded.faults))
        assert words in told[0].message
        assert told[0].mark.file.endswith(name if path[:4] != "alar" else "alarms.yaml")


@pytest.mark.parametrize(
    ("old", "new", "path", "words"),
    [
        (P2S, "limit: 0.80 MPa, on_delay: 5 s", "alarms.P2S_HH.levels.0", "no deadband"),
        (P2S, "limit: 0.80 MPa, deadband: 0.01 MPa", "alarms.P2S_HH.levels.0", "no on_delay"),
        (
            P2S,
            "limit: 1.2 MPa, deadband: 0.01 MPa, on_delay: 5 s",
            "alarms.P2S_HH.levels.0.limit",
            "no good value",
        ),
        (
            P2S,
            "limit: 0.80 MPa, deadband: 0.9 MPa, on_delay: 5 s",
            "alarms.P2S_HH.levels.0.deadband",
            "clears",
        ),
    ],
)
def test_what_is_allowed_but_odd_is_a_warning(
    tmp_path: Path, old: str, new: str, path: str, words: str
) -> None:
    loaded = changed(tmp_path, "en", ("alarms.yaml", old, new))
    assert loaded.spec is not None
    assert any(
        w.path == placed(path) and words in w.message and "warning" in w.message for w in loaded.warnings
    )
    assert any("警告" in w.message for w in changed(tmp_path, "zh", ("alarms.yaml", old, new)).warnings)


def test_the_shipped_example_is_warned_of_nothing_but_its_share_of_grave_alarms() -> None:
    told = [warning.message for warning in load(EXAMPLE, installed()).warnings]
    assert not [message for message in told if "of the alarms are" not in message]


def test_nobody_who_may_acknowledge_is_a_warning(tmp_path: Path) -> None:
    loaded = changed(
        tmp_path,
        "en",
        ("persons.yaml", "role: operator", "role: viewer"),
        ("persons.yaml", "role: engineer", "role: viewer"),
    )
    assert any("acknowledge" in warning.message for warning in loaded.warnings)


SERIAL = "transport: {kind: rtu, device: /dev/ttyS0, baudrate: BAUD}"


@pytest.mark.parametrize(("baud", "fault", "warning"), [("300", True, False), ("4000000", False, False)])
def test_a_line_too_slow_for_what_is_due_is_told(
    tmp_path: Path, baud: str, fault: bool, warning: bool
) -> None:
    tcp = "transport: {kind: tcp, host: 127.0.0.1, port: 502}"
    loaded = changed(tmp_path, "en", ("devices.yaml", tcp, SERIAL.replace("BAUD", baud)))
    assert any("of each 1 s" in one.message for one in loaded.faults) == fault
    assert any("of the line's time" in one.message for one in loaded.warnings) == warning


def test_faults_of_every_kind_come_together(tmp_path: Path) -> None:
    loaded = changed(
        tmp_path,
        "en",
        ("station.yaml", "circulation: f2", "circulation: f22"),
        ("alarms.yaml", "signal: p2s", "signal: p2x"),
        ("alarms.yaml", "deadband: 2 K", "deadband: 2 MPa"),
        ("devices.yaml", "range: {min: 0 °C, max: 150 °C}", "range: {min: 0 K, max: 9 K}"),
        ("station.yaml", "Asia/Shanghai", "Asia/Shangai"),
    )
    assert {fault.path for fault in loaded.faults} >= {
        placed(path)
        for path in (
            "water.circulation",
            "alarms.P2S_HH.signal",
            "alarms.T2S_HH.levels.0.deadband",
            "tags.t1s.range.min",
            "station.timezone",
        )
    }


@pytest.mark.parametrize("text", ["", "x", "5", 5, True, None, "5 Mpa", "5 furlongs", "9" * 400 + " s"])
def test_what_is_wrong_with_a_quantity_reads_the_same_everywhere(text: object) -> None:
    with pytest.raises(QuantityError) as caught:
        parse_quantity(text)
    assert str(caught.value) == render(caught.value.code, "en", **caught.value.params)
    assert str(caught.value) != render(caught.value.code, "zh", **caught.value.params)


def test_a_quantity_of_another_dimension_names_the_units_that_fit() -> None:
    with pytest.raises(QuantityError, match="write it in MPa, kPa, bar"):
        parse_quantity("3 K").to("MPa")
    with pytest.raises(QuantityError, match="did you mean m3/h"):
        canonical_unit("M3/H")
