"""What the contract suite needs of a protocol: something to read from, and ways to break it.

To test another driver, add a bench.
"""

from __future__ import annotations

import ssl
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import ClassVar

from heatmon.core.spec import Device, Group, Link, Tag
from heatmon.driver import Driver, Kind, ReadPlan, Session
from heatmon_drivers.modbus import DRIVER as MODBUS
from heatmon_drivers.opcua import DRIVER as OPCUA
from heatmon_simulators.modbus import faults
from heatmon_simulators.modbus.bank import Area, RegisterBank, holding_registers
from heatmon_simulators.modbus.frames import Framing
from heatmon_simulators.modbus.serial import SerialServer
from heatmon_simulators.modbus.tcp import ModbusServer
from heatmon_simulators.opcua.proxy import OpcUaProxy
from heatmon_simulators.opcua.server import NAMESPACE
from tests.certificates import Authority
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
    refusal: ClassVar[Kind] = "refused"
    """The kind of error when nobody is there."""

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

    def __init__(self, server: ModbusServer, bank: RegisterBank, transport: Mapping[str, object]) -> None:
        self.bank, self._server, self._faults, self._record = bank, server, server.faults, server.record
        super().__init__(_modbus_link({"host": "127.0.0.1", "port": server.port} | dict(transport)))

    def address(self, n: int) -> dict[str, object]:
        return {"register": n}

    def wrong(self) -> int:
        self.bank.illegal.add((Area.HOLDING, 4))
        return 4

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        async with self._server.offline():
            yield

    @asynccontextmanager
    async def silent(self) -> AsyncIterator[None]:
        with self._faults.fault(faults.silence()):
            yield

    def cut(self) -> None:
        self._server.cut_all()

    def requests(self) -> int:
        return self._record.total

    def forbidden(self) -> list[str]:
        return [f"FC{function}" for function in self._record.functions if function not in {1, 2, 3, 4}]


class SerialBench(ModbusBench):
    """A pseudo-terminal; it has no connections, so being cut means nothing to it."""

    refusal = "unreachable"

    def __init__(self, server: SerialServer, bank: RegisterBank, device: Path) -> None:
        self.bank, self._line, self._faults, self._record = bank, server, server.faults, server.record
        Bench.__init__(self, _modbus_link({"kind": "rtu", "device": str(device), "baudrate": 19200}))

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        await self._line.close()
        try:
            yield
        finally:
            await self._line.start()

    def cut(self) -> None:
        """Nothing to cut."""


def _modbus_link(transport: Mapping[str, object]) -> Link:
    options = {"transport": transport, "timeout": "200 ms", "quiet_after_fault": "10 ms"}
    return Link.model_validate({"id": "lan", "driver": "modbus", "options": options})


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
async def modbus_bench(kind: str, folder: Path) -> AsyncIterator[ModbusBench]:
    """kind: a transport of the driver. folder: for the names of terminals and for certificates."""
    bank = holding_registers([1000 + n for n in range(50)])
    units = {1: bank, 2: bank}
    if kind == "rtu":
        device = folder / "line"
        async with (
            SerialServer(units, link=device) as line,
            _closing(SerialBench(line, bank, device)) as serial,
        ):
            yield serial
        return
    transport: dict[str, object] = {"kind": kind}
    context = None
    if kind == "tls":
        authority = Authority(folder)
        issued = authority.issue("127.0.0.1")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(issued.certificate, issued.key)
        transport["ca"] = str(authority.file)
    framing: Framing = "rtu" if kind == "rtu_over_tcp" else "tcp"
    async with (
        ModbusServer(units, framing=framing, tls=context) as server,
        _closing(ModbusBench(server, bank, transport)) as made,
    ):
        yield made


@asynccontextmanager
async def _closing(made: ModbusBench) -> AsyncIterator[ModbusBench]:
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
