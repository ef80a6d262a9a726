"""Finding the lines a server refuses, by halves. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

HOPELESS: Final = 16
"""So many lines refused and none accepted: it is not the lines, it is the server."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A line that a server will never take, and the server's words."""

    line: str
    why: str


@dataclass(slots=True)
class Sieve:
    """A refused batch in work: `part` is sent next, then `accepted` or `refused` is called for it.

    Lines go out in order; each is accepted once or refused once.
    """

    lines: Sequence[str]
    refusals: list[Refused] = field(default_factory=list)
    taken: int = 0
    _todo: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """The whole was refused already: begin with its halves."""
        self._todo = [(0, len(self.lines))]

    @property
    def done(self) -> bool:
        """Whether every line has found its fate."""
        return not self._todo

    @property
    def hopeless(self) -> bool:
        """Whether the server seems to refuse everything."""
        return self.taken == 0 and len(self.refusals) >= HOPELESS

    @property
    def part(self) -> Sequence[str]:
        """What to send next; `done` must be false."""
        start, end = self._todo[-1]
        return self.lines[start:end]

    def accepted(self) -> None:
        """The part was taken."""
        start, end = self._todo.pop()
        self.taken += end - start

    def refused(self, why: str) -> None:
        """The part was refused; a single line is set aside."""
        start, end = self._todo.pop()
        if end - start == 1:
            self.refusals.append(Refused(self.lines[start], why))
            return
        middle = (start + end) // 2
        self._todo += [(middle, end), (start, middle)]
