"""When even the reserve is used up: P3 and link entries are counted, and one entry stands for a run.

The numbers of events have no gaps: the summary takes the last number of its run and names the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from heatmon.core.effect import Event
from heatmon.core.input import SYSTEM, JsonScalar
from heatmon.store.entry import SUMMARISED


def may_wait(event: Event) -> bool:
    """Whether an entry may be only counted: P3, P4 and links, never anything a person did."""
    if event.actor != SYSTEM.label:
        return False
    return event.payload.get("priority") in ("P3", "P4") or event.code.startswith("link.")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run of entries of one station that are only counted: first and last of them, how many of each code.

    No checkpoint that knows them is written: after a crash the engine brings them about once more.
    """

    first: int
    last: Event
    codes: Mapping[str, int] = field(default_factory=dict)

    def entry(self) -> Event:
        """The one entry that stands for them."""
        payload: dict[str, JsonScalar] = {
            "first_event_seq": self.first,
            "count": self.last.event_seq - self.first + 1,
        }
        payload.update({f"count.{code}": number for code, number in sorted(self.codes.items())})
        last = self.last
        return Event(last.event_seq, last.time_ns, SUMMARISED, SYSTEM.label, last.input_seq, payload)


def _counted(waiting: Waiting | None, event: Event) -> Waiting:
    codes = dict(waiting.codes) if waiting is not None else {}
    codes[event.code] = codes.get(event.code, 0) + 1
    return Waiting(waiting.first if waiting is not None else event.event_seq, event, codes)


def thinned(waiting: Waiting | None, events: Sequence[Event]) -> tuple[list[Event], Waiting | None]:
    """What must be written now, and what may wait behind it. A run before an entry becomes one entry."""
    out: list[Event] = []
    for event in events:
        if may_wait(event):
            waiting = _counted(waiting, event)
        else:
            out += whole(waiting, [event])
            waiting = None
    return out, waiting


def whole(waiting: Waiting | None, events: Sequence[Event]) -> list[Event]:
    """Everything, what waited first."""
    return [*([waiting.entry()] if waiting is not None else []), *events]
