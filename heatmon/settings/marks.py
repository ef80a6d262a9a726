"""Places in files, what is wrong there, and what a file holds with the place of everything in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

Path_ = tuple[int | str, ...]
# Someone may write a password where only its reference belongs: it must not end on a screen or in a log.
_SECRET_KEY: Final = re.compile(r"(?i)pass(word)?|pwd|token|secret|credential|private|pin\b|api_?key|auth")
HIDDEN: Final = "…"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column from 1."""

    file: str
    line: int
    column: int


NOWHERE: Final = Mark("", 0, 0)
"""Of a problem whose place is found from its path later."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place, as a catalogue key and its fields."""

    mark: Mark
    path: Path_
    key: str
    params: tuple[tuple[str, object], ...] = ()


@dataclass(slots=True)
class Document:
    """A file's data with the marks of its paths (of the value) and keys (of the key itself).

    includes: files named by `include` at the top of the file, with the place that names them; what
    is included further inside stands in the data already.
    """

    data: Any = None
    values: dict[Path_, Mark] = field(default_factory=dict)
    keys: dict[Path_, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    includes: list[tuple[str, Mark]] = field(default_factory=list)

    def forget(self, path: Path_) -> None:
        """Drop the marks of a path and of everything below it: other data takes its place."""
        for marks in (self.values, self.keys):
            for old in [old for old in marks if old[: len(path)] == path]:
                del marks[old]


def hides(path: Sequence[int | str]) -> bool:
    """Whether what stands at this path may be a secret, so that no fault repeats it."""
    return any(isinstance(part, str) and _SECRET_KEY.search(part) is not None for part in path[-2:])
