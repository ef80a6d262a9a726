"""Pollers over the real Modbus driver and a simulated wire, in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from heatmon.core.quality import Quality
from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Block, Message, Notice, ReadPlan, Session
from heatmon.runtime.clock import SECOND, Clock
from heatmon.runtime.poller import Poller
from heatmon.runtime.ticker import Ticker
from heatmon_drivers.modbus import DRIVER
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_drivers.modbus.session import ModbusSession
from heatmon_simulators.modbus.bank import holding_registers
from tests.virtual import clock
from tests.wire import Wire

TIMEOUT_S = 0.5
WORDS = {"en": "x", "zh": "x"}
REGISTERS = [1000 + n for n in range(10)]


@dataclass
class Heard:
    """What a poller has told: blocks by device, changes of the link, notices."""

    blocks: dict[str, list[tuple[int, Block]]] = field(default_factory=dict)
    changes: list[tuple[float, bool, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)

    def deliver(self, device: str, _group: str, due_ns: int, block: Block) -> None:
        self.blocks.setdefault(device, []).append((due_ns, block))

    def changed(self, up: bool, why: Message) -> None:
        self.changes.append((asyncio.get_running_loop().time(), up, why.code))

    def good(self, device: str, since_ns: int = 0) -> list[int]:
        """When this device was read well."""
        return [
            due
            for due, block in self.blocks.get(device, [])
            if due >= since_ns and set(block.qualities) == {Quality.GOOD}
        ]

    def last(self, device: str) -> Quality:
        return Quality(self.blocks[device][-1][1].qualities[0])


def link(id_: str = "lan", **options: Any) -> Link:
    transport = options.pop("transport", {"kind": "tcp", "host": "h"})
    wire = {"transport": transport, "timeout": f"{TIMEOUT_S} s", "quiet_after_fault": "100 ms"} | options
    return Link.model_validate({"id": id_, "driver": "modbus", "options": wire})


def plan(line: Link, unit: int, period: str = "1 s", registers: int = 10) -> tuple[ReadPlan, float]:
    group = Group.model_validate({"id": "g", "period": period})
    options = {"unit": unit}
    device = Device.model_validate(
        {"id": f"u{unit}", "link": line.id, "options": options, "groups": [{"id": "g", "period": period}]}
    )
    tags = [
        Tag.model_validate(
            {"id": f"t{n}", "device": device.id, "group": "g", "name": WORDS, "address": {"register": n}}
        )
        for n in range(registers)
    ]
    return DRIVER.plan(line, device, group, tags), group.period_s


def wire(units: int, framing: str = "tcp", delay_s: float = 0.005) -> Wire:
    return Wire({n: holding_registers(REGISTERS) for n in range(1, units + 1)}, framing, delay_s=delay_s)


def poller(
    line: Link,
    session: Session,
    plans: list[tuple[ReadPlan, float]],
    heard: Heard,
    station: Clock,
    ticker: Ticker | None = None,
    offset_ns: int = 0,
) -> Poller:
    return Poller(
        line,
        session,
        plans,
        clock=station,
        ticker=ticker or Ticker(station),
        offset_ns=offset_ns,
        deliver=heard.deliver,
        changed=heard.changed,
        notify=heard.notices.append,
    )


class Running:
    """One link with its units while a story goes on; use with `async with`."""

    def __init__(self, units: int, framing: str = "tcp", period: str = "1 s", **options: Any) -> None:
        transport: dict[str, Any] = {"kind": "tcp", "host": "h"}
        if framing == "rtu":
            transport = {"kind": "rtu_over_tcp", "host": "h", "port": 1}
        self.link = link(transport=transport, **options)
        self.heard, self.units = Heard(), units
        self.wire = wire(units, framing)
        self._plans = [plan(self.link, unit, period) for unit in range(1, units + 1)]

    async def __aenter__(self) -> Running:
        self.session = ModbusSession(LinkOptions.model_validate(self.link.options), self.wire.open)
        self.clock = clock()
        self.poller = poller(self.link, self.session, self._plans, self.heard, self.clock)
        self._task = asyncio.create_task(self.poller.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.wait([self._task])
        await self.wire.close()

    async def until(self, found: Callable[[], bool], within_s: float) -> float:
        """Let time pass until something holds; how long that took. Fails when it takes too long."""
        began = asyncio.get_running_loop().time()
        async with asyncio.timeout(within_s):
            while not found():  # noqa: ASYNC110  time is virtual, looking costs nothing
                await asyncio.sleep(0.01)
        return asyncio.get_running_loop().time() - began

    def now_ns(self) -> int:
        return self.clock.now_ns()


def seconds(instants: list[int]) -> list[float]:
    return [(b - a) / SECOND for a, b in pairwise(instants)]
