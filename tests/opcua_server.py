"""A simulated OPC UA server on a thread of its own, made once for all tests: that takes a second."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import pytest

from heatmon_simulators.opcua.server import Access, OpcUaServer

T = TypeVar("T")


class ServerThread:
    """The server, and a way to have it do something while the test waits."""

    def __init__(self, access: Access | None = None, *, history: bool = True) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="opcua server")
        self._thread.start()
        self.server = OpcUaServer(access=access, history=history)
        self.do(self.server.start())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Carry out in the server's own loop; returns when it is done."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def doing(self, work: Coroutine[Any, Any, T]) -> T:
        """As `do`, without keeping the test's own loop from running."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self._loop))

    def end(self) -> None:
        """Stop server and thread."""
        self.do(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _stop(self) -> None:
        await self.server.stop()
        mine = asyncio.current_task()
        rest = [task for task in asyncio.all_tasks() if task is not mine]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)


@pytest.fixture(scope="session")
def opcua_server() -> Iterator[ServerThread]:
    """Open to everybody, with history."""
    made = ServerThread()
    yield made
    made.end()
