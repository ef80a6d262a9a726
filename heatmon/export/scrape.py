"""A page for Prometheus: GET /metrics, and nothing else. Loopback unless told otherwise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

log = logging.getLogger("heatmon.metrics")

HEAD_MAX: Final = 8192
PATIENCE_S: Final = 5.0
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Address:
    """Where the page is served."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """``9464`` (loopback), ``0.0.0.0:9464`` or ``[::]:9464``. Raises ValueError."""
        host, _, port = text.rpartition(":")
        if not port.isdecimal() or int(port) > 65_535:
            raise ValueError(f"{text!r}: write PORT for this machine only, or ADDRESS:PORT")
        return cls(host.strip("[]") or LOOPBACK, int(port))


class MetricsTaken(OSError):  # noqa: N818  a state, named as people say it
    """The address is taken, or not one of this machine's."""

    def __init__(self, address: Address, reason: str) -> None:
        super().__init__(reason)
        self.address = address


class ScrapeServer:
    """Serves what `page` gives, made anew for each request. One answer a connection."""

    def __init__(self, address: Address, page: Callable[[], bytes]) -> None:
        self.address, self._page = address, page
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen. Raises MetricsTaken."""
        host, port = self.address.host, self.address.port
        try:
            self._server = await asyncio.start_server(self._serve, host, port, limit=HEAD_MAX)
        except OSError as error:
            raise MetricsTaken(self.address, error.strerror or str(error)) from None

    @property
    def port(self) -> int:
        """Where it listens; what port 0 became."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(self._answer(head))
                await writer.drain()
        except (TimeoutError, ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            # Whoever asked went away, or never asked properly.
            pass
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError, TimeoutError):
                await writer.wait_closed()

    def _answer(self, head: bytes) -> bytes:
        method, _, rest = head.partition(b" ")
        path = rest.split(b" ", 1)[0].split(b"?", 1)[0]
        if path != b"/metrics":
            return _reply("404 Not Found", b"/metrics\n")
        if method != b"GET":
            return _reply("405 Method Not Allowed", b"GET\n")
        try:
            return _reply("200 OK", self._page())
        except Exception:
            log.exception("the page of metrics could not be made")
            return _reply("500 Internal Server Error", b"see the log\n")


def _reply(status: str, body: bytes) -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
