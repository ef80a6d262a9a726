"""Whether a channel works, and when it is tried again. Pure; the time is an argument.

A channel that fails is one state change in the journal, told at its second failure in a row (the
first, when a message had to go another way) and at
most once in ten minutes; until it works again its messages go by the next way, and one is risked now
and then to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon.notify.after import backoff_s

SECOND: Final = 1_000_000_000
TELL_AGAIN_NS: Final = 600 * SECOND
FAILURES: Final = 2


@dataclass(slots=True)
class Health:
    """One channel. down_since: first failure of the present row of failures; told: the journal knows."""

    down_since: int | None = None
    reason: str = ""
    failures: int = 0
    probe_at: int = 0
    told: bool = False
    told_at: int = -TELL_AGAIN_NS

    @property
    def down(self) -> bool:
        """Whether the last attempt failed."""
        return self.down_since is not None

    def failed(self, now_ns: int, reason: str, wait_s: float = 0.0, *, passed_on: bool = False) -> bool:
        """An attempt failed; whether this is to be told. passed_on: the message went another way for it."""
        self.failures += 1
        self.reason = reason
        if self.down_since is None:
            self.down_since = now_ns
        self.probe_at = now_ns + int(max(wait_s, backoff_s(self.failures)) * SECOND)
        enough = passed_on or self.failures >= FAILURES
        if self.told or not enough or now_ns - self.told_at < TELL_AGAIN_NS:
            return False
        self.told, self.told_at = True, now_ns
        return True

    def works(self, now_ns: int) -> tuple[bool, int]:
        """An attempt succeeded: whether that is to be told, and how many ns it was down."""
        down_ns = 0 if self.down_since is None else now_ns - self.down_since
        told, self.told = self.told, False
        self.down_since, self.failures, self.reason, self.probe_at = None, 0, "", 0
        return told, down_ns

    def down_for_ns(self, now_ns: int) -> int:
        """How long it has been down; 0 when it works."""
        return 0 if self.down_since is None else now_ns - self.down_since
