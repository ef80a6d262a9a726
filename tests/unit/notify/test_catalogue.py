"""The default catalogue is whole: valid on a station that has its tags, guided in both languages."""

from __future__ import annotations

import shutil
from pathlib import Path

import yaml

from heatmon.core.rationale import derived, gravest
from heatmon.driver import installed
from heatmon.settings import Loaded, load

ROOT = Path(__file__).resolve().parents[3]
EXAMPLE = ROOT / "config" / "stations" / "hx-example"
CATALOGUE = ROOT / "config" / "catalogue" / "alarms.yaml"
MORE = {
    "tr_1": ("°C", "0 °C", "40 °C"), "tb_out": ("°C", "0 °C", "130 °C"),
    "pb": ("MPa", "0 MPa", "1.6 MPa"), "fb": ("m3/h", "0 m3/h", "400 m3/h"), "gas_lel": ("%", "0 %", "100 %"),
    "co_ppm": ("ppm", "0 ppm", "500 ppm"), "t_flue": ("°C", "0 °C", "400 °C"),
    "ups_low": ("1", "", ""), "door": ("1", "", ""), "smoke": ("1", "", ""),
}  # fmt: skip


def loaded(tmp_path: Path) -> Loaded:
    shutil.copytree(EXAMPLE, tmp_path / "station")
    shutil.copy(CATALOGUE, tmp_path / "station" / "alarms.yaml")
    tags = [
        {"id": name, "device": "plc", "group": "normal", "name": {"en": name, "zh": name}, "unit": unit,
         "address": {"register": 200 + 2 * n, "type": "float32"}}
        | ({"range": {"min": low, "max": high}} if low else {})
        for n, (name, (unit, low, high)) in enumerate(MORE.items())
    ]  # fmt: skip
    text = yaml.safe_dump({"tags": tags}, allow_unicode=True)
    (tmp_path / "station" / "more.yaml").write_text(text, encoding="utf-8")
    return load(tmp_path / "station", installed())


def test_the_catalogue_is_valid_and_every_alarm_says_what_to_do(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert not found.faults, [str(fault) for fault in found.faults]
    assert found.spec is not None
    assert len(found.spec.alarms) >= 35
    for alarm in found.spec.alarms:
        assert alarm.cause is not None, alarm.id
        assert alarm.consequence is not None, alarm.id
        for words in (alarm.name, alarm.cause, alarm.consequence, alarm.response):
            assert any("\u4e00" <= character <= "\u9fff" for character in words.zh), alarm.id
            assert words.en.isascii() or "°" in words.en, alarm.id
        assert alarm.severity is not None
        assert alarm.respond_within_s is not None
        if gravest(alarm) == "P1" and alarm.when in ("above", "below"):
            assert alarm.on_bad == "fail_to_alarm", alarm.id


def test_priorities_follow_from_consequence_and_urgency(tmp_path: Path) -> None:
    spec = loaded(tmp_path).spec
    assert spec is not None
    for alarm in spec.alarms:
        assert alarm.severity is not None
        assert alarm.respond_within_s is not None
        assert derived(alarm.severity, alarm.respond_within_s) == gravest(alarm), alarm.id
