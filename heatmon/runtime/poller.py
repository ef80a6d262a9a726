"""One poller a link: reads its groups when they are due and never leaves the link dead.

The driver knows how to read; the poller knows when. It keeps an absolute time grid, has at most one
read pending, skips late cycles and counts them, gives silent devices a rest at growing intervals,
and connects again, always. A due group yields a scan in each cycle, good or not.
"""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import nan
from typing import Final

from heatmon.core.quality import Quality
from heatmon.core.spec import Link
from heatmon.driver import Backfilling, Block, DriverError, Message, Notice, ReadPlan, Session, Telling
from heatmon.runtime.clock import SECOND, Clock
from heatmon.runtime.late import LateFetcher
from heatmon.runtime.silence import DeviceState, Silence
from heatmon.runtime.ticker import Ticker, next_due

log = logging.getLogger("heatmon.poller")

QUALITY_OF: Final = {
    "timeout": Quality.TIMEOUT,
    "protocol": Quality.FOREIGN_REPLY,
    "busy": Quality.DEVICE_BUSY,
}
NOT_YET: Final = Message("driver.not_yet")
CONNECTED: Final = Message("driver.connected")
KEPT_NOTICES: Final = 100
CLOSING_S: Final = 1.0


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
    last_error: Message | None = None
    last_error_ns: int | None = None
    late: LateFetcher | None = None

    def empty(self, quality: Quality) -> Block:
        """A block in which every tag has this bad quality; made once, it never changes."""
        block = self.bad.get(quality)
        if block is None:
            n = len(self.plan.tags)
            block = self.bad[quality] = Block(array("d", [nan]) * n, bytes([quality]) * n)
        return block


class Poller:
    """Polls all groups of one link.

    deliver(device, group, due_ns, block): takes a block, at once. changed(up, why): the link was
    lost or is back. notify(notice): a driver has learned something. late: takes a block of what a device
    recorded while it was not read; last_good(device, group): when values came last, before this process.
    Times are station time.

    Queue `notices`: the newest 100, the oldest falls out; they are for people who ask.
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
        changed: Callable[[bool, Message], None],
        notify: Callable[[Notice], None],
        late: Callable[[str, str, int, Block], None] | None = None,
        last_good: Callable[[str, str], int | None] | None = None,
    ) -> None:
        self.link, self.session, self._clock, self._ticker = link, session, clock, ticker
        self._deliver, self._changed, self._notify = deliver, changed, notify
        now = clock.now_ns()
        self.groups = [
            GroupState(plan, period, offset_ns % period, next_due(now, period, offset_ns % period))
            for plan, seconds in plans
            for period in [int(seconds * SECOND)]
        ]
        if late is not None and isinstance(session, Backfilling):
            for group in self.groups:
                known = last_good(group.plan.device, group.plan.group) if last_good is not None else None
                group.late = LateFetcher(group.plan, group.period_ns, session, late, self._told, known)
        self.devices = {group.plan.device: DeviceState() for group in self.groups}
        self._silence = Silence(self.devices, clock.factor)
        self.notices: deque[Notice] = deque(maxlen=KEPT_NOTICES)
        self.up = False
        self.told_lost = False
        self.reason = NOT_YET
        self.retry_ns = 0
        self.retry_s = 0.0
        self._moves = 0
        self._abandoned = False
        self._connecting: asyncio.Task[None] | None = None

    @property
    def progress(self) -> int:
        """Grows with each finished cycle, recorded failure, and answered request of a long read."""
        return self._moves + (self.session.answered if isinstance(self.session, Telling) else 0)

    async def run(self) -> None:
        """Poll until cancelled; closes the link on the way out."""
        try:
            self._start_connecting()
            while not self._abandoned:
                group = min(self.groups, key=_due)
                await self._ticker.until(group.due_ns)
                await self._cycle(group)
                self._advance(group)
                self._moves += 1
        finally:
            if (connecting := self._connecting) is not None:
                connecting.cancel()
                # A driver that swallows cancellation is left behind, never waited for.
                await asyncio.wait([connecting], timeout=CLOSING_S)
            await self.session.close()

    def abandon(self) -> None:
        """Another poller has taken over: end with the cycle that runs, and tell nothing more."""
        self._abandoned = True
        self._deliver = self._changed = self._notify = _nothing
        for group in self.groups:
            group.late = None

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
        began = self._clock.now_ns()
        if began - due > group.worst_late_ns:
            group.worst_late_ns = began - due
        if not self.up:
            self._deliver_bad(group, due, Quality.LINK_DOWN)
            return
        if device.silent and self._silence.rests(device, began):
            self._deliver_bad(group, due, Quality.TIMEOUT)
            return
        try:
            block = await self._read(group, device)
        except DriverError as error:
            self._failed(group, device, error, began)
            self._deliver_bad(group, due, QUALITY_OF.get(error.kind, Quality.LINK_DOWN))
            return
        self._silence.answered(device)
        self.retry_s = 0.0
        if self.told_lost:
            # A connection is no proof: the link is back when something has answered.
            self.told_lost = False
            log.info("link %s is back", self.link.id)
            self._changed(True, CONNECTED)
        group.last_good_ns = self._clock.now_ns()
        self._deliver(group.plan.device, group.plan.group, due, block)
        self._pass_notices()
        if group.late is not None:
            await self._fetch_late(group, device, group.late, began)

    async def _fetch_late(
        self, group: GroupState, device: DeviceState, late: LateFetcher, began: int
    ) -> None:
        late.good(group.due_ns)
        try:
            await late.fetch()
        except DriverError as error:
            self._failed(group, device, error, began)

    async def _read(self, group: GroupState, device: DeviceState) -> Block:
        if device.silent and len(self.devices) > 1:
            await self.session.probe(group.plan)
        return await self.session.read(group.plan)

    def stale(self) -> None:
        """Say for every group that nothing comes any more; the supervisor does so for a poller that hangs."""
        now = self._clock.now_ns()
        for group in self.groups:
            self._deliver_bad(group, now, Quality.STALE)

    def _deliver_bad(self, group: GroupState, due: int, quality: Quality) -> None:
        self._deliver(group.plan.device, group.plan.group, due, group.empty(quality))

    def _failed(self, group: GroupState, device: DeviceState, error: DriverError, began_ns: int) -> None:
        now = self._clock.now_ns()
        group.last_error, group.last_error_ns = error.message, now
        self._pass_notices()
        if error.scope == "link":
            self._lost(error.message, str(error))
        elif error.kind == "timeout" and self._silence.missed(device, began_ns, now):
            self._lost(Message("driver.half_open"), "two requests in a row unanswered")

    def _lost(self, why: Message, words: str) -> None:
        self.up, self.reason = False, why
        if not self.told_lost:
            self.told_lost = True
            log.warning("link %s lost: %s", self.link.id, words)
            self._changed(False, why)
        # At once, then at doubling intervals; only an answer resets them, not a connection.
        self.retry_ns = self._clock.now_ns() + int(self.retry_s * SECOND)
        self.retry_s = min(self.link.backoff.max_s, max(self.link.backoff.first_s, 2 * self.retry_s))
        self._start_connecting()

    def _start_connecting(self) -> None:
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect(), name=f"connect {self.link.id}")

    async def _connect(self) -> None:
        """Try until it succeeds, whatever the groups' periods are."""
        try:
            while not self.up:
                await asyncio.sleep(self._clock.wall_s(self.retry_ns))
                await self._try_to_connect()
        finally:
            self._connecting = None

    async def _try_to_connect(self) -> None:
        try:
            await self.session.close()
            await self.session.connect()
        except DriverError as error:
            self._lost(error.message, str(error))
        except Exception as error:
            # A driver's own fault must not leave the link dead for ever.
            log.exception("link %s: the driver failed while connecting", self.link.id)
            self._lost(Message("driver.internal"), f"connect: internal fault of the driver: {error!r}")
        else:
            self.up, self.reason = True, CONNECTED

    def next_attempt_ns(self, group: GroupState) -> int:
        """When the group's tags are asked for again at the earliest, as things stand."""
        if not self.up:
            return max(group.due_ns, self.retry_ns)
        return max(group.due_ns, self._silence.next_ns(self.devices[group.plan.device]))

    def _pass_notices(self) -> None:
        for notice in self.session.notices():
            self._told(notice)

    def _told(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._notify(notice)


def _nothing(*_args: object) -> None:
    """Where an abandoned poller tells what nobody wants to hear."""


def _due(group: GroupState) -> int:
    return group.due_ns
