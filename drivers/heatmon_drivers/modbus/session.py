"""A Modbus link over many connections: reads blocks, isolates bad addresses, never trusts a doubt."""

from __future__ import annotations

import asyncio
import termios
from array import array
from collections.abc import Awaitable, Callable, Sequence
from math import nan
from typing import Final, cast

from heatmon.core.quality import Quality
from heatmon.driver import Block, Notice, ReadPlan
from heatmon.secret import SecretError
from heatmon_drivers.modbus import errors
from heatmon_drivers.modbus.block import BlockRead, piece
from heatmon_drivers.modbus.cost import silence_s, without_ids
from heatmon_drivers.modbus.framing import DeviceRefusedError, ForeignReplyError
from heatmon_drivers.modbus.isolate import REFUSED_ADDRESS, Columns, Learned
from heatmon_drivers.modbus.line import Line, close_line, open_line, release
from heatmon_drivers.modbus.options import LinkOptions

DOUBTED: Final = bytes([Quality.UNCERTAIN, *range(1, 256)])
"""What was good is uncertain while it is in doubt who answers."""
HALVINGS: Final = 32
"""Most extra requests in one read to find bad addresses; the search goes on in the next read."""


class ModbusSession:
    """One link. What was learned of its devices outlives a connection.

    opener: makes a connection; tests put a wire of their own in its place.
    """

    def __init__(
        self, options: LinkOptions, opener: Callable[[LinkOptions], Awaitable[Line]] = open_line
    ) -> None:
        self._options, self._opener = options, opener
        self._without_ids = without_ids(options)
        self._line: Line | None = None
        self._used = 0.0
        self._pause_s = silence_s(options)
        self._learned = Learned()
        self.answered = 0

    async def connect(self) -> None:
        """As `heatmon.driver.Session.connect`."""
        await self.close()
        try:
            self._line = await self._opener(self._options)
        except (OSError, ValueError, termios.error, SecretError, errors.FileFaultError) as error:
            raise errors.connect_error(error, self._options) from None
        await asyncio.sleep(self._options.pause_after_connect_s)

    async def read(self, plan: ReadPlan) -> Block:
        """As `heatmon.driver.Session.read`."""
        n = len(plan.tags)
        columns = Columns(array("d", [nan]) * n, bytearray(n), plan.timeout_s, HALVINGS)
        for read in cast("tuple[BlockRead, ...]", plan.work):
            await self._read(read, columns, whole=True)
        qualities = bytes(columns.qualities)
        if self._line is not None and self._line.uncertain:
            qualities = qualities.translate(DOUBTED)
        return Block(columns.values, qualities, exact=columns.exact)

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
        await self._drop()
        release(self._options)

    async def _drop(self) -> None:
        """End the connection; a listening place is kept."""
        line, self._line = self._line, None
        if line is not None:
            self._learned.add(line.take_notices())
        await close_line(line)

    def notices(self) -> Sequence[Notice]:
        """As `heatmon.driver.Session.notices`."""
        if self._line is not None:
            self._learned.add(self._line.take_notices())
        return self._learned.notices()

    def retry_s(self, tag: str) -> float | None:
        """As `heatmon.driver.Telling.retry_s`: a refused address rests."""
        return self._learned.retry_s(tag, asyncio.get_running_loop().time())

    # -- blocks --------------------------------------------------------------------------------

    async def _read(self, read: BlockRead, columns: Columns, *, whole: bool = False) -> None:
        split = self._learned.split(read, asyncio.get_running_loop().time)
        if split is not None:
            for part in split.parts:
                await self._read(part, columns)
            for part, code in split.refused:
                columns.spoil(part, code)
            return
        try:
            columns.take(read, await self._ask(read, columns.timeout_s))
        except DeviceRefusedError as refused:
            if refused.code not in REFUSED_ADDRESS:
                columns.spoil(read, refused.code)
                return
            found = self._learned.search(read, whole=whole)
            await self._halve(read, refused.code, columns, found)
            self._learned.keep(found, asyncio.get_running_loop().time())

    async def _halve(self, read: BlockRead, code: int, columns: Columns, found: Learned.Search) -> None:
        """Halve a refused block until each part is answered or is one tag: 2 log2(n) requests a bad tag."""
        if not read.divisible:
            found.bad.append((read, code))
            columns.spoil(read, code)
            return
        n, beyond = len(read.fields), False
        for half in (piece(read, 0, n // 2), piece(read, n // 2, n)):
            if beyond:
                # Every read begins at zero: what holds the refused part is refused too.
                found.bad.append((half, code))
                columns.spoil(half, code)
                continue
            if columns.halvings <= 0:
                found.later.append(half)
                columns.spoil(half, code)
                continue
            columns.halvings -= 1
            try:
                columns.take(half, await self._ask(half, columns.timeout_s))
            except DeviceRefusedError as refused:
                if refused.code in REFUSED_ADDRESS:
                    await self._halve(half, refused.code, columns, found)
                    beyond = read.manner.from_zero
                    continue
                columns.spoil(half, refused.code)
            found.good.append(half)

    # -- one request ---------------------------------------------------------------------------

    async def _ask(self, read: BlockRead, timeout_s: float, *, retried: bool = False) -> bytes:
        line = self._line
        if line is None:
            raise errors.not_connected()
        if self._pause_s:
            await self._pause()
        try:
            data = await line.ask(read, timeout_s + read.line_s)
        except TimeoutError:
            if self._without_ids:
                # A late answer would be taken for that to the next request.
                await self._reopen()
            raise errors.no_answer(read.unit, timeout_s) from None
        except ForeignReplyError as error:
            await self._reopen()
            raise errors.foreign(read.unit, str(error)) from None
        except ConnectionError:
            if retried:
                raise errors.lost() from None
            # Perhaps the other side closed because the line was idle: connect and ask once more.
            await self._reopen(quiet=self._without_ids)
            return await self._ask(read, timeout_s, retried=True)
        except DeviceRefusedError:
            self.answered += 1
            raise
        finally:
            if self._pause_s:
                self._used = asyncio.get_running_loop().time()
        self.answered += 1
        return data

    async def _reopen(self, *, quiet: bool = True) -> None:
        """A connection in doubt is never used again; answers on their way die out in the quiet.

        Done before the failure is told, so that what it costs counts as the failing unit's.
        """
        quiet_s = self._options.quiet_after_fault_s if quiet else 0.0
        if self._line is not None and await self._line.settle(quiet_s):
            return
        # The quiet may last longer than a place is kept for a link that was closed.
        await self._drop()
        if quiet:
            await asyncio.sleep(quiet_s)
        await self.connect()

    async def _pause(self) -> None:
        """Keep the silence between the last exchange and the next request."""
        wait_s = self._used + self._pause_s - asyncio.get_running_loop().time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)
