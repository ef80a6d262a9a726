"""Supervision: crashed or stuck work is replaced, and the watchdog is fed by proven progress only.

Progress of a poller is a finished cycle or a recorded failure. A poller that makes none for three
cycles and ten seconds is cancelled and replaced.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from heatmon.runtime.poller import Poller

log = logging.getLogger("heatmon.supervisor")

GRACE_S: Final = 10.0
HELPED_WITHIN_S: Final = 60.0


@dataclass(slots=True)
class Watched:
    """A poller under supervision. make() builds its replacement; told(reason) raises the system alarm."""

    make: Callable[[], Poller]
    told: Callable[[str], None]
    poller: Poller
    task: asyncio.Task[None] | None = None
    abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    seen: int = -1
    moved_at: float = 0.0
    replaced_at: float | None = None
    restarts: int = 0


class Supervisor:
    """Runs pollers, replaces what crashed or hangs. Time here is wall time: hanging is real."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []

    def add(self, make: Callable[[], Poller], told: Callable[[str], None]) -> Watched:
        """Put a poller under supervision and start it."""
        watched = Watched(make, told, make())
        self._start(watched)
        self.watched.append(watched)
        return watched

    def _start(self, watched: Watched) -> None:
        watched.task = asyncio.create_task(watched.poller.run(), name=f"poll {watched.poller.link.id}")
        watched.moved_at = asyncio.get_running_loop().time()
        watched.seen = -1

    async def remove(self, watched: Watched) -> None:
        """Stop one poller; returns when its link is closed, or after a second."""
        self.watched.remove(watched)
        await self._end(watched)

    async def stop(self) -> None:
        """Stop all pollers side by side."""
        watched, self.watched = self.watched, []
        await asyncio.gather(*(self._end(one) for one in watched))

    async def _end(self, watched: Watched) -> None:
        tasks = watched.abandoned | ({watched.task} if watched.task else set())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=1.0)

    def check(self) -> None:
        """Look at every poller once; call this about once a second."""
        now = asyncio.get_running_loop().time()
        for watched in self.watched:
            task, poller = watched.task, watched.poller
            assert task is not None
            if task.done():
                self._replace(watched, _why(task), now)
            elif poller.progress != watched.seen:
                watched.seen, watched.moved_at = poller.progress, now
                if watched.replaced_at is not None:
                    watched.replaced_at = None
            elif now - watched.moved_at > self.allowance_s(poller):
                # One that swallows cancellation is left behind, never waited for.
                task.cancel()
                watched.abandoned.add(task)
                task.add_done_callback(watched.abandoned.discard)
                self._replace(watched, f"no progress for {now - watched.moved_at:.0f} s", now)

    @staticmethod
    def allowance_s(poller: Poller) -> float:
        """How long a poller may show no progress: three cycles of its fastest group and ten seconds."""
        return 3 * min(group.period_ns for group in poller.groups) / 1e9 + GRACE_S

    def _replace(self, watched: Watched, reason: str, now: float) -> None:
        log.error("poller of link %s replaced: %s", watched.poller.link.id, reason)
        watched.told(reason)
        watched.poller = watched.make()
        watched.restarts += 1
        if watched.replaced_at is None:
            watched.replaced_at = now
        self._start(watched)

    def healthy(self, stations: int) -> bool:
        """Whether the watchdog may be fed, as far as pollers go.

        With one station a replacement that has not helped within 60 s stops the feeding; with many,
        a stuck poller is that station's alarm and never takes the others down.
        """
        if stations > 1:
            return True
        now = asyncio.get_running_loop().time()
        return not any(
            watched.replaced_at is not None and now - watched.replaced_at > HELPED_WITHIN_S
            for watched in self.watched
        )


def _why(task: asyncio.Task[None]) -> str:
    if task.cancelled():
        return "it was cancelled"
    return f"it crashed: {task.exception()!r}"
