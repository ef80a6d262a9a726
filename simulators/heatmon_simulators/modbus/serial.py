"""Modbus RTU on a serial line that exists only in this computer: a pseudo-terminal."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import tty
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import Fault, FaultBoard
from heatmon_simulators.modbus.record import Record
from heatmon_simulators.modbus.session import Context, Session

_CHUNK = 4096
BITS_PER_BYTE: Final = 11
REQUEST_BYTES: Final = 8
SILENCE_CHARACTERS: Final = 3.5
PIECE_S: Final = 0.004
"""So long are the pieces in which paced bytes are handed over: what a real adapter does too."""


class _Line:
    """The sending end of the line; it has no connections, so hanging up does nothing.

    With a baud rate replies take the time that they would take on a wire: the request's, 3.5 characters
    of silence, then byte after byte. quiet_at: when the last byte is out, in the loop's seconds.
    """

    def __init__(self, master: int, baudrate: int | None) -> None:
        self._master = master
        self.character_s = 0.0 if baudrate is None else BITS_PER_BYTE / baudrate
        self.quiet_at = 0.0

    def write(self, data: bytes) -> None:
        """Send, paced where there is a baud rate."""
        if not self.character_s:
            self._put(data)
            return
        loop = asyncio.get_running_loop()
        at = max(loop.time(), self.quiet_at) + (REQUEST_BYTES + SILENCE_CHARACTERS) * self.character_s
        size = max(1, int(PIECE_S / self.character_s))
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            at += len(piece) * self.character_s
            loop.call_at(at, self._put, piece)
        self.quiet_at = at

    def _put(self, data: bytes) -> None:
        """What a full line does not take is lost, as on a wire; so is what comes when it is closed."""
        with contextlib.suppress(OSError):
            while data:
                data = data[os.write(self._master, data) :]

    def close(self) -> None:
        """A line cannot be hung up."""

    def abort(self) -> None:
        """A line cannot be cut from this end."""


class SerialServer:
    """Units on one RS-485 line; `path` is the device a client opens. Unknown units and broadcasts are silent.

    `link`: a symbolic link to make beside, so that a configuration can name the device; removed at the end.
    `baudrate`: pace the replies as a wire of that speed would; `record.too_soon` counts requests that came
    before 3.5 characters of silence were over. `reset` and `hang_up` faults are silence here, for a line has
    no connections.
    """

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        link: Path | None = None,
        faults: FaultBoard | None = None,
        before_answer: Callable[[], None] | None = None,
        baudrate: int | None = None,
    ) -> None:
        self._baudrate = baudrate
        self._line: _Line | None = None
        self.faults = faults or FaultBoard()
        self._context = Context(units, "rtu", self.faults, False, before_answer)
        self._link = link
        self._master = self._slave = -1
        self._session: Session | None = None
        self.path = ""

    @property
    def record(self) -> Record:
        """Everything that was asked."""
        return self._context.record

    @contextmanager
    def fault(self, *faults: Fault) -> Iterator[Fault]:
        """Switch faults on for the length of a block."""
        with self.faults.fault(*faults) as first:
            yield first

    async def start(self) -> None:
        """Open the line. OSError when there is no terminal left or the link's place is taken."""
        self._master, self._slave = os.openpty()
        # Our own handle on the client's side stays open, or the line would report "hung up" between clients.
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.path = os.ttyname(self._slave)
        if self._link is not None:
            try:
                self._link.symlink_to(self.path)
            except OSError:
                self._shut()
                raise
        self._line = _Line(self._master, self._baudrate)
        self._session = Session(self._context, self._line, 1)
        self.record.connections = 1
        asyncio.get_running_loop().add_reader(self._master, self._readable)

    async def close(self) -> None:
        """Close the line and wait until every task has ended."""
        if self._session is None:
            return
        asyncio.get_running_loop().remove_reader(self._master)
        self._session.ended()
        self._session = None
        tasks = list(self._context.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._link is not None:
            self._link.unlink(missing_ok=True)
        self._shut()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _readable(self) -> None:
        try:
            data = os.read(self._master, _CHUNK)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            return
        if self._line is not None and self._line.character_s:
            silence_s = SILENCE_CHARACTERS * self._line.character_s
            if asyncio.get_running_loop().time() < self._line.quiet_at + silence_s:
                self.record.too_soon += 1
        if self._session is not None:
            self._session.heard(data)

    def _shut(self) -> None:
        os.close(self._master)
        os.close(self._slave)
