"""What a session learns of a device: addresses that it refuses, and limits smaller than promised."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from heatmon.core.quality import Quality
from heatmon.driver import Notice
from heatmon_drivers.modbus.block import BlockRead, joined
from heatmon_drivers.modbus.codec import Exact, decode_bits

REFUSED_ADDRESS: Final = (2, 3)
"""Exception codes that may mean a part of the block: illegal address, illegal value (too many)."""
QUALITY_OF: Final = {
    1: Quality.NO_SUCH_ADDRESS,
    2: Quality.NO_SUCH_ADDRESS,
    3: Quality.NO_SUCH_ADDRESS,
    4: Quality.DEVICE_FAILURE,
    5: Quality.DEVICE_BUSY,
    6: Quality.DEVICE_BUSY,
    10: Quality.GATEWAY_FAILURE,
    11: Quality.GATEWAY_FAILURE,
}
RETRY_REFUSED_S: Final = 3600.0
"""Addresses that were refused are asked again after this time: programs of PLCs are changed."""
RETRY_ALL_REFUSED_S: Final = 60.0


@dataclass(slots=True)
class Columns:
    """The columns of one read as they fill. halvings: extra requests that it may still make."""

    values: array[float]
    qualities: bytearray
    timeout_s: float
    halvings: int
    exact: Exact = field(default_factory=dict)

    def take(self, read: BlockRead, data: bytes) -> None:
        """The data of an answer."""
        if read.decoder is None:
            decode_bits(data, read.fields, self.values, self.qualities)
        else:
            read.decoder.decode(data, self.values, self.qualities, self.exact)

    def spoil(self, read: BlockRead, code: int) -> None:
        """An exception instead of an answer: qualities, never numbers."""
        quality = QUALITY_OF.get(code, Quality.DEVICE_REFUSED)
        for one in read.fields:
            self.qualities[one.column] = quality


@dataclass(frozen=True, slots=True)
class Split:
    """How a block that was refused as a whole is read: in parts, of which the `refused` stay without value.

    until: when the whole is tried again, in the loop's seconds.
    """

    parts: tuple[BlockRead, ...]
    refused: tuple[tuple[BlockRead, int], ...]
    until: float


class Learned:
    """The splits of a link's blocks, and what an engineer should know of them once."""

    @dataclass(slots=True)
    class Search:
        """One search for bad addresses in `read`. whole: it is a block of the plan, not a part of one."""

        read: BlockRead
        whole: bool
        good: list[BlockRead] = field(default_factory=list)
        bad: list[tuple[BlockRead, int]] = field(default_factory=list)
        later: list[BlockRead] = field(default_factory=list)

    def __init__(self) -> None:
        self._splits: dict[BlockRead, Split] = {}
        self._notices: list[Notice] = []
        self._told: set[tuple[str, ...]] = set()

    def split(self, read: BlockRead, now: Callable[[], float]) -> Split | None:
        """How to read this block, None as a whole."""
        if not self._splits or (split := self._splits.get(read)) is None:
            return None
        if now() >= split.until:
            del self._splits[read]
            return None
        return split

    def search(self, read: BlockRead, *, whole: bool) -> Learned.Search:
        """Begin a search in a refused block."""
        return self.Search(read, whole)

    def keep(self, found: Learned.Search, now: float) -> None:
        """Remember what a search has found, and say it once."""
        good, bad, wait_s = found.good, found.bad, RETRY_REFUSED_S
        if good and found.read.manner.from_zero:
            # Parts that all begin at zero: the longest holds the others.
            good = [joined(good)]
        if not found.later:
            self._tell(found.read, good, bad)
        if not found.read.divisible:
            # Nothing to divide: it is asked for in every cycle, and says by it that the device is alive.
            return
        if not good and not found.later and found.whole:
            # A PLC that is starting refuses everything. One tag is still asked for, so that a dead
            # device is found, and the whole is tried again soon.
            good, bad, wait_s = [bad[0][0]], bad[1:], RETRY_ALL_REFUSED_S
        self._splits[found.read] = Split((*good, *found.later), tuple(bad), now + wait_s)

    def _tell(self, read: BlockRead, good: Sequence[BlockRead], bad: Sequence[tuple[BlockRead, int]]) -> None:
        tags = tuple(tag for part, _ in bad for tag in part.tags)
        if (key := tags or read.tags) in self._told:
            return
        self._told.add(key)
        if tags:
            params: dict[str, str | int] = {"unit": read.unit, "tags": ", ".join(tags)}
            self._notices.append(Notice("modbus.isolated", params, tags))
        else:
            what = {"unit": read.unit, "address": read.address, "count": read.count, "parts": len(good)}
            self._notices.append(Notice("modbus.split", what, read.tags))

    def add(self, notices: Sequence[Notice]) -> None:
        """What the connection has learned."""
        self._notices.extend(notices)

    def notices(self) -> Sequence[Notice]:
        """What was learned since the last call."""
        if not self._notices:
            return ()
        notices, self._notices = self._notices, []
        return notices

    def retry_s(self, tag: str, now: float) -> float | None:
        """Seconds until a refused tag is asked for again, None for one that is not left out."""
        for split in self._splits.values():
            if any(tag in part.tags for part, _ in split.refused):
                return max(0.0, split.until - now)
        return None
