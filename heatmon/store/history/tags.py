"""One tag over a span of time: every value with its quality, or a plot from summaries."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

from heatmon.core.quality import is_good
from heatmon.store.history.cells import Cells, in_order
from heatmon.store.history.day import DAY_NS, PACKED, day_of, name_of
from heatmon.store.history.dayreader import UNREADABLE, DayReader, Sampled, is_refusal
from heatmon.store.history.minutes import MINUTE_NS
from heatmon.store.history.plot import Plot, plotted
from heatmon.store.history.rowsday import RowsDay
from heatmon.store.history.summary import STEPS, month_files, months_between, read_month

HOUR_NS: Final = 60 * MINUTE_NS
_T = TypeVar("_T")
Look = Callable[[Path, Callable[[DayReader], _T], _T], _T]


class Files(Protocol):
    """The reader as it is needed here."""

    directory: Path

    def look(self, file: Path, look: Callable[[DayReader], _T], nothing: _T) -> _T:
        """What a look at a day gives; `nothing` from a damaged one."""

    def files(self) -> Sequence[Path]:
        """The days' files in order."""

    def damaged(self, file: Path, error: Exception) -> None:
        """Tell about a damaged file."""


@dataclass(frozen=True, slots=True)
class Series:
    """Samples of one tag in order of time. time_ns: when received; of late data, when it was due.

    values: NaN where bad. qualities: one `Quality` code each.
    """

    time_ns: array[int]
    values: array[float]
    qualities: bytes

    def __len__(self) -> int:
        return len(self.time_ns)

    @property
    def good(self) -> array[float]:
        """The values that may be used without reserve."""
        return array("d", [v for v, code in zip(self.values, self.qualities, strict=True) if is_good(code)])


def read_range(files: Files, station: str, tag: str, from_ns: int, to_ns: int) -> Series:
    """Every sample from `from_ns` to before `to_ns`, late ones too."""
    found: list[Sampled] = []
    for file in _holding(files, station, tag, from_ns, to_ns):
        found += files.look(file, lambda day: day.samples(station, tag, from_ns, to_ns), [])
    found.sort(key=lambda sample: sample[0])
    times, values, qualities = zip(*found, strict=True) if found else ((), (), ())
    return Series(array("q", times), array("d", values), bytes(qualities))


def _holding(files: Files, station: str, tag: str, from_ns: int, to_ns: int) -> list[Path]:
    """The span's days, days that are not packed yet, and those in which late data about it came."""
    # A day's last scans may be received on the next one.
    days = {day_of(ns) for ns in (*range(from_ns, to_ns, DAY_NS), to_ns)}
    late = {source for _, source, _ in _summaries(files, STEPS[-1], station, tag, from_ns, to_ns, ())}
    return [file for file in files.files() if file.suffix != PACKED or name_of(file) in days | late]


def read_plot(files: Files, station: str, tag: str, from_ns: int, to_ns: int, points: int) -> Plot:
    """The span as `points` steps, from the coarsest summaries that are not longer than a step."""
    step_ns = (to_ns - from_ns) // max(1, points)
    minutes = max((one for one in STEPS if one * MINUTE_NS <= step_ns), default=1)
    live: dict[str, Cells] = {}
    first, end = from_ns // HOUR_NS * 60, to_ns // MINUTE_NS + 1
    for file in files.files():
        if file.suffix != PACKED:
            # Read before the months: what is sealed meanwhile is found there, and left out by its source.
            cells = files.look(file, lambda day: _live(day, station, tag, first, end), None)
            if cells is not None:
                earlier = live.get(name_of(file))
                live[name_of(file)] = cells if earlier is None else in_order([*earlier, *cells])
    sealed = [cells for _, _, cells in _summaries(files, minutes, station, tag, from_ns, to_ns, live)]
    open_ = [cells if minutes == 1 else cells.by(minutes) for cells in live.values()]
    return plotted([*sealed, *open_], minutes * MINUTE_NS, from_ns, to_ns, points)


def _live(day: DayReader, station: str, tag: str, first: int, end: int) -> Cells | None:
    return in_order(day.minutes(station, tag, first, end)) if isinstance(day, RowsDay) else None


def _summaries(
    files: Files, minutes: int, station: str, tag: str, from_ns: int, to_ns: int, without: Iterable[str]
) -> list[tuple[str, str, Cells]]:
    wanted, days = months_between(from_ns, to_ns), (day_of(from_ns), day_of(to_ns))
    found = []
    for file in month_files(files.directory):
        if file.stem in wanted:
            try:
                found += read_month(file, minutes, station, tag, days, without)
            except UNREADABLE as error:
                if isinstance(error, sqlite3.Error) and is_refusal(error):
                    raise
                files.damaged(file, error)
    return found
