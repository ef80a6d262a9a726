"""A poller on an OPC UA link, and what it brings: the words in which the stories are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Block, Message, Notice, ReadPlan
from heatmon.runtime.clock import Clock
from heatmon.runtime.poller import Poller
from heatmon.runtime.ticker import Ticker
from heatmon_drivers.opcua import DRIVER
from heatmon_simulators.opcua.server import NAMESPACE

WORDS = {"en": "x", "zh": "x"}
PATIENCE_S = 120.0


def link(url: str, **options: Any) -> Link:
    times = {"timeout": "1 s", "connect_timeout": "10 s"}
    wanted = {"endpoint": url, "security": {"policy": "None"}} | times
    backoff = {"first": "100 ms", "max": "200 ms"}
    return Link.model_validate(
        {"id": "l", "driver": "opcua", "options": wanted | options, "backoff": backoff}
    )


def plan(wire: Link, addresses: Sequence[dict[str, Any]], period: str = "100 ms", **reading: Any) -> ReadPlan:
    device = Device.model_validate(
        {"id": "d", "link": "l", "groups": [{"id": "g", "period": period}], "options": {"reading": reading}}
    )
    tags = [
        {"id": f"t{n}", "device": "d", "group": "g", "name": WORDS, "address": address}
        for n, address in enumerate(addresses)
    ]
    group = Group.model_validate({"id": "g", "period": period})
    return DRIVER.plan(wire, device, group, [Tag.model_validate(tag) for tag in tags])


def named(*names: str) -> list[dict[str, Any]]:
    return [{"node": f"nsu={NAMESPACE};s={name}"} for name in names]


class Watching:
    """What a poller has brought: blocks with due times, late ones apart, notices, changes of the link."""

    def __init__(self) -> None:
        self.blocks: list[tuple[int, Block]] = []
        self.late: list[tuple[int, Block]] = []
        self.notices: list[Notice] = []
        self.changes: list[tuple[bool, Message]] = []
        self.poller: Poller

    def deliver(self, device: str, group: str, due_ns: int, block: Block) -> None:
        self.blocks.append((due_ns, block))

    def deliver_late(self, device: str, group: str, due_ns: int, block: Block) -> None:
        self.late.append((due_ns, block))

    @property
    def last(self) -> Block:
        return self.blocks[-1][1]

    async def until(self, true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
        async with asyncio.timeout(patience_s):
            while not (self.blocks and true()):  # noqa: ASYNC110  cycles have no event to wait for
                await asyncio.sleep(0.01)

    async def good(self) -> None:
        """Wait for a cycle that begins after now and is good throughout."""
        count = len(self.blocks)
        await self.until(lambda: len(self.blocks) > count and not any(self.last.qualities))

    async def bad(self) -> Quality:
        """Wait for a cycle in which nothing is good; why."""
        await self.until(lambda: min(self.last.qualities) >= 128)
        return Quality(self.last.qualities[0])

    def told(self, code: str) -> list[Notice]:
        return [notice for notice in self.notices if notice.code == code]


@asynccontextmanager
async def watching(wire: Link, made: ReadPlan, period_s: float = 0.1) -> AsyncIterator[Watching]:
    clock = Clock()
    seen = Watching()
    seen.poller = Poller(
        wire,
        DRIVER.open(wire),
        [(made, period_s)],
        clock=clock,
        ticker=Ticker(clock),
        offset_ns=0,
        deliver=seen.deliver,
        changed=lambda up, why: seen.changes.append((up, why)),
        notify=seen.notices.append,
        late=seen.deliver_late,
    )
    task = asyncio.create_task(seen.poller.run())
    try:
        yield seen
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
