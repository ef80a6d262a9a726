"""Modbus at the level of bytes: MBAP header, read requests, answers, exceptions."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

READ_FUNCTIONS: Final = frozenset({1, 2, 3, 4})
ILLEGAL_FUNCTION: Final = 1
ILLEGAL_ADDRESS: Final = 2
ILLEGAL_VALUE: Final = 3
MAX_REGISTERS: Final = 125


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: transaction id, unit, function, and address and count of a read."""

    transaction: int
    unit: int
    function: int
    address: int = 0
    count: int = 0


def parse_request(header: bytes, body: bytes) -> Request:
    """A request from its MBAP header (7 bytes) and PDU. ValueError when it is no Modbus at all."""
    transaction, protocol, _length, unit = struct.unpack(">HHHB", header)
    if protocol != 0 or not body:
        raise ValueError("not Modbus")
    if body[0] in READ_FUNCTIONS and len(body) == 5:
        address, count = struct.unpack(">HH", body[1:])
        return Request(transaction, unit, body[0], address, count)
    return Request(transaction, unit, body[0])


def registers_reply(request: Request, words: Sequence[int]) -> bytes:
    """The frame that answers a register read."""
    return mbap(request, bytes([request.function, 2 * len(words)]) + struct.pack(f">{len(words)}H", *words))


def exception_reply(request: Request, code: int) -> bytes:
    """The frame that refuses."""
    return mbap(request, bytes([request.function | 0x80, code]))


def mbap(request: Request, pdu: bytes) -> bytes:
    """A PDU behind the header of its request."""
    return struct.pack(">HHHB", request.transaction, 0, len(pdu) + 1, request.unit) + pdu
