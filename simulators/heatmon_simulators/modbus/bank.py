"""What a unit answers from: blocks of registers and bits, and the plain rules of the protocol."""

from __future__ import annotations

import enum
import struct
from collections.abc import Iterable, Sequence
from typing import Protocol

from heatmon_simulators.modbus.frames import READ_FUNCTIONS, Request

ILLEGAL_FUNCTION = 1
ILLEGAL_ADDRESS = 2
ILLEGAL_VALUE = 3
#: "Gateway target device failed to respond": what a gateway says for a unit it cannot reach.
TARGET_SILENT = 0x0B
LONGEST_REGISTER_READ = 125
LONGEST_BIT_READ = 2000


class Area(enum.IntEnum):
    """The four address spaces; the value is the function code that reads them."""

    COIL = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4


class RefusalError(Exception):
    """A read that the unit answers with an exception code."""

    def __init__(self, code: int) -> None:
        super().__init__(f"exception code {code}")
        self.code = code


class Unit(Protocol):
    """Anything that can answer reads: a bank, a simulated PLC."""

    def read(self, area: Area, address: int, count: int) -> bytes:
        """Big-endian registers (2 bytes each) or bits packed low bit first; RefusalError otherwise."""


class RegisterBank:
    """A plain memory for one unit. Addresses never written are illegal (exception 2)."""

    __slots__ = ("_bits", "_registers", "illegal")

    def __init__(self) -> None:
        self._registers: dict[Area, dict[int, int]] = {Area.HOLDING: {}, Area.INPUT: {}}
        self._bits: dict[Area, dict[int, bool]] = {Area.COIL: {}, Area.DISCRETE: {}}
        #: Addresses (area, address) that answer exception 2 although they hold a value.
        self.illegal: set[tuple[Area, int]] = set()

    def set_registers(self, area: Area, address: int, values: Iterable[int]) -> None:
        """Put 16-bit words from `address` on; ValueError when a word does not fit."""
        for offset, value in enumerate(values):
            if not 0 <= value <= 0xFFFF:
                raise ValueError(f"register {address + offset}: {value} is no 16-bit word")
            self._registers[area][address + offset] = value

    def set_bits(self, area: Area, address: int, values: Iterable[bool]) -> None:
        """Put bits from `address` on."""
        for offset, value in enumerate(values):
            self._bits[area][address + offset] = bool(value)

    def read(self, area: Area, address: int, count: int) -> bytes:
        """The block as it goes on the wire; RefusalError(2) when any address in it is not there."""
        wanted = range(address, address + count)
        if self.illegal and any((area, each) in self.illegal for each in wanted):
            raise RefusalError(ILLEGAL_ADDRESS)
        try:
            if area in (Area.COIL, Area.DISCRETE):
                bits = self._bits[area]
                return pack_bits([bits[each] for each in wanted])
            registers = self._registers[area]
            return struct.pack(f">{count}H", *[registers[each] for each in wanted])
        except KeyError:
            raise RefusalError(ILLEGAL_ADDRESS) from None


def holding_registers(values: Sequence[int], start: int = 0) -> RegisterBank:
    """A bank with holding registers from `start` on: the usual unit of a test."""
    bank = RegisterBank()
    bank.set_registers(Area.HOLDING, start, values)
    return bank


def pack_bits(bits: Sequence[bool]) -> bytes:
    """Bits low bit first, the last byte filled with zeros."""
    packed = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        if bit:
            packed[index // 8] |= 1 << index % 8
    return bytes(packed)


def exception_pdu(function: int, code: int) -> bytes:
    """An exception reply to `function`."""
    return bytes((function | 0x80, code))


def answer(unit: Unit, request: Request) -> bytes:
    """The reply PDU: data for functions 1…4, exception 1 for everything else, writes above all."""
    function, pdu = request.function, request.pdu
    if function not in READ_FUNCTIONS:
        return exception_pdu(function, ILLEGAL_FUNCTION)
    if len(pdu) != 5:
        return exception_pdu(function, ILLEGAL_VALUE)
    address, count = struct.unpack_from(">HH", pdu, 1)
    longest = LONGEST_REGISTER_READ if function >= 3 else LONGEST_BIT_READ
    if not 1 <= count <= longest:
        return exception_pdu(function, ILLEGAL_VALUE)
    if address + count > 0x10000:
        return exception_pdu(function, ILLEGAL_ADDRESS)
    try:
        data = unit.read(Area(function), address, count)
    except RefusalError as refusal:
        return exception_pdu(function, refusal.code)
    return bytes((function, len(data))) + data
