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
from typing import Self

from heatmon_simulators.modbus.bank import Unit
from heatmon_simulators.modbus.faults import Fault, FaultBoard
from heatmon_simulators.modbus.record import Record
from heatmon_simulators.modbus.session import Context, Session

_CHUNK = 4096


class _Line:
    """The sending end of the line; it has no connections, so hanging up does nothing."""

    def __init__(self, master: int) -> None:
        self._master = master

    def write(self, data: bytes) -> None:
        """Send. What a full line does not take is lost, as on a wire."""
        with contextlib.suppress(BlockingIOError):
            while data:
                data = data[os.write(self._master, data) :]

    def close(self) -> None:
        """A line cannot be hung up."""

    def abort(self) -> None:
        """A line cannot be cut from this end."""


class SerialServer:
    """Units on one RS-485 line; `path` is the device a client opens. Unknown units and broadcasts are silent.

    `link`: a symbolic link to make beside, so that a configuration can name the device; removed at the end.
    `reset` and `hang_up` faults are silence here, for a line has no connections.
    """

    def __init__(
        self,
        units: Mapping[int, Unit],
        *,
        link: Path | None = None,
        faults: FaultBoard | None = None,
        before_answer: Callable[[], None] | None = None,
    ) -> None:
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
        self._session = Session(self._context, _Line(self._master), 1)
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
        if self._session is not None:
            self._session.heard(data)

    def _shut(self) -> None:
        os.close(self._master)
        os.close(self._slave)
