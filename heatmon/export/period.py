"""A period of the history as stored scans with their units, in input order and by the time of receipt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from heatmon.export.source import journal_file, place_before
from heatmon.export.units import StationUnits
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.stored import StoredScan

SCANS: Final = 500
SLACK_NS: Final = 3600 * 1_000_000_000
"""A clock that went back leaves later scans with earlier times: so far beyond the end they are looked for."""
Units = Mapping[str, str]


def period(
    state: Path,
    stations: Sequence[str] | None,
    first_ns: int,
    end_ns: int,
    progress: Callable[[float], None],
) -> Iterator[tuple[StoredScan, Units]]:
    """Scans received from `first_ns` on and before `end_ns`. progress: 0 to 1, now and then.

    Raises StoreError, sqlite3.OperationalError where the file system refuses.
    """
    reader = HistoryReader(state / "history")
    units: dict[str, StationUnits] = {}
    at = place_before(reader, first_ns)
    try:
        while True:
            stored, at = reader.read_after(None, at, SCANS)
            for one in stored:
                moment = one.scan.received_ns
                if first_ns <= moment < end_ns and (stations is None or one.station in stations):
                    yield one, _units(state, units, one)
            if not stored or stored[-1].scan.received_ns >= end_ns + SLACK_NS:
                return
            progress(min(1.0, max(0.0, (stored[-1].scan.received_ns - first_ns) / (end_ns - first_ns))))
    finally:
        reader.close()


def _units(state: Path, known: dict[str, StationUnits], one: StoredScan) -> Units:
    path = journal_file(state, one.station)
    if not path.exists():
        return {}
    if one.station not in known:
        known[one.station] = StationUnits(path)
        known[one.station].refresh()
    units = known[one.station]
    return units.of(units.bundle_at(one.scan.input_seq))
