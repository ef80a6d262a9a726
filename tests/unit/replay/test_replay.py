"""A recorded day replays to the journal it left, byte for byte; tables by a column map; bad maps are told."""

from __future__ import annotations

import gzip
import math
import shutil
from array import array
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.core.engine import Engine
from heatmon.core.input import SYSTEM, Actor, Command, Input, Lifecycle, LinkChange
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec
from heatmon.driver import installed
from heatmon.replay import replay
from heatmon.replay.compare import first_difference, lived
from heatmon.replay.recorded import Recorded
from heatmon.replay.table import MapError, Table, read_map
from heatmon.settings import Loaded, load
from heatmon.store.history import History
from heatmon.store.journal import Journal

SECOND = 1_000_000_000
EXAMPLE = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
START = 1_796_083_200 * SECOND
ZHANG = Actor("zhang", "operator", "socket", "uid")


def example() -> Loaded:
    loaded = load(EXAMPLE, installed())
    assert loaded.spec is not None
    return loaded


CALM: dict[str, float] = {
    "t1s": 105.0, "t1r": 47.0, "p1s": 0.9, "p1r": 0.8, "f1": 42.0, "q1": 2800.0, "t2s": 50.2, "t2r": 39.4,
    "p2s": 0.45, "p2r": 0.29, "f2": 262.0, "fmk": 0.0, "ltk": 2.0, "tout": 0.0, "cv_fb": 70.0, "cv_cmd": 70.0,
    "sp_plc": 50.2, "vmk": 100.0, "e1": 10.0, "kwh": 10.0, "cp1_run": 1.0, "cp1_flt": 0.0, "cp2_run": 0.0,
    "cp2_flt": 0.0, "mp1_run": 0.0, "mp1_flt": 0.0, "pwr_ok": 1.0, "flood": 0.0, "dpf2": 0.02,
}  # fmt: skip


class Daemon:
    """What the shell does, without its loop: numbers inputs, writes history and journal."""

    def __init__(self, state: Path, loaded: Loaded) -> None:
        assert loaded.spec is not None
        self.spec, station = loaded.spec, loaded.spec.station.id
        (state / "stations" / station).mkdir(parents=True)
        self.journal = Journal(state / "stations" / station / "journal.db", station)
        self.journal.put_bundle(loaded.bundle, loaded.content)
        self.history = History(state / "history")
        self.engine = Engine(loaded.spec, loaded.bundle, START)
        self.station = station

    def take(self, item: Input, now: int) -> None:
        numbered = replace(item, input_seq=self.engine.input_seq + 1)
        effects = self.engine.step(numbered, now)
        if isinstance(numbered, Scan):
            tags = tuple(tag.id for tag in self.spec.columns(numbered.device, numbered.group))
            self.history.append(self.station, numbered, tags)
        if effects.computed is not None:
            names = tuple(info.id for info in self.engine.view().derived)
            self.history.append(self.station, effects.computed, names)
        if effects.events:
            self.history.commit()
            self.journal.append(effects.events, self.engine.checkpoint(), now)

    def scan(self, values: Mapping[str, float], now: int) -> None:
        for device, group in self.spec.plans():
            tags = self.spec.columns(device, group)
            cells = array("d", [values[tag.id] for tag in tags])
            bad = bytes(138 if math.isnan(value) else 0 for value in cells)
            self.take(Scan(device, group, now, now, cells, bad), now)

    def close(self) -> None:
        self.history.commit()
        self.history.close()
        self.journal.close()


def day(daemon: Daemon, minutes: int = 600, step_s: int = 20) -> None:
    """Overpressure acknowledged, a lost link, a filling, a refused command, a broken sensor, a leak."""
    daemon.take(Lifecycle("started", START, START, "test"), START)
    daemon.take(LinkChange("plc_lan", ("plc",), True, ""), START + SECOND)
    values = dict(CALM)
    story: dict[int, Input] = {
        30: Command("a", "ack", {"alarm": "P2R_HH", "comment": "seen"}, ZHANG),
        40: Command("b", "reset", {"alarm": "P2R_HH"}, ZHANG),
        60: LinkChange("plc_lan", ("plc",), False, "timeout"),
        65: LinkChange("plc_lan", ("plc",), True, ""),
        90: Command(
            "c", "permit", {"kind": "fill", "volume": "5 m3", "duration": "1 h", "reason": "repair"}, ZHANG
        ),
        100: Command("d", "note", {"text": "换班：正常"}, ZHANG),
        110: Command("e", "end_permit", {}, ZHANG),
        120: Command("f", "disable", {"alarm": "FLOOD", "reason": "wet"}, replace(ZHANG, role="engineer")),
        130: Command("g", "enable", {"alarm": "FLOOD"}, replace(ZHANG, role="engineer")),
        140: Command("h", "enter_reading", {"tag": "ltk", "value": "1.8 m"}, ZHANG),
        150: Command("i", "ack_all", {}, ZHANG),
    }
    for k in range(minutes * 60 // step_s):
        now = START + (k + 1) * step_s * SECOND
        minute, second = divmod((k + 1) * step_s, 60)
        values["p2r"] = 0.62 if 20 <= minute < 35 else 0.29 + 0.001 * math.sin(k)
        values["t2r"] = math.nan if 140 <= minute < 150 else 39.4
        values["vmk"] = 100.0 + 0.002 * k + (0.05 * max(0, k - 900))
        daemon.scan(values, now)
        if second == 0 and minute in story:
            daemon.take(story[minute], now + 1_000_000)


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recorded day; the tests only read it, and making it takes a commit for each event."""
    folder = tmp_path_factory.mktemp("recorded") / "state"
    daemon = Daemon(folder, example())
    day(daemon)
    daemon.close()
    return folder


def test_the_replay_of_a_recorded_day_equals_its_journal(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["replay", str(EXAMPLE), "--state", str(state), "--quiet"]) == 0
    text = capsys.readouterr().out
    assert "equal to the journal" in text
    assert "P2R_HH" in text


def test_every_kind_of_input_was_told_again(state: Path) -> None:
    loaded = example()
    assert loaded.spec is not None
    recorded = Recorded(state, loaded.spec.station.id)
    end = START + 11 * 3600 * SECOND
    outcome = replay(recorded, loaded.spec, loaded.bundle, START, end)
    codes = {event.code for event in outcome.events}
    persons = {"alarm.acknowledged", "note", "command.refused", "alarm.disabled", "alarm.enabled"}
    others = {"link.lost", "link.restored", "permit.granted", "permit.ended", "reading.entered"}
    assert persons | others <= codes
    assert recorded.unknown == {}
    entries = list(lived(state, loaded.spec.station.id, START, end))
    equal, difference = first_difference(entries, outcome.events[: len(entries)])
    assert difference is None
    assert equal == len(entries)


def test_a_difference_is_named(state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(EXAMPLE, other)
    alarms = (other / "alarms.yaml").read_text()
    (other / "alarms.yaml").write_text(alarms.replace("on_delay: 5 s,", "on_delay: 7 s,"))
    assert main(["replay", str(other), "--state", str(state), "--quiet"]) == 1
    assert "differs from the journal" in capsys.readouterr().out


def test_two_configurations_side_by_side(
    state: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    other = tmp_path / "other"
    shutil.copytree(EXAMPLE, other)
    station = (other / "station.yaml").read_text()
    (other / "station.yaml").write_text(station.replace("working: 0.60 MPa", "working: 0.65 MPa"))
    assert main(["replay", str(EXAMPLE), "--state", str(state), "--against", str(other), "--quiet"]) == 0
    row = next(line for line in capsys.readouterr().out.splitlines() if "P2R_HH" in line and "P1" in line)
    assert row.split()[-2:] == ["1", "0"]


def test_without_commands_nobody_acknowledges(state: Path) -> None:
    loaded = example()
    assert loaded.spec is not None
    recorded = Recorded(state, loaded.spec.station.id)
    outcome = replay(recorded, loaded.spec, loaded.bundle, START, START + 11 * 3600 * SECOND, commands=False)
    assert "alarm.acknowledged" not in {event.code for event in outcome.events}


def test_nothing_recorded_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["replay", str(EXAMPLE), "--state", str(tmp_path), "--quiet"]) == 1
    assert "nothing is recorded" in capsys.readouterr().err


# -- tables -------------------------------------------------------------------------------------


MAP = """
time: {column: when, zone: Asia/Shanghai}
interval: 10 min
lost: {columns: [supply, back], value: 0}
columns:
  t2s: {column: supply, unit: °C, bad: [-39.9]}
  t2r: {column: back}
  f2: {column: flow, unit: L/s}
"""


def table(tmp_path: Path, rows: list[str], text: str = MAP) -> tuple[Table, StationSpec]:
    spec = example().spec
    assert spec is not None
    (tmp_path / "map.yaml").write_text(text)
    path = tmp_path / "data.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write("when,supply,back,flow\n" + "\n".join(rows) + "\n")
    return Table(path, read_map(tmp_path / "map.yaml"), spec), spec


def seen(source: Table, spec: StationSpec, tag: str) -> list[tuple[float | None, int]]:
    found = []
    for step in source.steps(0, 1 << 62, True):
        scan = step.item
        assert isinstance(scan, Scan)
        tags = [one.id for one in spec.columns(scan.device, scan.group)]
        if tag in tags:
            k = tags.index(tag)
            found.append((None if math.isnan(scan.values[k]) else scan.values[k], scan.qualities[k]))
    return found


def test_a_table_is_read_with_units_gaps_and_sentinels(tmp_path: Path) -> None:
    source, spec = table(
        tmp_path,
        [
            "2026-12-01 00:00,50,40,70", "2026-12-01 00:10,-39.9,40,70", "2026-12-01 00:20,0,0,0",
            "2026-12-01 00:30,,40,x", "2026-12-01 00:30,99,99,99", "2026-12-01 02:00,51,41,70",
        ],
    )  # fmt: skip
    assert seen(source, spec, "t2s") == [
        (50.0, 0),
        (None, 134),
        (None, 131),
        (None, 135),
        (None, 131),
        (51.0, 0),
    ]
    assert source.gaps == 1
    assert seen(source, spec, "f2")[0][0] == pytest.approx(252.0)
    assert seen(source, spec, "tout")[0] == (None, 129)


def test_parquet_is_read_too(tmp_path: Path) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    _, spec = table(tmp_path, [])
    columns = {"when": ["2026-12-01T00:00:00+08:00"], "supply": [50.0], "back": [40.0], "flow": [70.0]}
    parquet.write_table(arrow.table(columns), tmp_path / "data.parquet")
    source = Table(tmp_path / "data.parquet", read_map(tmp_path / "map.yaml"), spec)
    assert seen(source, spec, "t2s") == [(50.0, 0)]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("t2s:", "t2x:"), "no tag of this id"),
        (("unit: L/s", "unit: kPa"), "does not convert"),
        (("interval: 10 min", "interval: '10'"), "no unit"),
        (("column: back", "column: bach"), "no column bach"),
        (("columns:", "colums:"), "colums"),
        (("{column: when", "{column: supply"), "is no time"),
    ],
)
def test_what_is_wrong_with_a_map_is_told(tmp_path: Path, change: tuple[str, str], words: str) -> None:
    with pytest.raises(MapError, match=words):
        source, spec = table(tmp_path, ["2026-12-01 00:00,50,40,70"], MAP.replace(*change))
        seen(source, spec, "t2s")


def test_a_system_actor_is_not_a_person() -> None:
    assert SYSTEM.label == "heatmon@system/none"


def test_a_replay_of_a_table_judges(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [f"2026-12-01 {h:02}:{m}0,{85 if h >= 3 else 50},40,70" for h in range(6) for m in range(6)]
    table(tmp_path, rows)
    data, columns = str(tmp_path / "data.csv.gz"), str(tmp_path / "map.yaml")
    assert main(["replay", str(EXAMPLE), "--table", data, "--map", columns, "--quiet"]) == 0
    assert "T2S_HH" in capsys.readouterr().out
