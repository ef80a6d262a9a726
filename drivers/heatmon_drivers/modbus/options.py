"""What the settings say of a Modbus link, a device on it, and the address of a tag."""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from heatmon.core.spec.base import Line, Listed, Model, Positive, Seconds, written
from heatmon.core.spec.secret import Secret
from heatmon.core.spec.told import told

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


def _network(text: object) -> str:
    try:
        return str(ip_network(str(text)))
    except ValueError:
        raise told("modbus.options.network", text=str(text)) from None


def packet(text: str) -> bytes:
    """``HX017`` as it stands, or ``hex:48 58`` as bytes. Raises ValueError."""
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def _packet(text: str) -> str:
    try:
        packet(text)
    except ValueError:
        raise told("modbus.options.packet", text=text) from None
    return text


Packet = Annotated[Line, AfterValidator(_packet)]
Network = Annotated[str, BeforeValidator(_network), WithJsonSchema({"type": "string"})]


class DialIn(Model):
    """A modem (DTU) at the station that connects to us; `host` and `port` are ours.

    registration: what it sends first, by which we know it, as text or ``hex:…``; secret: sent right behind
    it. heartbeat: what it sends in between to keep the link; heartbeat_every: how often; three missed ones
    give its place away. framing: ``rtu`` frames, or ``tcp`` ones with a header. networks: where it may come
    from; without them, from anywhere.
    """

    kind: Literal["dial_in"]
    host: Line
    port: Port
    registration: Packet
    secret: Secret | None = None
    heartbeat: Packet | None = None
    heartbeat_every_s: Annotated[Seconds, Positive] = written("60 s")
    framing: Literal["rtu", "tcp"] = "rtu"
    networks: Listed[Network] = ()


Transport = Annotated[Tcp | Tls | RtuOverTcp | Rtu | DialIn, Field(discriminator="kind")]


def has_rtu_frames(transport: Tcp | Tls | RtuOverTcp | Rtu | DialIn) -> bool:
    """Whether frames carry a checksum and no transaction id."""
    if isinstance(transport, DialIn):
        return transport.framing == "rtu"
    return isinstance(transport, Rtu | RtuOverTcp)


class LinkOptions(Model):
    """How the wire is used. Times are wall time.

    timeout: how long a device may think, unless the device says otherwise. latency: how long an answer
    usually takes, for the planner; by the transport when left out. quiet_after_fault: silence before a
    doubtful connection is opened again, so that late answers die out. transaction_id: what an answer
    must carry on `tcp` and `tls`: the request's own (``check``), that or 0 (``zero``), or anything
    (``ignore``), for gateways that rewrite it.
    """

    transport: Transport
    timeout_s: Annotated[Seconds, Positive] = written("1 s")
    latency_s: Seconds | None = None
    transaction_id: Literal["check", "zero", "ignore"] = "check"
    connect_timeout_s: Annotated[Seconds, Positive] = written("3 s")
    pause_after_connect_s: Seconds = written("0 s")
    pause_between_requests_s: Seconds = written("0 s")
    quiet_after_fault_s: Seconds = written("200 ms")


Order = Literal["ABCD", "CDAB", "BADC", "DCBA"]
LongOrder = Literal[
    "ABCDEFGH", "GHEFCDAB", "BADCFEHG", "HGFEDCBA", "CDABGHEF", "EFGHABCD", "DCBAHGFE", "FEHGBADC"
]  # fmt: skip
Area = Literal["coil", "discrete", "holding", "input"]


class Block(Model):
    """First and last protocol address of a stretch, in one area or, without one, in all."""

    first: Annotated[int, Field(ge=0, le=65535)]
    last: Annotated[int, Field(ge=0, le=65535)]
    area: Area | None = None

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.last < self.first:
            raise told("modbus.options.last_below_first", first=self.first, last=self.last)
        return self


class DeviceOptions(Model):
    """One unit on the link.

    timeout: how long it may think, instead of the link's. max_registers: most registers in one read.
    max_gap: most unused registers that are read along; without it the planner decides by cost.
    address_base: 1 when the manual counts from 1. never_read: addresses that no read may touch.
    read_rule: ``free``; ``from_zero``: every read begins at address 0; ``whole_blocks``: only the
    `blocks` themselves can be read. blocks: every read stays inside one.
    """

    unit: Annotated[int, Field(ge=0, le=255)] = 1
    timeout_s: Annotated[Seconds, Positive] | None = None
    max_registers: Annotated[int, Field(ge=1, le=125)] = 125
    max_bits: Annotated[int, Field(ge=1, le=2000)] = 2000
    max_gap: Annotated[int, Field(ge=0, le=124)] | None = None
    address_base: Literal[0, 1] = 0
    order: Order = "ABCD"
    blocks: Listed[Block] = ()
    never_read: Listed[Block] = ()
    read_rule: Literal["free", "from_zero", "whole_blocks"] = "free"

    @model_validator(mode="after")
    def _blocks_are_named(self) -> Self:
        if self.read_rule == "whole_blocks" and not self.blocks:
            raise told("modbus.options.no_blocks")
        return self


_NOTATION: Final = re.compile(r"([0134])(\d{4,5})\Z")
_AREA: Final = {"0": "coil", "1": "discrete", "3": "input", "4": "holding"}


def _from_notation(written: object) -> object:
    """``register: "30011"`` is input register 10: the notation says the area and counts from 1."""
    if not isinstance(written, Mapping) or not isinstance(text := written.get("register"), str):
        return written
    found = _NOTATION.match(text)
    if found is None:
        raise told("modbus.options.notation", text=text)
    area = _AREA[found[1]]
    if written.get("area", area) != area:
        raise told("modbus.options.other_area", text=text, area=area, written=str(written["area"]))
    if written.get("base", 1) != 1:
        raise told("modbus.options.base", text=text)
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
            raise told("modbus.options.raw_range", low=self.low, high=self.high)
        return self

    def line(self) -> tuple[float, float]:
        """Scale and offset."""
        scale = (self.at_high - self.at_low) / (self.high - self.low)
        return scale, self.at_low - self.low * scale


class Bits(Model):
    """A part of a number: bits `first` to `last`, 0 the lowest."""

    first: Annotated[int, Field(ge=0, le=63)]
    last: Annotated[int, Field(ge=0, le=63)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        if self.last < self.first:
            raise told("modbus.options.last_below_first", first=self.first, last=self.last)
        return self


class Address(Model):
    """Where a tag stands and how its words become a number: value = raw × scale + offset.

    register: number counted from `base`, else from the device's `address_base`; or the notation of
    manuals in quotes, ``"40001"`` or ``"30001"``, which also says the area.
    bit, bits: one bit, or a field of bits, of the whole number; mask keeps bits where they are.
    sentinels: raw values that mean "no sensor". raw: the raw range of an analogue card, instead of
    scale and offset. length: registers of a string; encoding: of its characters.
    """

    area: Area = "holding"
    register_: Annotated[int, Field(ge=0, le=65536, alias="register")]
    base: Literal[0, 1] | None = None
    type: Literal[
        "int8_high", "int8_low", "uint8_high", "uint8_low",
        "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32", "float64",
        "bcd16", "bcd32", "bcd64", "sm16", "sm32", "hhmm", "ddmm", "bit", "string",
    ] = "uint16"  # fmt: skip
    order: Order | LongOrder | None = None
    bit: Annotated[int, Field(ge=0, le=63)] | None = None
    bits: Bits | None = None
    mask: Annotated[int, Field(ge=1, le=0xFFFF_FFFF_FFFF_FFFF)] | None = None
    scale: Finite = 1.0
    offset: Finite = 0.0
    raw: RawRange | None = None
    sentinels: Listed[int] = ()
    length: Annotated[int, Field(ge=1, le=125)] | None = None
    encoding: Literal["ascii", "latin-1", "utf-8", "gb18030", "utf-16-be", "utf-16-le"] = "ascii"

    @model_validator(mode="before")
    @classmethod
    def _notation(cls, written: object) -> object:
        return _from_notation(written)

    @model_validator(mode="after")
    def _one_way_of_scaling(self) -> Self:
        if self.raw is not None and (self.scale != 1.0 or self.offset != 0.0):
            raise told("modbus.options.scaled_twice")
        return self

    @model_validator(mode="after")
    def _one_part(self) -> Self:
        if sum(part is not None for part in (self.bit, self.bits, self.mask)) > 1:
            raise told("modbus.options.two_parts")
        return self

    @model_validator(mode="after")
    def _a_string_has_a_length(self) -> Self:
        if (self.type == "string") != (self.length is not None):
            raise told("modbus.options.length")
        return self
