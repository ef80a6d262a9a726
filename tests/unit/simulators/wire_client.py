"""A raw client for the tests: it sends bytes, reads bytes and believes nothing."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from typing import Self

#: Generous: only reached when something is broken.
DEADLINE_S = 10.0


def read_pdu(address: int, count: int, function: int = 3) -> bytes:
    return struct.pack(">BHH", function, address, count)


def mbap(transaction: int, unit: int, pdu: bytes) -> bytes:
    return struct.pack(">HHHB", transaction, 0, len(pdu) + 1, unit) + pdu


def crc(data: bytes) -> bytes:
    """Bit by bit, on purpose another way than the table in the simulator."""
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value >> 1) ^ 0xA001 if value & 1 else value >> 1
    return struct.pack("<H", value)


def rtu(unit: int, pdu: bytes) -> bytes:
    body = bytes([unit]) + pdu
    return body + crc(body)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that has no event of its own."""
    async with asyncio.timeout(DEADLINE_S):
        while not condition():  # noqa: ASYNC110 - the server tells nobody; the deadline is generous
            await asyncio.sleep(0.001)


class Client:
    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def exactly(self, count: int) -> bytes:
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.readexactly(count)

    async def frame(self) -> bytes:
        """One whole MBAP frame."""
        head = await self.exactly(6)
        return head + await self.exactly(int.from_bytes(head[4:6], "big"))

    async def ask(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        await self.send(mbap(transaction, unit, pdu))
        return await self.frame()

    async def rest(self) -> bytes:
        """Everything up to the end of the connection; ConnectionResetError when it was cut."""
        async with asyncio.timeout(DEADLINE_S):
            return await self.reader.read()
