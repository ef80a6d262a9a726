"""A Modbus link over many connections: reads blocks, isolates bad addresses, never trusts a doubt."""

from __future__ import annotations

import asyncio
import ssl
import termios
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from math import nan
from typing import Final, cast

from heatmon.core.quality import Quality
from heatmon.driver import Block, DriverError, Notice, ReadPlan
from heatmon_drivers.modbus.codec import decode_bits
from heatmon_drivers.modbus.framing import DeviceRefusedError, ForeignReplyError
from heatmon_drivers.modbus.line import Line, close_line, open_line
from heatmon_drivers.modbus.options import LinkOptions, Rtu, RtuOverTcp
from heatmon_drivers.modbus.plan import BITS_PER_SERIAL_BYTE, SILENCE_CHARACTERS, BlockRead, piece

ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
REFUSALS: Final = {
    1: Quality.NO_SUCH_ADDRESS,
    2: Quality.NO_SUCH_ADDRESS,
    3: Quality.NO_SUCH_ADDRESS,
    4: Quality.DEVICE_FAILURE,
    5: Quality.DEVICE_BUSY,
    6: Quality.DEVICE_BUSY,
    10: Quality.GATEWAY_FAILURE,
    11: Quality.GATEWAY_FAILURE,
}
RETRY_REFUSED_S: Final = 3600.0
"""Addresses that were refused are asked again after this time: programs of PLCs are changed."""
RETRY_ALL_REFUSED_S: Final = 60.0
SHORTEST_SILENCE_S: Final = 0.00175
HALF_OPEN_AFTER: Final = 2
"""Unanswered requests in a row after which the connection itself is in doubt."""


@dataclass(frozen=True, slots=True)
class Split:
    """How a block that was refused as a whole is read: in parts, of which the `refused` stay without value.

    until: when the whole is tried again, in the loop's seconds.
    """

    parts: tuple[BlockRead, ...]
    refused: tuple[tuple[BlockRead, int], ...]
    until: float


class ModbusSession:
    """One link. What was learned of its devices outlives a connection."""

    def __init__(self, options: LinkOptions) -> None:
        self._options = options
        self._without_ids = isinstance(options.transport, Rtu | RtuOverTcp)
        self._line: Line | None = None
        self._doubtful = False
        self._unanswered = 0
        self._used = 0.0
        self._pause_s = _silence_s(options)
        self._split: dict[BlockRead, Split] = {}
        self._notices: list[Notice] = []
        self._told: set[tuple[str, ...]] = set()

    async def connect(self) -> None:
        """As `heatmon.driver.Session.connect`."""
        await self.close()
        try:
            self._line = await open_line(self._options)
        except TimeoutError:
            raise DriverError("connect", "timeout", "nobody answers") from None
        except ConnectionRefusedError:
            raise DriverError("connect", "refused", "the port is closed") from None
        except ssl.SSLError as error:
            raise DriverError("connect", "encryption", error.reason or str(error)) from None
        except (OSError, ValueError, termios.error) as error:
            raise DriverError("connect", "unreachable", str(error)) from None
        self._doubtful, self._unanswered = False, 0
        await asyncio.sleep(self._options.pause_after_connect_s)

    async def read(self, plan: ReadPlan) -> Block:
        """As `heatmon.driver.Session.read`."""
        n = len(plan.tags)
        values, qualities = array("d", [nan]) * n, bytearray(n)
        for read in cast("tuple[BlockRead, ...]", plan.work):
            await self._read_block(read, plan.timeout_s, values, qualities)
        return Block(values, bytes(qualities))

    async def probe(self, plan: ReadPlan) -> None:
        """As `heatmon.driver.Session.probe`: the smallest request of the plan."""
        first = cast("tuple[BlockRead, ...]", plan.work)[0]
        try:
            await self._ask(piece(first, 0, 1), plan.timeout_s)
        except DeviceRefusedError:
            # It refuses, so it is there.
            return

    async def close(self) -> None:
        """As `heatmon.driver.Session.close`."""
        line, self._line = self._line, None
        await close_line(line)

    def notices(self) -> Sequence[Notice]:
        """As `heatmon.driver.Session.notices`."""
        notices, self._notices = self._notices, []
        return notices

    async def _read_block(
        self, read: BlockRead, timeout_s: float, values: array[float], qualities: bytearray
    ) -> None:
        split = self._split.get(read)
        if split is None:
            await self._read_whole(read, timeout_s, values, qualities)
            return
        if asyncio.get_running_loop().time() >= split.until:
            del self._split[read]
            await self._read_whole(read, timeout_s, values, qualities)
            return
        for part in split.parts:
            try:
                _decode(part, await self._ask(part, timeout_s), values, qualities)
            except DeviceRefusedError as refused:
                _spoil(part, refused.code, qualities)
        for part, code in split.refused:
            _spoil(part, code, qualities)

    async def _read_whole(
        self, read: BlockRead, timeout_s: float, values: array[float], qualities: bytearray
    ) -> None:
        try:
            _decode(read, await self._ask(read, timeout_s), values, qualities)
        except DeviceRefusedError as refused:
            if refused.code not in (ILLEGAL_ADDRESS, ILLEGAL_VALUE):
                _spoil(read, refused.code, qualities)
                return
            good: list[BlockRead] = []
            bad: list[tuple[BlockRead, int]] = []
            await self._bisect(read, refused.code, timeout_s, values, qualities, good, bad)
            self._tell(read, good, bad)
            wait_s = RETRY_REFUSED_S
            if not good:
                # A PLC that is starting refuses everything. One tag is still asked for, so that a dead
                # device is found, and the whole is tried again soon.
                good, bad, wait_s = [bad[0][0]], bad[1:], RETRY_ALL_REFUSED_S
            until = asyncio.get_running_loop().time() + wait_s
            self._split[read] = Split(tuple(good), tuple(bad), until)

    async def _bisect(
        self,
        read: BlockRead,
        code: int,
        timeout_s: float,
        values: array[float],
        qualities: bytearray,
        good: list[BlockRead],
        bad: list[tuple[BlockRead, int]],
    ) -> None:
        """Halve a refused block until each part is answered or is one tag: 2 log2(n) requests a bad tag."""
        n = len(read.fields)
        if n == 1:
            bad.append((read, code))
            _spoil(read, code, qualities)
            return
        for half in (piece(read, 0, n // 2), piece(read, n // 2, n)):
            try:
                _decode(half, await self._ask(half, timeout_s), values, qualities)
            except DeviceRefusedError as refused:
                if refused.code in (ILLEGAL_ADDRESS, ILLEGAL_VALUE):
                    await self._bisect(half, refused.code, timeout_s, values, qualities, good, bad)
                    continue
                _spoil(half, refused.code, qualities)
            good.append(half)

    def _tell(self, read: BlockRead, good: Sequence[BlockRead], bad: Sequence[tuple[BlockRead, int]]) -> None:
        """Say what was learned of a block, once, also when the same is found again after an hour."""
        tags = tuple(tag for part, _ in bad for tag in part.tags)
        if (key := tags or read.tags) in self._told:
            return
        self._told.add(key)
        if tags:
            params: dict[str, str | int] = {"unit": read.unit, "tags": ", ".join(tags)}
            self._notices.append(Notice("modbus.isolated", params, tags))
        else:
            what = {"unit": read.unit, "address": read.address, "count": read.count, "parts": len(good)}
            self._notices.append(Notice("modbus.split", what, read.tags))

    async def _ask(self, read: BlockRead, timeout_s: float, *, retried: bool = False) -> bytes:
        line = await self._usable()
        await self._pause()
        try:
            data = await line.ask(read, timeout_s)
        except TimeoutError:
            self._timed_out()
            raise DriverError("read", "timeout", f"unit {read.unit} did not answer", "device") from None
        except ForeignReplyError as error:
            self._doubtful = True
            raise DriverError("read", "protocol", f"not an answer to this request: {error}") from None
        except ConnectionError:
            if retried:
                raise DriverError("read", "closed", "the connection was lost twice in a row") from None
            if self._without_ids:
                # The answer to the lost request may still come out of a gateway.
                await asyncio.sleep(self._options.quiet_after_fault_s)
            # Perhaps the other side closed because the line was idle: connect and ask once more.
            await self.connect()
            return await self._ask(read, timeout_s, retried=True)
        except DeviceRefusedError:
            self._unanswered = 0
            raise
        finally:
            if self._pause_s:
                self._used = asyncio.get_running_loop().time()
        self._unanswered = 0
        return data

    def _timed_out(self) -> None:
        self._unanswered += 1
        if self._without_ids:
            # Without transaction ids a late answer would be taken for the next one.
            self._doubtful = True
        elif self._unanswered >= HALF_OPEN_AFTER:
            self._doubtful = True
            raise DriverError("read", "timeout", "two requests in a row unanswered") from None

    async def _usable(self) -> Line:
        if self._line is None:
            raise DriverError("read", "closed", "the link is not connected")
        if self._doubtful:
            await self.close()
            await asyncio.sleep(self._options.quiet_after_fault_s)
            await self.connect()
        assert self._line is not None
        return self._line

    async def _pause(self) -> None:
        """Keep the silence between the last exchange and the next request."""
        if self._pause_s:
            wait_s = self._used + self._pause_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                await asyncio.sleep(wait_s)


def _silence_s(options: LinkOptions) -> float:
    """Seconds between two exchanges: 3.5 characters on a serial line, 1.75 ms above 19200 baud
    (MODBUS over serial line, §2.5.1.1), or more if the settings ask for it."""
    wire, silence = options.transport, 0.0
    if isinstance(wire, Rtu):
        silence = max(SILENCE_CHARACTERS * BITS_PER_SERIAL_BYTE / wire.baudrate, SHORTEST_SILENCE_S)
    return max(options.pause_between_requests_s, silence)


def _decode(read: BlockRead, data: bytes, values: array[float], qualities: bytearray) -> None:
    if read.decoder is None:
        decode_bits(data, read.fields, values, qualities)
    else:
        read.decoder.decode(data, values, qualities)


def _spoil(read: BlockRead, code: int, qualities: bytearray) -> None:
    quality = REFUSALS.get(code, Quality.DEVICE_REFUSED)
    for field in read.fields:
        qualities[field.column] = quality
