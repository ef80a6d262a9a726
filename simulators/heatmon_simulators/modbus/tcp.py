"""Modbus TCP, RTU over TCP, and either of them inside TLS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Self, cast

from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import Fault, FaultBoard
from heatmon_simulators.modbus.frames import Framing
from heatmon_simulators.modbus.record import Record
from heatmon_simulators.modbus.session import Context, Session

DEFAULT_CONNECTIONS = 256


class ModbusServer:
    """A server for several units on one socket; `port` tells the port that was bound (0 = any free one).

    `gateway_answers`: requests for unknown units get exception 11, as from a gateway; otherwise silence.
    `before_answer` is called before each honest reply, so that a plant can come up to date first.
    Units may be added to or taken from `units` while it runs. Use with `async with`.
    """

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        framing: Framing = "tcp",
        tls: ssl.SSLContext | None = None,
        faults: FaultBoard | None = None,
        gateway_answers: bool = False,
        before_answer: Callable[[], None] | None = None,
        max_connections: int = DEFAULT_CONNECTIONS,
    ) -> None:
        self.host = host
        self.port = port
        self.faults = faults or FaultBoard()
        self._context = Context(units, framing, self.faults, gateway_answers, before_answer)
        self._tls = tls
        self._max_connections = max_connections
        self._listener: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._last_close_s: float | None = None
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def record(self) -> Record:
        """Everything that was asked."""
        return self._context.record

    @property
    def open_connections(self) -> int:
        """Connections that stand now."""
        return len(self._connections)

    @contextmanager
    def fault(self, *faults: Fault) -> Iterator[Fault]:
        """Switch faults on for the length of a block."""
        with self.faults.fault(*faults) as first:
            yield first

    async def start(self) -> None:
        """Listen. OSError when the port is taken."""
        await self._listen()
        self.faults.watch(self._faults_changed)

    async def close(self) -> None:
        """Stop listening, cut all connections and wait until every task has ended."""
        with contextlib.suppress(ValueError):
            self.faults.unwatch(self._faults_changed)
        await self._deafen()
        tasks = list(self._context.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    @asynccontextmanager
    async def offline(self) -> AsyncIterator[None]:
        """Nobody listens for the length of a block (connection refused); the port stays the same after it."""
        await self._deafen()
        try:
            yield
        finally:
            await self._listen()

    def cut_all(self) -> None:
        """Reset every connection that stands."""
        for connection in list(self._connections):
            connection.abort()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(
            lambda: _Connection(self), self.host, self.port, ssl=self._tls, reuse_address=True
        )
        self.port = cast("int", self._listener.sockets[0].getsockname()[1])

    async def _deafen(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self.cut_all()
            await self._listener.wait_closed()
            self._listener = None
        await self._empty.wait()

    def _admits(self) -> bool:
        now = asyncio.get_running_loop().time()
        since = None if self._last_close_s is None else now - self._last_close_s
        return len(self._connections) < self._max_connections and not self.faults.refuses(since)

    def _faults_changed(self) -> None:
        for connection in list(self._connections):
            connection.arm_idle_timer()


class _Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: ModbusServer) -> None:
        self._server = server
        self._session: Session | None = None
        self._transport: asyncio.Transport | None = None
        self._idle: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        record = self._server.record
        if not self._server._admits():
            record.refused_connections += 1
            self.abort()
            return
        record.connections += 1
        self._server._connections.add(self)
        self._server._empty.clear()
        self._session = Session(self._server._context, self, record.connections)
        self.arm_idle_timer()

    def data_received(self, data: bytes) -> None:
        if self._session is not None:
            self._session.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._idle is not None:
            self._idle.cancel()
        if self._session is None:
            return
        self._session.ended()
        self._server._connections.discard(self)
        if not self._server._connections:
            self._server._empty.set()
        self._server._last_close_s = asyncio.get_running_loop().time()

    def write(self, data: bytes) -> None:
        """Send."""
        if self._transport is not None:
            self._transport.write(data)

    def close(self) -> None:
        """Hang up in order."""
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Hang up with a reset: a zero linger time makes the kernel send RST instead of FIN."""
        if self._transport is None:
            return
        sock = self._transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def arm_idle_timer(self) -> None:
        """Start, renew or end the timer that hangs up a quiet connection."""
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        allowed_s = self._server.faults.idle_close_s
        if allowed_s is None or self._session is None:
            return
        loop = asyncio.get_running_loop()
        left_s = self._session.last_heard_s + allowed_s - loop.time()
        if left_s <= 0.0:
            self.close()
        else:
            self._idle = loop.call_later(left_s, self.arm_idle_timer)
