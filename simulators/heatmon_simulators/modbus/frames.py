"""Frames on the wire: MBAP (Modbus TCP) and RTU, taken apart and put together by hand."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, Protocol

READ_FUNCTIONS = frozenset({1, 2, 3, 4})
#: Write, mask write, read/write and file-record write: a monitoring program never sends one of these.
WRITE_FUNCTIONS = frozenset({5, 6, 15, 16, 21, 22, 23})
LONGEST_PDU = 253
Framing = Literal["tcp", "rtu"]


class BadFrameError(Exception):
    """The peer sent what no Modbus request can be; a real server drops such a connection."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came: unit, function, the PDU, its transaction id (None on RTU), the raw bytes."""

    unit: int
    function: int
    pdu: bytes
    transaction: int | None
    raw: bytes

    @property
    def address(self) -> int | None:
        """First address that is asked for; None for functions without one."""
        return int.from_bytes(self.pdu[1:3], "big") if self.function <= 23 and len(self.pdu) >= 5 else None

    @property
    def count(self) -> int | None:
        """How many bits or registers are asked for; None unless it is a read."""
        is_read = self.function in READ_FUNCTIONS and len(self.pdu) >= 5
        return int.from_bytes(self.pdu[3:5], "big") if is_read else None


class Framer(Protocol):
    """Cuts a stream of bytes into requests."""

    def feed(self, data: bytes) -> list[Request]:
        """Requests completed by `data`; BadFrameError when the stream cannot be followed any more."""


def _crc_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = (crc >> 1) ^ 0xA001 if crc & 1 else crc >> 1
        table.append(crc)
    return tuple(table)


_CRC_TABLE = _crc_table()


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS (polynomial 0xA001 reflected, start 0xFFFF); sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def encode_tcp(transaction: int, unit: int, pdu: bytes, protocol: int = 0) -> bytes:
    """MBAP header and PDU."""
    return struct.pack(">HHHB", transaction & 0xFFFF, protocol, len(pdu) + 1, unit & 0xFF) + pdu


def encode_rtu(unit: int, pdu: bytes) -> bytes:
    """Unit, PDU and CRC."""
    body = bytes((unit & 0xFF,)) + pdu
    return body + struct.pack("<H", crc16(body))


class TcpFramer:
    """Requests out of an MBAP stream."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[Request]:
        """Requests completed by `data`; BadFrameError on a foreign protocol id or an impossible length."""
        buffer = self._buffer + data
        found: list[Request] = []
        while len(buffer) >= 8:
            transaction, protocol, length, unit = struct.unpack_from(">HHHB", buffer)
            if protocol != 0 or not 2 <= length <= LONGEST_PDU + 1:
                raise BadFrameError(f"protocol id {protocol}, length {length}")
            end = 6 + length
            if len(buffer) < end:
                break
            pdu = buffer[7:end]
            found.append(Request(unit, pdu[0], pdu, transaction, buffer[:end]))
            buffer = buffer[end:]
        self._buffer = buffer
        return found


#: Length of an RTU request by function code, CRC included, where it does not depend on the content.
_RTU_LENGTHS = {1: 8, 2: 8, 3: 8, 4: 8, 5: 8, 6: 8, 7: 4, 8: 8, 11: 4, 12: 4, 17: 4, 22: 10, 24: 6, 43: 7}
#: Where the byte count of a longer request stands.
_RTU_BYTE_COUNT_AT = {15: 6, 16: 6, 20: 2, 21: 2, 23: 10}
_LONGEST_RTU = 256


class RtuFramer:
    """Requests out of an RTU stream, by function code and CRC; rubbish is skipped byte by byte."""

    __slots__ = ("_buffer", "skipped_bytes")

    def __init__(self) -> None:
        self._buffer = b""
        #: Bytes that belonged to no valid request.
        self.skipped_bytes = 0

    def feed(self, data: bytes) -> list[Request]:
        """Requests completed by `data`. Never raises: a line has noise."""
        buffer = self._buffer + data
        found: list[Request] = []
        while len(buffer) >= 4:
            length = _rtu_length(buffer)
            if length is None or len(buffer) < length <= _LONGEST_RTU:
                break
            frame = buffer[:length]
            if length <= _LONGEST_RTU and crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little"):
                found.append(Request(frame[0], frame[1], frame[1:-2], None, frame))
                buffer = buffer[length:]
            else:
                buffer = buffer[1:]
                self.skipped_bytes += 1
        self._buffer = buffer
        return found


def _rtu_length(buffer: bytes) -> int | None:
    """Length of the request at the start of `buffer`; None = more bytes are needed to tell."""
    function = buffer[1]
    if function in _RTU_LENGTHS:
        return _RTU_LENGTHS[function]
    at = _RTU_BYTE_COUNT_AT.get(function)
    if at is None:
        # A code we do not know: the frame is what stands here, if its CRC says so; otherwise noise.
        return len(buffer)
    return at + 3 + buffer[at] if len(buffer) > at else None
