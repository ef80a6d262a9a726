"""What a replay is fed with: inputs in order, each with the station time at which it entered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from heatmon.core.effect import Event
from heatmon.core.input import Input


@dataclass(frozen=True, slots=True)
class Step:
    """One input of the recording. note: an entry that is taken over as it stands (a refusal, a note)."""

    now_ns: int
    item: Input | None
    input_seq: int
    note: Event | None = None


@dataclass(slots=True)
class Extent:
    """What a recording covers. lost: inputs that left no trace and what that means, for the report."""

    first_ns: int
    last_ns: int
    from_the_start: bool
    lost: list[str] = field(default_factory=list)


class Source(Protocol):
    """A recording."""

    @property
    def patience_ns(self) -> int:
        """How long, beyond three periods, a group may have sent nothing before it was stale."""

    def extent(self) -> Extent | None:
        """What it covers; None for nothing."""

    def steps(self, from_ns: int, to_ns: int, commands: bool) -> Iterator[Step]:
        """The inputs of a period in their order; commands False leaves out what people did."""
