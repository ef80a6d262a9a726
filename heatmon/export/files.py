"""CSV and Parquet, row by row: never more than some thousand rows in memory. pyarrow only for Parquet."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from heatmon.catalogue import language_of, render
from heatmon.export.sheet import COLUMNS, Row, SheetError, row_of

BATCH: Final = 20_000
STDOUT: Final = "-"


class FileError(Exception):
    """A file that cannot be read or written as a table; says where, what, and what is allowed."""


class Writer(Protocol):
    """Takes rows; used in a ``with``."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def write(self, rows: Iterable[Row]) -> None:
        """Write rows."""


class CsvWriter:
    """Rows as CSV (RFC 4180, UTF-8); to standard output for the path ``-``."""

    def __init__(self, path: Path) -> None:
        self._own = str(path) != STDOUT
        self._file = path.open("w", encoding="utf-8", newline="") if self._own else sys.stdout
        self._csv = csv.writer(self._file)

    def __enter__(self) -> Self:
        self._csv.writerow(COLUMNS)
        return self

    def __exit__(self, *_: object) -> None:
        if self._own:
            self._file.close()

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows; floats as their shortest exact text."""
        self._csv.writerows(rows)


class ParquetWriter:
    """Rows as Parquet, zstd, a row group for each `BATCH`. Raises FileError without pyarrow."""

    def __init__(self, path: Path) -> None:
        self._arrow = _pyarrow(path)
        self._schema = _schema(self._arrow)
        self._file = self._arrow.parquet.ParquetWriter(str(path), self._schema, compression="zstd")
        self._rows: list[Row] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._flush()
        self._file.close()

    def write(self, rows: Iterable[Row]) -> None:
        """Write rows."""
        self._rows.extend(rows)
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            columns = [list(column) for column in zip(*self._rows, strict=True)]
            arrays = [
                self._arrow.array(column, type=field.type)
                for column, field in zip(columns, self._schema, strict=True)
            ]
            self._file.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
            self._rows = []


def writer_for(path: Path) -> CsvWriter | ParquetWriter:
    """By the file's ending; ``-`` is CSV on standard output. Raises FileError, OSError."""
    kind = _kind(path)
    return ParquetWriter(path) if kind == ".parquet" else CsvWriter(path)


def read_rows(path: Path) -> Iterator[Row]:
    """The rows of a file. Raises FileError with file, line and column, OSError."""
    if _kind(path) == ".parquet":
        yield from _read_parquet(path)
        return
    with path.open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, UnicodeDecodeError) as error:
                raise FileError(f"{path}:{reader.line_num}: {error}") from None
            with _placed(f"{path}:{reader.line_num}"):
                row = row_of(cells)
            yield row


def _read_parquet(path: Path) -> Iterator[Row]:
    arrow = _pyarrow(path)
    try:
        file = arrow.parquet.ParquetFile(str(path))
    except (arrow.ArrowException, OSError) as error:
        raise FileError(f"{path}: {error}") from None
    number = 0
    for batch in file.iter_batches(batch_size=BATCH):
        for cells in batch.to_pylist():
            number += 1
            with _placed(f"{path}, row {number}"):
                row = row_of(cells)
            yield row


@contextmanager
def _placed(where: str) -> Iterator[None]:
    try:
        yield
    except SheetError as error:
        raise FileError(f"{where}: {render(error.code, 'en', **error.params)}") from None


def _kind(path: Path) -> str:
    if str(path) == STDOUT:
        return ".csv"
    if path.suffix not in (".csv", ".parquet"):
        raise FileError(render("sheet.kind", language_of(), path=path))
    return path.suffix


def _pyarrow(path: Path) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet
    except ImportError:
        raise FileError(render("sheet.no_pyarrow", language_of(), path=path)) from None
    return pa


def _schema(arrow: Any) -> Any:
    text, whole = arrow.dictionary(arrow.int32(), arrow.string()), arrow.int64()
    types = {
        **dict.fromkeys(("station", "device", "group", "tag", "unit", "exact_kind"), text),
        **dict.fromkeys(("received_ns", "due_ns", "source_ns"), whole),
        **{name: arrow.int16() for name in ("quality", "origin", "earlier")},
        "value": arrow.float64(),
        "time": arrow.string(),
        "exact": arrow.string(),
    }
    return arrow.schema([(name, types[name]) for name in COLUMNS])
