"""One poller a link: reads its groups when they are due and never leaves the link dead.

The driver knows how to read; the poller knows when. It keeps an absolute time grid, has at most one
read pending, skips late cycles and counts them, gives silent devices a rest at growing intervals,
and connects again, always. A due group yields a scan in each cycle, good or not.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Final

from heatmon.core.quality import Quality
from heatmon.core.spec import Link
from heatmon.driver import Block, DriverError, Notice, ReadPlan, Session
from heatmon.runtime.clock import SECOND, Clock
from heatmon.runtime.ticker import Ticker, next_due

log = logging.getLogger("heatmon.poller")

QUALITY_OF: Final = {
    "timeout": Quality.TIMEOUT,
    "protocol": Quality.FOREIGN_REPLY,
    "busy": Quality.DEVICE_BUSY,
}
REST_FACTOR: Final = 10
"""A silent device on a shared link is asked once in at least ten timeouts: at most 10 % of the line."""
REST_MAX_S: Final = 300.0


@dataclass(slots=True)
class GroupState:
    """A poll group on its grid, with what an engineer asks about it."""

    plan: ReadPlan
    period_ns: int
    offset_ns: int
    due_ns: int
    bad: dict[Quality, Block] = field(default_factory=dict)
    cycles: int = 0
    skipped: int = 0
    worst_late_ns: int = 0
    last_good_ns: int | None = None
    last_error: str = ""
    last_error_ns: int | None = None

    def empty(self, quality: Quality) -> Block:
        """A block in which every tag has this bad quality; made once, it never changes."""
        block = self.bad.get(quality)
        if block is None:
            n = len(self.plan.tags)
            block = self.bad[quality] = Block(array("d", [nan]) * n, bytes([quality]) * n)
        return block


@dataclass(slots=True)
class DeviceState:
    """Whether a device answers, and when a silent one is asked again."""

    silent: bool = False
    rest_s: float = 0.0
    probe_ns: int = 0


class Poller:
    """Polls all groups of one link.

    deliver(device, group, due_ns, block): takes a block, at once. changed(up, reason): the link was
    lost or is back. notify(notice): a driver has learned something. Times are station time.
    """

    def __init__(
        self,
        link: Link,
        session: Session,
        plans: Sequence[tuple[ReadPlan, float]],
        *,
        clock: Clock,
        ticker: Ticker,
        offset_ns: int,
        deliver: Callable[[str, str, int, Block], None],
        changed: Callable[[bool, str], None],
        notify: Callable[[Notice], None],
    ) -> None:
        self.link, self._session, self._clock, self._ticker = link, session, clock, ticker
        self._deliver, self._changed, self._notify = deliver, changed, notify
        now = clock.now_ns()
        self.groups = [
            GroupState(plan, period, offset_ns % period, next_due(now, period, offset_ns % period))
            for plan, seconds in plans
            for period in [int(seconds * SECOND)]
        ]
        self.devices = {group.plan.device: DeviceState() for group in self.groups}
        self.up = False
        self.told_lost = False
        self.reason = "not yet connected"
        self.retry_ns = 0
        self.retry_s = 0.0
        self.progress = 0
        self._connecting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Poll until cancelled; closes the link on the way out."""
        try:
            self._start_connecting()
            while True:
                group = min(self.groups, key=_due)
                await self._ticker.until(group.due_ns)
                await self._cycle(group)
                self._advance(group)
                self.progress += 1
        finally:
            if self._connecting is not None:
                self._connecting.cancel()
            await self._session.close()

    def _advance(self, group: GroupState) -> None:
        """To the next instant of the grid; cycles that are over are skipped, never made up in a burst."""
        group.cycles += 1
        group.due_ns += group.period_ns
        now = self._clock.now_ns()
        if group.due_ns + group.period_ns <= now:
            later = next_due(now, group.period_ns, group.offset_ns)
            group.skipped += (later - group.due_ns) // group.period_ns
            group.due_ns = later

    async def _cycle(self, group: GroupState) -> None:
        due, device = group.due_ns, self.devices[group.plan.device]
        late = self._clock.now_ns() - due
        if late > group.worst_late_ns:
            group.worst_late_ns = late
        if not self.up:
            self._start_connecting()
            self._deliver_bad(group, due, Quality.LINK_DOWN)
            return
        if device.silent and len(self.devices) > 1 and self._clock.now_ns() < device.probe_ns:
            self._deliver_bad(group, due, Quality.TIMEOUT)
            return
        try:
            block = await self._read(group, device)
        except DriverError as error:
            self._failed(group, device, error)
            self._deliver_bad(group, due, QUALITY_OF.get(error.kind, Quality.LINK_DOWN))
            return
        device.silent, device.rest_s, self.retry_s = False, 0.0, 0.0
        if self.told_lost:
            # A connection is no proof: the link is back when something has answered.
            self.told_lost = False
            log.info("link %s is back", self.link.id)
            self._changed(True, "")
        group.last_good_ns = self._clock.now_ns()
        self._deliver(group.plan.device, group.plan.group, due, block)
        self._pass_notices()

    async def _read(self, group: GroupState, device: DeviceState) -> Block:
        if device.silent and len(self.devices) > 1:
            await self._session.probe(group.plan)
        return await self._session.read(group.plan)

    def _deliver_bad(self, group: GroupState, due: int, quality: Quality) -> None:
        self._deliver(group.plan.device, group.plan.group, due, group.empty(quality))

    def _failed(self, group: GroupState, device: DeviceState, error: DriverError) -> None:
        group.last_error, group.last_error_ns = str(error), self._clock.now_ns()
        self._pass_notices()
        if error.scope == "device":
            device.silent = True
            timeout = group.plan.timeout_s
            device.rest_s = min(REST_MAX_S, max(REST_FACTOR * timeout, 2 * device.rest_s))
            # Timeouts are wall time under any clock, and so is the rest that follows from them.
            device.probe_ns = self._clock.now_ns() + int(device.rest_s * SECOND * self._clock.factor)
            return
        self._lost(str(error))

    def _lost(self, reason: str) -> None:
        self.up, self.reason = False, reason
        if not self.told_lost:
            self.told_lost = True
            log.warning("link %s lost: %s", self.link.id, reason)
            self._changed(False, reason)
        self.retry_s = min(self.link.backoff.max_s, max(self.link.backoff.first_s, 2 * self.retry_s))
        self.retry_ns = self._clock.now_ns() + int(self.retry_s * SECOND)

    def _start_connecting(self) -> None:
        if self._connecting is None and self._clock.now_ns() >= self.retry_ns:
            self._connecting = asyncio.create_task(self._connect(), name=f"connect {self.link.id}")

    async def _connect(self) -> None:
        try:
            await self._session.close()
            await self._session.connect()
        except DriverError as error:
            self._lost(str(error))
        except Exception as error:
            # A driver's own fault must not leave the link dead for ever.
            log.exception("link %s: the driver failed while connecting", self.link.id)
            self._lost(f"connect: internal fault of the driver: {error!r}")
        else:
            self.up, self.reason = True, ""
        finally:
            self._connecting = None

    def _pass_notices(self) -> None:
        for notice in self._session.notices():
            self._notify(notice)


def _due(group: GroupState) -> int:
    return group.due_ns
