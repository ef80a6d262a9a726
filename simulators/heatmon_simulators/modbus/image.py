"""The registers of a PLC as the station's own settings describe them: the way of a value backwards.

Written apart from the client's codec, from the same description, so that the two check each other.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from heatmon.core.quantity import UNITS as FACTORS
from heatmon.core.quantity import Quantity, canonical_unit
from heatmon.core.spec import Device, Tag
from heatmon_drivers.modbus.options import Address, DeviceOptions
from heatmon_simulators.modbus.bank import Area, RegisterBank

AREAS: Final = {"coil": Area.COIL, "discrete": Area.DISCRETE, "holding": Area.HOLDING, "input": Area.INPUT}
_FLOATS: Final = {"float16": ">e", "float32": ">f", "float64": ">d"}
_WHOLE: Final = {
    "int16": (">h", -(1 << 15), (1 << 15) - 1),
    "uint16": (">H", 0, (1 << 16) - 1),
    "int32": (">i", -(1 << 31), (1 << 31) - 1),
    "uint32": (">I", 0, (1 << 32) - 1),
    "int64": (">q", -(1 << 63), (1 << 63) - 1),
    "uint64": (">Q", 0, (1 << 64) - 1),
}
_BYTES: Final = {
    "uint8_high": (8, 0, 255),
    "uint8_low": (0, 0, 255),
    "int8_high": (8, -128, 127),
    "int8_low": (0, -128, 127),
}
_BCD: Final = {"bcd16": 4, "bcd32": 8, "bcd64": 16}
_SIGN_MAGNITUDE: Final = {"sm16": 16, "sm32": 32}
_LONG: Final = {"ABCD": "ABCDEFGH", "CDAB": "GHEFCDAB", "BADC": "BADCFEHG", "DCBA": "HGFEDCBA"}
"""What the short names of orders mean for 64 bits; A is the most significant byte."""
_BROKEN_MA: Final = 2.0
"""An open loop of 4-20 mA as an analogue card with a live zero still shows it."""


@dataclass(slots=True)
class Slot:
    """One tag in the memory of its unit. `last`: the value that stands there."""

    tag: Tag
    value: str | float
    area: Area
    first: int
    address: Address
    order: str
    factor: float
    last: float | None = None

    @property
    def words(self) -> int:
        """Registers (or bits) it takes."""
        if self.area in (Area.COIL, Area.DISCRETE):
            return 1
        return self.address.length or {"32": 2, "64": 4}.get(self.address.type[-2:], 1)

    @property
    def is_part(self) -> bool:
        """Whether it shares its registers with others."""
        a = self.address
        part = a.bit is not None or a.bits is not None or a.mask is not None or a.type in _BYTES
        return part and self.area in (Area.HOLDING, Area.INPUT)


class Image:
    """The memory of one unit. `missing`: tags for which the plant has no value; they answer exception 2."""

    def __init__(
        self,
        device: Device,
        tags: Iterable[Tag],
        units: Mapping[str, str],
        signals: Mapping[str, str | float],
    ) -> None:
        self.bank = RegisterBank()
        self.missing: list[str] = []
        options = DeviceOptions.model_validate(device.options)
        self.unit = options.unit
        self._slots: list[Slot] = []
        self._parts: list[Slot] = []
        absent: list[Slot] = []
        for tag in tags:
            wanted = signals.get(tag.id, tag.id)
            slot = _slot(tag, wanted, options, units)
            if (isinstance(wanted, str) and wanted not in units) or slot.address.type == "string":
                self.missing.append(tag.id)
                absent.append(slot)
            else:
                (self._parts if slot.is_part else self._slots).append(slot)
        self._fill_gaps([*self._slots, *self._parts, *absent])
        for slot in absent:
            self.bank.illegal.update((slot.area, slot.first + k) for k in range(slot.words))

    @property
    def span(self) -> str:
        """The registers there are, for people: ``holding 0..60``."""
        spans = self._spans.items()
        return ", ".join(f"{area.name.lower()} {first}..{last}" for area, (first, last) in spans)

    def show(self, values: Mapping[str, float]) -> None:
        """Put the present values into the memory; what has not changed stays."""
        for slot in self._slots:
            value = slot.value if isinstance(slot.value, float) else values[slot.value]
            if value != slot.last:
                slot.last = value
                self._put(slot, value * slot.factor)
        shared: dict[tuple[Area, int], int] = {}
        for slot in self._parts:
            value = slot.value if isinstance(slot.value, float) else values[slot.value]
            for k, word in enumerate(_part(slot, value * slot.factor)):
                key = slot.area, slot.first + k
                shared[key] = shared.get(key, 0) | word
        for (area, register), word in shared.items():
            self.bank.set_registers(area, register, [word])

    def _put(self, slot: Slot, value: float) -> None:
        if slot.area in (Area.COIL, Area.DISCRETE):
            self.bank.set_bits(slot.area, slot.first, [value > 0.5])
        else:
            self.bank.set_registers(slot.area, slot.first, _registers(slot, value))

    def _fill_gaps(self, slots: Iterable[Slot]) -> None:
        """Registers between the tags exist and answer 0, as in a real PLC: clients read along over gaps."""
        self._spans: dict[Area, tuple[int, int]] = {}
        for slot in slots:
            first, last = self._spans.get(slot.area, (slot.first, slot.first))
            self._spans[slot.area] = min(first, slot.first), max(last, slot.first + slot.words - 1)
        for area, (first, last) in self._spans.items():
            if area in (Area.COIL, Area.DISCRETE):
                self.bank.set_bits(area, first, [False] * (last - first + 1))
            else:
                self.bank.set_registers(area, first, [0] * (last - first + 1))


def _slot(tag: Tag, wanted: str | float, options: DeviceOptions, units: Mapping[str, str]) -> Slot:
    address = Address.model_validate(tag.address)
    first = address.register_ - (options.address_base if address.base is None else address.base)
    factor = 1.0
    if isinstance(wanted, str) and wanted in units and units[wanted] != "1":
        factor = _factor(units[wanted], tag.unit)
    return Slot(tag, wanted, AREAS[address.area], first, address, address.order or options.order, factor)


def _factor(unit: str, wanted: str) -> float:
    """From the plant's unit to the tag's. ValueError where they measure different things."""
    wanted = canonical_unit(wanted)
    for factors in FACTORS.values():
        if unit in factors and wanted in factors:
            return Quantity(1.0, unit).to(wanted)
    raise ValueError(f"the plant has it in {unit}, the tag in {wanted}")


def _part(slot: Slot, value: float) -> list[int]:
    """What a tag adds to registers that it shares; nothing where its sensor has no value."""
    address = slot.address
    number = 0 if math.isnan(value) else round(_raw(address, value))
    if address.bit is not None:
        number = int(value > 0.5) << address.bit
    elif address.bits is not None:
        first, last = address.bits.first, address.bits.last
        number = (number & ((1 << last - first + 1) - 1)) << first
    elif address.mask is not None:
        number &= address.mask
    else:
        shift, low, high = _BYTES[address.type]
        number = (min(high, max(low, number)) & 0xFF) << shift
    return _ordered(number.to_bytes(2 * slot.words, "big"), slot.order)


def _raw(address: Address, value: float) -> float:
    scale, offset = (address.scale, address.offset) if address.raw is None else address.raw.line()
    return (value - offset) / scale


def _registers(slot: Slot, value: float) -> list[int]:
    address = slot.address
    if math.isnan(value):
        data = _nothing(address)
    else:
        rollover = slot.tag.rollover
        if rollover is not None:
            value %= rollover.to(slot.tag.unit)
        raw = _raw(address, value)
        if rollover is not None and address.type not in _FLOATS:
            # A counter has counted what is complete; the small addend keeps 12.34 from being 1233.
            raw = math.floor(raw + 1e-6)
        data = _packed(address.type, raw)
    return _ordered(data, slot.order)


def _packed(kind: str, raw: float) -> bytes:
    """The bytes of a raw number, high word and high byte first; what does not fit stays at the end."""
    if kind in _FLOATS:
        return struct.pack(_FLOATS[kind], raw)
    # A constant of a scenario may be anything: infinities stay at the ends too.
    whole = round(max(-1e18, min(1e18, raw)))
    if kind in _WHOLE:
        code, low, high = _WHOLE[kind]
        return struct.pack(code, min(high, max(low, whole)))
    if kind in _BCD:
        digits = _BCD[kind]
        return bytes.fromhex(f"{min(10**digits - 1, max(0, whole)):0{digits}d}")
    if kind in _SIGN_MAGNITUDE:
        sign = 1 << _SIGN_MAGNITUDE[kind] - 1
        size = min(sign - 1, abs(whole)) | (sign if whole < 0 else 0)
        return size.to_bytes(_SIGN_MAGNITUDE[kind] // 8, "big")
    if kind == "hhmm":
        hours, minutes = divmod(whole, 60)
        return struct.pack(">H", 100 * hours + minutes)
    return struct.pack(">H", whole & 0xFFFF)


def _nothing(address: Address) -> bytes:
    """What a register shows of a sensor without value: its sentinel, a dead loop, NaN, or the upper end."""
    if address.sentinels:
        code = address.sentinels[0]
        size = {"32": 4, "64": 8}.get(address.type[-2:], 2)
        return (code & ((1 << 8 * size) - 1)).to_bytes(size, "big")
    if address.raw is not None and address.raw.ne43:
        per_ma = (address.raw.high - address.raw.low) / 16.0
        return _packed(address.type, address.raw.low + (_BROKEN_MA - 4.0) * per_ma)
    if address.type in _FLOATS:
        return struct.pack(_FLOATS[address.type], math.nan)
    return _packed(address.type, _WHOLE[address.type][2] if address.type in _WHOLE else 0xFFFF)


def _ordered(data: bytes, order: str) -> list[int]:
    """Registers of a number whose most significant byte comes first, in the order of the wire."""
    if len(data) == 2:
        letters = "BA" if order in ("BADC", "DCBA") else "AB"
    else:
        letters = order if len(order) == len(data) else _LONG[order]
    wire = bytes(data[ord(letter) - ord("A")] for letter in letters)
    return list(struct.unpack(f">{len(wire) // 2}H", wire))
