"""Supervision: crashed or stuck work is replaced, and the watchdog is fed by proven progress only.

Progress of a poller is a finished cycle, a recorded failure, or an answered request of a long read. A
poller that makes none for three cycles and ten seconds is cancelled and replaced.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from heatmon.runtime.poller import Poller
from heatmon.runtime.stack import where_it_waits

log = logging.getLogger("heatmon.supervisor")

CYCLES: Final = 3
GRACE_S: Final = 10.0
HELPED_WITHIN_S: Final = 60.0
LONGEST_WAIT_S: Final = 60.0
"""A poller that crashes again and again is started again at doubling intervals up to this."""
ENDING_S: Final = 1.0
MOST_ABANDONED: Final = 5
"""Tasks of one link that swallowed their cancellation; another one would only take one more connection."""


@dataclass(slots=True)
class Watched:
    """A poller under supervision. make() builds its replacement; told(reason) raises the system alarm.

    replaced_at: when it was first replaced since it last moved. abandoned: tasks that swallowed their
    cancellation; they are left behind, never waited for. again_at: when a crashed one starts again.
    """

    make: Callable[[], Poller]
    told: Callable[[str], None]
    poller: Poller
    task: asyncio.Task[None] | None = None
    abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    seen: int = -1
    moved_at: float = 0.0
    replaced_at: float | None = None
    again_at: float | None = None
    wait_s: float = 0.0
    restarts: int = 0


class Supervisor:
    """Runs pollers, replaces what crashed or hangs. Time here is wall time: hanging is real."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []

    def add(self, make: Callable[[], Poller], told: Callable[[str], None]) -> Watched:
        """Put a poller under supervision and start it."""
        watched = Watched(make, told, make())
        self._start(watched, asyncio.get_running_loop().time())
        self.watched.append(watched)
        return watched

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
            await asyncio.wait(tasks, timeout=ENDING_S)

    def check(self) -> None:
        """Look at every poller once; call this about once a second."""
        now = asyncio.get_running_loop().time()
        for watched in self.watched:
            if watched.again_at is not None:
                if now >= watched.again_at:
                    self._start(watched, now)
            else:
                self._check(watched, now)

    def _check(self, watched: Watched, now: float) -> None:
        task, poller = watched.task, watched.poller
        assert task is not None
        if task.done():
            poller.stale()
            self._replace(watched, _why(task), now)
        elif poller.progress != watched.seen:
            # The first look at a fresh poller only notes where it stands.
            if watched.seen >= 0:
                watched.replaced_at, watched.wait_s = None, 0.0
            watched.seen, watched.moved_at = poller.progress, now
        elif now - watched.moved_at > self.allowance_s(poller):
            log.error("link %s: the poller waits at\n%s", poller.link.id, where_it_waits(task))
            poller.stale()
            if len(watched.abandoned) >= MOST_ABANDONED:
                log.error("link %s: not replaced again, %d before do not end", poller.link.id, MOST_ABANDONED)
                watched.moved_at = now
                return
            poller.abandon()
            task.cancel()
            watched.abandoned.add(task)
            task.add_done_callback(watched.abandoned.discard)
            self._replace(watched, f"no progress for {now - watched.moved_at:.0f} s", now)

    @staticmethod
    def allowance_s(poller: Poller) -> float:
        """How long a poller may show no progress: three cycles of its fastest group and ten seconds."""
        return CYCLES * min(group.period_ns for group in poller.groups) / 1e9 + GRACE_S

    def _replace(self, watched: Watched, reason: str, now: float) -> None:
        log.error("poller of link %s replaced: %s", watched.poller.link.id, reason)
        watched.told(reason)
        watched.poller = watched.make()
        watched.restarts += 1
        if watched.replaced_at is None:
            watched.replaced_at = now
        if watched.wait_s:
            watched.again_at = now + watched.wait_s
        else:
            self._start(watched, now)
        watched.wait_s = min(LONGEST_WAIT_S, max(1.0, 2 * watched.wait_s))

    @staticmethod
    def _start(watched: Watched, now: float) -> None:
        watched.task = asyncio.create_task(watched.poller.run(), name=f"poll {watched.poller.link.id}")
        watched.moved_at, watched.seen, watched.again_at = now, -1, None

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
    error = task.exception()
    log.error("a poller has crashed", exc_info=error)
    return f"it crashed: {error!r}"
