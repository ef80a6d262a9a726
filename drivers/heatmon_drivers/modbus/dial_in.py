"""Modems that dial in: one listener for an address, and for each station the modem that is bound to it.

A modem says first who it is. If its station has a connection already, the newcomer waits: it takes over
only after the old connection has failed a request or missed three heartbeats. If the old one answers
instead, two modems claim the same station: the newcomer is sent away, an engineer is told, and for ten
minutes the station's values are uncertain.
"""

from __future__ import annotations

import asyncio
import errno
import hmac
import logging
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import Final, cast
from weakref import WeakKeyDictionary

from heatmon.driver import Notice
from heatmon.secret import reveal
from heatmon_drivers.modbus.block import BlockRead
from heatmon_drivers.modbus.framing import ForeignReplyError, Mbap
from heatmon_drivers.modbus.heartbeat import WithHeartbeats, without_heartbeats
from heatmon_drivers.modbus.line import Line
from heatmon_drivers.modbus.options import DialIn, packet

log = logging.getLogger("heatmon.modbus.dial_in")

REGISTERS_WITHIN_S: Final = 10.0
LONGEST_REGISTRATION: Final = 512
MOST_STRANGERS: Final = 200
"""Connections that have not yet said who they are; more are cut at once."""
MISSED_HEARTBEATS: Final = 3
UNCERTAIN_S: Final = 600.0
RELEASE_S: Final = 0.1
"""A link that is closed is usually opened again at once; its modem must find us listening."""


class DialLine(Line):
    """The connection of a registered modem."""

    def __init__(self, binding: Binding) -> None:
        wire = binding.wire
        self._heartbeat = b"" if wire.heartbeat is None else packet(wire.heartbeat)
        framing = WithHeartbeats(self._heartbeat) if wire.framing == "rtu" else Mbap()
        super().__init__(framing, wire.heartbeat_every_s * MISSED_HEARTBEATS)
        self._binding = binding
        self._draining = False
        self.heard_at = asyncio.get_running_loop().time()

    @property
    def uncertain(self) -> bool:
        """As `Line.uncertain`: another modem says that it is this station's."""
        return asyncio.get_running_loop().time() < self._binding.uncertain_until

    def take_notices(self) -> Sequence[Notice]:
        """As `Line.take_notices`."""
        notices, self._binding.notices = self._binding.notices, []
        return notices

    def watch(self, descriptor: int) -> None:
        """Nothing to watch: heartbeats come at any time, and stray bytes are seen when they arrive."""

    def data_received(self, data: bytes) -> None:
        """As `Line.data_received`; between requests heartbeats are what is expected."""
        self.heard_at = asyncio.get_running_loop().time()
        if self._draining:
            return
        if self._waiter is not None:
            if not self._received and self._framing.has_ids:
                data = bytes(without_heartbeats(bytearray(data), self._heartbeat))
            super().data_received(data)
            return
        self._received = without_heartbeats(self._received + data, self._heartbeat)
        if self._received and not self._heartbeat.startswith(self._received):
            self._foreign("bytes that nobody asked for")

    def _foreign(self, what: str) -> None:
        """As `Line._foreign`, but a modem is not sent away for it: `settle` lets it die out."""
        self._received.clear()
        self._fail(ForeignReplyError(what))

    def _start_anew(self, why: str) -> None:
        """As `Line._start_anew`, on the same connection."""
        self._received.clear()
        self._fail(ConnectionResetError(why))

    async def settle(self, quiet_s: float) -> bool:
        """As `Line.settle`: ending the connection would cost a modem's dialling."""
        self._draining = True
        try:
            began = asyncio.get_running_loop().time()
            while self.heard_at >= began and not self.closed:
                began = asyncio.get_running_loop().time()
                await asyncio.sleep(quiet_s)
        finally:
            self._draining = False
            self._received.clear()
        return not self.closed

    async def ask(self, read: BlockRead, timeout_s: float) -> bytes:
        """As `Line.ask`; an answer, or its absence, also decides about a newcomer."""
        try:
            data = await super().ask(read, timeout_s)
        except TimeoutError:
            self._binding.failed(self)
            raise
        self._binding.proved(self)
        return data

    def missed_heartbeats(self, now: float) -> bool:
        """Whether it has been quiet for three heartbeats."""
        return bool(self._heartbeat) and (
            now - self.heard_at > MISSED_HEARTBEATS * self._binding.wire.heartbeat_every_s
        )


class Binding:
    """One station's modem: the connection in use, and one that wants to take its place."""

    def __init__(self, wire: DialIn) -> None:
        self.wire = wire
        secret = "" if wire.secret is None else reveal(wire.secret)
        self.packet = packet(wire.registration) + secret.encode()
        self.line: DialLine | None = None
        self.challenger: DialLine | None = None
        self.uncertain_until = 0.0
        self.notices: list[Notice] = []
        self._arrived = asyncio.Event()

    async def take(self) -> DialLine:
        """The modem's connection; waits until there is one."""
        while True:
            if (self.line is None or self.line.closed) and self.challenger is not None:
                self.line, self.challenger = self.challenger, None
            if self.line is not None and not self.line.closed:
                return self.line
            self._arrived.clear()
            await self._arrived.wait()

    def arrived(self, line: DialLine) -> None:
        """A modem has registered as this station's."""
        old = self.line
        if old is not None and not old.closed and old.missed_heartbeats(asyncio.get_running_loop().time()):
            old.abort()
        if old is None or old.closed:
            self.line = line
        else:
            if self.challenger is not None:
                self.challenger.abort()
            self.challenger = line
        self._arrived.set()

    def proved(self, line: DialLine) -> None:
        """The connection in use has answered: a newcomer that still stands is a second claimant."""
        challenger = self.challenger
        if challenger is None or line is not self.line:
            return
        self.challenger = None
        if challenger.closed:
            return
        challenger.abort()
        now = asyncio.get_running_loop().time()
        if now >= self.uncertain_until:
            self.notices.append(Notice("modbus.dial_in.two_claimants", {"port": self.wire.port}))
        self.uncertain_until = now + UNCERTAIN_S

    def failed(self, line: DialLine) -> None:
        """The connection in use did not answer: a newcomer takes its place."""
        if line is self.line and self.challenger is not None and not self.challenger.closed:
            line.abort()
            self.line, self.challenger = self.challenger, None

    def close(self) -> None:
        """End its connections."""
        for line in (self.line, self.challenger):
            if line is not None:
                line.abort()


class Listener:
    """Where modems dial in: one address, any number of stations."""

    def __init__(self) -> None:
        self.bindings: dict[str, Binding] = {}
        self.releases: dict[str, asyncio.TimerHandle] = {}
        self.strangers = 0
        self._server: asyncio.Server | None = None

    async def bind(self, wire: DialIn) -> Binding:
        """The binding of a station; begins to listen with the first. Raises OSError, SecretError."""
        binding = self.bindings.get(wire.registration)
        # A session is known by its settings object: another one may only follow, not share.
        if binding is not None and binding.wire is not wire:
            if wire.registration not in self.releases:
                raise OSError(errno.EALREADY, "another link has this registration")
            self.release(wire.registration)
            binding = None
        if (release := self.releases.pop(wire.registration, None)) is not None:
            release.cancel()
        if binding is None:
            binding = self.bindings[wire.registration] = Binding(wire)
        if self._server is None:
            loop = asyncio.get_running_loop()
            self._server = await loop.create_server(lambda: _Stranger(self), wire.host, wire.port)
        return binding

    def release(self, registration: str) -> None:
        """A station is not wanted any more; the last one ends the listening."""
        if (release := self.releases.pop(registration, None)) is not None:
            release.cancel()
        if (binding := self.bindings.pop(registration, None)) is not None:
            binding.close()
        if not self.bindings and self._server is not None:
            self._server.close()
            self._server = None


class _Stranger(asyncio.Protocol):
    """A connection that has not yet said who it is."""

    def __init__(self, listener: Listener) -> None:
        self._listener, self._received = listener, b""
        self._transport: asyncio.Transport | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._counted = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Somebody is there, and has ten seconds to say who."""
        self._transport = cast("asyncio.Transport", transport)
        self._listener.strangers += 1
        self._counted = True
        if self._listener.strangers > MOST_STRANGERS:
            self._transport.abort()
            return
        loop = asyncio.get_running_loop()
        self._patience = loop.call_later(REGISTERS_WITHIN_S, self._transport.abort)

    def data_received(self, data: bytes) -> None:
        """A piece of the registration."""
        self._received += data
        possible = False
        for binding in self._listener.bindings.values():
            size = len(binding.packet)
            if hmac.compare_digest(self._received[:size], binding.packet):
                self._become(binding, self._received[size:])
                return
            possible = possible or binding.packet.startswith(self._received)
        if not possible or len(self._received) > LONGEST_REGISTRATION:
            self._send_away("its registration is nobody's here")

    def _become(self, binding: Binding, rest: bytes) -> None:
        assert self._transport is not None
        source = ip_address(self._transport.get_extra_info("peername")[0])
        if binding.wire.networks and not any(source in ip_network(net) for net in binding.wire.networks):
            self._send_away("it comes from a network that is not allowed")
            return
        self._leave()
        line = DialLine(binding)
        self._transport.set_protocol(line)
        line.connection_made(self._transport)
        if rest:
            line.data_received(rest)
        binding.arrived(line)

    def _send_away(self, why: str) -> None:
        assert self._transport is not None
        # What it sent is not repeated: it may hold a secret.
        log.warning("a modem from %s is sent away: %s", self._transport.get_extra_info("peername"), why)
        self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """It left without saying."""
        self._leave()

    def _leave(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._counted:
            self._counted = False
            self._listener.strangers -= 1


_listeners: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[tuple[str, int], Listener]] = (
    WeakKeyDictionary()
)


def _listener(wire: DialIn) -> Listener:
    places = _listeners.setdefault(asyncio.get_running_loop(), {})
    return places.setdefault((wire.host, wire.port), Listener())


async def dialled(wire: DialIn) -> Line:
    """The connection of this station's modem, as soon as there is one. Raises OSError, SecretError."""
    binding = await _listener(wire).bind(wire)
    return await binding.take()


def release_soon(wire: DialIn) -> None:
    """Stop listening for this station shortly, unless it is asked for again."""
    listener, loop = _listener(wire), asyncio.get_running_loop()
    name = wire.registration
    binding = listener.bindings.get(name)
    if binding is not None and binding.wire is wire and name not in listener.releases:
        listener.releases[name] = loop.call_later(RELEASE_S, listener.release, name)
