"""When to try again, how much to send at once, and how the past and the present share a link. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon.export.answer import Judgement, Verdict

FIRST_S: Final = 1.0
LONGEST_S: Final = 60.0
HELD_S: Final = 60.0
"""How often a held path is tried again: the fault may have been mended at the other end."""
GROW_AFTER: Final = 20
"""Batches accepted in a row before a halved size doubles again."""


@dataclass(slots=True)
class Backoff:
    """Doubling waits with jitter, so that 2,000 stations do not come back in one second."""

    tries: int = 0

    def wait_s(self, judgement: Judgement, chance: float) -> float:
        """Seconds to wait after a failure. chance: 0 to 1, evenly spread."""
        if judgement.verdict is Verdict.HOLD:
            self.tries = 0
            return HELD_S * (0.75 + 0.5 * chance)
        self.tries += 1
        own = min(FIRST_S * 2.0 ** (self.tries - 1), LONGEST_S) * (0.5 + 0.5 * chance)
        return max(own, judgement.wait_s or 0.0)

    def accepted(self) -> None:
        """The path works again."""
        self.tries = 0


@dataclass(slots=True)
class BatchSize:
    """Rows of one request: `most`, halved when the server finds it too large, doubled again later."""

    most: int
    rows: int = 0
    good: int = 0

    def __post_init__(self) -> None:
        """Start with the most."""
        self.rows = self.most

    def too_large(self, sent: int) -> None:
        """A batch of so many rows was too large."""
        self.rows, self.good = max(1, min(self.rows, sent) // 2), 0

    def accepted(self) -> None:
        """A batch was taken."""
        self.good += 1
        if self.good >= GROW_AFTER and self.rows < self.most:
            self.rows, self.good = min(self.most, self.rows * 2), 0


@dataclass(slots=True)
class Share:
    """The past may use at most `share` (0 to 1) of a link's time while the present keeps flowing."""

    share: float
    free_at_s: float = 0.0

    def may(self, now_s: float) -> bool:
        """Whether a batch of the past may go out now."""
        return now_s >= self.free_at_s

    def used(self, now_s: float, seconds: float) -> None:
        """A batch of the past has just taken so many seconds of the link."""
        self.free_at_s = now_s + seconds * (1.0 / self.share - 1.0)
