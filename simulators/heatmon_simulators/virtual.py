"""A loop on which time is virtual and the network is memory: hours of a story in seconds, the same each time.

Sleeping costs nothing: when nothing is left to do, the clock leaps to the next timer. Servers and clients
that this loop makes are joined by queues of the loop itself, so that the order of everything is fixed.
Real code runs on it unchanged: pollers, drivers, servers, the shell of a station.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable
from typing import Any, Final

FIRST_PORT: Final = 20000
RESOLUTION_S: Final = 1e-6


class StandstillError(Exception):
    """Nothing is left that could ever happen: somebody waits for nobody."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module's text. `virtual_ns`: time since its beginning."""

    def __init__(self) -> None:
        self._now_s = 0.0
        self._listeners: dict[int, VirtualServer] = {}
        self._next_port = FIRST_PORT
        super().__init__(_Leaper(self._leap))
        # asyncio's own: timers this close are due now.
        self._clock_resolution = RESOLUTION_S

    @property
    def virtual_ns(self) -> int:
        """Virtual time since the loop was made, ns."""
        return round(self._now_s * 1e9)

    def time(self) -> float:
        """The loop's clock."""
        return self._now_s

    def _leap(self, seconds: float) -> None:
        self._now_s += seconds

    async def create_server(self, *args: Any, **_: Any) -> Any:
        """Listen in memory (protocol factory, host, port); port 0 takes the next free one."""
        factory, _host, port = args
        if not port:
            port, self._next_port = self._next_port, self._next_port + 1
        if port in self._listeners:
            raise OSError(f"port {port} is taken")
        server = self._listeners[port] = VirtualServer(factory, port, self._listeners)
        return server

    async def create_connection(self, *args: Any, **_: Any) -> Any:
        """Connect to a server of this loop (protocol factory, host, port).

        ConnectionRefusedError where nobody listens.
        """
        factory, _host, port = args
        server = self._listeners.get(port)
        if server is None:
            raise ConnectionRefusedError(f"nobody listens on port {port}")
        near, far = VirtualEnd(self, factory()), VirtualEnd(self, server.factory())
        near.peer, far.peer = far, near
        far.protocol.connection_made(far)
        near.protocol.connection_made(near)
        await asyncio.sleep(0)
        return near, near.protocol


class VirtualServer:
    """What `create_server` gives: as much of asyncio's server as ours is used."""

    def __init__(
        self, factory: Callable[[], asyncio.Protocol], port: int, listeners: dict[int, VirtualServer]
    ) -> None:
        self.factory, self._port, self._listeners = factory, port, listeners

    @property
    def sockets(self) -> tuple[VirtualServer, ...]:
        """Itself: it knows its name."""
        return (self,)

    def getsockname(self) -> tuple[str, int]:
        """Address and port."""
        return "127.0.0.1", self._port

    def close(self) -> None:
        """Listen no more."""
        if self._listeners.get(self._port) is self:
            del self._listeners[self._port]

    async def wait_closed(self) -> None:
        """It is closed at once."""


class VirtualEnd(asyncio.Transport):
    """One end of a connection in memory. Buffered: in the loop's own queue; nothing is lost or reordered."""

    peer: VirtualEnd

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.Protocol) -> None:
        super().__init__()
        self._loop, self.protocol = loop, protocol
        self._open = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send."""
        if self._open:
            self._loop.call_soon(self.peer._receive, bytes(data))

    def close(self) -> None:
        """End in order: what was written before still arrives."""
        self._end(None)

    def abort(self) -> None:
        """End by a reset."""
        self._end(ConnectionResetError("reset by the other side"))

    def is_closing(self) -> bool:
        """Whether it has ended."""
        return not self._open

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Nothing: there is no socket."""
        return default

    def _receive(self, data: bytes) -> None:
        if self._open:
            self.protocol.data_received(data)

    def _end(self, error: Exception | None) -> None:
        if self._open:
            self._open = False
            self._loop.call_soon(self.protocol.connection_lost, None)
            self._loop.call_soon(self.peer._lost, error)

    def _lost(self, error: Exception | None) -> None:
        if self._open:
            self._open = False
            self.protocol.connection_lost(error)


class _Leaper(selectors.SelectSelector):
    """Never waits: where the loop would sleep, the clock leaps."""

    def __init__(self, leap: Callable[[float], None]) -> None:
        super().__init__()
        self._leap_by = leap

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise StandstillError("nothing is left to happen")
        if timeout == 0.0:
            # Work is waiting: real descriptors (signals, threads) are looked at when there is none.
            return []
        found = super().select(0)
        if not found:
            self._leap_by(timeout)
        return found
