"""Opening a journal's file: for writing, with a check of its pages, or for reading while others write."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from heatmon.store.errors import JournalDamaged, StoreError
from heatmon.store.schema import migrate, scripts, version

WAL_PAGES: Final = 128
"""The write-ahead log goes into the file at half a megabyte, so that 200 stations stay small."""


def create(path: Path, station: str) -> None:
    """Make an empty journal. It appears under its name when it is whole, so that an empty file is damage."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    remove(new)
    with closing(sqlite3.connect(new, isolation_level=None)) as db:
        migrate(db, "journal", path)
        db.execute("insert into origin(only, station) values (1, ?)", (station,))
        db.execute("pragma journal_mode = wal")
    publish(new, path)


def publish(new: Path, path: Path) -> None:
    """Give a finished file its name, on disk before this returns."""
    _sync(new)
    new.replace(path)
    _sync(path.parent)


def remove(path: Path) -> None:
    """Remove a database file and what SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def open_for_writing(path: Path) -> sqlite3.Connection:
    """The one connection that writes: WAL, FULL, small cache. Checks all pages and migrates.

    Raises JournalDamaged, WrongJournal, sqlite3.OperationalError where the file system refuses.
    """
    if path.stat().st_size == 0:
        raise JournalDamaged(f"{path}: the file is empty")
    # The writer thread uses it after the loop's thread has opened it; `Journal` holds a lock around it.
    # No statements are kept: they cost 40 kB a journal, and one is written to about once a minute.
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=0)
    try:
        for pragma in (
            "cache_size = -32",
            "journal_mode = wal",
            "synchronous = full",
            "busy_timeout = 5000",
            f"wal_autocheckpoint = {WAL_PAGES}",
            f"journal_size_limit = {WAL_PAGES * 4096}",
        ):
            db.execute(f"pragma {pragma}")
        found = db.execute("pragma quick_check(1)").fetchone()[0]
        if found != "ok":
            raise JournalDamaged(f"{path}: {found}")
        if version(db) == 0:
            raise JournalDamaged(f"{path}: holds no journal")
        if version(db) < len(scripts("journal")):
            _keep_a_copy(db, path)
        migrate(db, "journal", path)
        db.execute("pragma shrink_memory")
    except sqlite3.OperationalError:
        db.close()
        raise
    except sqlite3.DatabaseError as error:
        db.close()
        raise JournalDamaged(f"{path}: {error}") from None
    except StoreError:
        db.close()
        raise
    return db


def _keep_a_copy(db: sqlite3.Connection, path: Path) -> None:
    """Before a migration the old file is kept beside, by SQLite's own backup."""
    copy = path.with_name(f"{path.name}.version-{version(db)}")
    with closing(sqlite3.connect(copy)) as target:
        db.backup(target)


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that cannot write, beside the daemon or without it, on a read-only medium too.

    Raises StoreError for a file that is not there or cannot be read.
    """
    if not path.is_file():
        raise StoreError(f"{path}: no such file; a journal is journal.db below the state directory")
    with ExitStack() as scratch:
        try:
            db = _connect_to_read(path, scratch)
            scratch.callback(db.close)
            if not 0 < version(db) <= len(scripts("journal")):
                raise StoreError(f"{path}: not a journal of this heatmon (version {version(db)})")
            yield db
        except sqlite3.DatabaseError as error:
            raise JournalDamaged(f"{path}: {error}") from None


def _connect_to_read(path: Path, scratch: ExitStack) -> sqlite3.Connection:
    uri = path.absolute().as_uri()
    if not path.with_name(path.name + "-wal").exists():
        # Nobody has it open: read it without leaving files beside it that are the reader's, not the daemon's.
        return _probe(f"{uri}?immutable=1")
    try:
        return _probe(f"{uri}?mode=ro")
    except sqlite3.OperationalError:
        # WAL needs a writable directory for its index: read a copy where there is none.
        copy = Path(scratch.enter_context(TemporaryDirectory(prefix="heatmon-"))) / "journal.db"
        for suffix in ("", "-wal"):
            source = path.with_name(path.name + suffix)
            if source.exists():
                shutil.copyfile(source, copy.with_name(copy.name + suffix))
        return _probe(copy.as_uri())


def _probe(uri: str) -> sqlite3.Connection:
    db = sqlite3.connect(uri, uri=True, isolation_level=None)
    try:
        db.execute("pragma cache_size = -256")
        db.execute("pragma query_only = on")
        db.execute("pragma busy_timeout = 5000")
        version(db)
        db.execute("select count(*) from sqlite_schema").fetchone()
    except sqlite3.Error:
        db.close()
        raise
    return db
