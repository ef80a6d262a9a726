"""One conversation, on a socket or a serial line: requests in, replies out, faults in between."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from heatmon_simulators.modbus.bank import TARGET_SILENT, Unit, answer, exception_pdu
from heatmon_simulators.modbus.faults import Exchange, FaultBoard
from heatmon_simulators.modbus.frames import BadFrameError, Framer, Framing, Request, RtuFramer, TcpFramer
from heatmon_simulators.modbus.record import Record

#: Requests that may wait on one connection behind a slow reply; a client that sends more is cut off.
WAITING_REQUESTS = 64
BROADCAST = 0


class Wire(Protocol):
    """The sending end."""

    def write(self, data: bytes) -> None:
        """Send."""

    def close(self) -> None:
        """Hang up in order."""

    def abort(self) -> None:
        """Hang up with a reset."""


class Context:
    """What all conversations of one server share."""

    def __init__(
        self,
        units: Mapping[int, Unit],
        framing: Framing,
        faults: FaultBoard,
        gateway_answers: bool,
        before_answer: Callable[[], None] | None,
    ) -> None:
        self.units = units
        self.framing = framing
        self.faults = faults
        self.record = Record()
        self.gateway_answers = gateway_answers
        self.before_answer = before_answer
        self.tasks: set[asyncio.Task[None]] = set()

    def reply_to(self, request: Request) -> bytes | None:
        """The reply PDU of an honest device; None = nobody answers."""
        if self.framing == "rtu" and request.unit == BROADCAST:
            return None
        unit = self.units.get(request.unit)
        if unit is None:
            return exception_pdu(request.function, TARGET_SILENT) if self.gateway_answers else None
        if self.before_answer is not None:
            self.before_answer()
        return answer(unit, request)

    def spawn(self, work: asyncio.Task[None]) -> None:
        """Keep a task until it is done."""
        self.tasks.add(work)
        work.add_done_callback(self.tasks.discard)


class Session:
    """Queue `_waiting`: bounded at 64 requests; overflow cuts the connection."""

    def __init__(self, context: Context, wire: Wire, number: int) -> None:
        self._context = context
        self._wire = wire
        self._number = number
        self._loop = asyncio.get_running_loop()
        self._framer: Framer = TcpFramer() if context.framing == "tcp" else RtuFramer()
        self._opened_s = self.last_heard_s = self._loop.time()
        self._waiting: deque[Request] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._open = True

    def heard(self, data: bytes) -> None:
        """Bytes from the client."""
        self.last_heard_s = self._loop.time()
        try:
            requests = self._framer.feed(data)
        except BadFrameError:
            self._context.record.bad_frames += 1
            self._wire.close()
            return
        for request in requests:
            self._context.record.note(request, self._number, self.last_heard_s)
            self._take(request)

    def ended(self) -> None:
        """The connection is gone."""
        self._open = False
        self._waiting.clear()
        if self._worker is not None:
            self._worker.cancel()

    def _take(self, request: Request) -> None:
        if self._worker is None and not self._context.faults.active:
            reply = self._context.reply_to(request)
            if reply is not None:
                self._wire.write(self._exchange(request, reply).wire())
            return
        if len(self._waiting) >= WAITING_REQUESTS:
            self._wire.abort()
            return
        self._waiting.append(request)
        if self._worker is None:
            self._worker = self._loop.create_task(self._work())
            self._context.spawn(self._worker)

    async def _work(self) -> None:
        try:
            while self._waiting and self._open:
                await self._serve(self._waiting.popleft())
        finally:
            self._worker = None

    async def _serve(self, request: Request) -> None:
        reply = self._context.reply_to(request)
        exchange = self._exchange(request, reply or b"\x00")
        exchange.silent = reply is None
        for fault in list(self._context.faults.active):
            fault.apply(exchange)
        if exchange.late_s > 0.0:
            self._context.spawn(self._loop.create_task(self._send_late(exchange)))
            return
        if exchange.delay_s > 0.0:
            await asyncio.sleep(exchange.delay_s)
        await self._send(exchange)

    async def _send_late(self, exchange: Exchange) -> None:
        await asyncio.sleep(exchange.late_s)
        await self._send(exchange)

    async def _send(self, exchange: Exchange) -> None:
        data = exchange.wire()
        if exchange.trickle is None:
            self._say(data)
        else:
            size, gap_s = exchange.trickle
            for start in range(0, len(data), size):
                self._say(data[start : start + size])
                await asyncio.sleep(gap_s)
        if exchange.then == "close":
            self._wire.close()
        elif exchange.then == "reset":
            self._wire.abort()

    def _say(self, data: bytes) -> None:
        if data and self._open:
            self._wire.write(data)

    def _exchange(self, request: Request, reply: bytes) -> Exchange:
        return Exchange(
            request,
            self._context.framing,
            reply,
            self._loop.time() - self._opened_s,
            request.unit,
            request.transaction or 0,
        )
