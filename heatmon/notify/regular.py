"""What is sent by the clock: heartbeats, and the weekly exercise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from heatmon.core.spec import Notify
from heatmon.core.spec.notify import WEEKDAYS, DrillPlan, Heartbeat
from heatmon.notify.plan import Planner
from heatmon.notify.row import Draft

SECOND: Final = 1_000_000_000
WATCHER: Final = "@"
"""Begins the recipient's name where a heartbeat goes to a channel, not to a person."""
Progress = Callable[[], Sequence[tuple[str, float | None]]]
"""(link, seconds since its last progress or None for never) of every poller."""


def next_drill(plan: DrillPlan, now_ns: int, zone: ZoneInfo) -> int:
    """The first moment after now at which the weekly exercise is due; station time."""
    now = datetime.fromtimestamp(now_ns / SECOND, zone)
    days = (WEEKDAYS.index(plan.day) - now.weekday()) % 7
    at = datetime.combine(now.date() + timedelta(days=days), plan.at, zone)
    if at <= now:
        at = datetime.combine(at.date() + timedelta(days=7), plan.at, zone)
    return int(at.timestamp()) * SECOND


@dataclass(slots=True)
class Regular:
    """When each of a station's heartbeats is due. progress: how far each poller is."""

    notify: Notify
    planner: Planner
    progress: Progress
    due: dict[int, int] = field(default_factory=dict)

    def heartbeats(self, now_ns: int, head: str, simulated: bool) -> Iterator[Draft]:
        """The heartbeats that are due; each goes once, however late."""
        for number, beat in enumerate(self.notify.heartbeats):
            period = int(beat.every_s * SECOND)
            if now_ns < self.due.setdefault(number, now_ns - now_ns % period + period):
                continue
            self.due[number] = now_ns - now_ns % period + period
            yield from self._drafts(number, beat, now_ns, head, simulated)

    def next_due(self) -> int | None:
        """When the next one is due."""
        return min(self.due.values(), default=None)

    def _drafts(
        self, number: int, beat: Heartbeat, now_ns: int, head: str, simulated: bool
    ) -> Iterator[Draft]:
        entry: dict[str, Any] = {
            "time_ns": now_ns,
            "code": "heartbeat",
            "actor": "heatmon",
            "head": head,
            "simulated": simulated,
            "fields": {"pollers": json.dumps([[link, age] for link, age in self.progress()])},
        }
        reached = [(f"{WATCHER}{beat.channel}", beat.channel, "-")] if beat.channel else []
        for person in self.planner.persons(beat.to, now_ns):
            # A sign of life is no P4: it goes the way that P3 goes.
            reached.extend((person, way.channel, way.to) for way in self.planner.ways(person, "P3")[:1])
        for recipient, channel, address in reached:
            yield Draft(
                *(self.planner.station, -(now_ns // 1_000_000), recipient, channel, 99, address),
                *(f"heartbeat#{number}", "heartbeat", "P4", now_ns, entry),
            )
