"""One tag over time: plots and ranges equal what every scan says, whatever happened to the files."""

from __future__ import annotations

import math
import random
import shutil
import tempfile
from array import array
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, Quality
from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.store.history import History, Plot
from heatmon.store.history.cells import Cell, in_order, pack_cells, unpack_cells
from heatmon.store.history.minutes import moment_of
from heatmon.store.history.summary import month_files
from tests.unit.store.history.test_history import DAY, START, pack_all

SECOND = 1_000_000_000
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
TAGS = ("t1s", "p2r", "f1")


class Story:
    """Scans of a station with everything that happens to them, and what must come of it."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.scans: list[Scan] = []

    def scan(self, at_ns: int, origin: Origin = Origin.LIVE, late_ns: int = 0) -> Scan:
        chance = self.chance
        qualities = bytes(
            chance.choice([Quality.TIMEOUT, Quality.FROZEN, Quality.MANUAL]) if chance.random() < 0.1 else 0
            for _ in TAGS
        )
        values = [
            math.nan if quality >= FIRST_BAD else round(chance.uniform(-50, 150), 1) for quality in qualities
        ]
        between = (Earlier(1, round(chance.random(), 2), 0, at_ns),) if chance.random() < 0.1 else ()
        one = Scan(
            "plc",
            chance.choice(["fast", "slow"]),
            at_ns,
            at_ns + 5_000_000 + late_ns,
            array("d", values),
            qualities,
            between=between,
            origin=origin,
            input_seq=len(self.scans) + 1,
        )
        self.scans.append(one)
        return one


def samples(scans: Iterable[Scan], column: int, from_ns: int, to_ns: int) -> list[tuple[int, float, int]]:
    found = []
    for scan in scans:
        if from_ns <= (at := moment_of(scan)) < to_ns:
            found += [(at, one.value, one.quality) for one in scan.between if one.column == column]
            found.append((at, scan.values[column], scan.qualities[column]))
    return sorted(found, key=lambda sample: sample[0])


def expected(scans: list[Scan], column: int, plot: Plot, unit_ns: int) -> dict[int, tuple[float, ...]]:
    """By brute force: least, greatest, mean, number of good values of what begins in each point."""
    points: dict[int, list[float]] = {}
    for scan in scans:
        begins = moment_of(scan) // unit_ns * unit_ns
        point = (begins - plot.start_ns) // plot.step_ns
        if begins >= plot.start_ns and point < len(plot):
            for at, value, quality in samples([scan], column, 0, 1 << 62):
                assert at == moment_of(scan)
                if quality < FIRST_UNCERTAIN:
                    points.setdefault(point, []).append(value)
    return {p: (min(v), max(v), sum(v) / len(v), len(v)) for p, v in points.items()}


def check(history: History, scans: list[Scan], from_ns: int, to_ns: int, points: int) -> None:
    for column, tag in enumerate(TAGS):
        series = history.read_range("s1", tag, from_ns, to_ns)
        wanted = samples(scans, column, from_ns, to_ns)
        assert list(series.time_ns) == [one[0] for one in wanted]
        assert sorted(map(repr, zip(series.time_ns, series.values, series.qualities, strict=True))) == sorted(
            map(repr, wanted)
        )
        plot = history.plot("s1", tag, from_ns, to_ns, points)
        unit = plot.resolution_s * SECOND
        inside = [one for one in scans if moment_of(one) // unit * unit < to_ns]
        right = expected(inside, column, plot, unit)
        assert {p for p in range(points) if plot.n[p]} == set(right)
        for point, (low, high, mean, n) in right.items():
            assert (plot.low[point], plot.high[point], plot.n[point]) == (low, high, n)
            assert plot.mean[point] == pytest.approx(mean, rel=1e-6, abs=1e-5)
            assert low <= plot.last[point] <= high


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("fate", ["live", "restarted", "packed", "late"])
def test_plots_and_ranges_equal_what_every_scan_says(tmp_path: Path, fate: str, seed: int) -> None:
    story = Story(seed)
    history = History(tmp_path)
    for second in range(0, 3 * 86_400, 217):
        if fate == "late" and second % 1000 == 0 and second > 86_400:
            at = START + (second - story.chance.randrange(3_600, 86_400)) * SECOND
            late = story.scan(at, Origin.BACKFILL, START + second * SECOND - at)
            history.append("s1", late, TAGS)
        history.append("s1", story.scan(START + second * SECOND), TAGS)
        if story.chance.random() < 0.05:
            history.commit()
        if fate == "restarted" and story.chance.random() < 0.01:
            history.commit()
            history.close()
            history = History(tmp_path)
    # What is gathered becomes minutes when a newer minute begins.
    end = START + 3 * DAY
    for group in ("fast", "slow"):
        last = story.scan(end + HOUR)
        last = story.scans[-1] = Scan(
            "plc", group, last.due_ns, last.received_ns, last.values, last.qualities, input_seq=last.input_seq
        )
        history.append("s1", last, TAGS)
    history.commit()
    if fate in ("packed", "late"):
        pack_all(history, end)
        assert len(month_files(tmp_path)) == 1
    check(history, story.scans, START, end, 1000)
    check(history, story.scans, START + 7 * HOUR + 13, START + 9 * HOUR + 777, 100)
    check(history, story.scans, START - DAY, end, 48)
    check(history, story.scans, START - DAY, end, 400)
    check(history, story.scans, START + 2 * MINUTE, START + 2 * MINUTE + 5, 10)
    history.close()


def test_a_range_has_the_latest_sample_at_once_and_a_plot_when_the_minute_is_over(tmp_path: Path) -> None:
    history = History(tmp_path)
    story = Story(3)
    for second in range(90):
        one = Scan("plc", "fast", 0, START + second * SECOND, array("d", [second, 1.0, 2.0]), bytes(3))
        story.scans.append(one)
        history.append("s1", one, TAGS)
    history.commit()
    series = history.read_range("s1", "t1s", START, START + DAY)
    assert list(series.values) == list(series.good) == list(range(90))
    plot = history.plot("s1", "t1s", START, START + 10 * MINUTE, 10)
    assert list(plot.n) == [60, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    assert (plot.low[0], plot.high[0], plot.mean[0], plot.last[0]) == (0, 59, 29.5, 59)
    assert plot.time_ns(1) == START + MINUTE
    history.close()


def test_unknown_tags_and_empty_spans_are_empty(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert len(history.read_range("s1", "t1s", START, START + DAY)) == 0
    assert sum(history.plot("s1", "t1s", START, START + DAY).n) == 0
    history.append("s1", Story(1).scan(START), TAGS)
    history.commit()
    assert len(history.read_range("s2", "t1s", START, START + DAY)) == 0
    assert len(history.read_range("s1", "other", START, START + DAY)) == 0
    assert len(history.read_range("s1", "t1s", START + DAY, START + 2 * DAY)) == 0
    history.close()


def test_summaries_outlive_the_samples(tmp_path: Path) -> None:
    history = History(tmp_path, raw_days=1)
    story = Story(4)
    for hour in range(24 * 4):
        history.append("s1", story.scan(START + hour * HOUR), TAGS)
    history.commit()
    pack_all(history, START + 4 * DAY)
    before = history.plot("s1", "t1s", START, START + 3 * DAY, 72)
    history.maintain(START + 5 * DAY)
    assert len(history.read_range("s1", "t1s", START, START + 3 * DAY)) == 0
    after = history.plot("s1", "t1s", START, START + 3 * DAY, 72)
    assert repr(after) == repr(before)
    assert sum(after.n) > 50
    # Six years on they go too.
    assert len(month_files(tmp_path)) == 1
    history.append("s1", story.scan(START + 2500 * DAY), TAGS)
    history.append("s1", story.scan(START + 2501 * DAY), TAGS)
    history.commit()
    pack_all(history, START + 2501 * DAY)
    history.maintain(START + 2502 * DAY)
    assert [file.stem for file in month_files(tmp_path)] == ["2031-08"]
    history.close()


def shown(history: History, tag: str) -> list[str]:
    """A plot; sealed, the mean has seven digits."""
    plot = history.plot("s1", tag, START, START + DAY, 500)
    mean = array("d", array("f", plot.mean))
    return [repr(column) for column in (plot.low, plot.high, mean, plot.last, plot.n)]


def test_sealing_that_is_interrupted_is_done_again(tmp_path: Path) -> None:
    history = History(tmp_path / "a")
    story = Story(5)
    tags = tuple(f"t{n}" for n in range(23))
    for minute in range(0, 2 * 1440, 7):
        values = array("d", [round(story.chance.gauss(50, 5), 1) for _ in tags])
        history.append("s1", Scan("plc", "g", 0, START + minute * MINUTE, values, bytes(len(tags))), tags)
    history.commit()
    pack_all(History(tmp_path / "a"), START + 2 * DAY)
    for steps in range(1, 9):
        shutil.rmtree(tmp_path / "b", ignore_errors=True)
        half = History(tmp_path / "b")
        for stored in history.read_after("s1", history.cursor_at("s1", 0), 10_000)[0]:
            half.append("s1", stored.scan, tags)
        half.commit()
        for _ in range(steps):
            half.maintain(START + 2 * DAY)
        again = History(tmp_path / "b")
        for tag in tags:
            assert shown(again, tag) == shown(history, tag)
        pack_all(again, START + 2 * DAY)
        for tag in tags:
            assert shown(again, tag) == shown(history, tag)
        again.close()
        half.close()
    history.close()


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(28_800_000, 28_801_440),
            st.floats(-1e6, 1e6),
            st.integers(1, 60),
        ),
        min_size=1,
        max_size=50,
    )
)
def test_cells_come_back_as_they_were_packed(rows: list[tuple[int, float, int]]) -> None:
    cells = in_order(Cell(at, value, value + 1, value + 0.5, value + 0.25, n) for at, value, n in rows)
    back = unpack_cells(pack_cells(cells))
    assert [column for column in back.columns if column is not back.mean] == [
        column for column in cells.columns if column is not cells.mean
    ]
    for mean, right in zip(back.mean, cells.mean, strict=True):
        assert mean == pytest.approx(right, rel=1e-6)


def test_no_cells_of_an_unknown_form() -> None:
    cells = in_order([Cell(1, 1.0, 1.0, 1.0, 1.0, 1)])
    with pytest.raises(ValueError, match="form 9"):
        unpack_cells(b"\x09" + pack_cells(cells)[1:])


def test_a_damaged_month_costs_that_month(tmp_path: Path) -> None:
    history = History(tmp_path)
    story = Story(6)
    for day in range(40):
        history.append("s1", story.scan(START + day * DAY), TAGS)
    history.commit()
    for _ in range(4):
        pack_all(history, START + 40 * DAY)
    first, second = month_files(tmp_path)
    first.write_bytes(b"no database at all" * 1000)
    plot = history.plot("s1", "t1s", START, START + 40 * DAY, 40)
    assert 0 < sum(plot.n) < 20
    assert second.exists()
    assert "store.day_damaged" in [notice.code for notice in history.maintain(START + 41 * DAY)]
    history.close()


def test_a_write_that_failed_leaves_no_minute_doubled(tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        history = History(Path(folder))
        story = Story(7)
        for second in range(200):
            history.append("s1", story.scan(START + second * SECOND), TAGS)
            if second == 150:
                rows = history._rows
                assert rows is not None
                rows._db.execute("pragma query_only = on")
                with pytest.raises(Exception, match="readonly"):
                    history.commit()
                rows._db.execute("pragma query_only = off")
            history.commit()
        check(
            history,
            [s for s in story.scans if s.received_ns < START + 3 * MINUTE],
            START,
            START + 3 * MINUTE,
            3,
        )
        history.close()
