"""A client that can only read: every request passes one gate, and what is not on its list never leaves.

asyncua does the secure channel, the signatures and the encoding of requests. Its `Client` object is
used for one connection and thrown away; its supervisor, its reconnecting and its subscriptions are not
used at all: they lose items in silence, and a health check of their own each second is traffic nobody
asked for. The two methods of asyncua that are overridden here are private to it, which is why its
version is pinned below the next minor one.
"""

from __future__ import annotations

import asyncio
import logging
import struct
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from asyncua import Client, ua
from asyncua.client.ua_client import UaClient, UASocketProtocol
from asyncua.ua.ua_binary import nodeid_to_binary, struct_to_binary

# Its lines and tracebacks would come each second while a server is away; our own line says it once.
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)

PERMITTED: Final = frozenset(
    {
        "OpenSecureChannelRequest",
        "CloseSecureChannelRequest",
        "GetEndpointsRequest",
        "FindServersRequest",
        "CreateSessionRequest",
        "ActivateSessionRequest",
        "CloseSessionRequest",
        "BrowseRequest",
        "BrowseNextRequest",
        "TranslateBrowsePathsToNodeIdsRequest",
        "ReadRequest",
        "HistoryReadRequest",
        "CreateSubscriptionRequest",
        "ModifySubscriptionRequest",
        "DeleteSubscriptionsRequest",
        "CreateMonitoredItemsRequest",
        "DeleteMonitoredItemsRequest",
        "PublishRequest",
        "RepublishRequest",
    }
)
"""Discovery, session, browse, read, history read, subscriptions. Nothing that changes anything at a plant."""

VALUE: Final = 13
TIMESTAMPS_SOURCE: Final = 0
_READ_TAIL: Final = struct.pack("<iiHi", VALUE, -1, 0, -1)
"""After the node id: the attribute, no index range, no data encoding."""


class NotPermittedError(Exception):
    """A request that this program must never send; a fault of the program, not of the settings."""


sent: Counter[str] = Counter()
"""How many requests of each kind have left this process; the whole test suite looks at it when it ends."""


def encoded(node: ua.NodeId) -> bytes:
    """A node id as it stands in requests."""
    return bytes(nodeid_to_binary(node))


@dataclass(slots=True)
class PreparedRead:
    """A read of values, encoded once: the same thousand nodes are asked for again and again."""

    body: bytes
    RequestHeader: ua.RequestHeader = field(default_factory=ua.RequestHeader)

    @classmethod
    def of(cls, nodes: Sequence[bytes]) -> PreparedRead:
        """A read of the values of these encoded nodes, with their source times, not from any cache."""
        parts = [struct.pack("<dii", 0.0, TIMESTAMPS_SOURCE, len(nodes))]
        for node in nodes:
            parts.append(node)
            parts.append(_READ_TAIL)
        return cls(b"".join(parts))

    def binary(self) -> bytes:
        """The whole request."""
        return bytes(_READ_TYPE + struct_to_binary(self.RequestHeader) + self.body)


_READ_TYPE: Final = nodeid_to_binary(ua.FourByteNodeId(ua.ObjectIds.ReadRequest_Encoding_DefaultBinary))


class ReadOnlySocket(UASocketProtocol):  # type: ignore[misc]  # the library is not checked
    """The gate: asyncua sends every request, those of the channel included, through this one method."""

    def _send_request(
        self, request: Any, timeout: float = 1, message_type: ua.MessageType = ua.MessageType.SecureMessage
    ) -> asyncio.Future[Any]:
        prepared = isinstance(request, PreparedRead)
        name = "ReadRequest" if prepared else type(request).__name__
        if name not in PERMITTED:
            raise NotPermittedError(f"{name} may not be sent: heatmon only reads")
        sent[name] += 1
        if not prepared:
            plain: asyncio.Future[Any] = super()._send_request(request, timeout, message_type)
            return plain
        if self.transport is None:
            raise ConnectionError("the connection is closed")
        request.RequestHeader.Timestamp = datetime.now(UTC)
        self._setup_request_header(request.RequestHeader, timeout)
        self.revolve_security_token()
        self._request_id += 1
        message = self._connection.message_to_binary(
            request.binary(), message_type=message_type, request_id=self._request_id
        )
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._callbackmap[self._request_id] = future
        self.transport.write(message)
        return future

    def abort(self) -> None:
        """End the connection now."""
        if self.transport is not None:
            self.transport.abort()


class ReadOnlyUaClient(UaClient):  # type: ignore[misc]  # the library is not checked
    """The transport with the gate in it."""

    def _make_protocol(self) -> UASocketProtocol:
        super()._make_protocol()
        made = ReadOnlySocket(self._timeout, security_policy=self.security_policy)
        made.on_connection_lost = self._on_transport_lost
        made.is_session_closing = self._is_session_closing
        self.protocol = made
        return made

    @property
    def alive(self) -> bool:
        """Whether there is a connection."""
        protocol: ReadOnlySocket | None = self.protocol
        return protocol is not None and protocol.transport is not None

    async def ask(self, request: Any, timeout_s: float) -> bytes:
        """Send a request, return the answer's bytes. timeout 0: wait for ever (the caller has a deadline)."""
        return bytes(await self._send_request(request, timeout_s))

    def abort(self) -> None:
        """End the connection now, without a word."""
        if isinstance(self.protocol, ReadOnlySocket):
            self.protocol.abort()


class ReadOnlyClient(Client):  # type: ignore[misc]  # the library is not checked
    """One connection to one server."""

    def __init__(self, url: str, timeout_s: float) -> None:
        super().__init__(url, timeout=timeout_s)
        self.transport = ReadOnlyUaClient(timeout_s)
        self.uaclient = self.transport
