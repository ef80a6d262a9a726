"""A real OPC UA server (asyncua's) with the values of a plant by name; secured, with users and history.

It may be read and subscribed to; every other service is refused to whoever asks, and recorded. Building
the standard address space takes asyncua one to two seconds: a server is made once, and `restart` keeps it.
"""

from __future__ import annotations

import asyncio
import logging
import math
import socket
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from asyncua import Server, ua
from asyncua.common.structures104 import new_struct, new_struct_field
from asyncua.common.utils import ServiceError
from asyncua.crypto.cert_gen import setup_self_signed_certificate
from asyncua.crypto.permission_rules import PermissionRuleset, User, UserRole
from asyncua.server.internal_server import InternalServer
from asyncua.server.internal_session import InternalSession
from cryptography.x509.oid import ExtendedKeyUsageOID

from heatmon_simulators.clock import ClockLike
from heatmon_simulators.opcua.history import MemoryHistory
from heatmon_simulators.plant import Plant

NAMESPACE: Final = "urn:heatmon:simulator:plant"
APPLICATION: Final = "urn:heatmon:simulator"
NS: Final = 1_000_000_000
READING: Final = frozenset(
    {
        "BrowseRequest",
        "BrowseNextRequest",
        "TranslateBrowsePathsToNodeIdsRequest",
        "ReadRequest",
        "HistoryReadRequest",
        "CreateSubscriptionRequest",
        "ModifySubscriptionRequest",
        "DeleteSubscriptionsRequest",
        "CreateMonitoredItemsRequest",
        "ModifyMonitoredItemsRequest",
        "DeleteMonitoredItemsRequest",
        "PublishRequest",
        "RepublishRequest",
        "CloseSecureChannelRequest",
    }
)
POLICIES: Final = {
    ("None", ""): ua.SecurityPolicyType.NoSecurity,
    ("Basic256Sha256", "sign"): ua.SecurityPolicyType.Basic256Sha256_Sign,
    ("Basic256Sha256", "sign_and_encrypt"): ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt,
    ("Aes128_Sha256_RsaOaep", "sign"): ua.SecurityPolicyType.Aes128Sha256RsaOaep_Sign,
    ("Aes128_Sha256_RsaOaep", "sign_and_encrypt"): ua.SecurityPolicyType.Aes128Sha256RsaOaep_SignAndEncrypt,
    ("Aes256_Sha256_RsaPss", "sign"): ua.SecurityPolicyType.Aes256Sha256RsaPss_Sign,
    ("Aes256_Sha256_RsaPss", "sign_and_encrypt"): ua.SecurityPolicyType.Aes256Sha256RsaPss_SignAndEncrypt,
}
ANYBODY: Final = User(role=UserRole.Anonymous)
ever_asked: Counter[str] = Counter()
"""What all servers of this process were asked inside sessions, by the name of the request."""
_NAMES: Final = {number: name for name, number in vars(ua.ObjectIds).items() if isinstance(number, int)}
logging.getLogger("asyncua").setLevel(logging.CRITICAL + 1)


@dataclass(slots=True)
class Access:
    """Who may read, and how. users: name to password; none: anybody. folder: for the server's certificate."""

    policies: Sequence[tuple[str, str]] = (("None", ""),)
    users: Mapping[str, str] = field(default_factory=dict)
    certificates: Sequence[bytes] = ()
    folder: Path | None = None
    anonymous: bool = True


class _Gate(PermissionRuleset):  # type: ignore[misc]  # the library is not checked
    """Lets reading through and records everything that is asked inside a session."""

    def __init__(self, asked: Counter[str]) -> None:
        self._asked = asked

    def check_validity(self, user: Any, action_type: ua.NodeId, body: Any) -> bool:
        """As `permits`; what is asked is counted."""
        name = _name(action_type)
        self._asked[name] += 1
        ever_asked[name] += 1
        return self.permits(action_type)

    @staticmethod
    def permits(service: ua.NodeId) -> bool:
        """Whether this service is one of reading."""
        return _name(service) in READING


def _name(service: ua.NodeId) -> str:
    return str(_NAMES.get(int(service.Identifier), service.Identifier)).partition("_")[0]


class _Users:
    """Asks of every session who it is."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def get_user(
        self, iserver: Any, username: str | None = None, password: str | None = None, certificate: Any = None
    ) -> User | None:
        """The user, or None for a refusal."""
        access = self._access
        if username is not None:
            known = access.users.get(username)
            return User(UserRole.User, username) if known is not None and known == password else None
        if certificate is not None and bytes(certificate) in access.certificates:
            return User(UserRole.User, "certificate")
        return User(UserRole.User) if access.anonymous else None


class _Inner(InternalServer):  # type: ignore[misc]  # the library is not checked
    """Has room for so many sessions, and counts them."""

    max_sessions = 100

    def create_session(self, name: str, user: User = ANYBODY, external: bool = False) -> InternalSession:
        if external and len(self._external_sessions) >= self.max_sessions:
            raise ServiceError(ua.StatusCodes.BadTooManySessions)
        return super().create_session(name, user, external)

    @property
    def sessions(self) -> int:
        """Sessions that clients have now."""
        return len(self._external_sessions)


class OpcUaServer:
    """The server. `values` by name become variables below Objects/Plant in the namespace `namespace`."""

    def __init__(
        self, *, port: int = 0, access: Access | None = None, namespace: str = NAMESPACE, history: bool = True
    ) -> None:
        self._port, self._access, self.namespace = port, access or Access(), namespace
        self.asked: Counter[str] = Counter()
        self._gate = _Gate(self.asked)
        self.inner = _Inner(user_manager=_Users(self._access))
        self._server = Server(iserver=self.inner)
        self.history = MemoryHistory() if history else None
        self.nodes: dict[str, ua.NodeId] = {}
        self._types: dict[str, ua.VariantType] = {}
        self._last: dict[str, ua.DataValue] = {}
        self._folder: Any = None
        self._others = 0

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # -- life ----------------------------------------------------------------------------------

    async def start(self) -> None:
        """Build the address space and listen on 127.0.0.1."""
        server, access = self._server, self._access
        self.inner.disabled_clock = True
        if self.history is not None:
            self.inner.history_manager.set_storage(self.history)
        await server.init()
        await server.set_application_uri(APPLICATION)
        server.set_server_name("heatmon simulator")
        server.set_security_policy([POLICIES[one] for one in access.policies], self._gate)
        tokens: list[type] = [ua.AnonymousIdentityToken] if access.anonymous else []
        tokens += [ua.UserNameIdentityToken] if access.users else []
        tokens += [ua.X509IdentityToken] if access.certificates else []
        server.set_identity_tokens(tokens)
        if access.folder is not None:
            await self._certify(access.folder)
        await self._listen()
        self._folder = await self._make_folder()

    async def _certify(self, folder: Path) -> None:
        key, certificate = folder / "server.pem", folder / "server.der"
        use, names = [ExtendedKeyUsageOID.SERVER_AUTH], {"organizationName": "heatmon simulator"}
        await setup_self_signed_certificate(key, certificate, APPLICATION, socket.gethostname(), use, names)
        await self._server.load_certificate(str(certificate))
        await self._server.load_private_key(str(key))

    async def _listen(self) -> None:
        self._server.socket_address = ("127.0.0.1", self._port)
        self._server.set_endpoint(f"opc.tcp://127.0.0.1:{self._port}/")
        await self._server.start()
        assert self._server.bserver is not None
        self._port = int(self._server.bserver.port)
        self._server.set_endpoint(f"opc.tcp://127.0.0.1:{self._port}/")

    async def stop(self) -> None:
        """Close all connections and stop listening."""
        with suppress(ServiceError):
            await self._server.stop()

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._port

    @property
    def url(self) -> str:
        """The endpoint."""
        return f"opc.tcp://127.0.0.1:{self._port}/"

    @property
    def sessions(self) -> int:
        """Sessions that clients have now."""
        return self.inner.sessions

    def limit(self, *, sessions: int | None = None, nodes_per_read: int | None = None) -> None:
        """Room for so many sessions; most nodes in one read (stated, and held to)."""
        if sessions is not None:
            self.inner.max_sessions = sessions
        if nodes_per_read is not None:
            self._hold_to(nodes_per_read)

    def _hold_to(self, most: int) -> None:
        service = self.inner.attribute_service
        read = service.read

        def limited(params: ua.ReadParameters) -> list[ua.DataValue]:
            if len(params.NodesToRead) > most:
                raise ServiceError(ua.StatusCodes.BadTooManyOperations)
            found: list[ua.DataValue] = read(params)
            return found

        service.read = limited

    def cut_all(self) -> None:
        """End every connection, without a word."""
        for transport in tuple(self.inner.asyncio_transports):
            transport.abort()

    async def offline(self) -> None:
        """Stop listening and drop everything a client has, as a server that goes down."""
        assert self._server.bserver is not None
        await self._drop_sessions()
        self.cut_all()
        await self._server.bserver.stop()

    async def _drop_sessions(self) -> None:
        for session in tuple(self.inner._external_sessions.values()):
            await session.close_session(True)

    async def online(self, *, shuffle: bool = False) -> None:
        """Listen again. shuffle: another namespace has come before ours, all node ids have other numbers."""
        if shuffle:
            await self._shuffle()
        assert self._server.bserver is not None
        self._server.bserver.port = self._port
        await self._server.bserver.start()

    async def _shuffle(self) -> None:
        values, types = dict(self._last), dict(self._types)
        for name in values:
            await self.remove(name)
        await self._server.delete_nodes([self._folder], recursive=True)
        self.nodes.clear()
        self._others += 1
        array = self._server.get_node(ua.NodeId(ua.ObjectIds.Server_NamespaceArray))
        names = [name for name in await array.read_value() if name != self.namespace]
        await array.write_value([*names, f"urn:heatmon:simulator:other:{self._others}", self.namespace])
        self._folder = await self._make_folder()
        for name, value in values.items():
            await self.add(name, value.Value.Value, types[name])

    async def _make_folder(self) -> Any:
        self._index = await self._server.register_namespace(self.namespace)
        return await self._server.nodes.objects.add_object(
            ua.NodeId("plant", self._index), ua.QualifiedName("Plant", self._index)
        )

    # -- values --------------------------------------------------------------------------------

    async def add(self, name: str, value: Any, kind: ua.VariantType = ua.VariantType.Double) -> None:
        """A variable: node id ``s=NAME``, browse path Objects/Plant/NAME."""
        node = ua.NodeId(name, self._index)
        made = await self._folder.add_variable(node, ua.QualifiedName(name, self._index), value, kind)
        if self.history is not None:
            await made.set_attr_bit(ua.AttributeIds.AccessLevel, ua.AccessLevel.HistoryRead)
        self.nodes[name], self._types[name] = node, kind
        await self.set(name, value)

    async def add_structure(
        self, name: str, kind: str, fields: Mapping[str, tuple[ua.VariantType, Any]]
    ) -> None:
        """A variable that holds a structure of a type of its own, with its definition for whoever asks."""
        members = [new_struct_field(field, of) for field, (of, _) in fields.items()]
        made, _ = await new_struct(self._server, self._index, kind, members)
        await self._server.load_data_type_definitions()
        value = getattr(ua, kind)(**{field: value for field, (_, value) in fields.items()})
        node = ua.NodeId(name, self._index)
        await self._folder.add_variable(
            node, ua.QualifiedName(name, self._index), value, datatype=made.nodeid
        )

    async def remove(self, name: str) -> None:
        """The node is gone, as after a change of the PLC's program; its items say nothing any more."""
        node = self.nodes[name]
        value = self.inner.aspace[node].attributes[ua.AttributeIds.Value]
        for handle in tuple(value.datachange_callbacks):
            # The library would call them without awaiting what they return.
            self.inner.aspace.delete_datachange_callback(handle)
        await self._server.delete_nodes([self._server.get_node(self.nodes.pop(name))])
        self._last.pop(name, None)

    async def set(self, name: str, value: Any, status: int = 0, source_ns: int | None = None) -> None:
        """A new value, with its status code and source time (ns UTC; default: now)."""
        moment = datetime.now(UTC) if source_ns is None else datetime.fromtimestamp(source_ns / NS, UTC)
        variant = ua.Variant(value, self._types[name]) if value is not None else ua.Variant()
        shown = ua.DataValue(variant, ua.StatusCode(status), moment, ServerTimestamp=moment)
        self._last[name] = shown
        await self._server.write_attribute_value(self.nodes[name], shown)
        if self.history is not None:
            self.history.keep(self.nodes[name], shown)

    async def show(self, values: Mapping[str, float], source_ns: int) -> None:
        """All values of a plant at a moment; NaN: an open circuit. New names become variables."""
        for name, value in values.items():
            if name not in self.nodes:
                await self.add(name, float(value))
            if math.isnan(value):
                await self.set(name, None, ua.StatusCodes.BadSensorFailure, source_ns)
            else:
                await self.set(name, float(value), 0, source_ns)
            # A thousand variables must not keep the loop from answering.
            await asyncio.sleep(0)


SHOW_S: Final = 0.25
"""How often the nodes follow the plant, real time."""


async def follow(server: OpcUaServer, plant: Plant, clock: ClockLike) -> None:
    """Have the nodes show a plant's values, by name, along the clock, for ever."""
    while True:
        now = clock.now_ns()
        plant.advance(now)
        await server.show(plant.values(now), now)
        await asyncio.sleep(SHOW_S)
