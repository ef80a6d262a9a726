"""How far a destination has come through the history: the past from one side, the present from the other.

    |==== sent ====|.... past, oldest first ....|==== sent ====|..|
                   ^ past                       ^ islands[0]   ^ front

Normally there is one place, `past`, near the end of the history. When it lags behind, the present
goes on from the end: an island of what was sent ahead. The past drains towards the island and joins
it. Everything at or before `past` was sent, so the store may let it go. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from heatmon.store.cursor import Cursor

MOST_ISLANDS: Final = 64
"""So many outages during one drain; after that the present waits its turn, in order."""


@dataclass(slots=True)
class Island:
    """Sent ahead: everything after `start`, up to and with `end`."""

    start: Cursor
    end: Cursor


@dataclass(slots=True)
class Progress:
    """The places of one destination, in order: past < islands[0].start <= islands[0].end < …"""

    past: Cursor = field(default_factory=Cursor)
    islands: list[Island] = field(default_factory=list)

    @property
    def front(self) -> Cursor:
        """Where the present goes on."""
        return self.islands[-1].end if self.islands else self.past

    @property
    def split(self) -> bool:
        """Whether there is a past to drain beside the present."""
        return bool(self.islands)

    @property
    def shore(self) -> Cursor | None:
        """Where the past ends for now: nothing after it needs sending before the island's end."""
        return self.islands[0].start if self.islands else None

    def go_ahead(self, newest: Cursor) -> bool:
        """Let the present go on from the newest place; False when it stays in order."""
        if newest <= self.front or len(self.islands) >= MOST_ISLANDS:
            return False
        self.islands.append(Island(newest, newest))
        return True

    def sent_past(self, to: Cursor) -> None:
        """The past is sent up to here; where it meets an island it jumps to its end."""
        self.past = max(self.past, to)
        while self.islands and self.past >= self.islands[0].start:
            self.past = max(self.past, self.islands.pop(0).end)

    def sent_front(self, to: Cursor) -> None:
        """The present is sent up to here."""
        if self.islands:
            self.islands[-1].end = max(self.islands[-1].end, to)
        else:
            self.past = max(self.past, to)
