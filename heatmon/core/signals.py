"""The station's signals: the latest value and quality of every tag, then of every derived signal.

Plain parallel lists, because every scan touches every one of its columns: an index costs 80 ns,
an object a sample 800. Whoever needs names uses `index` once, when rules are compiled.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from heatmon.core.quality import Quality
from heatmon.core.spec import TagState


@dataclass(frozen=True, slots=True)
class SignalInfo:
    """What a signal is. id: a tag id, or ``room.name_unit`` for a derived one. digits: shown decimals.

    states: of an enumeration, the words for its numbers.
    """

    id: str
    unit: str
    digits: int = 1
    states: tuple[TagState, ...] = ()

    def word(self, value: float) -> TagState | None:
        """What a number of an enumeration means; None where it has no word."""
        return next((state for state in self.states if state.value == value), None)


class Signals:
    """Parallel columns over all signals of a station.

    values: NaN wherever the quality is bad. qualities: judged `Quality` codes. times_ns: station
    time of the value (receive time of its scan, or when it was computed). exact: what no float
    holds: a text (its value is NaN and its quality good) or a large whole number (its value is near).
    source_ns: the device's own time stamp of the value, where its protocol has one.
    """

    __slots__ = ("exact", "index", "infos", "qualities", "source_ns", "times_ns", "values")

    def __init__(self, infos: Sequence[SignalInfo]) -> None:
        self.infos = tuple(infos)
        self.index = {info.id: i for i, info in enumerate(self.infos)}
        if len(self.index) != len(self.infos):
            raise ValueError("a signal id stands twice")
        self.values = [math.nan] * len(self.infos)
        self.qualities = [int(Quality.NOT_YET_READ)] * len(self.infos)
        self.times_ns = [0] * len(self.infos)
        self.exact: dict[int, int | str] = {}
        self.source_ns: dict[int, int] = {}

    def put(self, i: int, value: float, quality: int, now_ns: int) -> None:
        """Set one signal; a bad one holds NaN, whatever came with it."""
        self.values[i] = value if quality < 128 else math.nan
        self.qualities[i] = quality
        self.times_ns[i] = now_ns
