"""A damaged journal is set aside under another name, and what can be read goes into a new file.

Order: the new file is made whole under ``.salvaged``, the damaged one gets its name
``.damaged-<time>``, the new one its place; a crash in between is finished at the next start.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

from heatmon.store.entry import COLUMNS, Entry, Notice
from heatmon.store.open import create, publish, remove

PROBES_MAX: Final = 200_000
"""How many numbers between two readable stretches are tried one by one (a few seconds)."""
_SELECT: Final = f"select {COLUMNS} from entry where event_seq "  # noqa: S608  constant


def salvage(path: Path, station: str, reason: str) -> Notice:
    """Set `path` aside and put what could be read of it in its place. Raises OSError, sqlite3.Error."""
    new = path.with_name(path.name + ".salvaging")
    remove(new)
    create(new, station)
    work = path.with_name(path.name + ".reading")
    remove(work)
    for suffix in ("", "-wal"):
        if (source := path.with_name(path.name + suffix)).exists():
            # A copy, because reading would bring the log into the file: the evidence stays as found.
            shutil.copyfile(source, work.with_name(work.name + suffix))
    kept = _copy(work, new, station)
    remove(work)
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}")
    whole = path.with_name(path.name + ".salvaged")
    publish(new, whole)
    _set_aside(path, aside)
    publish(whole, path)
    return Notice("store.salvaged", {"station": station, "reason": reason, "aside": str(aside), "kept": kept})


def finish_salvage(path: Path, station: str) -> list[Notice]:
    """Go on where a salvage was interrupted. Returns what people must know."""
    whole = path.with_name(path.name + ".salvaged")
    if path.exists():
        remove(whole)
        return []
    aside = sorted(
        p for p in path.parent.glob(f"{path.name}.damaged-*") if not p.name.endswith(("-wal", "-shm"))
    )
    if whole.exists():
        publish(whole, path)
        return [
            Notice("store.salvage_finished", {"station": station, "aside": str(aside[-1] if aside else "")})
        ]
    if aside:
        return [Notice("store.missing", {"station": station, "aside": str(aside[-1])})]
    return []


def _set_aside(path: Path, aside: Path) -> None:
    for suffix in ("-wal", "-shm", ""):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(aside.with_name(aside.name + suffix))


def _copy(work: Path, new: Path, station: str) -> int:
    """Copy what can be read; returns the number of entries. A log that cannot be read is left out."""
    marks = ", ".join("?" * 12)
    with closing(sqlite3.connect(new, isolation_level=None)) as target:
        target.execute("begin immediate")
        for row in _readable(work):
            # A row that decodes into something impossible is no entry.
            with suppress(sqlite3.Error, TypeError, ValueError):
                if Entry.of(row).header.station == station:
                    target.execute(f"insert into entry({COLUMNS}) values ({marks})", row)  # noqa: S608  constant
        for table in ("bundle", "checkpoint"):
            for row in _whole_table(work, table):
                with suppress(sqlite3.Error):
                    target.execute(f"insert into {table} values ({', '.join('?' * len(row))})", row)  # noqa: S608  constant
        target.execute("commit")
        return int(target.execute("select count(*) from entry").fetchone()[0])


def _lenient(work: Path) -> sqlite3.Connection:
    db = sqlite3.connect(work)
    # So that SQLite opens a file that is shorter than its header says (sqlite.org, pragma writable_schema).
    db.execute("pragma writable_schema = on")
    return db


def _whole_table(work: Path, table: str) -> Iterator[tuple[Any, ...]]:
    with suppress(sqlite3.Error), closing(_lenient(work)) as db:
        yield from db.execute(f"select * from {table}")  # noqa: S608  one of two constants


def _readable(work: Path) -> list[tuple[Any, ...]]:
    """Entries in order: from the front to the first bad page, from the back to the last, then one by one."""
    # A damaged page may give anything for a number.
    found: dict[Any, tuple[Any, ...]] = {}
    with suppress(sqlite3.Error), closing(_lenient(work)) as db:
        for order in ("asc", "desc"):
            with suppress(sqlite3.Error):
                for row in db.execute(f"{_SELECT} > 0 order by event_seq {order}"):
                    if row[1] in found:
                        break
                    found[row[1]] = row
        first, last = _hole(found)
        for seq in range(first, min(last, first + PROBES_MAX)):
            with suppress(sqlite3.Error):
                found.update({row[1]: row for row in db.execute(f"{_SELECT} = ?", (seq,))})
    return [found[seq] for seq in sorted(found, key=lambda key: key if isinstance(key, int) else 0)]


def _hole(found: dict[Any, tuple[Any, ...]]) -> tuple[int, int]:
    """The first and the end of the longest stretch of numbers that could not be read."""
    known = [0, *sorted(key for key in found if isinstance(key, int))]
    gaps = [(b - a, a + 1, b) for a, b in pairwise(known)]
    _, first, end = max(gaps, default=(0, 0, 0))
    return first, end
