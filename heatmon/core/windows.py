"""Sliding windows over ticks, in exact integers: no drift, and a checkpoint continues bit by bit."""

from __future__ import annotations

import base64
from array import array
from typing import Final

MISSING: Final = -(1 << 31)
_LARGEST: Final = (1 << 31) - 1
_STEPS: Final = 100_000.0


class SlidingMean:
    """Mean of the last n ticks that had a value. Values are kept in steps of 10 µK (10⁻⁵)."""

    __slots__ = ("_cells", "_tick", "count", "total")

    def __init__(self, ticks: int) -> None:
        self._cells = array("i", [MISSING]) * ticks
        self._tick = -1
        self.total = 0
        self.count = 0

    def push(self, tick: int, value: float | None) -> None:
        """The value of tick number `tick` (rising), or None when it had none."""
        cells = self._cells
        size = len(cells)
        if tick - self._tick >= size:
            self.clear()
        else:
            for skipped in range(self._tick + 1, tick):
                self._set(skipped % size, MISSING)
        cell = MISSING
        if value is not None:
            cell = max(-_LARGEST, min(_LARGEST, round(value * _STEPS)))
        self._set(tick % size, cell)
        self._tick = tick

    def _set(self, at: int, cell: int) -> None:
        old = self._cells[at]
        if old != MISSING:
            self.total -= old
            self.count -= 1
        if cell != MISSING:
            self.total += cell
            self.count += 1
        self._cells[at] = cell

    def clear(self) -> None:
        """Forget everything, at a pump stop for instance."""
        size = len(self._cells)
        self._cells = array("i", [MISSING]) * size
        self.total = self.count = 0

    @property
    def mean(self) -> float | None:
        """The mean, or None for an empty window."""
        return self.total / self.count / _STEPS if self.count else None

    @property
    def share(self) -> float:
        """How much of the window has values, 0 to 1."""
        return self.count / len(self._cells)

    def dump(self) -> list[int | str]:
        """Tick and cells."""
        return [self._tick, pack(self._cells)]

    def load(self, state: list[int | str]) -> None:
        """Take a dumped window of the same length over; another one is left out."""
        cells = array("i", unpack(str(state[1])))
        if len(cells) != len(self._cells):
            return
        self._cells = cells
        self._tick = int(state[0])
        present = [cell for cell in cells if cell != MISSING]
        self.total, self.count = sum(present), len(present)


def pack(cells: array[int]) -> str:
    """Whole numbers as text, four characters for three bytes, in the machine's byte order."""
    return base64.b64encode(cells.tobytes()).decode()


def unpack(text: str) -> bytes:
    """The bytes of `pack`. Raises ValueError for damaged text."""
    return base64.b64decode(text, validate=True)
