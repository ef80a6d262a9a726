"""A Modbus link over many connections: reads blocks, isolates bad addresses, never trusts a doubt."""

from __future__ import annotations

import asyncio
import ssl
from array import array
from collections.abc import Sequence
from math import nan
from typing import Final, cast

from heatmon.core.quality import Quality
from heatmon.driver import Block, DriverError, Notice, ReadPlan
from heatmon_drivers.modbus.codec import decode_bits
from heatmon_drivers.modbus.framing import DeviceRefusedError, ForeignReplyError
from heatmon_drivers.modbus.line import Line, close_line, open_line
from heatmon_drivers.modbus.options import LinkOptions, Rtu, RtuOverTcp
from heatmon_drivers.modbus.plan import BlockRead, alone

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
HALF_OPEN_AFTER: Final = 2
"""Unanswered requests in a row after which the connection itself is in doubt."""


class ModbusSession:
    """One link. What was learned of its devices outlives a connection."""

    def __init__(self, options: LinkOptions) -> None:
        self._options = options
        self._line: Line | None = None
        self._doubtful = False
        self._unanswered = 0
        self._used = 0.0
        self._split: dict[BlockRead, tuple[BlockRead, ...]] = {}
        self._notices: list[Notice] = []

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
        except (OSError, ValueError) as error:
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
            await self._ask(alone(first, 0), plan.timeout_s)
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
        for part in self._split.get(read, (read,)):
            try:
                data = await self._ask(part, timeout_s)
            except DeviceRefusedError as refused:
                if refused.code in (ILLEGAL_ADDRESS, ILLEGAL_VALUE) and len(part.fields) > 1:
                    await self._isolate(read, part, timeout_s, values, qualities)
                    continue
                for field in part.fields:
                    qualities[field.column] = REFUSALS.get(refused.code, Quality.DEVICE_REFUSED)
                continue
            if part.decoder is None:
                decode_bits(data, part.fields, values, qualities)
            else:
                part.decoder.decode(data, values, qualities)

    async def _isolate(
        self, read: BlockRead, part: BlockRead, timeout_s: float, values: array[float], qualities: bytearray
    ) -> None:
        """Find which tags of a refused block the device refuses, and read the others without them."""
        good, bad = [], []
        for k in range(len(part.fields)):
            single = alone(part, k)
            try:
                data = await self._ask(single, timeout_s)
            except DeviceRefusedError as refused:
                bad.append(single)
                qualities[single.fields[0].column] = REFUSALS.get(refused.code, Quality.DEVICE_REFUSED)
                continue
            good.append(single)
            if single.decoder is None:
                decode_bits(data, single.fields, values, qualities)
            else:
                single.decoder.decode(data, values, qualities)
        parts = self._split.get(read, (read,))
        at = parts.index(part)
        self._split[read] = (*parts[:at], *good, *bad, *parts[at + 1 :])
        tags = tuple(tag for single in bad for tag in single.tags)
        if tags:
            self._notices.append(
                Notice("modbus.isolated", {"unit": read.unit, "tags": ", ".join(tags)}, tags)
            )

    async def _ask(self, read: BlockRead, timeout_s: float) -> bytes:
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
        except ConnectionError as error:
            return await self._again(read, timeout_s, error)
        except DeviceRefusedError:
            self._unanswered = 0
            raise
        self._unanswered = 0
        return data

    async def _again(self, read: BlockRead, timeout_s: float, error: ConnectionError) -> bytes:
        """The other side closed, perhaps because the line was idle: connect and ask once more."""
        await self.connect()
        assert self._line is not None
        try:
            return await self._line.ask(read, timeout_s)
        except (ConnectionError, ForeignReplyError):
            raise DriverError("read", "closed", str(error)) from None
        except TimeoutError:
            raise DriverError("read", "timeout", f"unit {read.unit} did not answer", "device") from None

    def _timed_out(self) -> None:
        self._unanswered += 1
        if isinstance(self._options.transport, Rtu | RtuOverTcp):
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
        pause = self._options.pause_between_requests_s
        if pause:
            loop = asyncio.get_running_loop()
            await asyncio.sleep(max(0.0, self._used + pause - loop.time()))
            self._used = loop.time()
