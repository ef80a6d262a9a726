"""One connection to one server, from the socket to the activated session; used once, then thrown away.

Every step has a deadline of its own and all together have one. Whatever goes wrong leaves no socket and,
as far as the server lets us, no session behind: a session that was lost with its connection is
remembered as an `Orphan` and closed over the next connection, because small servers have room for two.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from asyncua import ua
from asyncua.common.utils import Buffer
from asyncua.ua.ua_binary import struct_from_binary
from cryptography import x509

from heatmon.driver import DriverError, Phase
from heatmon.secret import reveal
from heatmon_drivers.opcua import message
from heatmon_drivers.opcua.binary import DecodeError, Values
from heatmon_drivers.opcua.certificates import (
    CertificateFault,
    Store,
    application_uri,
    read_certificate,
    read_key,
)
from heatmon_drivers.opcua.client import PreparedRead, ReadOnlyClient, encoded
from heatmon_drivers.opcua.options import LinkOptions
from heatmon_drivers.opcua.security import Choice, choose, peer_certificate, policy_of
from heatmon_drivers.opcua.trouble import translated, trouble

T = TypeVar("T")
CLOSE_S: Final = 0.4
RENEW_AT: Final = 0.75
"""Part 4, 5.5.2.1: a channel is renewed after 75 % of its life."""
SKEW_NS: Final = 2_000_000_000
"""A server whose clock is off by more stamps values with times that are left out."""
MOST_ORPHANS: Final = 4

_IDS: Final = ua.ObjectIds
_LIMITS: Final = (
    _IDS.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    _IDS.Server_ServerCapabilities_OperationLimits_MaxMonitoredItemsPerCall,
    _IDS.Server_ServerCapabilities_OperationLimits_MaxNodesPerTranslateBrowsePathsToNodeIds,
    _IDS.Server_ServerCapabilities_OperationLimits_MaxNodesPerHistoryReadData,
)


@dataclass(frozen=True, slots=True)
class Orphan:
    """A session that outlived its connection. until: when the server will have dropped it, loop seconds."""

    token: ua.NodeId
    nonce: bytes | None
    policies: list[ua.UserTokenPolicy]
    until: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Most nodes in one call, as the server states it; 0: it states none."""

    read: int = 0
    items: int = 0
    paths: int = 0
    history: int = 0


class Connection:
    """An activated session. `namespaces` are the server's, by index, read in this session."""

    def __init__(self, options: LinkOptions, store: Store) -> None:
        self.options, self._store = options, store
        self.client = ReadOnlyClient(options.endpoint, options.timeout_s)
        self.namespaces: tuple[str, ...] = ()
        self.limits = Limits()
        self.skew_ns = 0
        self.choice: Choice | None = None
        self.certificates: dict[str, x509.Certificate] = {}
        self._renew_at = 0.0
        self._open = False

    # -- opening -------------------------------------------------------------------------------

    async def open(self, choice: Choice | None, orphans: list[Orphan]) -> None:
        """Connect and activate a session. Raises DriverError(phase "connect")."""
        timeout_s = self.options.connect_timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                await self._open_all(choice, orphans)
        except TimeoutError as error:
            self.client.transport.abort()
            raise translated(error, "connect", "whole", timeout_s) from None
        except BaseException:
            self.client.transport.abort()
            raise

    async def _open_all(self, choice: Choice | None, orphans: list[Orphan]) -> None:
        self.choice = choice or await self._discover()
        client, options = self.client, self.options
        client.session_timeout = int(options.session_timeout_s * 1000)
        client.application_uri = options.application_uri or application_uri()
        if self.choice.secured:
            await self._secure(self.choice)
        await self.within("socket", client.connect_socket())
        await self.within("hello", client.send_hello())
        await self.within(
            "channel_secured" if self.choice.secured else "channel", client.open_secure_channel()
        )
        self._renew_later()
        await self._close_orphans(orphans)
        await self.within("session", client.create_session())
        self._guard_password()
        self._open = True
        try:
            await self.within("activate", self._activate())
            await self._look_around()
        except BaseException:
            # The server has a session of ours: it must not stay.
            await self.close(orphans)
            raise

    async def _secure(self, choice: Choice) -> None:
        """Our certificate and the server's into the channel."""
        try:
            own = await asyncio.to_thread(self._store.own, self.options.application_uri)
        except (OSError, ValueError) as error:
            raise DriverError("connect", "settings", str(error)) from None
        self.client.application_uri = own.uri
        self.client.security_policy = policy = policy_of(choice, own)
        self.client.uaclient.set_security(policy)
        self.certificates = {"own": own.certificate, "server": peer_certificate(choice.certificate)}

    async def _discover(self) -> Choice:
        """Ask for the endpoints, over a connection of its own, and choose. Trust is checked here."""
        options = self.options
        if options.security.policy == "None" and (
            options.user is None or options.security.allow_plain_password
        ):
            return Choice.open_channel()
        asking = ReadOnlyClient(options.endpoint, options.timeout_s)
        try:
            await self.within("socket", asking.connect_socket())
            await self.within("hello", asking.send_hello())
            await self.within("channel", asking.open_secure_channel())
            endpoints = await self.within("endpoints", asking.get_endpoints())
            with contextlib.suppress(Exception):
                await asking.close_secure_channel()
        finally:
            asking.transport.abort()
            await asyncio.sleep(0)
        choice = choose(endpoints, options)
        if choice.certificate:
            try:
                certificate = peer_certificate(choice.certificate)
                self._store.check(certificate, accept_expired=options.security.accept_expired)
            except (CertificateFault, ValueError, OSError) as error:
                raise translated(error, "connect", "certificate", 0.0) from None
        return choice

    def _guard_password(self) -> None:
        """A password leaves encrypted, and only to a server that is trusted."""
        user, choice, client = self.options.user, self.choice, self.client
        if user is None or user.name is None or self.options.security.allow_plain_password:
            return
        policy = client.server_policy(ua.UserTokenType.UserName)
        encrypts = bool(policy.SecurityPolicyUri) and not policy.SecurityPolicyUri.endswith("#None")
        if not encrypts and client.security_policy.Mode != ua.MessageSecurityMode.SignAndEncrypt:
            raise trouble("connect", "settings", "opcua.trouble.plain_password")
        assert choice is not None
        shown = bytes(client.security_policy.peer_certificate or b"")
        if not choice.certificate or peer_certificate(shown) != peer_certificate(choice.certificate):
            # On an open channel somebody else may have answered: the password is for the trusted server only.
            raise trouble("connect", "encryption", "opcua.trouble.other_certificate")

    async def _activate(self) -> None:
        """Who we are for the session: nobody, a name with its password, or a certificate."""
        user, client = self.options.user, self.client
        name = password = None
        if user is not None and user.certificate is not None and user.key is not None:
            client.user_certificate = read_certificate(Path(user.certificate))
            client.user_private_key = read_key(Path(user.key))
        elif user is not None and user.password is not None:
            name, password = user.name, reveal(user.password)
        await client.activate_session(name, password, client.user_certificate)

    async def _close_orphans(self, orphans: list[Orphan]) -> None:
        """Take over sessions that were lost with their connections, and close them."""
        now, session = asyncio.get_running_loop().time(), self.client.uaclient.session
        client = self.client
        while orphans:
            orphan = orphans.pop()
            if orphan.until < now:
                continue
            session.restore_authentication_token(orphan.token)
            client._server_nonce, client._policy_ids = orphan.nonce, orphan.policies
            try:
                async with asyncio.timeout(self.options.timeout_s):
                    await self._activate()
                    await session.close_session(True)
            except ua.UaError:
                # It is gone already, or cannot be taken over: then only its timeout ends it.
                continue
            except (TimeoutError, ConnectionError, OSError) as error:
                orphans.append(orphan)
                raise translated(error, "connect", "orphan", self.options.timeout_s) from None
            finally:
                session.reset_authentication_token()
                client._server_nonce, client._policy_ids = None, []

    async def _look_around(self) -> None:
        """Namespaces by index and limits, both of this session."""
        found = await self.read_ids((_IDS.Server_NamespaceArray, *_LIMITS))
        names = found.values[0]
        self.namespaces = tuple(str(name) for name in names) if isinstance(names, list) else ()
        self.limits = Limits(*(value if isinstance(value, int) else 0 for value in found.values[1:]))

    # -- asking --------------------------------------------------------------------------------

    @property
    def alive(self) -> bool:
        """Whether there is a connection; it may still be half open."""
        return self._open and self.client.transport.alive

    async def ask(self, request: Any, step: str, phase: Phase = "read") -> bytes:
        """One request with its deadline. Raises DriverError; UaStatusCodeError: refused."""
        return await self.within(
            step, self.client.transport.ask(request, self.options.timeout_s), phase, refused=True
        )

    async def read(self, request: PreparedRead, expected: int) -> Values:
        """Values of nodes. Raises as `ask`."""
        body = await self.ask(request, "read")
        try:
            answer, found = message.read_response(body, expected)
        except DecodeError as error:
            raise translated(error, "read", "read", 0.0) from None
        self.note_time(answer.time_ns)
        return found

    def note_time(self, server_ns: int) -> None:
        """The server has told its time. Compared with this machine's own, whatever station time says."""
        self.skew_ns = server_ns - time.time_ns()

    async def read_ids(self, ids: tuple[int, ...]) -> Values:
        """Values of nodes of namespace 0, by number."""
        return await self.read(PreparedRead.of([encoded(ua.NodeId(number)) for number in ids]), len(ids))

    async def subscribe(self, request: ua.CreateSubscriptionRequest) -> ua.CreateSubscriptionResult:
        """Make a subscription. Raises DriverError."""
        body = await self._asked(request)
        answer = struct_from_binary(ua.CreateSubscriptionResponse, Buffer(body))
        return answer.Parameters

    async def make_items(self, request: ua.CreateMonitoredItemsRequest) -> list[ua.MonitoredItemCreateResult]:
        """Make monitored items; each has its own result. Raises DriverError."""
        answer = struct_from_binary(ua.CreateMonitoredItemsResponse, Buffer(await self._asked(request)))
        return list(answer.Results)

    async def drop_items(self, request: ua.DeleteMonitoredItemsRequest) -> None:
        """Delete monitored items; those that are gone already are no error. Raises DriverError."""
        await self._asked(request)

    async def _asked(self, request: Any) -> bytes:
        try:
            return await self.ask(request, "subscribe")
        except ua.UaStatusCodeError as error:
            raise translated(error, "read", "subscribe", 0.0) from None

    async def probe(self) -> None:
        """One short request. Raises DriverError."""
        try:
            await self.read_ids((_IDS.Server_ServerStatus_State,))
        except ua.UaStatusCodeError as error:
            raise translated(error, "read", "read", 0.0) from None

    @property
    def timed(self) -> bool:
        """Whether the server's clock can be believed."""
        return abs(self.skew_ns) <= SKEW_NS

    async def renew(self) -> None:
        """Renew the channel when its time has come."""
        if asyncio.get_running_loop().time() >= self._renew_at:
            await self.within("renew", self.client.open_secure_channel(renew=True), "read")
            self.client.uaclient.revolve_security_token()
            self._renew_later()

    def _renew_later(self) -> None:
        life_s = self.client.secure_channel_timeout / 1000
        self._renew_at = asyncio.get_running_loop().time() + RENEW_AT * life_s

    async def within(
        self, step: str, doing: Awaitable[T], phase: Phase = "connect", *, refused: bool = False
    ) -> T:
        """Do one thing within the deadline; what goes wrong is told with the step's name."""
        timeout_s = self.options.timeout_s
        try:
            async with asyncio.timeout(timeout_s):
                return await doing
        except ua.UaStatusCodeError as error:
            if refused:
                raise
            raise translated(error, phase, step, timeout_s) from None
        except Exception as error:  # noqa: BLE001  nothing foreign escapes, whatever the library may raise
            raise translated(error, phase, step, timeout_s) from None

    # -- the end -------------------------------------------------------------------------------

    async def close(self, orphans: list[Orphan]) -> None:
        """Close session, channel and socket, at once. A session that stays becomes an orphan."""
        if not self._open:
            self.client.transport.abort()
            return
        self._open = False
        session = self.client.uaclient.session
        until = asyncio.get_running_loop().time() + self.client.session_timeout / 1000
        orphan = Orphan(
            session.authentication_token, self.client._server_nonce, self.client._policy_ids, until
        )
        try:
            if self.client.transport.alive:
                async with asyncio.timeout(CLOSE_S):
                    await session.close_session(True)
                    await self.client.close_secure_channel()
                self.client.disconnect_socket()
                return
        except Exception:  # noqa: BLE001, S110  whatever a dying connection brings: what counts stands below
            pass
        except BaseException:
            orphans.append(orphan)
            self.client.transport.abort()
            raise
        orphans.append(orphan)
        del orphans[:-MOST_ORPHANS]
        self.client.transport.abort()
