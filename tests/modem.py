"""A modem that dials in: it connects, says who it is, and passes RTU frames to the units behind it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import cast

from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import FaultBoard
from heatmon_simulators.modbus.session import Context, Session


class Modem(asyncio.Protocol):
    """Use `dial`; `shape` may put heartbeats around or into what it passes on."""

    def __init__(self, units: Mapping[int, Unit], shape: Callable[[bytes], list[bytes]]) -> None:
        self.faults = FaultBoard()
        self._context = Context(units, "rtu", self.faults, False, None)
        self._shape = shape
        self._transport: asyncio.Transport | None = None
        self._session: Session | None = None
        self.gone = asyncio.Event()

    @classmethod
    async def dial(
        cls,
        port: int,
        registration: bytes,
        units: Mapping[int, Unit],
        shape: Callable[[bytes], list[bytes]] = lambda data: [data],
    ) -> Modem:
        loop = asyncio.get_running_loop()
        _, modem = await loop.create_connection(lambda: cls(units, shape), "127.0.0.1", port)
        modem.send(registration)
        return modem

    @property
    def asked(self) -> int:
        return self._context.record.total

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._session = Session(self._context, self, 1)

    def data_received(self, data: bytes) -> None:
        if self._session is not None:
            self._session.heard(data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._session is not None:
            self._session.ended()
        self.gone.set()

    def send(self, data: bytes) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def write(self, data: bytes) -> None:
        for piece in self._shape(data):
            self.send(piece)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()
