"""Looking at recorded history: what was computed at a moment, and pairs of signals over time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from heatmon.store.cursor import Cursor
from heatmon.store.history.day import day_of
from heatmon.store.history.reader import HistoryReader
from heatmon.store.history.stored import StoredScan

BATCH = 2000
DERIVED = "derived"
LOOK_BACK_NS = 86_400 * 1_000_000_000


@dataclass(slots=True)
class Computed:
    """The engine's conclusions at or before a moment. at_ns None: there are none."""

    at_ns: int | None = None
    first_ns: int | None = None
    last_ns: int | None = None
    values: dict[str, tuple[float, int]] = field(default_factory=dict)


def scans(state: Path, station: str, from_ns: int = 0) -> Iterator[StoredScan]:
    """All recorded scans of a station from the day of `from_ns` on, in input order."""
    reader = HistoryReader(state / "history")
    cursor = Cursor(day_of(from_ns), 0)
    while True:
        found, cursor = reader.read_after(station, cursor, BATCH)
        if not found:
            return
        yield from found


def computed_before(state: Path, station: str, moment_ns: int) -> Computed:
    """The last conclusions at or before a moment, looking back at most to the day before."""
    result, best = Computed(), None
    if not (state / "history").is_dir():
        return result
    for stored in scans(state, station, moment_ns - LOOK_BACK_NS):
        at = stored.scan.received_ns
        result.first_ns = at if result.first_ns is None else result.first_ns
        result.last_ns = at
        if at > moment_ns:
            break
        if stored.scan.group == DERIVED:
            best = stored
    if best is not None:
        result.at_ns = best.scan.received_ns
        rows = zip(best.tags, best.scan.values, best.scan.qualities, strict=True)
        result.values = {name: (value, quality) for name, value, quality in rows}
    return result


def pairs(
    state: Path, station: str, x: str, y: str, from_ns: int = 0
) -> Iterator[tuple[tuple[float, int], tuple[float, int]]]:
    """(value, quality) of two signals at each instant at which `x` was recorded; `y` as last seen."""
    seen: dict[str, tuple[float, int]] = {}
    if not (state / "history").is_dir():
        return
    for stored in scans(state, station, from_ns):
        for name, value, quality in zip(stored.tags, stored.scan.values, stored.scan.qualities, strict=True):
            if name in (x, y):
                seen[name] = (value, quality)
        if x in stored.tags and y in seen:
            yield seen[x], seen[y]
