"""What systemd is told: ready, one line of status, and the watchdog's food."""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from heatmon.app.shared import Shared
from heatmon.runtime.poller import Poller
from heatmon.runtime.sd_notify import sd_notify, watchdog_s

log = logging.getLogger("heatmon")

READY_AFTER_S: Final = 1.5
"""READY comes when every link has been read once, or after this and one request timeout."""
LOOK_EVERY_S: Final = 0.05
NAMED_MOST: Final = 5


class Readiness:
    """Tells the service manager how the daemon is; nothing happens when none started it."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.ready = asyncio.Event()
        self._fed = 0.0
        self._told = ""

    async def tell_when_ready(self) -> None:
        """Return when READY was told: every link has been read once, or patience is over."""
        loop = asyncio.get_running_loop()
        until = loop.time() + READY_AFTER_S + self._slowest_timeout_s()
        while self._not_yet_read() and loop.time() < until:  # noqa: ASYNC110  pollers count, they tell nobody
            await asyncio.sleep(LOOK_EVERY_S)
        self._told = self.summary()
        log.info("ready: %s", self._told)
        sd_notify("READY=1", f"STATUS={self._told}")
        self.ready.set()

    def beat(self, *, progressing: bool) -> None:
        """Tell a changed status; feed the watchdog three times in its interval while there is progress."""
        interval, now = watchdog_s(), asyncio.get_running_loop().time()
        lines = []
        if interval is not None and progressing and now - self._fed >= interval / 3:
            self._fed = now
            lines.append("WATCHDOG=1")
        if self.ready.is_set() and (summary := self.summary()) != self._told:
            self._told = summary
            lines.append(f"STATUS={summary}")
        if lines:
            sd_notify(*lines)

    def summary(self) -> str:
        """One line for systemctl status: what runs, and what is missing."""
        shared = self._shared
        text = f"{len(shared.stations)} stations, {len(shared.supervisor.watched)} links"
        waiting = self._not_yet_read()
        pollers = [watched.poller for watched in shared.supervisor.watched]
        lost = [name for p in pollers if p.link.id not in waiting for name in _lost(p)]
        if waiting:
            text += f"; not yet read: {_named(waiting)}"
        if lost:
            text += f"; no answer from {_named(lost)}"
        troubled = [running.shell.id for running in shared.stations.values() if running.shell.failed]
        if troubled:
            text += f"; journal not writable: {_named(troubled)}"
        if shared.left_out:
            folders = [directory.name for directory in shared.left_out]
            text += f"; left out, {len(shared.faults)} faults in settings: {_named(folders)}"
        return text

    def _not_yet_read(self) -> list[str]:
        """Links that have brought nothing yet; a cycle that ran into its timeout brought nothing."""
        pollers = [watched.poller for watched in self._shared.supervisor.watched]
        return [p.link.id for p in pollers if all(group.last_good_ns is None for group in p.groups)]

    def _slowest_timeout_s(self) -> float:
        groups = [group for watched in self._shared.supervisor.watched for group in watched.poller.groups]
        return max((group.plan.timeout_s for group in groups), default=0.0)


def _lost(poller: Poller) -> list[str]:
    """What does not answer: the link, or devices on a link that works."""
    if not poller.up:
        return [poller.link.id]
    return [name for name, device in poller.devices.items() if device.silent]


def _named(names: list[str]) -> str:
    more = len(names) - NAMED_MOST
    return ", ".join(names[:NAMED_MOST]) + (f" and {more} more" if more > 0 else "")
