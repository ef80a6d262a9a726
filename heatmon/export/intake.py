"""Exported samples back into a history: a fresh one, so that nothing is mixed or doubled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from heatmon.export.files import read_rows
from heatmon.export.sheet import Row, scans_of
from heatmon.store.claims import Claims
from heatmon.store.history import History
from heatmon.store.lock import StateLock

COMMIT: Final = 2000
"""Scans a transaction."""


class NotFreshError(Exception):
    """The state directory holds samples already."""


def take_in(file: Path, state: Path, progress: Callable[[float], None]) -> int:
    """Write a file's samples into `state`; the number of rows. All of them, or the history stays empty.

    Raises NotFreshError, FileError, StoreError, OSError. Imported scans have no input number: they
    were never an input of this store's engines, and no replay feeds them.
    """
    lock = StateLock(state)
    lock.acquire()
    try:
        folder = state / "history"
        if any(folder.glob("????-??-??.*")):
            raise NotFreshError
        try:
            return _write(file, state, progress)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    finally:
        lock.release()


def _write(file: Path, state: Path, progress: Callable[[float], None]) -> int:
    counted, size = [0], max(1, file.stat().st_size)

    def counting() -> Iterator[Row]:
        for row in read_rows(file):
            counted[0] += 1
            yield row

    claims = Claims(state)
    history = History(state / "history", claims)
    try:
        for number, one in enumerate(scans_of(counting()), start=1):
            history.append(one.station, one.scan, one.tags)
            if number % COMMIT == 0:
                history.commit()
                # A row of CSV takes about 150 bytes; of Parquet less: then it ends early.
                progress(min(0.99, counted[0] * 150 / size))
        history.commit()
    finally:
        history.close()
        claims.close()
    return counted[0]
