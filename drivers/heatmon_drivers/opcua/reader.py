"""Reads the nodes of a group whole: in few requests, and one wrong node spoils only itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from asyncua import ua

from heatmon.driver import Message, Notice
from heatmon_drivers.opcua.client import PreparedRead
from heatmon_drivers.opcua.columns import Bound, Columns
from heatmon_drivers.opcua.connection import Connection
from heatmon_drivers.opcua.plan import Work
from heatmon_drivers.opcua.resolve import parts, resolve
from heatmon_drivers.opcua.status import BAD_NODE_ID_UNKNOWN
from heatmon_drivers.opcua.structure import Structures
from heatmon_drivers.opcua.trouble import SESSION_GONE, TOO_LARGE, name_of, refused


@dataclass(slots=True)
class Learned:
    """What is known of a server and outlives a connection: most nodes it takes in one read."""

    most: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """One request and the columns it fills; first is -1 where they are not neighbours."""

    request: PreparedRead
    columns: Sequence[int]
    first: int


class GroupReader:
    """The nodes of one group in one session, and their present values in `columns`."""

    def __init__(self, connection: Connection, work: Work, learned: Learned) -> None:
        self._connection, self._work, self._learned = connection, work, learned
        self.bound = [Bound(point, plain=point.plain) for point in work.points]
        self.columns = Columns(self.bound)
        self._structures = Structures(connection)
        self._batches: list[Batch] | None = None
        self._apart: set[int] = set()
        self._retry_at = 0.0
        self.notices: list[Notice] = []

    async def find(self) -> None:
        """Look for all nodes. Raises DriverError."""
        await resolve(self._connection, self.bound, self._structures)
        self._retry_later()

    async def refresh(self) -> None:
        """Read everything that is there. Raises DriverError."""
        if asyncio.get_running_loop().time() >= self._retry_at:
            await self._look_again()
        while not await self._read_all():
            continue

    async def _read_all(self) -> bool:
        if self._batches is None:
            self._batches = self._made()
        for batch in self._batches:
            if not await self._read(batch):
                # Too large for this server: smaller ones from here on.
                self._batches = None
                return False
        return True

    async def refresh_some(self, columns: Sequence[int]) -> None:
        """Read only these columns, after looking again for those without a node."""
        lost = [self.bound[column] for column in columns if self.bound[column].node is None]
        if lost:
            await resolve(self._connection, lost, self._structures)
            self._batches = None
        there = [column for column in columns if self.bound[column].node is not None]
        for some in parts(there, self._most()):
            await self._read(self._batch(some))

    def why(self, column: int) -> Message:
        """Why a column has no value."""
        status = name_of(max(0, self.columns.statuses[column]))
        return self.bound[column].why or Message("opcua.why.status", {"status": status})

    def _retry_later(self) -> None:
        self._retry_at = asyncio.get_running_loop().time() + self._work.reading.retry_s

    async def _look_again(self) -> None:
        self._retry_later()
        lost = [one for one in self.bound if one.node is None]
        if lost:
            await resolve(self._connection, lost, self._structures)
        if self._apart or any(one.node is not None for one in lost):
            self._apart.clear()
            self._batches = None

    def _most(self) -> int:
        stated = self._connection.limits.read or self._work.max_nodes
        return min(stated, self._work.max_nodes, self._learned.most or stated)

    def _made(self) -> list[Batch]:
        there = []
        for column, one in enumerate(self.bound):
            if one.node is None:
                self.columns.spoil(column, BAD_NODE_ID_UNKNOWN)
            elif column not in self._apart:
                there.append(column)
        return [self._batch(some) for some in parts(there, self._most())]

    def _batch(self, columns: Sequence[int]) -> Batch:
        nodes = [node for column in columns if (node := self.bound[column].node) is not None]
        neighbours = columns[-1] - columns[0] + 1 == len(columns)
        return Batch(PreparedRead.of(nodes), columns, columns[0] if neighbours else -1)

    async def _read(self, batch: Batch) -> bool:
        """One request; False when the server finds it too large."""
        try:
            found = await self._connection.read(batch.request, len(batch.columns))
        except ua.UaStatusCodeError as error:
            return await self._refused(batch, error.code)
        if batch.first >= 0:
            self.columns.put_run(batch.first, found)
        else:
            self.columns.put_each(batch.columns, found)
        return True

    async def _refused(self, batch: Batch, status: int) -> bool:
        n = len(batch.columns)
        if status in SESSION_GONE:
            raise refused(status, "read", "read") from None
        if status in TOO_LARGE and n > 1:
            self._learned.most = n // 2
            params: dict[str, str | int] = {"asked": n, "nodes": n // 2}
            self.notices.append(Notice("opcua.batch", params))
            return False
        if n == 1:
            self._apart.add(batch.columns[0])
            self.columns.spoil(batch.columns[0], status)
            return True
        # Some servers refuse a whole request for one node: halve until it stands alone.
        for half in (batch.columns[: n // 2], batch.columns[n // 2 :]):
            if not await self._read(self._batch(half)):
                return False
        self._batches = None
        return True
