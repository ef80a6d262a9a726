"""Recordings of other systems: CSV (also gzip) and Parquet, by a column map in YAML.

time: {column: t, zone: Europe/Belgrade}     # zone for times that carry no offset
interval: 1 h                                # declared; longer steps are gaps
lost: {columns: [a, b], value: 0}            # a link that was stored as zeros: all of them at once
columns:
  t2s: {column: t_sup_sec, unit: °C, bad: [-39.9]}
  f2: {column: flow, unit: L/s}

A column feeds the tag of its name. An empty field, no number and every value in `bad` is bad data; a tag
without a column stays "not yet read" and is judged as that.
"""

from __future__ import annotations

import csv
import gzip
import math
from array import array
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heatmon.core.quality import GOOD, Quality
from heatmon.core.quantity import DIMENSION, UNITS, QuantityError, canonical_unit, parse_quantity
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec
from heatmon.replay.source import Extent, Step

SECOND: Final = 1_000_000_000
GAP_FACTOR: Final = 1.5


class MapError(Exception):
    """The column map or the file cannot be used; the text says what, where and what is allowed."""


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TimeColumn(_Model):
    """Where the time of a row stands; zone: of times without an offset."""

    column: str
    zone: str = "UTC"


class Lost(_Model):
    """When all these columns hold this value the link was lost."""

    columns: Annotated[list[str], Field(min_length=1)]
    value: float = 0.0


class ColumnOf(_Model):
    """One column: its name in the file, the unit it is in, and values that mean "no value"."""

    column: str
    unit: str | None = None
    bad: list[float] = []


class ColumnMap(_Model):
    """The whole map."""

    time: TimeColumn
    interval: str
    lost: Lost | None = None
    columns: dict[str, ColumnOf]


def read_map(path: Path) -> ColumnMap:
    """Read a column map. Raises MapError."""
    try:
        return ColumnMap.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        faults = [f"{path}: {'.'.join(map(str, f['loc']))}: {f['msg']}" for f in error.errors()]
        raise MapError("\n".join(faults)) from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise MapError(f"{path}: {error}") from None


class Table:
    """A file of rows as a recording of one station."""

    def __init__(self, path: Path, columns: ColumnMap, spec: StationSpec) -> None:
        self._path, self._map, self._spec = path, columns, spec
        self._zone = ZoneInfo(columns.time.zone)
        try:
            self.interval_ns = int(parse_quantity(columns.interval).to("s") * SECOND)
        except QuantityError as error:
            raise MapError(f"interval: {error}") from None
        self._factors = dict(self._units())
        self.gaps = 0

    @property
    def patience_ns(self) -> int:
        """As `Source.patience_ns`: rows come at the declared interval, and longer steps are told as gaps."""
        return int(GAP_FACTOR * self.interval_ns)

    def _units(self) -> Iterator[tuple[str, float]]:
        for tag_id, column in self._map.columns.items():
            try:
                tag = self._spec.tag(tag_id)
                unit = canonical_unit(column.unit or tag.unit)
            except KeyError:
                known = ", ".join(tag.id for tag in self._spec.tags)
                raise MapError(f"columns.{tag_id}: no tag of this id; known: {known}") from None
            except QuantityError as error:
                raise MapError(f"columns.{tag_id}.unit: {error}") from None
            if DIMENSION[unit] != DIMENSION[tag.unit]:
                raise MapError(f"columns.{tag_id}.unit: {unit} does not convert to {tag.unit}")
            factors = UNITS[DIMENSION[unit]]
            yield tag_id, factors[unit] / factors[tag.unit]

    def rows(self) -> Iterator[tuple[int, Mapping[str, float], bool]]:
        """(time in ns, values by column name, whether the link was lost); rows that go back are left out."""
        last = 0
        for number, row in enumerate(self._raw(), 2):
            at = self._time(row.get(self._map.time.column), number)
            if at <= last:
                continue
            last = at
            values = {column.column: _number(row.get(column.column)) for column in self._map.columns.values()}
            lost = self._map.lost
            gone = lost is not None and all(_number(row.get(c)) == lost.value for c in lost.columns)
            yield at, values, gone

    def _raw(self) -> Iterator[Mapping[str, Any]]:
        try:
            if self._path.suffix == ".parquet":
                yield from _parquet(self._path)
                return
            opened = gzip.open if self._path.suffix == ".gz" else open
            with opened(self._path, "rt", encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                wanted = [self._map.time.column, *(c.column for c in self._map.columns.values())]
                missing = [name for name in wanted if name not in (reader.fieldnames or ())]
                if missing:
                    have = ", ".join(reader.fieldnames or ())
                    raise MapError(f"{self._path}: no column {', '.join(missing)}; it has {have}")
                yield from reader
        except (OSError, UnicodeDecodeError, csv.Error, EOFError) as error:
            raise MapError(f"{self._path}: {error}") from None

    def _time(self, value: Any, number: int) -> int:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        except ValueError:
            raise MapError(f"{self._path}:{number}: {value!r} is no time; write 2026-12-01T06:00") from None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return int(moment.timestamp()) * SECOND

    def extent(self) -> Extent | None:
        """First and last row."""
        times = [at for at, _, _ in self.rows()]
        return Extent(times[0], times[-1], True) if times else None

    def steps(self, from_ns: int, to_ns: int, commands: bool) -> Iterator[Step]:
        """Scans of every poll group at each row; after a gap the link counts as lost until the next row."""
        del commands
        plans = [(d, g, self._spec.columns(d, g)) for d, g in self._spec.plans()]
        number, last = 0, 0
        for at, values, gone in self.rows():
            if not from_ns <= at < to_ns:
                continue
            if last and at - last > GAP_FACTOR * self.interval_ns:
                self.gaps += 1
                for device, group, tags in plans:
                    number += 1
                    yield _step(self._bad(device, group, len(tags), last + self.interval_ns, number))
            last = at
            for device, group, tags in plans:
                number += 1
                if gone:
                    yield _step(self._bad(device, group, len(tags), at, number))
                    continue
                cells = [self._cell(tag.id, values) for tag in tags]
                yield _step(
                    Scan(
                        device, group, at, at, array("d", [value for value, _ in cells]),
                        bytes(quality for _, quality in cells), input_seq=number,
                    )
                )  # fmt: skip

    @staticmethod
    def _bad(device: str, group: str, width: int, at: int, number: int) -> Scan:
        nothing = array("d", [math.nan]) * width
        return Scan(device, group, at, at, nothing, bytes([Quality.LINK_DOWN]) * width, input_seq=number)

    def _cell(self, tag: str, values: Mapping[str, float]) -> tuple[float, int]:
        column = self._map.columns.get(tag)
        if column is None:
            return math.nan, int(Quality.NOT_YET_READ)
        value = values[column.column]
        if math.isnan(value):
            return math.nan, int(Quality.NOT_A_NUMBER)
        if value in column.bad:
            return math.nan, int(Quality.SENTINEL)
        return value * self._factors[tag], GOOD


def _step(scan: Scan) -> Step:
    return Step(scan.received_ns, scan, scan.input_seq)


def _number(value: Any) -> float:
    if value is None or value == "":
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError):
        return math.nan


def _parquet(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        import pyarrow.parquet as parquet
    except ImportError:
        raise MapError(f"{path}: reading Parquet needs heatmon[parquet]") from None
    file = parquet.ParquetFile(path)
    for batch in file.iter_batches(batch_size=2000):
        yield from batch.to_pylist()
