"""CSV and Parquet of a period, and the same back in a fresh store."""

from __future__ import annotations

import math
from array import array
from pathlib import Path

import pytest

from heatmon.cli import main
from heatmon.core.quality import Quality
from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.store.cursor import Cursor
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.stored import StoredScan
from tests.export.fixture import SECOND, START, TAGS, Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An hour of scans, among them bad values, source times, exact and earlier values, late data."""
    made = Store(tmp_path / "state")
    end = made.fill(START, 1800, 2.0)
    nan = math.nan
    odd = [
        Scan("plc", "fast", end, end, array("d", [nan] * 10), bytes([Quality.TIMEOUT] * 10), input_seq=2001),
        Scan("plc", "fast", end, end + 7, array("d", [0.1] * 10), bytes([Quality.FROZEN] * 10),
             array("q", [end - n for n in range(10)]), {3: 2**63 + 1, 4: "läuft, \"gut\""}, input_seq=2002),
        Scan("plc", "fast", end + SECOND, end + SECOND, array("d", [-0.0, 1e300, *[1 / 3] * 8]), bytes(10),
             array("q", [end] * 10), between=(Earlier(2, 5.5, 0, end - 5), Earlier(9, 6.5, 66, end - 4)),
             input_seq=2003),
        Scan("plc", "fast", START, end + 2 * SECOND, array("d", [7.0] * 10), bytes(10),
             origin=Origin.BACKFILL, input_seq=2004),
    ]  # fmt: skip
    for scan in odd:
        made.history.append("S1", scan, TAGS)
    made.history.commit()
    return made


def everything(state: Path) -> list[StoredScan]:
    reader = HistoryReader(state / "history")
    scans, _ = reader.read_after(None, Cursor(), 100_000)
    reader.close()
    return scans


def same(one: StoredScan, other: StoredScan) -> bool:
    a, b = one.scan, other.scan
    return (one.station, one.tags, a.device, a.group, a.due_ns, a.received_ns, a.qualities, a.origin) == (
        other.station, other.tags, b.device, b.group, b.due_ns, b.received_ns, b.qualities, b.origin,
    ) and (a.values.tobytes(), a.source_ns, dict(a.exact), a.between) == (
        b.values.tobytes(), b.source_ns, dict(b.exact), b.between,
    )  # fmt: skip


@pytest.mark.parametrize("name", ["all.csv", "all.parquet"])
def test_what_was_exported_is_the_same_after_an_import(store: Store, tmp_path: Path, name: str) -> None:
    file, fresh = tmp_path / name, tmp_path / "fresh"
    assert main(["export", str(file), "--state", str(store.state), "--to", "2030-01-01"]) == 0
    assert main(["import", str(file), "--state", str(fresh)]) == 0
    before, after = everything(store.state), everything(fresh)
    assert len(before) == len(after) == 1804
    assert all(same(one, other) for one, other in zip(before, after, strict=True))
    assert main(["import", str(file), "--state", str(fresh)]) == 1, "never into samples that are there"


def test_a_period_has_its_begin_and_not_its_end_and_carries_units(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    period = ["--from", "2025-11-25T00:10", "--to", "2025-11-25T08:20+08:00"]
    assert main(["export", str(file), "--state", str(store.state), *period]) == 0
    lines = file.read_text().splitlines()
    assert len(lines) == 1 + 300 * 10
    assert lines[1].startswith("2025-11-25T00:10:00.000Z,S1,plc,fast,t0,°C,")
    assert lines[-1].startswith("2025-11-25T00:19:58.000Z,")


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("quality", "200", "quality: 200 is none of 0, 1, 64"),
        ("value", "warm", "value: warm is no number"),
        ("received_ns", "", "received_ns:  is no number"),
        ("tag", "", "the column tag is empty"),
        ("origin", "9", "origin: 9 is none of"),
    ],
)
def test_a_wrong_cell_is_named_by_file_line_and_column_and_nothing_is_imported(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], column: str, value: str, said: str
) -> None:
    file, fresh = tmp_path / "x.csv", tmp_path / "fresh"
    main(["export", str(file), "--state", str(store.state), "--to", "2025-11-25T00:01"])
    lines = file.read_text().splitlines()
    at = lines[0].split(",").index(column)
    cells = lines[4].split(",")
    cells[at] = value
    file.write_text("\n".join([*lines[:4], ",".join(cells), *lines[5:]]))
    capsys.readouterr()
    assert main(["import", str(file), "--state", str(fresh)]) == 1
    told = capsys.readouterr().err
    assert f"{file}:5: {said}" in told
    assert "Traceback" not in told
    assert not (fresh / "history").exists()


def test_wrong_files_periods_and_folders_are_one_line(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = ["--state", str(store.state)]
    broken = tmp_path / "b.parquet"
    broken.write_bytes(b"no parquet")
    other = tmp_path / "o.csv"
    other.write_text("a,b\n1,2\n")
    cases = [
        (["export", str(tmp_path / "x.xls"), *state], ".csv or .parquet"),
        (["export", str(tmp_path / "x.csv"), *state, "--from", "gestern"], "gestern is no moment"),
        (
            ["export", str(tmp_path / "x.csv"), *state, "--from", "2026-01-01", "--to", "2025-01-01"],
            "after its begin",
        ),
        (["export", str(tmp_path / "x.csv"), "--state", str(tmp_path / "none")], "no history here"),
        (["export", str(tmp_path / "no" / "x.csv"), *state], "No such file"),
        (["import", str(broken), "--state", str(tmp_path / "f1")], "b.parquet"),
        (["import", str(other), "--state", str(tmp_path / "f2")], "o.csv:2: the column time is missing"),
        (["import", str(tmp_path / "gone.csv"), "--state", str(tmp_path / "f3")], "gone.csv"),
    ]
    for argv, said in cases:
        capsys.readouterr()
        assert main(argv) == 1, argv
        told = capsys.readouterr().err
        assert said in told, told
        assert len(told.strip().splitlines()) == 1
