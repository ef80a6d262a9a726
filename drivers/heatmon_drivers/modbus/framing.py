"""Two framings of the same requests and answers: MBAP (TCP, TLS) and RTU.

Request PDUs and the RTU checksum are pymodbus's; what counts as an answer is decided here, strictly.
Only the four reading functions can be asked for: no other request can be built.
"""

from __future__ import annotations

import struct
from collections import deque
from typing import Final, Literal, Protocol

from pymodbus.framer import FramerRTU
from pymodbus.pdu.bit_message import ReadCoilsRequest, ReadDiscreteInputsRequest
from pymodbus.pdu.register_message import ReadHoldingRegistersRequest, ReadInputRegistersRequest

from heatmon_drivers.modbus.block import BlockRead

REQUESTS: Final = {
    1: ReadCoilsRequest,
    2: ReadDiscreteInputsRequest,
    3: ReadHoldingRegistersRequest,
    4: ReadInputRegistersRequest,
}


GIVEN_UP: Final = 32
"""So many requests that nobody waits for any more are known by their ids; more silent units are rare."""


class ForeignReplyError(Exception):
    """What came is no answer to what was asked."""


class DeviceRefusedError(Exception):
    """The device answered with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception {code}")
        self.code = code


def request_pdu(read: BlockRead) -> bytes:
    """Function code, address and count. KeyError for any function that does not read."""
    request = REQUESTS[read.function](address=read.address, count=read.count)
    return bytes([read.function]) + request.encode()


class Framing(Protocol):
    """Builds the frame of a request and takes its answer apart.

    has_ids: whether an answer shows which request it belongs to.
    """

    has_ids: bool

    @property
    def late_ones(self) -> bool:
        """Whether answers to requests that were given up may still come on this connection."""

    def frame(self, read: BlockRead) -> bytes:
        """The bytes to send."""

    def data(self, read: BlockRead, received: bytearray) -> bytes | None:
        """The answer's data, None while bytes are missing.

        Raises ForeignReplyError for anything that is not exactly one answer to the last frame, and
        DeviceRefusedError for an exception.
        """

    def dead_letter(self, received: bytearray) -> bool:
        """Whether the bytes are the whole late answer to a request that was given up: they are dropped."""


class Mbap:
    """Modbus TCP: transaction id, protocol 0, length, unit.

    ids: ``check``: an answer carries the id of its request; ``zero``: that or 0; ``ignore``: any.
    """

    def __init__(self, ids: Literal["check", "zero", "ignore"] = "check") -> None:
        self._transaction = 0
        self._ids = ids
        self.has_ids = ids == "check"
        self._given_up: deque[int] = deque(maxlen=GIVEN_UP)

    def frame(self, read: BlockRead) -> bytes:
        """As `Framing.frame`."""
        self._transaction = self._transaction % 65535 + 1  # 0 is what confused devices answer with
        pdu = request_pdu(read)
        return struct.pack(">HHHB", self._transaction, 0, len(pdu) + 1, read.unit) + pdu

    def data(self, read: BlockRead, received: bytearray) -> bytes | None:
        """As `Framing.data`."""
        if len(received) < 9:
            return None
        transaction, protocol, length, unit, function, count = struct.unpack_from(">HHHBBB", received)
        if protocol != 0 or unit != read.unit or not self._is_ours(transaction):
            raise ForeignReplyError(f"transaction {transaction}, protocol {protocol}, unit {unit}")
        _check_pdu(read, function, count, length - 1)
        if len(received) < length + 6:
            return None
        if len(received) > length + 6:
            raise ForeignReplyError("more bytes than one answer")
        if function & 0x80:
            raise DeviceRefusedError(count)
        return bytes(received[9:])

    @property
    def late_ones(self) -> bool:
        """As `Framing.late_ones`."""
        return bool(self._given_up)

    def _is_ours(self, transaction: int) -> bool:
        if transaction == self._transaction or self._ids == "ignore":
            return True
        return self._ids == "zero" and transaction == 0

    def give_up(self) -> None:
        """The running request is given up; its answer may still come."""
        if self.has_ids:
            self._given_up.append(self._transaction)

    def dead_letter(self, received: bytearray) -> bool:
        """As `Framing.dead_letter`."""
        if not self._given_up or len(received) < 6:
            return False
        transaction, protocol, length = struct.unpack_from(">HHH", received)
        late = transaction in self._given_up and protocol == 0 and len(received) >= length + 6
        if late:
            del received[: length + 6]
            self._given_up.remove(transaction)
        return late


class RtuFraming:
    """RTU: unit, PDU, checksum; no transaction id, so a doubtful connection is never reused."""

    has_ids = False
    late_ones = False
    """After a timeout the connection is not used again."""

    def frame(self, read: BlockRead) -> bytes:
        """As `Framing.frame`."""
        body = bytes([read.unit]) + request_pdu(read)
        return body + FramerRTU.compute_CRC(body).to_bytes(2, "big")

    def data(self, read: BlockRead, received: bytearray) -> bytes | None:
        """As `Framing.data`."""
        if len(received) < 5:
            return None
        unit, function, count = received[0], received[1], received[2]
        if unit != read.unit:
            raise ForeignReplyError(f"unit {unit}")
        size = 5 if function & 0x80 else count + 5
        _check_pdu(read, function, count, size - 3)
        if len(received) < size:
            return None
        if len(received) > size:
            raise ForeignReplyError("more bytes than one answer")
        if FramerRTU.compute_CRC(bytes(received[:-2])) != int.from_bytes(received[-2:], "big"):
            raise ForeignReplyError("checksum")
        if function & 0x80:
            raise DeviceRefusedError(count)
        return bytes(received[3:-2])

    def give_up(self) -> None:
        """Nothing tells a late answer from a new one: the session closes the connection instead."""

    def dead_letter(self, _received: bytearray) -> bool:
        """Never sure."""
        return False


def _check_pdu(read: BlockRead, function: int, count: int, size: int) -> None:
    if function == read.function | 0x80:
        if size != 2:
            raise ForeignReplyError(f"an exception of {size} bytes")
        return
    if function != read.function or count != read.byte_count or size != count + 2:
        raise ForeignReplyError(
            f"function {function} with {count} bytes, expected {read.function} with {read.byte_count}"
        )
