"""A TCP proxy that understands the frames of OPC UA and makes the wire misbehave at a chosen step.

It shares no code with client or server, sees on an open channel which service each request asks for, and
keeps a record of it.
"""

from __future__ import annotations

import asyncio
import struct
from collections import Counter
from collections.abc import Callable
from typing import Final, Self

HEADER: Final = 8
MESSAGE_TYPE_AT: Final = 24
"""Frame header 8, channel 4, token 4, sequence 4, request id 4."""
REQUEST_AT: Final = 20
TIME_AT: Final = 28
"""Behind the four bytes of the message's type."""
TICKS_A_SECOND: Final = 10_000_000
SERVICES: Final = {
    422: "FindServers",
    428: "GetEndpoints",
    437: "RegisterServer",
    461: "CreateSession",
    467: "ActivateSession",
    473: "CloseSession",
    479: "Cancel",
    488: "AddNodes",
    494: "AddReferences",
    500: "DeleteNodes",
    506: "DeleteReferences",
    527: "Browse",
    533: "BrowseNext",
    554: "TranslateBrowsePathsToNodeIds",
    560: "RegisterNodes",
    566: "UnregisterNodes",
    631: "Read",
    664: "HistoryRead",
    673: "Write",
    700: "HistoryUpdate",
    712: "Call",
    751: "CreateMonitoredItems",
    763: "ModifyMonitoredItems",
    769: "SetMonitoringMode",
    781: "DeleteMonitoredItems",
    787: "CreateSubscription",
    793: "ModifySubscription",
    799: "SetPublishingMode",
    826: "Publish",
    832: "Republish",
    841: "TransferSubscriptions",
    847: "DeleteSubscriptions",
}
"""Numbers of the binary encodings of requests (Part 6, annex A)."""


ever_asked: Counter[str] = Counter()
"""What all proxies of this process have seen, by the name of the service."""


class OpcUaProxy:
    """Stands in front of a server. Faults are switched on and off while it runs.

    stalled: from the answer to this request on (a service, HEL or OPN) nothing comes back any more,
    while connections stay open. swallow: so many answers to a service are lost; a fault, BadTimeout,
    comes instead, because the messages of a channel are numbered. broken: the connection is cut when
    this request comes. clock_off_s: by so much the server's clock, as answers tell it, is wrong.
    """

    def __init__(self, host: str, port: int) -> None:
        self._host, self._there = host, port
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._pipes: set[_Pipe] = set()
        self.port = 0
        self.asked: Counter[str] = Counter()
        self.connections = 0
        self.stalled: str | None = None
        self.swallow: Counter[str] = Counter()
        self.broken: str | None = None
        self.clock_off_s = 0.0

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """The endpoint as clients should use it."""
        return f"opc.tcp://127.0.0.1:{self.port}/"

    async def open(self) -> None:
        """Listen, on the same port as before."""
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Refuse connections from now on and end those there are."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self.cut()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def cut(self) -> None:
        """End every connection on both sides, without a word."""
        for pipe in tuple(self._pipes):
            pipe.cut()

    def heal(self) -> None:
        """No faults any more; connections that were stalled stay so."""
        self.stalled = self.broken = None
        self.clock_off_s = 0.0
        self.swallow.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            there = await asyncio.open_connection(self._host, self._there)
        except OSError:
            writer.transport.abort()
            return
        pipe = _Pipe(self, writer, there[1])
        self._pipes.add(pipe)
        try:
            await asyncio.gather(
                self._carry(reader, there[1], pipe.request), self._carry(there[0], writer, pipe.answer)
            )
        finally:
            self._pipes.discard(pipe)
            pipe.cut()

    @staticmethod
    async def _carry(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passed: Callable[[bytes], bytes]
    ) -> None:
        try:
            while True:
                header = await reader.readexactly(HEADER)
                body = await reader.readexactly(struct.unpack_from("<I", header, 4)[0] - HEADER)
                if frame := passed(header + body):
                    writer.write(frame)
                    await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()


class _Pipe:
    """One connection through the proxy."""

    def __init__(self, proxy: OpcUaProxy, near: asyncio.StreamWriter, far: asyncio.StreamWriter) -> None:
        self._proxy, self._near, self._far = proxy, near, far
        self._names: dict[int, str] = {}
        self._dead = False

    def cut(self) -> None:
        self._near.transport.abort()
        self._far.transport.abort()

    def request(self, frame: bytes) -> bytes:
        """What is passed on to the server."""
        name, number = self._name(frame)
        self._names[number] = name
        self._proxy.asked[name] += 1
        ever_asked[name] += 1
        if name == self._proxy.broken:
            self.cut()
        return frame

    def answer(self, frame: bytes) -> bytes:
        """What is passed back to the client; nothing where it is lost."""
        kind = frame[:3].decode("ascii", "replace")
        if kind == "ACK":
            name = "HEL"
        elif kind == "OPN":
            name = "OPN"
        else:
            (number,) = struct.unpack_from("<I", frame, REQUEST_AT)
            name = self._names.get(number, kind)
        if self._dead or name == self._proxy.stalled:
            self._dead = True
            return b""
        if self._proxy.swallow[name] > 0:
            self._proxy.swallow[name] -= 1
            return _fault(frame)
        return self._reclocked(frame) if self._proxy.clock_off_s and kind == "MSG" else frame

    def _reclocked(self, frame: bytes) -> bytes:
        """The same with another time in the header of the answer."""
        (ticks,) = struct.unpack_from("<q", frame, TIME_AT)
        moved = ticks + int(self._proxy.clock_off_s * TICKS_A_SECOND)
        return frame[:TIME_AT] + struct.pack("<q", moved) + frame[TIME_AT + 8 :]

    @staticmethod
    def _name(frame: bytes) -> tuple[str, int]:
        kind = frame[:3].decode("ascii", "replace")
        if kind != "MSG" or len(frame) < MESSAGE_TYPE_AT + 4:
            return kind, 0
        (number,) = struct.unpack_from("<I", frame, REQUEST_AT)
        (service,) = struct.unpack_from("<H", frame, MESSAGE_TYPE_AT + 2)
        return SERVICES.get(service, f"service {service}"), number


BAD_TIMEOUT: Final = 0x800A0000
SERVICE_FAULT: Final = b"\x01\x00\x8d\x01"


def _fault(frame: bytes) -> bytes:
    """A ServiceFault in the place of an answer: the same sequence, request and time."""
    begin = frame[HEADER:MESSAGE_TYPE_AT]
    time_and_handle = frame[TIME_AT : TIME_AT + 12]
    body = begin + SERVICE_FAULT + time_and_handle + struct.pack("<IBi", BAD_TIMEOUT, 0, -1) + b"\x00\x00\x00"
    return frame[:4] + struct.pack("<I", HEADER + len(body)) + body
