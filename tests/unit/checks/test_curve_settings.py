"""Curve sections in YAML: every kind loads, every fault is told with its line; the verbs print them."""

from __future__ import annotations

import shutil
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from heatmon.cli import main
from heatmon.core.curve import content_hash, family_of
from heatmon.core.curve.lint import lint
from heatmon.driver import installed
from heatmon.picture import Series, svg, terminal, ticks
from heatmon.settings import load
from tests.unit.checks.conftest import spec_of

EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
DESIGN = {"design_outdoor": "-7 °C", "design_supply": "60 °C", "design_return": "45 °C"}
KINDS: dict[str, dict[str, Any]] = {
    "quality": {**DESIGN, "primary": {"supply": "110 °C", "return": "50 °C", "flow": "proportional"}},
    "staged": {**DESIGN, "stages": [{"above": "0 °C", "flow": "80 %"}, {"above": "5 °C", "flow": "60 %"}]},
    "quantity": DESIGN,
    "intermittent": {**DESIGN, "frozen_above": "0 °C"},
    "viessmann": {"slope": 1.2, "level": "2 K"},
    "siemens_tilt": {"slope": 1.5},
    "siemens_two_point": {"at_minus_5": "60 °C", "at_plus_15": "30 °C"},
    "danfoss": {"flow": [f"{t} °C" for t in (75, 60, 50, 45, 40, 28)]},
    "samson": {"gradient": 1.2},
    "samson_points": {},
    "power": {"design_outdoor": "-7 °C", "design_supply": "60 °C"},
    "heat_pump": {"slope": 0.8},
}


def of_kind(kind: str, **more: Any) -> Any:
    def change(raw: dict[str, Any]) -> None:
        del raw["curve"]["points"]
        raw["curve"] |= {"kind": kind, **KINDS[kind], **more}

    return change


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_loads_and_runs(kind: str) -> None:
    curve = spec_of(of_kind(kind)).curve
    assert curve is not None
    assert curve.kind == kind
    assert 25.0 < family_of(curve).at(0.0).supply_c < 80.0
    assert not [finding for finding in lint(curve) if finding.fault]


def test_the_hash_follows_the_curve_and_nothing_else() -> None:
    def other_sensor(raw: dict[str, Any]) -> None:
        raw["curve"] |= {"settle": "30 min", "filed": {"version": "9", "by": "somebody else"}}

    def other_point(raw: dict[str, Any]) -> None:
        raw["curve"]["points"][0]["supply"] = "60.1 °C"

    one, same, other = (spec_of(change).curve for change in (None, other_sensor, other_point))
    assert one is not None
    assert same is not None
    assert other is not None
    assert content_hash(one) == content_hash(same) != content_hash(other)


def station(tmp_path: Path, old: str, new: str) -> Path:
    folder = tmp_path / "station"
    shutil.copytree(EXAMPLE, folder)
    text = (folder / "curve.yaml").read_text()
    assert old in text
    (folder / "curve.yaml").write_text(text.replace(old, new, 1))
    return folder


POINTS = "\n".join(
    line
    for line in (EXAMPLE / "curve.yaml").read_text().splitlines()
    if "points:" in line or "{outdoor" in line
)


NIGHT = """emitters: radiators
  schedule: [{from: NIGHT, to: '04:00', room_shift: -2 K, days: [all]}]"""


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("receipt: QX-2026-017", "receipt: QX, hash: 0123456789abcdef", 3, "never changes"),
        ("emitters: radiators", "emitters: floor", 16, "57"),
        ("supply: 50.2 °C", "supply: 43.0 °C", 12, "slope 0.04"),
        ("outdoor: 5 °C", "outdoor: -12 °C", 12, "fall strictly"),
        ("min: 30 °C", "min: 90 °C", 16, "lower clamp"),
        ("max: 70 °C", "max: 60 °C", 16, "cuts off"),
        ("filter: composite", "filter: composite, second: tuot", 4, "tout"),
        ("emitters: radiators", "emitters: radiators\n  kind: viesmann", 9, "viessmann"),
        ("emitters: radiators", NIGHT.replace("NIGHT", "'22:00'").replace("all", "worday"), 9, "workday"),
        ("emitters: radiators", NIGHT.replace("NIGHT", "22:00"), 9, "22:00"),
        ("emitters: radiators", "emitters: radiators\n  bandd: 2 K", 9, "band"),
    ],
)  # fmt: skip
def test_what_is_wrong_or_odd_is_told_with_its_line(
    tmp_path: Path, old: str, new: str, line: int, words: str
) -> None:
    loaded = load(station(tmp_path, old, new), installed())
    told = [str(fault) for fault in (*loaded.faults, *loaded.warnings) if words in str(fault)]
    assert told, [str(fault) for fault in (*loaded.faults, *loaded.warnings)]
    assert any(f"curve.yaml:{line}:" in text for text in told), told


def test_an_unknown_key_of_a_kind_names_the_nearest(tmp_path: Path) -> None:
    folder = station(tmp_path, POINTS, "  kind: viessmann\n  slop: 1.2")
    loaded = load(folder, installed())
    assert any("slope" in str(fault) for fault in loaded.faults), [str(fault) for fault in loaded.faults]


def test_explain_prints_the_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", "explain", str(EXAMPLE), "--outdoor", "0", "-7", "-30"]) == 0
    text = capsys.readouterr().out
    assert "QX-2026-017" in text
    assert all(figure in text for figure in ("50.20", "60.00", "64.00", "1.46"))


def test_explain_of_a_moment_without_records_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["curve", "explain", str(EXAMPLE), "--state", str(tmp_path)]) == 1
    assert "nothing was computed" in capsys.readouterr().err
    assert main(["curve", "explain", str(EXAMPLE), "--state", str(tmp_path), "--at", "yesterday"]) == 2


def test_plot_draws_in_the_terminal_and_as_svg(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["curve", "plot", str(EXAMPLE)]) == 0
    assert "⠀" in capsys.readouterr().out
    picture = tmp_path / "curve.svg"
    assert main(["curve", "plot", str(EXAMPLE), "--svg", str(picture)]) == 0
    root = ET.fromstring(picture.read_text())
    assert len(root.findall(".//{http://www.w3.org/2000/svg}path")) > 10


def test_charts_of_nothing_and_of_nonsense() -> None:
    assert terminal([]) == []
    nonsense = Series("<b>&", [(float("nan"), 1.0), (1.0, float("inf"))], cloud=True)
    assert terminal([nonsense]) == []
    assert "<b>" not in svg([nonsense], "<script>", "x", "y")
    assert ticks(0.0, 10.0, 5) == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert ticks(1.0, 1.0) == []
