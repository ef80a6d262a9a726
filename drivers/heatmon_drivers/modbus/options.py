"""What the settings say of a Modbus link, a device on it, and the address of a tag."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

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


_NOTATION: Final = re.compile(r"([034])(\d{4,5})\Z")
_AREA: Final = {"0": "coil", "3": "input", "4": "holding"}


def _register(value: object) -> object:
    """A protocol address, or the notation of manuals: ``40001`` as text is holding register 0."""
    if isinstance(value, str) and (found := _NOTATION.match(value)):
        return int(found[2]) - 1
    return value


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

    register: protocol address counted from the device's `address_base`, or ``"40001"`` in quotes.
    bit: one bit of a register. sentinels: raw values that mean "no sensor". raw: the raw range of an
    analogue card, instead of scale and offset.
    """

    area: Area = "holding"
    register_: Annotated[int, BeforeValidator(_register), Field(ge=0, le=65535, alias="register")]
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

    @model_validator(mode="after")
    def _one_way_of_scaling(self) -> Self:
        if self.raw is not None and (self.scale != 1.0 or self.offset != 0.0):
            raise ValueError("raw says how to scale; leave scale and offset out")
        return self
