"""Numbered migrations: `PRAGMA user_version` says how far a file has come; each step is one transaction."""

from __future__ import annotations

import sqlite3
from functools import cache
from importlib.resources import files

from heatmon.store.errors import WrongJournal


@cache
def scripts(kind: str) -> tuple[str, ...]:
    """All migrations of a kind of database, in order: script n brings version n-1 to version n."""
    found = sorted(
        (item.name, item.read_text("utf-8"))
        for item in files("heatmon.store.migrations").joinpath(kind).iterdir()
        if item.name.endswith(".sql")
    )
    for number, (name, _) in enumerate(found, start=1):
        if not name.startswith(f"{number:04d}_"):
            raise ValueError(f"migration {name} of {kind} does not continue the numbering at {number:04d}")
    return tuple(text for _, text in found)


def version(db: sqlite3.Connection) -> int:
    """The file's version, 0 for an empty one."""
    return int(db.execute("pragma user_version").fetchone()[0])


def migrate(db: sqlite3.Connection, kind: str, where: object) -> int:
    """Bring a file to the newest version; returns the version it had. Doing it twice changes nothing.

    Raises WrongJournal for a file that a newer heatmon has written, sqlite3.Error.
    """
    steps = scripts(kind)
    had = version(db)
    if had > len(steps):
        raise WrongJournal(
            f"{where}: version {had} was written by a newer heatmon; this one knows up to {len(steps)}. "
            "Install the newer one again, or use another state directory"
        )
    for number in range(had, len(steps)):
        try:
            db.executescript(
                f"begin immediate;\n{steps[number]}\npragma user_version = {number + 1};\ncommit;"
            )
        except sqlite3.Error:
            if db.in_transaction:
                db.execute("rollback")
            raise
    return had
