"""Summaries that outlive the samples: a file a month, by tag and day, written when a day is packed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from heatmon.store.history.cells import Cells, in_order, pack_cells, unpack_cells
from heatmon.store.history.day import DAY_NS, SECOND, day_of
from heatmon.store.history.dayreader import Told, is_damage
from heatmon.store.history.rowsday import RowsDay
from heatmon.store.open import publish
from heatmon.store.open import remove as discard
from heatmon.store.schema import migrate

MINUTES_A_DAY: Final = 1440
FOLDER: Final = "summaries"
TAGS_A_STEP: Final = 4
"""About 20 ms of work: a commit never waits longer."""
STEPS: Final = (1, 10, 60)
"""Minutes a cell stands for."""
_MONTH: Final = len("2026-01")


def month_files(directory: Path) -> list[Path]:
    """The months there are, in order."""
    return sorted((directory / FOLDER).glob("????-??.db"))


class Sealer:
    """Brings the minutes of a finished day into the files of their months, some tags a step.

    Doing it again changes nothing: a day's part is replaced by the same. A damaged month is set aside
    and begun anew: it costs the month's summaries so far.
    """

    def __init__(self, directory: Path, day: str, sources: Sequence[RowsDay], told: Told) -> None:
        self._folder, self._day, self._sources, self._told = directory / FOLDER, day, sources, told
        self._folder.mkdir(exist_ok=True)
        self._months: dict[str, sqlite3.Connection] = {}
        found = {
            (plan.station, tag) for source in sources for plan in source.plans().values() for tag in plan.tags
        }
        self._left = sorted(found, reverse=True)

    def work(self) -> bool:
        """A few tags; whether all are done and on disk. Raises sqlite3.Error, OSError."""
        for station, tag in self._left[-TAGS_A_STEP:]:
            cells = in_order(
                cell for source in self._sources for cell in source.minutes(station, tag, 0, 1 << 62)
            )
            for day, part in _by_day(cells):
                self._put(station, tag, day, part)
        for db in self._months.values():
            if db.in_transaction:
                db.execute("commit")
        del self._left[-TAGS_A_STEP:]
        if self._left:
            return False
        for db in self._months.values():
            # Until then no commit was waited for.
            db.execute("pragma wal_checkpoint(truncate)")
        self.close()
        return True

    def _put(self, station: str, tag: str, day: str, cells: Cells) -> None:
        db = self._month(day[:_MONTH])
        if not db.in_transaction:
            db.execute("begin immediate")
        db.execute("insert or ignore into series(station, tag) values (?, ?)", (station, tag))
        found = db.execute("select id from series where (station, tag) = (?, ?)", (station, tag)).fetchone()
        for minutes in STEPS:
            db.execute(
                "insert or replace into cells(series, minutes, day, source, data) values (?, ?, ?, ?, ?)",
                (found[0], minutes, day, self._day, pack_cells(cells if minutes == 1 else cells.by(minutes))),
            )

    def _month(self, month: str) -> sqlite3.Connection:
        if month not in self._months:
            file = self._folder / f"{month}.db"
            try:
                self._months[month] = _opened(file)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._told(file, str(error))
                discard(file.with_suffix(".damaged"))
                file.rename(file.with_suffix(".damaged"))
                discard(file)
                self._months[month] = _opened(file)
        return self._months[month]

    def close(self) -> None:
        """Close what is open."""
        for db in self._months.values():
            db.close()
        self._months.clear()


def _opened(file: Path) -> sqlite3.Connection:
    if not file.exists():
        _create(file)
    db = sqlite3.connect(file, isolation_level=None)
    try:
        for pragma in ("busy_timeout = 5000", "journal_mode = wal", "synchronous = normal"):
            db.execute(f"pragma {pragma}")
        migrate(db, "summary", file)
    except BaseException:
        db.close()
        raise
    return db


def _create(file: Path) -> None:
    new = file.with_suffix(".new")
    discard(new)
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        migrate(db, "summary", file)
        db.execute("pragma journal_mode = wal")
    publish(new, file)


def _by_day(cells: Cells) -> Iterator[tuple[str, Cells]]:
    start = 0
    for index in range(1, len(cells) + 1):
        number = cells.at[start] // MINUTES_A_DAY
        if index == len(cells) or cells.at[index] // MINUTES_A_DAY != number:
            part = Cells()
            for into, column in zip(part.columns, cells.columns, strict=True):
                into.extend(column[start:index])  # type: ignore[arg-type]  # alike on both sides
            yield day_of(number * DAY_NS), part
            start = index


def read_month(
    file: Path, minutes: int, station: str, tag: str, days: tuple[str, str], without: Iterable[str]
) -> list[tuple[str, str, Cells]]:
    """Day, source and cells of a tag between two days, both included.

    minutes: one of `STEPS`. without: sources to leave out. Raises sqlite3.Error, and as `unpack_cells`.
    """
    skipped = set(without)
    with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as db:
        rows = db.execute(
            "select day, source, data from cells where minutes = ? and series ="
            " (select id from series where (station, tag) = (?, ?))"
            " and day between ? and ? order by day, source",
            (minutes, station, tag, *days),
        ).fetchall()
    return [(day, source, unpack_cells(data)) for day, source, data in rows if source not in skipped]


def months_between(from_ns: int, to_ns: int) -> set[str]:
    """The names of the months a span touches."""
    first, last = (datetime.fromtimestamp(ns // SECOND, UTC) for ns in (from_ns, to_ns))
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return {f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers}
