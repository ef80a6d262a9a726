"""Reading after a cursor: all stations or one, scans or columns, while days are packed and deleted."""

from __future__ import annotations

import subprocess
import sys
from array import array
from pathlib import Path

import pytest

from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.store.history import BEGIN, Columns, Cursor, History, HistoryReader, StoredScan
from tests.unit.store.history.test_history import DAY, START, TAGS, everything, pack_all, scan, write_days

ROOT = Path(__file__).parents[4]


def all_columns(reader: HistoryReader, station: str | None, step: int) -> list[Columns]:
    found: list[Columns] = []
    cursor = BEGIN
    while True:
        part, cursor = reader.read_columns_after(station, cursor, step)
        if not part:
            return found
        found.extend(part)


def as_scans(columns: list[Columns]) -> dict[tuple[str, int], Scan]:
    """Columns turned back into scans, by station and number."""
    out = {}
    for one in columns:
        for row in range(len(one)):
            out[one.station, one.input_seq[row]] = Scan(
                one.device,
                one.group,
                one.due_ns[row],
                one.received_ns[row],
                array("d", [column[row] for column in one.values]),
                bytes(column[row] for column in one.qualities),
                None if one.source_ns is None else array("q", [column[row] for column in one.source_ns]),
                one.exact.get(row, {}),
                one.between.get(row, ()),
                Origin(one.origins[row]),
                one.input_seq[row],
            )
    return out


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("step", [1, 7, 1000])
def test_all_stations_come_in_the_order_of_their_arrival(tmp_path: Path, packed: bool, step: int) -> None:
    history = History(tmp_path)
    written = write_days(history)
    if packed:
        pack_all(history, START + 3 * DAY)
    found = everything(history, None, step)
    assert [(one.station, one.scan) for one in found] == [
        (station, one) for one in written for station in ("s1", "s2")
    ]
    assert [one.tags for one in found] == [TAGS] * len(found)
    history.close()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("step", [3, 1000])
def test_columns_hold_the_same(tmp_path: Path, packed: bool, step: int) -> None:
    history = History(tmp_path)
    for number in range(1, 50):
        source = array("q", [START + number, START, START]) if number % 3 == 0 else None
        between = (Earlier(1, 0.5, 0, START),) if number % 10 == 0 else ()
        one = Scan(
            "plc",
            "fast",
            START + number * 1000,
            START + number * 1000,
            array("d", [number / 10, 0.25, float(number)]),
            bytes([0, 130 if number % 7 == 0 else 0, 0]),
            source,
            {2: 2**60 + number} if number % 4 == 0 else {},
            between,
            Origin.BACKFILL if number == 5 else Origin.LIVE,
            number,
        )
        history.append("s1", one, TAGS)
    history.append("s1", scan(50, START + DAY), TAGS)
    history.commit()
    if packed:
        pack_all(history, START + 2 * DAY)
    columns = all_columns(history, None, step)
    assert sum(len(one) for one in columns) == 50
    rows = as_scans(columns)
    for stored in everything(history, "s1"):
        one, back = stored.scan, rows["s1", stored.scan.input_seq]
        if one.source_ns is None and back.source_ns is not None:
            assert list(back.source_ns) == [one.received_ns] * 3
            back = Scan(**{name: getattr(back, name) for name in Scan.__slots__} | {"source_ns": None})
        assert back == one
    assert not all(one.live for one in columns)
    history.close()


def test_a_cursor_passes_days_that_hold_nothing_for_its_station(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.append("quiet", scan(1, START), TAGS)
    for number in range(1, 4):
        history.append("s1", scan(number, START + number * DAY), TAGS)
    history.commit()
    first, cursor = history.read_after("quiet", BEGIN, 10)
    assert len(first) == 1
    assert cursor == Cursor(history.end().day, 0)
    history.close()


def test_the_end_is_where_only_what_comes_is_read(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.end() == BEGIN
    write_days(history)
    end = history.end()
    assert history.read_after(None, end, 10) == ([], end)
    history.append("s1", scan(61, START + 3 * DAY), TAGS)
    history.commit()
    assert [one.scan.input_seq for one in history.read_after(None, end, 10)[0]] == [61]
    history.close()


def test_the_backlog_shrinks_as_a_cursor_moves(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history)
    pack_all(history, START + 3 * DAY)
    whole = history.backlog(BEGIN)
    assert (whole.scans, whole.oldest_ns) == (120, written[0].received_ns)
    cursor, seen = BEGIN, []
    while (left := history.backlog(cursor)).scans:
        seen.append((left.scans, left.bytes))
        _, cursor = history.read_after(None, cursor, 25)
    assert seen == sorted(seen, reverse=True)
    assert (left.bytes, left.oldest_ns) == (0, None)
    history.close()


def test_a_reader_with_a_limit_goes_on_through_packing_and_deletion(tmp_path: Path) -> None:
    history = History(tmp_path)
    written = write_days(history, days=4)
    reader = HistoryReader(tmp_path)
    found: list[StoredScan] = []
    cursor = BEGIN
    while len(found) < len(written):
        part, cursor = reader.read_after("s1", cursor, 3)
        found += part
        history.maintain(START + 4 * DAY)
    assert [one.scan for one in found] == written
    # A day that is deleted under a reader is passed over.
    part, cursor = reader.read_after("s1", BEGIN, 3)
    for file in sorted(tmp_path.glob("*.packed"))[:2]:
        file.unlink()
    part, cursor = reader.read_after("s1", cursor, 1)
    assert part[0].scan.input_seq == 41
    reader.close()
    history.close()


FOLLOW = """
import sys
from pathlib import Path
from heatmon.store.history import BEGIN, HistoryReader
reader, cursor, last = HistoryReader(Path(sys.argv[1])), BEGIN, 0
while last < 300:
    scans, cursor = reader.read_after("s1", cursor, 11)
    for one in scans:
        last = one.scan.input_seq
        print(last)
"""


def test_another_process_misses_nothing_while_days_are_packed(tmp_path: Path) -> None:
    history = History(tmp_path)
    history.append("s1", scan(1, START), TAGS)
    history.commit()
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOW, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as child:
        for number in range(2, 301):
            history.append("s1", scan(number, START + number * DAY // 20), TAGS)
            history.commit()
            for _ in range(3):
                history.maintain(START)
        assert child.stdout is not None
        assert [int(line) for line in child.stdout] == list(range(1, 301))
    assert len(list(tmp_path.glob("*.packed"))) > 5
    history.close()
