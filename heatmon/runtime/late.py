"""What devices recorded while they were not read: fetched in slices, one after each good cycle.

A break is an interval between two good cycles of a group, or before the first one after a start. Where
the device keeps a history the break is filled, oldest first, and a lost link only interrupts that;
where it does not, a record says from when to when and why nothing is known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from heatmon.driver import Backfilling, Block, Message, Notice, ReadPlan

BREAK_PERIODS: Final = 2
"""A group that missed at least one cycle has a break."""
LONGEST_NS: Final = 30 * 86_400 * 1_000_000_000
"""Further back no history is asked for."""
MOST_BREAKS: Final = 100
Deliver = Callable[[str, str, int, Block], None]


@dataclass(slots=True)
class Break:
    """An interval that was missed; both ends station time, ns. next_ns: up to there it has been fetched."""

    from_ns: int
    to_ns: int
    next_ns: int
    found: int = 0


class LateFetcher:
    """Queue ``breaks`` of one group: bounded at 100; of more the oldest is given up, with a record.

    last_ns: when the last cycle that brought values was due, or when one came before this process began.
    """

    def __init__(
        self,
        plan: ReadPlan,
        period_ns: int,
        session: Backfilling,
        deliver: Deliver,
        notify: Callable[[Notice], None],
        last_ns: int | None = None,
    ) -> None:
        self._plan, self._period_ns, self._session = plan, period_ns, session
        self._deliver, self._notify = deliver, notify
        self.breaks: deque[Break] = deque()
        self._last_ns = last_ns

    def good(self, due_ns: int) -> None:
        """The cycle that was due then has brought values."""
        last_ns, self._last_ns = self._last_ns, due_ns
        if last_ns is None or due_ns - last_ns <= BREAK_PERIODS * self._period_ns:
            return
        if len(self.breaks) >= MOST_BREAKS:
            self._tell(self.breaks.popleft(), Message("late.too_many"))
        begin = max(last_ns, due_ns - LONGEST_NS)
        self.breaks.append(Break(begin, due_ns, begin))

    async def fetch(self) -> None:
        """One slice of the oldest break. Raises DriverError; then the slice is fetched again later."""
        if not self.breaks:
            return
        oldest = self.breaks[0]
        late = await self._session.backfill(self._plan, oldest.next_ns, oldest.to_ns)
        for due_ns, block in late.blocks:
            self._deliver(self._plan.device, self._plan.group, due_ns, block)
        oldest.found += len(late.blocks)
        if late.next_ns is not None and late.missing is None:
            oldest.next_ns = late.next_ns
            return
        self.breaks.popleft()
        if late.missing is not None or not oldest.found:
            self._tell(oldest, late.missing or Message("late.nothing"))
        else:
            fields = self._fields(oldest) | {"cycles": oldest.found}
            self._notify(Notice("late.fetched", fields, self._plan.tags, priority="P4"))

    def _tell(self, gap: Break, why: Message) -> None:
        fields = {**why.params, **self._fields(gap), "reason": why.code}
        self._notify(Notice("late.gap", fields, self._plan.tags, priority="P3"))

    def _fields(self, gap: Break) -> dict[str, str | int]:
        return {
            "device": self._plan.device,
            "group": self._plan.group,
            "from_ns": gap.from_ns,
            "to_ns": gap.to_ns,
            "duration_s": (gap.to_ns - gap.from_ns) // 1_000_000_000,
        }
