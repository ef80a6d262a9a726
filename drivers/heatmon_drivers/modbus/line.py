"""One connection with at most one request in flight, and no mercy for what is not its answer."""

from __future__ import annotations

import asyncio
import contextlib
import select
import socket
import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

from heatmon.driver import Notice
from heatmon_drivers.modbus.block import BlockRead
from heatmon_drivers.modbus.errors import FileFaultError
from heatmon_drivers.modbus.framing import DeviceRefusedError, ForeignReplyError, Mbap, RtuFraming
from heatmon_drivers.modbus.options import DialIn, LinkOptions, Rtu, RtuOverTcp, Tcp, Tls

KEEPALIVE_S: Final = 10
BYTE_SIZE: Final = 8
PARITY: Final = {"none": "N", "even": "E", "odd": "O"}


class Line(asyncio.Protocol):
    """The protocol object of one connection; used once, then thrown away.

    Whatever is not exactly the awaited answer ends the connection: it can then never be taken for
    the answer to a later request.
    """

    def __init__(self, framing: Mbap | RtuFraming, user_timeout_s: float) -> None:
        self._framing, self._user_timeout_s = framing, user_timeout_s
        self._stray: select.poll | None = None
        self._transport: asyncio.Transport | None = None
        self._read: BlockRead | None = None
        self._waiter: asyncio.Future[bytes] | None = None
        self._received = bytearray()
        self._pieces = 0
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is there."""
        # uvloop's transports are no subclass of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        sock = transport.get_extra_info("socket")
        if sock is not None and sock.family in (socket.AF_INET, socket.AF_INET6):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, KEEPALIVE_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, KEEPALIVE_S)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3)
            # What was sent and never acknowledged: the kernel ends the connection, not after minutes.
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * self._user_timeout_s))
        if not self._framing.has_ids and sock is not None:
            self.watch(sock.fileno())

    def watch(self, descriptor: int) -> None:
        """Look here for bytes that nobody asked for before each request; without ids nothing else tells."""
        self._stray = select.poll()
        self._stray.register(descriptor, select.POLLIN)

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone: whoever waits is told at once."""
        self.closed = True
        self._fail(ConnectionResetError(str(exc) if exc else "closed by the other side"))

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._received += data
        self._pieces += 1
        while self._received and self._framing.dead_letter(self._received):
            if self._waiter is not None:
                # Late answers and ids that were exchanged look alike.
                self._start_anew("a late answer while another one was awaited")
                return
        if not self._received:
            return
        if self._read is None or self._waiter is None:
            self._foreign("bytes that nobody asked for")
            return
        try:
            answer = self._framing.data(self._read, self._received)
        except DeviceRefusedError as refused:
            self._received.clear()
            self._fail(refused)
            return
        except ForeignReplyError as error:
            self._foreign(str(error))
            return
        if answer is None:
            return
        if self._pieces > 1 and self._framing.late_ones:
            # The end of a cut answer may be the beginning of a late one.
            self._start_anew("an answer in pieces while a late one may come")
            return
        self._received.clear()
        if not self._waiter.done():
            self._waiter.set_result(answer)

    @property
    def uncertain(self) -> bool:
        """Whether it is in doubt who answers on this connection."""
        return False

    def take_notices(self) -> Sequence[Notice]:
        """What the connection itself has to say, each thing once."""
        return ()

    async def settle(self, _quiet_s: float) -> bool:
        """Let answers on their way die out without ending the connection; whether that can be done."""
        return False

    async def ask(self, read: BlockRead, timeout_s: float) -> bytes:
        """Send one request and return its data.

        Raises TimeoutError, ForeignReplyError, DeviceRefusedError or ConnectionError. When the caller is
        cancelled the connection is ended: nobody would wait for the answer.
        """
        if self._transport is None or self.closed:
            raise ConnectionResetError("closed by the other side")
        if self._stray is not None and self._stray.poll(0):
            self.abort()
            raise ConnectionResetError("bytes that nobody asked for, or the end")
        loop = asyncio.get_running_loop()
        self._read, self._waiter, self._pieces = read, loop.create_future(), 0
        timer = loop.call_later(timeout_s, self._give_up)
        self._transport.write(self._framing.frame(read))
        try:
            return await self._waiter
        except asyncio.CancelledError:
            self.abort()
            raise
        finally:
            timer.cancel()
            self._read = self._waiter = None

    def _give_up(self) -> None:
        if self._received:
            # The rest of it would be taken for the beginning of the next answer.
            self._foreign("a part of an answer, and no more")
            return
        self._framing.give_up()
        self._fail(TimeoutError("no answer"))

    def _start_anew(self, why: str) -> None:
        """On a new connection there are no late answers; whoever waits is told to ask again there."""
        self._fail(ConnectionResetError(why))
        self.abort()

    def _foreign(self, what: str) -> None:
        self._fail(ForeignReplyError(what))
        self.abort()

    def _fail(self, error: Exception) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(error)

    def abort(self) -> None:
        """End the connection now."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()


async def open_line(options: LinkOptions) -> Line:
    """Connect. Raises OSError, TimeoutError, ssl.SSLError, FileFaultError, ValueError or termios.error."""
    loop = asyncio.get_running_loop()
    wire = options.transport
    async with asyncio.timeout(options.connect_timeout_s):
        if isinstance(wire, Rtu):
            return await _open_serial(loop, wire)
        if isinstance(wire, DialIn):
            # Imported here: only stations whose modems dial in pay for the listener.
            from heatmon_drivers.modbus.dial_in import dialled

            return await dialled(wire)
        framing = RtuFraming() if isinstance(wire, RtuOverTcp) else Mbap(options.transaction_id)
        context = _tls(wire) if isinstance(wire, Tls) else None
        assert isinstance(wire, Tcp | Tls | RtuOverTcp)
        patience_s = max(options.connect_timeout_s, 2 * options.timeout_s)
        _, line = await loop.create_connection(
            lambda: Line(framing, patience_s), wire.host, wire.port, ssl=context
        )
        return line


async def _open_serial(loop: asyncio.AbstractEventLoop, wire: Rtu) -> Line:
    # Imported here: only stations with a serial line pay for pyserial.
    from pymodbus.transport.serialtransport import SerialTransport

    line = Line(RtuFraming(), 0.0)
    transport = SerialTransport(
        loop, line, wire.device, wire.baudrate, BYTE_SIZE, PARITY[wire.parity], wire.stopbits, None
    )
    transport.setup()
    line.watch(transport.sync_serial.fileno())
    # pymodbus tells the protocol in the loop's next turn; a line that is handed out must be ready.
    await asyncio.sleep(0)
    return line


def _tls(wire: Tls) -> ssl.SSLContext:
    """Our side of TLS. Raises FileFaultError for a file that is missing, unreadable or of another kind."""
    for file in filter(None, (wire.ca, wire.certificate, wire.key)):
        try:
            Path(file).read_bytes()
        except OSError as error:
            raise FileFaultError(file, error.strerror or str(error)) from None
    try:
        context = ssl.create_default_context(cafile=wire.ca)
    except ssl.SSLError as error:
        raise FileFaultError(wire.ca, error.reason or str(error)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if wire.certificate is not None:
        try:
            # An encrypted key would be asked for on the terminal; here it is a fault of the settings.
            context.load_cert_chain(wire.certificate, wire.key, password="")
        except (ssl.SSLError, ValueError) as error:
            raise FileFaultError(wire.key or wire.certificate, str(error)) from None
    return context


async def close_line(line: Line | None) -> None:
    """End a connection and let the loop forget it."""
    if line is not None:
        with contextlib.suppress(OSError):
            line.abort()
        await asyncio.sleep(0)


def release(options: LinkOptions) -> None:
    """The link is not wanted for now: what it listens on ends soon, unless it is opened again."""
    if isinstance(options.transport, DialIn):
        from heatmon_drivers.modbus.dial_in import release_soon

        release_soon(options.transport)
