"""A place in what the store keeps: how far a reader has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """What was read last. Cursors of one stream are ordered.

    In the history: the day whose file it is, and the position in that file, over all stations; it
    means the same before and after packing. In a journal: no day, and the `event_seq`.
    """

    day: str = ""
    position: int = 0

    def __str__(self) -> str:
        return f"{self.day or '-'}:{self.position}"


BEGIN: Final = Cursor()
"""Before everything."""
