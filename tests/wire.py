"""A wire inside the process: the driver's own line on one end, a simulator's session on the other.

The whole driver and the whole server run, with faults and all; only the socket is left out, so that it
also works in virtual time.
"""

from __future__ import annotations

import asyncio
import errno
import random
from collections.abc import Callable, Mapping
from typing import Any

from heatmon_drivers.modbus.framing import Mbap, RtuFraming
from heatmon_drivers.modbus.line import Line
from heatmon_drivers.modbus.options import LinkOptions, RtuOverTcp
from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import FaultBoard
from heatmon_simulators.modbus.record import Record
from heatmon_simulators.modbus.session import Context, Session


class Wire:
    """A server that connections are opened to; `listening = False` refuses them.

    delay_s: how long bytes take one way. half_open: bytes go nowhere, and nobody is told. dice: cuts what
    comes back into pieces that arrive one after the other, up to 2 ms apart.
    """

    def __init__(
        self,
        units: Mapping[int, Unit],
        framing: str = "tcp",
        before_answer: Callable[[], None] | None = None,
        delay_s: float = 0.0,
        dice: random.Random | None = None,
    ) -> None:
        self.dice = dice
        self.faults = FaultBoard()
        kind: Any = framing
        self._context = Context(units, kind, self.faults, False, before_answer)
        self.listening, self.half_open, self.delay_s = True, False, delay_s
        self.ends: list[_End] = []

    @property
    def record(self) -> Record:
        return self._context.record

    async def open(self, options: LinkOptions) -> Line:
        """In place of `heatmon_drivers.modbus.line.open_line`."""
        await asyncio.sleep(self.delay_s)
        if not self.listening:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")
        self.record.connections += 1
        without = isinstance(options.transport, RtuOverTcp)
        line = Line(RtuFraming() if without else Mbap(options.transaction_id), 1.0)
        end = _End(self, line, self.record.connections)
        self.ends.append(end)
        line.connection_made(end)
        # A new connection is a whole one.
        self.half_open = False
        return line

    def cut(self) -> None:
        """End every connection from the server's side."""
        for end in list(self.ends):
            end.abort()

    async def close(self) -> None:
        """Cut, and end the server's tasks."""
        self.cut()
        for task in list(self._context.tasks):
            task.cancel()
        await asyncio.gather(*self._context.tasks, return_exceptions=True)


class _End(asyncio.Transport):
    """The client's transport, and the server's wire back."""

    def __init__(self, wire: Wire, line: Line, number: int) -> None:
        super().__init__()
        self._wire, self._line, self._open = wire, line, True
        self._loop = asyncio.get_running_loop()
        self._server = Session(wire._context, _Back(self), number)
        self._busy_until = 0.0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._wire.half_open:
            self._loop.call_later(self._wire.delay_s, self._hear, bytes(data))

    def _hear(self, data: bytes) -> None:
        if self._open:
            self._server.heard(data)

    def answer(self, data: bytes) -> None:
        if self._wire.half_open:
            return
        at, dice = max(self._loop.time() + self._wire.delay_s, self._busy_until), self._wire.dice
        while dice is not None and len(data) > 1 and dice.random() < 0.5:
            cut = dice.randrange(1, len(data))
            self._loop.call_at(at, self._deliver, data[:cut])
            data, at = data[cut:], at + dice.random() * 0.002
        self._loop.call_at(at, self._deliver, data)
        # A stream keeps its order.
        self._busy_until = at + 1e-6

    def _deliver(self, data: bytes) -> None:
        if self._open:
            self._line.data_received(data)

    def abort(self) -> None:
        if self._open:
            self._open = False
            self._wire.ends.remove(self)
            self._server.ended()
            self._loop.call_soon(self._line.connection_lost, None)

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default


class _Back:
    """The sending end of the server."""

    def __init__(self, end: _End) -> None:
        self._end = end

    def write(self, data: bytes) -> None:
        self._end.answer(data)

    def close(self) -> None:
        self._end.abort()

    def abort(self) -> None:
        self._end.abort()
