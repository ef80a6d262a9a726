"""A link to one server over many connections: a fresh client for each, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from heatmon.driver import Block, DriverError, Late, Message, Notice, ReadPlan
from heatmon_drivers.opcua.backfill import fetch
from heatmon_drivers.opcua.certificates import Store, days_left
from heatmon_drivers.opcua.connection import Connection, Orphan
from heatmon_drivers.opcua.groups import GroupInSession, PolledGroup, SubscribedGroup
from heatmon_drivers.opcua.options import LinkOptions
from heatmon_drivers.opcua.plan import Work
from heatmon_drivers.opcua.publishing import Publisher
from heatmon_drivers.opcua.reader import Learned
from heatmon_drivers.opcua.security import Choice
from heatmon_drivers.opcua.status import NOT_THERE
from heatmon_drivers.opcua.trouble import translated, trouble

EXPIRY_DAYS: Final = (60, 30, 7)
EXPIRY_CHECK_S: Final = 6 * 3600.0
QUIET_S: Final = 600.0
URGENT: Final = {7: "P2"}
NAMES_SHOWN: Final = 10
Key = tuple[str, str]


class OpcUaSession:
    """As `heatmon.driver.Session`. What was learned of the server outlives a connection."""

    def __init__(self, options: LinkOptions, store: Store) -> None:
        self._options, self._store = options, store
        self._connection: Connection | None = None
        self._publisher: Publisher | None = None
        self._groups: dict[Key, GroupInSession] = {}
        self._orphans: list[Orphan] = []
        self._choice: Choice | None = None
        self._learned = Learned()
        self._notices: list[Notice] = []
        self._wrong: dict[Key, dict[int, Message]] = {}
        self._wrong_told: dict[tuple[Key, int], float] = {}
        self._clock_told = False
        self._expiry_at = 0.0
        self._expiry_told: dict[str, int] = {}
        self.connections = 0

    # -- the link ------------------------------------------------------------------------------

    async def connect(self) -> None:
        """As `heatmon.driver.Session.connect`."""
        await self.close()
        connection = Connection(self._options, self._store)
        choice, self._choice = self._choice, None
        # Whatever goes wrong: the endpoints are looked at again next time, they may have changed.
        await connection.open(choice, self._orphans)
        self._choice = connection.choice
        self._connection, self._publisher = connection, Publisher(connection)
        self.connections += 1
        self._expiry_at = 0.0

    async def close(self) -> None:
        """As `heatmon.driver.Session.close`."""
        connection, self._connection = self._connection, None
        publisher, self._publisher = self._publisher, None
        self._groups.clear()
        try:
            if publisher is not None:
                await publisher.stop()
        finally:
            if connection is not None:
                await connection.close(self._orphans)
                # The transport tells its end in the loop's next turn.
                await asyncio.sleep(0)

    async def read(self, plan: ReadPlan) -> Block:
        """As `heatmon.driver.Session.read`."""
        try:
            return await self._read(plan)
        except DriverError as error:
            if error.kind != "closed" or self._connection is None:
                raise
        # Perhaps the server has dropped an idle session: once more, and not for long.
        try:
            async with asyncio.timeout(self._options.timeout_s):
                await self.connect()
        except TimeoutError as error:
            raise translated(error, "read", "whole", self._options.timeout_s) from None
        return await self._read(plan)

    async def _read(self, plan: ReadPlan) -> Block:
        connection = self._usable()
        await connection.renew()
        group = self._groups.get((plan.device, plan.group)) or await self._begin(plan, connection)
        block = await group.read()
        self._tell_wrong(plan, group)
        self._tell_clock(connection)
        self._tell_expiry(connection)
        if group.reader.notices:
            self._notices.extend(group.reader.notices)
            group.reader.notices.clear()
        return block

    def _usable(self) -> Connection:
        if self._connection is None:
            raise trouble("read", "closed", "opcua.trouble.not_connected")
        if not self._connection.alive:
            raise translated(ConnectionError(), "read", "read", 0.0)
        return self._connection

    async def _begin(self, plan: ReadPlan, connection: Connection) -> GroupInSession:
        work = cast("Work", plan.work)
        assert self._publisher is not None
        group: GroupInSession
        if work.reading.mode == "subscribe":
            group = SubscribedGroup(connection, work, self._learned, self._publisher)
        else:
            group = PolledGroup(connection, work, self._learned)
        await group.start()
        self._groups[plan.device, plan.group] = group
        return group

    async def probe(self, plan: ReadPlan) -> None:
        """As `heatmon.driver.Session.probe`: what time it is at the server."""
        await self._usable().probe()

    async def backfill(self, plan: ReadPlan, from_ns: int, to_ns: int) -> Late:
        """As `heatmon.driver.Backfilling.backfill`."""
        connection = self._usable()
        group = self._groups.get((plan.device, plan.group)) or await self._begin(plan, connection)
        return await fetch(connection, group.reader, cast("Work", plan.work), from_ns, to_ns)

    # -- what people should know ---------------------------------------------------------------

    def notices(self) -> Sequence[Notice]:
        """As `heatmon.driver.Session.notices`."""
        notices, self._notices = self._notices, []
        return notices

    def facts(self) -> Mapping[str, Any]:
        """As `heatmon.driver.Telling.facts`."""
        connection = self._connection
        if connection is None or connection.choice is None:
            return {"orphans": len(self._orphans)}
        return {
            "policy": connection.choice.policy,
            "mode": connection.choice.mode.name.rstrip("_"),
            "clock_off_s": round(connection.skew_ns / 1e9, 3),
            "session_timeout_s": connection.client.session_timeout / 1000,
            "nodes_per_read": self._learned.most or connection.limits.read,
            "certificate_days": {
                whose: int(days_left(certificate)) for whose, certificate in connection.certificates.items()
            },
            "connections": self.connections,
            "orphans": len(self._orphans),
            "groups": {
                f"{device}/{group}": dict(one.facts()) for (device, group), one in self._groups.items()
            },
            "without_value": self._without_value(),
        }

    def _without_value(self) -> dict[str, dict[str, Any]]:
        return {
            one.reader.bound[column].point.tag: {"code": why.code, "params": dict(why.params)}
            for one in self._groups.values()
            for column, quality in enumerate(one.reader.columns.qualities)
            if quality
            for why in [one.reader.why(column)]
        }

    def _tell_wrong(self, plan: ReadPlan, group: GroupInSession) -> None:
        """Nodes that are not there or of another type: each is told once, and when it is back."""
        key, qualities = (plan.device, plan.group), group.reader.columns.qualities
        told = self._wrong.get(key)
        if not told and not any(qualities):
            return
        wrong = {n: group.reader.why(n) for n, quality in enumerate(qualities) if quality in NOT_THERE}
        told = told or {}
        if wrong.keys() == told.keys():
            return
        self._wrong[key] = wrong
        by_reason: dict[str, list[int]] = defaultdict(list)
        now = asyncio.get_running_loop().time()
        for column in sorted(wrong.keys() - told.keys()):
            # One that comes and goes is told once in ten minutes.
            if now - self._wrong_told.get((key, column), -QUIET_S) >= QUIET_S:
                self._wrong_told[key, column] = now
                by_reason[str(wrong[column])].append(column)
        for columns in by_reason.values():
            why, tags = wrong[columns[0]], [plan.tags[column] for column in columns]
            params = {**why.params, "count": len(tags), "tags": _shown(tags), "why": why.code}
            params["seconds"] = round(cast("Work", plan.work).reading.retry_s)
            self._notices.append(Notice("opcua.wrong_nodes", params, tuple(tags), "P3"))
        if back := [plan.tags[column] for column in sorted(told.keys() - wrong.keys())]:
            self._notices.append(Notice("opcua.nodes_back", {"tags": _shown(back)}, tuple(back), "P4"))

    def _tell_clock(self, connection: Connection) -> None:
        if connection.timed == self._clock_told:
            self._clock_told = not connection.timed
            seconds = round(connection.skew_ns / 1e9)
            if self._clock_told:
                self._notices.append(Notice("opcua.clock", {"seconds": seconds}, priority="P3"))
            else:
                self._notices.append(Notice("opcua.clock_right", {}, priority="P4"))

    def _tell_expiry(self, connection: Connection) -> None:
        now = asyncio.get_running_loop().time()
        if now < self._expiry_at:
            return
        self._expiry_at = now + EXPIRY_CHECK_S
        for whose, certificate in connection.certificates.items():
            days = days_left(certificate)
            passed = [limit for limit in EXPIRY_DAYS if days <= limit]
            if passed and passed[-1] < self._expiry_told.get(whose, EXPIRY_DAYS[0] + 1):
                self._expiry_told[whose] = passed[-1]
                priority = URGENT.get(passed[-1], "P3")
                self._notices.append(Notice(f"opcua.expires.{whose}", {"days": int(days)}, priority=priority))


def _shown(tags: Sequence[str]) -> str:
    return ", ".join(tags[:NAMES_SHOWN]) + (" …" if len(tags) > NAMES_SHOWN else "")
