"""Nothing that changes a plant can leave the driver, whoever asks for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from asyncua import ua

from heatmon_drivers.opcua.client import PERMITTED, NotPermittedError, ReadOnlyClient
from heatmon_simulators.opcua.proxy import OpcUaProxy
from tests.conftest import OPCUA_READING
from tests.opcua_server import ServerThread


@pytest.fixture
async def proxy(opcua_server: ServerThread) -> AsyncIterator[OpcUaProxy]:
    async with OpcUaProxy("127.0.0.1", opcua_server.server.port) as made:
        yield made


def test_what_is_permitted_is_reading_and_nothing_else() -> None:
    assert {name.removesuffix("Request") for name in PERMITTED} <= OPCUA_READING


CHANGING: list[Callable[[Any], Any]] = [
    lambda session: session.write(ua.WriteParameters()),
    lambda session: session.call([ua.CallMethodRequest()]),
    lambda session: session.history_update(ua.HistoryUpdateParameters()),
    lambda session: session.add_nodes([]),
    lambda session: session.add_references([]),
    lambda session: session.delete_nodes(ua.DeleteNodesParameters()),
    lambda session: session.delete_references([]),
    lambda session: session.register_nodes([]),
    lambda session: session.transfer_subscriptions(ua.TransferSubscriptionsParameters()),
]


async def test_every_service_that_changes_something_is_stopped_before_the_wire(proxy: OpcUaProxy) -> None:
    client = ReadOnlyClient(proxy.url, 2.0)
    await client.connect_socket()
    await client.send_hello()
    await client.open_secure_channel()
    try:
        for change in CHANGING:
            with pytest.raises(NotPermittedError):
                await change(client.uaclient.session)
    finally:
        client.transport.abort()
    assert set(proxy.asked) <= OPCUA_READING


async def test_the_simulated_server_refuses_to_be_written_to(opcua_server: ServerThread) -> None:
    """The same from the other side: a foreign client that writes is refused (and seen)."""
    gate = opcua_server.server._gate
    write = ua.NodeId(ua.ObjectIds.WriteRequest_Encoding_DefaultBinary)
    read = ua.NodeId(ua.ObjectIds.ReadRequest_Encoding_DefaultBinary)
    assert not gate.permits(write)
    assert gate.permits(read)
