"""What the settings say of a Modbus link, a device on it, and the address of a tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import Field, model_validator

from heatmon.core.spec.base import Line, Listed, Model, Positive, Seconds, written

Finite = Annotated[float, Field(allow_inf_nan=False)]
Port = Annotated[int, Field(ge=1, le=65535)]


class Tcp(Model):
    """Modbus TCP."""

    kind: Literal["tcp"]
    host: Line
    port: Port = 502


class Tls(Model):
    """Modbus/TCP Security: TLS with the server's certificate checked against `ca`."""

    kind: Literal["tls"]
    host: Line
    port: Port = 802
    ca: Line
    certificate: Line | None = None
    key: Line | None = None


class RtuOverTcp(Model):
    """RTU frames inside a TCP connection, as serial gateways pass them."""

    kind: Literal["rtu_over_tcp"]
    host: Line
    port: Port


class Rtu(Model):
    """RTU on a serial line."""

    kind: Literal["rtu"]
    device: Line
    baudrate: Annotated[int, Field(ge=300, le=4_000_000)] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    stopbits: Literal[1, 2] = 1


Transport = Annotated[Tcp | Tls | RtuOverTcp | Rtu, Field(discriminator="kind")]


class LinkOptions(Model):
    """How the wire is used. Times are wall time.

    timeout: how long a device may think. quiet_after_fault: silence before a doubtful connection is
    opened again, so that late answers die out.
    """

    transport: Transport
    timeout_s: Annotated[Seconds, Positive] = written("1 s")
    connect_timeout_s: Annotated[Seconds, Positive] = written("3 s")
    pause_after_connect_s: Seconds = written("0 s")
    pause_between_requests_s: Seconds = written("0 s")
    quiet_after_fault_s: Seconds = written("200 ms")


Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
Area = Literal["coil", "discrete", "holding", "input"]


class Block(Model):
    """First and last register of a block that a read must not cross."""

    first: Annotated[int, Field(ge=0, le=65535)]
    last: Annotated[int, Field(ge=0, le=65535)]


class DeviceOptions(Model):
    """One unit on the link.

    max_registers: most registers in one read. max_gap: most unused registers that are read along to
    save a request. address_base: 1 when the manual counts from 1. blocks: every read stays inside one.
    """

    unit: Annotated[int, Field(ge=0, le=255)] = 1
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    max_gap: Annotated[int, Field(ge=0, le=124)] = 24
    address_base: Literal[0, 1] = 0
    order: Order = "ABCD"
    blocks: Listed[Block] = ()


_NOTATION: Final = re.compile(r"([0134])(\d{4,5})\Z")
_AREA: Final = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}


def _from_notation(written: object) -> object:
    """``register: "30011"`` is input register 10: the notation says the area and counts from 1."""
    if not isinstance(written, Mapping) or not isinstance(text := written.get("register"), str):
        return written
    found = _NOTATION.match(text)
    if found is None:
        raise ValueError(f'register "{text}": write a number, or 0xxxx, 1xxxx, 3xxxx or 4xxxx in quotes')
    area = _AREA[found[1]]
    if written.get("area", area) != area:
        raise ValueError(f'register "{text}" is in the area {area}, not {written["area"]}')
    if written.get("base", 1) != 1:
        raise ValueError(f'register "{text}": this notation counts from 1, leave base out')
    return {**written, "register": int(found[2]), "area": area, "base": 1}


class RawRange(Model):
    """What an analogue card counts, and what that means: `low` to `high` are `at_low` to `at_high`.

    ne43: the range is a 4-20 mA loop; currents of a failed transmitter become qualities, not values.
    """

    low: Finite
    high: Finite
    at_low: Finite
    at_high: Finite
    ne43: bool = False

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.high <= self.low:
            raise ValueError("high must be greater than low")
        return self

    def line(self) -> tuple[float, float]:
        """Scale and offset."""
        scale = (self.at_high - self.at_low) / (self.high - self.low)
        return scale, self.at_low - self.low * scale


class Address(Model):
    """Where a tag stands and how its words become a number: value = raw × scale + offset.

    register: number counted from `base`, else from the device's `address_base`; or the notation of
    manuals in quotes, ``"40001"`` or ``"30001"``, which also says the area.
    bit: one bit of a register. sentinels: raw values that mean "no sensor". raw: the raw range of an
    analogue card, instead of scale and offset.
    """

    area: Area = "holding"
    register_: Annotated[int, Field(ge=0, le=65536, alias="register")]
    base: Literal[0, 1] | None = None
    type: Literal[
        "int8_high", "int8_low", "uint8_high", "uint8_low",
        "int16", "uint16", "int32", "uint32", "int64", "uint64",
        "float16", "float32", "float64", "bcd16", "bcd32", "sm16", "hhmm", "ddmm", "bit",
    ] = "uint16"  # fmt: skip
    order: Order | None = None
    bit: Annotated[int, Field(ge=0, le=15)] | None = None
    mask: Annotated[int, Field(ge=1, le=0xFFFF)] | None = None
    scale: Finite = 1.0
    offset: Finite = 0.0
    raw: RawRange | None = None
    sentinels: Listed[int] = ()

    @model_validator(mode="before")
    @classmethod
    def _notation(cls, written: object) -> object:
        return _from_notation(written)

    @model_validator(mode="after")
    def _one_way_of_scaling(self) -> Self:
        if self.raw is not None and (self.scale != 1.0 or self.offset != 0.0):
            raise ValueError("raw says how to scale; leave scale and offset out")
        return self
