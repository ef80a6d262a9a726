"""A Modbus TCP server over register images, with faults on the wire at will.

Every request is recorded, so that a test can prove what was asked and that nothing was written.
A fault is a function from request and good reply to the frames to send instead; `fault` puts one in
place for as long as a ``with`` block lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from heatmon_simulators.modbus.frame import (
    ILLEGAL_ADDRESS,
    ILLEGAL_FUNCTION,
    ILLEGAL_VALUE,
    MAX_REGISTERS,
    Request,
    exception_reply,
    parse_request,
    registers_reply,
)

RECORDED: Final = 100_000
"""Requests kept; the oldest go first. `functions` counts all of them."""

Fault = Callable[[Request, bytes], Awaitable[bytes | None]]


class Reset(Exception):  # noqa: N818  not an error: a fault that ends the connection
    """Raised by a fault to cut the connection with a reset."""


class ModbusServer:
    """Serves holding and input registers of several units. `images[unit]` are its words."""

    def __init__(self, images: dict[int, list[int]]) -> None:
        self.images = images
        self.requests: deque[Request] = deque(maxlen=RECORDED)
        self.functions: Counter[int] = Counter()
        self.connections = 0
        self._fault: Fault | None = None
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Listen; the port that was given or found."""
        self._server = await asyncio.start_server(self._serve, host, port)
        found: int = self._server.sockets[0].getsockname()[1]
        return found

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        if self._server is not None:
            self._server.close()
            self.cut()
            await self._server.wait_closed()

    def cut(self) -> None:
        """Cut every connection with a reset, as a power failure would."""
        for writer in tuple(self._open):
            writer.transport.abort()

    @contextlib.contextmanager
    def fault(self, fault: Fault) -> Iterator[None]:
        """Let a fault act on every frame while the block lasts."""
        before, self._fault = self._fault, fault
        try:
            yield
        finally:
            self._fault = before

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        try:
            while True:
                header = await reader.readexactly(7)
                body = await reader.readexactly(int.from_bytes(header[4:6], "big") - 1)
                request = parse_request(header, body)
                self.requests.append(request)
                self.functions[request.function] += 1
                reply: bytes | None = self._answer(request)
                if self._fault is not None:
                    assert reply is not None
                    reply = await self._fault(request, reply)
                if reply is not None:
                    writer.write(reply)
                    await writer.drain()
        except Reset:
            writer.transport.abort()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, asyncio.CancelledError):
            # The client has gone, or spoke no Modbus: the connection is over.
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def _answer(self, request: Request) -> bytes:
        words = self.images.get(request.unit)
        if request.function not in (3, 4) or words is None:
            return exception_reply(request, ILLEGAL_FUNCTION)
        if not 1 <= request.count <= MAX_REGISTERS:
            return exception_reply(request, ILLEGAL_VALUE)
        end = request.address + request.count
        if end > len(words):
            return exception_reply(request, ILLEGAL_ADDRESS)
        return registers_reply(request, words[request.address : end])
