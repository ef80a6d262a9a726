"""What holds for every test: no request to a plant but a read, and no task left behind."""

from __future__ import annotations

import asyncio
import inspect
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    # Imported when a test asks for a server: other tests do not pay for it.
    from tests.opcua_server import Secured, ServerThread

from heatmon_simulators.modbus.frames import READ_FUNCTIONS, Request
from heatmon_simulators.modbus.record import Record

_note: Callable[[Record, Request, int, float], None] = Record.note
_asked: list[int] = []
"""The function codes of this test's requests to any of our Modbus servers."""


def _note_and_remember(record: Record, request: Request, connection: int, at_s: float) -> None:
    if request.function not in READ_FUNCTIONS:
        _asked.append(request.function)
    _note(record, request, connection, at_s)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the golden journals of tests/scenario anew; review them as diffs",
    )


def pytest_configure() -> None:
    Record.note = _note_and_remember  # type: ignore[method-assign, assignment]  # for every server there is


@pytest.fixture(autouse=True)
def only_reads_reach_a_plant(request: pytest.FixtureRequest) -> Iterator[None]:
    """A test that sends anything but functions 1 to 4 fails, unless it is marked `writes_on_purpose`."""
    _asked.clear()
    yield
    if _asked and request.node.get_closest_marker("writes_on_purpose") is None:
        pytest.fail(f"function codes that do not read were sent: {sorted(set(_asked))}")


@pytest.fixture(autouse=True)
def no_task_is_left(request: pytest.FixtureRequest) -> None:
    """A test whose loop still runs a task at its end fails."""
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        request.getfixturevalue("tasks_at_the_end")


@pytest.fixture
async def tasks_at_the_end() -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    for _ in range(3):
        # What was cancelled at the very end ends in the loop's next turns.
        await asyncio.sleep(0)
    here = asyncio.current_task()
    left = [task for task in asyncio.all_tasks() - before if task is not here]
    assert not left, f"tasks left behind: {[task.get_name() for task in left]}"


OPCUA_READING = {
    "OpenSecureChannel", "CloseSecureChannel", "GetEndpoints", "FindServers", "CreateSession",
    "ActivateSession", "CloseSession", "Browse", "BrowseNext", "TranslateBrowsePathsToNodeIds", "Read",
    "HistoryRead",
    "CreateSubscription", "ModifySubscription", "DeleteSubscriptions", "CreateMonitoredItems",
    "ModifyMonitoredItems", "DeleteMonitoredItems", "Publish", "Republish", "HEL", "OPN", "CLO",
}  # fmt: skip
"""Discovery, session, browse, read, history read and subscriptions; HEL, OPN and CLO as frames."""
COUNTERS = (
    ("heatmon_drivers.opcua.client", "sent"),
    ("heatmon_simulators.opcua.server", "ever_asked"),
    ("heatmon_simulators.opcua.proxy", "ever_asked"),
)


@pytest.fixture(scope="session", autouse=True)
def opcua_is_only_read() -> Iterator[None]:
    """Every request of the suite, where it is sent and where it is received, is one of reading."""
    yield
    for module, name in COUNTERS:
        if (loaded := sys.modules.get(module)) is not None:
            asked = {request.removesuffix("Request") for request in getattr(loaded, name)}
            assert asked <= OPCUA_READING, f"{module}: {sorted(asked - OPCUA_READING)}"


@pytest.fixture(scope="session")
def opcua_server() -> Iterator[ServerThread]:
    """A simulated OPC UA server, open to everybody, with history; made once, because that takes seconds."""
    from tests.opcua_server import ServerThread

    made = ServerThread()
    yield made
    made.end()


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    """A simulated OPC UA server with every policy and with users; made once."""
    from tests.opcua_server import secured_server

    made = secured_server(tmp_path_factory.mktemp("secured"))
    yield made
    made.there.end()
