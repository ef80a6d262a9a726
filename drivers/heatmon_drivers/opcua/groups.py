"""A poll group in one session: polled, or subscribed with a slow read as a cross-check."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from asyncua import ua

from heatmon.core.quality import FIRST_BAD
from heatmon.core.scan import Earlier
from heatmon.driver import Block, Notice
from heatmon_drivers.opcua.binary import Values
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.items import Items
from heatmon_drivers.opcua.plan import Work
from heatmon_drivers.opcua.publishing import Publisher
from heatmon_drivers.opcua.reader import GroupReader, Learned
from heatmon_drivers.opcua.trouble import name_of, trouble

Fact = str | int | float | bool | None
KEEP_ALIVE_S: Final = 5.0
"""The server says at least this often that it is there, also when nothing changes."""
LIFETIME_S: Final = 60.0
"""The server drops a subscription for which nobody asked so long."""
MOST_BETWEEN: Final = 50_000
"""Earlier values kept between two cycles; when more come the oldest are dropped, counted and told."""
LATE_FACTOR: Final = 3


class GroupInSession(Protocol):
    """What a session needs of a group."""

    reader: GroupReader

    async def start(self) -> None:
        """Find the nodes, subscribe if that is asked for. Raises DriverError."""

    async def read(self) -> Block:
        """The present values. Raises DriverError."""

    def facts(self) -> Mapping[str, Fact]:
        """How it is read, as revised by the server."""


class PolledGroup:
    """Every node is read in each cycle."""

    def __init__(self, connection: Connection, work: Work, learned: Learned) -> None:
        self._connection = connection
        self.reader = GroupReader(connection, work, learned)

    async def start(self) -> None:
        """As `GroupInSession.start`."""
        await self.reader.find()

    async def read(self) -> Block:
        """As `GroupInSession.read`."""
        await self.reader.refresh()
        return self.reader.columns.block(timed=self._connection.timed)

    def facts(self) -> Mapping[str, Fact]:
        """As `GroupInSession.facts`."""
        return {"mode": "poll"}


class SubscribedGroup:
    """The server tells changes; a slow full read finds what it no longer tells."""

    def __init__(self, connection: Connection, work: Work, learned: Learned, publisher: Publisher) -> None:
        self._connection, self._work, self._publisher = connection, work, publisher
        self.reader = GroupReader(connection, work, learned)
        self.items = Items(connection, work, self.reader.bound)
        n = len(work.points)
        self._everything = list(range(n))
        self._fresh = bytearray(n)
        self._told_ns = [0.0] * n
        self._between: list[Earlier] = []
        self._dropped = 0
        self._heard = self._now()
        self._ended = 0
        self._keep_alive_s = KEEP_ALIVE_S
        self._verify_at = self._retry_at = 0.0
        self._facts: dict[str, Fact] = {}
        self.repaired = 0

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    # -- start ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """As `GroupInSession.start`."""
        await self.reader.find()
        interval_s = self._work.reading.publishing_s or self._work.period_s
        params = ua.CreateSubscriptionParameters()
        params.RequestedPublishingInterval = interval_s * 1000
        params.RequestedMaxKeepAliveCount = max(1, math.ceil(KEEP_ALIVE_S / interval_s))
        params.RequestedLifetimeCount = max(
            3 * params.RequestedMaxKeepAliveCount, math.ceil(LIFETIME_S / interval_s)
        )
        params.MaxNotificationsPerPublish = 0
        params.PublishingEnabled = True
        request = ua.CreateSubscriptionRequest()
        request.Parameters = params
        made = await self._connection.subscribe(request)
        self._keep_alive_s = made.RevisedPublishingInterval / 1000 * made.RevisedMaxKeepAliveCount
        self._facts = {
            "mode": "subscribe",
            "publishing_s": made.RevisedPublishingInterval / 1000,
            "keep_alive_s": self._keep_alive_s,
            "lifetime_s": made.RevisedPublishingInterval / 1000 * made.RevisedLifetimeCount,
        }
        self.items.subscription = made.SubscriptionId
        self._heard = self._now()
        self._publisher.add(made.SubscriptionId, self, self._keep_alive_s)
        await self.items.make(self._everything)
        await self.reader.refresh()
        self._fresh = bytearray(len(self._fresh))
        self._between.clear()
        self._verify_at = self._now() + self._work.reading.verify_s
        self._retry_at = self._now() + self._work.reading.retry_s

    # -- the server tells ----------------------------------------------------------------------

    def notified(self, handles: list[int], values: Values) -> None:
        """As `Subscriber.notified`."""
        now, columns, n = self._now(), self.reader.columns, len(self._fresh)
        if handles == self._everything and not any(self._fresh):
            columns.put_run(0, values)
            self._fresh, self._told_ns = bytearray(b"\x01") * n, [now] * n
            return
        kinds = values.kinds if isinstance(values.kinds, list) else [values.kinds] * len(handles)
        for column, value, status, source, kind in zip(
            handles, values.values, values.statuses, values.sources, kinds, strict=True
        ):
            if column >= n:
                continue
            if self._fresh[column]:
                self._between.append(columns.earlier(column))
            columns.put(column, value, status, source, kind)
            self._fresh[column], self._told_ns[column] = 1, now
        if len(self._between) > MOST_BETWEEN:
            self._dropped += len(self._between) - MOST_BETWEEN
            del self._between[:-MOST_BETWEEN]

    def heard(self) -> None:
        """As `Subscriber.heard`."""
        self._heard = self._now()

    def missed(self) -> None:
        """As `Subscriber.missed`."""
        self._verify_at = 0.0

    def ended(self, status: int) -> None:
        """As `Subscriber.ended`."""
        self._ended = status

    # -- the poller asks -----------------------------------------------------------------------

    async def read(self) -> Block:
        """As `GroupInSession.read`."""
        self._check_life()
        now = self._now()
        if now >= self._verify_at:
            await self._verify(now)
        elif now >= self._retry_at:
            await self._retry()
        between, self._between = tuple(self._between), []
        self._fresh = bytearray(len(self._fresh))
        self._tell_dropped()
        timed = self._connection.timed
        if not timed:
            between = tuple(Earlier(one.column, one.value, one.quality, 0) for one in between)
        return self.reader.columns.block(between, timed=timed)

    def _check_life(self) -> None:
        if self._publisher.trouble is not None:
            raise self._publisher.trouble
        if self._ended:
            raise trouble("read", "closed", "opcua.trouble.ended", status=name_of(self._ended))
        silent_s = self._now() - self._heard
        if silent_s > 2 * self._keep_alive_s + self._connection.options.timeout_s:
            raise trouble("read", "timeout", "opcua.trouble.silent", seconds=round(silent_s))

    async def _verify(self, now: float) -> None:
        """Read everything; what has changed without being told is subscribed again."""
        columns = self.reader.columns
        values, qualities = columns.values[:], bytes(columns.qualities)
        await self.reader.refresh()
        self._verify_at = self._now() + self._work.reading.verify_s
        patience_s = LATE_FACTOR * max(self._slowest_s(), self._work.period_s) + 1.0
        dead = [
            column
            for column in self._everything
            if now - self._told_ns[column] > patience_s
            and (columns.values[column] != values[column] or columns.qualities[column] != qualities[column])
            and not (
                columns.values[column] != columns.values[column]
                and columns.qualities[column] == qualities[column]
            )
            and not self._within_deadband(columns.values[column] - values[column])
        ]
        if dead:
            self.repaired += len(dead)
            await self.items.make(dead)
            params: dict[str, str | int] = {"count": len(dead), "tags": self._names(dead)}
            self.reader.notices.append(Notice("opcua.dead_items", params, self._tags(dead)))
        await self._make_missing()

    def _within_deadband(self, change: float) -> bool:
        deadband = self._work.reading.deadband
        # Of a percent deadband only the server knows the range; a NaN is never within one.
        return deadband is not None and (
            deadband.percent is not None or abs(change) <= (deadband.absolute or 0.0)
        )

    def _slowest_s(self) -> float:
        publishing = self._facts.get("publishing_s")
        return max(float(publishing or 0.0), self.items.slowest_ms / 1000)

    async def _retry(self) -> None:
        """What gives no value is read, and subscribed when it is there again."""
        self._retry_at = self._now() + self._work.reading.retry_s
        qualities = self.reader.columns.qualities
        if not any(qualities) and not self.items.missing:
            return
        bad = [column for column, quality in enumerate(qualities) if quality >= FIRST_BAD]
        before = {column: qualities[column] for column in bad}
        if bad:
            await self.reader.refresh_some(bad)
        again = [column for column in bad if qualities[column] != before[column] and not self._fresh[column]]
        if again:
            await self.items.make(again)
        await self._make_missing()

    async def _make_missing(self) -> None:
        if missing := sorted(self.items.missing):
            await self.items.make(missing)

    def _tell_dropped(self) -> None:
        if self._dropped:
            params: dict[str, str | int] = {"count": self._dropped, "most": MOST_BETWEEN}
            self.reader.notices.append(Notice("opcua.overflow", params))
            self._dropped = 0

    def _tags(self, columns: Sequence[int]) -> tuple[str, ...]:
        return tuple(self._work.points[column].tag for column in columns)

    def _names(self, columns: Sequence[int]) -> str:
        return ", ".join(self._tags(columns[:10])) + (" …" if len(columns) > 10 else "")

    def facts(self) -> Mapping[str, Fact]:
        """As `GroupInSession.facts`."""
        age_s = self._now() - self._heard
        facts = dict(self._facts)
        facts |= self.items.facts()
        facts |= {"published_age_s": age_s, "subscribed_again": self.repaired}
        return facts
