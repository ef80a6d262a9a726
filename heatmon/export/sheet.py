"""Samples as rows of a table, and back: one form for CSV and Parquet. Pure.

A row is one sample. Rows of one scan stand together, in the order of its columns; earlier values of
the same cycle come first, marked. `time` is for people; `received_ns` and `due_ns` are what counts.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from heatmon.core.quality import FIRST_BAD, Quality
from heatmon.core.scan import Earlier, Origin, Scan
from heatmon.store.history.stored import StoredScan


class Row(NamedTuple):
    """One sample. value: None where there is none. exact: what a float64 cannot hold, as text.

    Times in ns UTC. source_ns: None where the protocol has none. exact_kind: ``int``, ``str`` or empty.
    """

    time: str
    station: str
    device: str
    group: str
    tag: str
    unit: str
    value: float | None
    quality: int
    received_ns: int
    due_ns: int
    source_ns: int | None
    origin: int
    earlier: int
    exact_kind: str
    exact: str


COLUMNS: Final = Row._fields
_QUALITIES: Final = frozenset(map(int, Quality))


class SheetError(ValueError):
    """A row that cannot be a sample. code: catalogue key; params fill it."""

    def __init__(self, code: str, **params: str) -> None:
        super().__init__(code)
        self.code, self.params = code, params


@dataclass(frozen=True, slots=True)
class _Key:
    """What rows of one scan have in common."""

    station: str
    device: str
    group: str
    received_ns: int
    due_ns: int
    origin: int


def rows_of(one: StoredScan, units: Mapping[str, str]) -> Iterator[Row]:
    """The rows of a scan."""
    scan = one.scan
    time = utc_text(scan.received_ns)

    def row(column: int, value: float, quality: int, source_ns: int | None, earlier: int) -> Row:
        exact = scan.exact.get(column) if not earlier else None
        return Row(
            time,
            one.station,
            scan.device,
            scan.group,
            one.tags[column],
            units.get(one.tags[column], "1"),
            None if quality >= FIRST_BAD or math.isnan(value) else value,
            quality,
            scan.received_ns,
            scan.due_ns,
            source_ns,
            int(scan.origin),
            earlier,
            "" if exact is None else type(exact).__name__,
            "" if exact is None else str(exact),
        )

    for early in scan.between:
        yield row(early.column, early.value, early.quality, early.source_ns, 1)
    for column, (value, quality) in enumerate(zip(scan.values, scan.qualities, strict=True)):
        source = None if scan.source_ns is None else scan.source_ns[column]
        yield row(column, value, quality, source, 0)


def scans_of(rows: Iterable[Row]) -> Iterator[StoredScan]:
    """The scans of rows in the order they were written. Raises SheetError."""
    gathered: list[Row] = []
    key: _Key | None = None
    for row in rows:
        found = _Key(row.station, row.device, row.group, row.received_ns, row.due_ns, row.origin)
        if key is not None and (found != key or _begins(row, gathered)):
            yield _scan(key, gathered)
            gathered = []
        key = found
        gathered.append(row)
    if key is not None:
        yield _scan(key, gathered)


def _begins(row: Row, before: Sequence[Row]) -> bool:
    """Whether a row begins another scan although all its times are those of the one before."""
    if row.earlier:
        return not before[-1].earlier
    return any(row.tag == other.tag and not other.earlier for other in before)


def _scan(key: _Key, rows: Sequence[Row]) -> StoredScan:
    last = [row for row in rows if not row.earlier]
    tags = tuple(row.tag for row in last)
    number = {tag: column for column, tag in enumerate(tags)}
    between = []
    for row in rows:
        if row.earlier:
            if row.tag not in number:
                raise SheetError("sheet.earlier", tag=row.tag)
            between.append(Earlier(number[row.tag], _value(row), row.quality, row.source_ns or 0))
    sources = [row.source_ns for row in last]
    scan = Scan(
        key.device,
        key.group,
        key.due_ns,
        key.received_ns,
        array("d", [_value(row) for row in last]),
        bytes(row.quality for row in last),
        None if None in sources else array("q", [source for source in sources if source is not None]),
        {column: _exact(row) for column, row in enumerate(last) if row.exact_kind},
        tuple(between),
        Origin(key.origin),
    )
    return StoredScan(scan, tags, key.station)


def _value(row: Row) -> float:
    return math.nan if row.value is None else row.value


def _exact(row: Row) -> int | str:
    return int(row.exact) if row.exact_kind == "int" else row.exact


def row_of(cells: Mapping[str, Any]) -> Row:
    """A row from a file's cells: text of a CSV, or values of a Parquet file. Raises SheetError."""
    text = {name: _cell(cells, name) for name in COLUMNS}
    row = Row(
        text["time"],
        _named(text, "station"),
        _named(text, "device"),
        _named(text, "group"),
        _named(text, "tag"),
        text["unit"] or "1",
        _number(text, "value"),
        _whole(text, "quality"),
        _whole(text, "received_ns"),
        _whole(text, "due_ns"),
        _whole(text, "source_ns") if text["source_ns"] else None,
        _whole(text, "origin"),
        _whole(text, "earlier"),
        text["exact_kind"],
        text["exact"],
    )
    for name, value, known in (
        ("quality", row.quality, _QUALITIES),
        ("origin", row.origin, frozenset(map(int, Origin))),
        ("earlier", row.earlier, frozenset((0, 1))),
    ):
        if value not in known:
            raise SheetError(
                "sheet.choice", column=name, value=str(value), known=", ".join(map(str, sorted(known)))
            )
    if row.exact_kind not in ("", "int", "str"):
        raise SheetError("sheet.choice", column="exact_kind", value=row.exact_kind, known="int, str")
    return row


def _cell(cells: Mapping[str, Any], name: str) -> str:
    if name not in cells:
        raise SheetError("sheet.missing", column=name, known=", ".join(COLUMNS))
    value = cells[name]
    return "" if value is None else repr(value) if isinstance(value, float) else str(value)


def _named(text: Mapping[str, str], name: str) -> str:
    if not text[name]:
        raise SheetError("sheet.empty", column=name)
    return text[name]


def _number(text: Mapping[str, str], name: str) -> float | None:
    if not text[name]:
        return None
    try:
        return float(text[name])
    except ValueError:
        raise SheetError("sheet.number", column=name, value=text[name][:40]) from None


def _whole(text: Mapping[str, str], name: str) -> int:
    try:
        return int(text[name])
    except ValueError:
        raise SheetError("sheet.number", column=name, value=text[name][:40]) from None


def utc_text(moment_ns: int) -> str:
    """A moment as people and spreadsheets read it, to the millisecond."""
    moment = datetime.fromtimestamp(moment_ns // 1_000_000_000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment_ns // 1_000_000 % 1000:03d}Z"
