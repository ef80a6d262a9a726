"""What the contract suite needs of a protocol: something to read from, and ways to break it.

To test another driver, add a bench.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import ClassVar

from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Driver, ReadPlan, Session
from heatmon_drivers.modbus import DRIVER as MODBUS
from heatmon_drivers.opcua import DRIVER as OPCUA
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Area, RegisterBank, holding_registers
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.opcua.proxy import OpcUaProxy
from heatmon_simulators.opcua.server import NAMESPACE
from tests.opcua_server import ServerThread

WORDS = {"en": "x", "zh": "x"}
GOOD = [1000.0 + n for n in range(10)]
READING = {
    "HEL", "OPN", "CLO", "FindServers", "GetEndpoints", "CreateSession", "ActivateSession", "CloseSession",
    "Browse", "BrowseNext", "TranslateBrowsePathsToNodeIds", "Read", "HistoryRead", "CreateSubscription",
    "ModifySubscription", "DeleteSubscriptions", "CreateMonitoredItems", "ModifyMonitoredItems",
    "DeleteMonitoredItems", "Publish", "Republish",
}  # fmt: skip
"""Services of OPC UA that change nothing at a plant."""


class Bench(ABC):
    """Ten values, 1000 to 1009, behind a server; a session to it that is not yet connected."""

    driver: ClassVar[Driver]

    def __init__(self, link: Link) -> None:
        self.link = link
        self.session: Session = self.driver.open(link)

    @abstractmethod
    def address(self, n: int) -> dict[str, object]:
        """Where value n is."""

    def device_options(self) -> dict[str, object]:
        return {}

    def plan(self, numbers: Sequence[int] = range(10)) -> ReadPlan:
        group = {"id": "g", "period": "1 s"}
        device = {"id": "plc", "link": "lan", "options": self.device_options(), "groups": [group]}
        tags = [
            {"id": f"t{n}", "device": "plc", "group": "g", "name": WORDS, "address": self.address(n)}
            for n in numbers
        ]
        return self.driver.plan(
            self.link,
            Device.model_validate(device),
            Group.model_validate(group),
            [Tag.model_validate(tag) for tag in tags],
        )

    @abstractmethod
    def wrong(self) -> int:
        """The number of a value that the device does not have."""

    @abstractmethod
    def offline(self) -> AbstractAsyncContextManager[None]:
        """Nobody listens."""

    @abstractmethod
    def silent(self) -> AbstractAsyncContextManager[None]:
        """Requests are taken and not answered; connections there are may stay broken afterwards."""

    @abstractmethod
    def cut(self) -> None:
        """The server ends all connections."""

    @abstractmethod
    def requests(self) -> int:
        """How many requests came, those of connecting not counted."""

    @abstractmethod
    def forbidden(self) -> list[str]:
        """What came that is no reading."""


class ModbusBench(Bench):
    driver = MODBUS

    def __init__(self, server: ModbusServer, bank: RegisterBank, framing: str) -> None:
        self.server, self.bank = server, bank
        transport = {
            "kind": "tcp" if framing == "tcp" else "rtu_over_tcp",
            "host": "127.0.0.1",
            "port": server.port,
        }
        options = {"transport": transport, "timeout": "200 ms", "quiet_after_fault": "10 ms"}
        super().__init__(Link.model_validate({"id": "lan", "driver": "modbus", "options": options}))

    def address(self, n: int) -> dict[str, object]:
        return {"register": n}

    def wrong(self) -> int:
        self.bank.illegal.add((Area.HOLDING, 4))
        return 4

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        async with self.server.offline():
            yield

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        with self.server.fault(faults.silence()):
            yield

    def cut(self) -> None:
        self.server.cut_all()

    def requests(self) -> int:
        return self.server.record.total

    def forbidden(self) -> list[str]:
        return [f"FC{function}" for function in self.server.record.functions if function not in {1, 2, 3, 4}]


class OpcUaBench(Bench):
    driver = OPCUA

    def __init__(self, proxy: OpcUaProxy, mode: str) -> None:
        self.proxy, self.mode = proxy, mode
        options = {"endpoint": proxy.url, "security": {"policy": "None"}, "timeout": "1 s"}
        super().__init__(Link.model_validate({"id": "lan", "driver": "opcua", "options": options}))

    def address(self, n: int) -> dict[str, object]:
        return {"node": f"nsu={NAMESPACE};s=contract{n}"}

    def device_options(self) -> dict[str, object]:
        return {"reading": {"mode": self.mode}}

    def wrong(self) -> int:
        return 99

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        await self.proxy.close()
        try:
            yield
        finally:
            await self.proxy.open()

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        self.proxy.stalled = "Read"
        try:
            yield
        finally:
            self.proxy.heal()

    def cut(self) -> None:
        self.proxy.cut()

    def requests(self) -> int:
        return self.proxy.asked["Read"]

    def forbidden(self) -> list[str]:
        return sorted(set(self.proxy.asked) - READING)


@asynccontextmanager
async def modbus_bench(framing: str) -> AsyncIterator[ModbusBench]:
    bank = holding_registers([1000 + n for n in range(50)])
    async with ModbusServer({1: bank, 2: bank}, framing="tcp" if framing == "tcp" else "rtu") as server:
        made = ModbusBench(server, bank, framing)
        try:
            yield made
        finally:
            await made.session.close()


@asynccontextmanager
async def opcua_bench(there: ServerThread, mode: str) -> AsyncIterator[OpcUaBench]:
    for n, value in enumerate(GOOD):
        if f"contract{n}" not in there.server.nodes:
            await there.doing(there.server.add(f"contract{n}", value))
    async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
        made = OpcUaBench(proxy, mode)
        try:
            yield made
        finally:
            await made.session.close()
