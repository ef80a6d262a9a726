"""What a request costs on a wire, so that the planner can weigh registers read along against requests.

Reading a gap costs its bytes; a request of its own costs its frames, the device's thinking and the
pauses around it. At 9600 baud a gap of about fourteen registers is worth reading, on Ethernet any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon_drivers.modbus.options import LinkOptions, Rtu, has_rtu_frames

BITS_PER_SERIAL_BYTE: Final = 11
SILENCE_CHARACTERS: Final = 3.5
SHORTEST_SILENCE_S: Final = 0.00175
"""Above 19200 baud the silence is fixed (MODBUS over serial line V1.02, 2.5.1.1)."""
GUARD_S: Final = 0.005
"""Where answers carry no id, so long nothing is asked after an answer: a second copy shows itself as such."""
USUAL_GATEWAY_BAUD: Final = 9600
"""What lies behind a serial gateway, unless its speed is known."""
TCP_BYTE_S: Final = 10e-6
"""A byte over a mobile link of about 0.8 Mbit/s; on Ethernet less, which changes no decision."""
TCP_HEADERS: Final = 80
"""Bytes of IP and TCP around a request and its answer."""
USUAL_LATENCY_S: Final = {"tcp": 0.005, "tls": 0.005, "rtu_over_tcp": 0.03, "rtu": 0.01, "dial_in": 0.3}


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds for each byte, seconds for each request beside its bytes, bytes around the data."""

    byte_s: float
    request_s: float
    frame_bytes: int

    def of(self, data_bytes: int) -> float:
        """Seconds that one request for so many bytes of data takes."""
        return self.request_s + self.byte_s * (self.frame_bytes + data_bytes)


def character_s(wire: LinkOptions) -> float:
    """Seconds for one character on a serial line of our own; 0 on a network."""
    transport = wire.transport
    return BITS_PER_SERIAL_BYTE / transport.baudrate if isinstance(transport, Rtu) else 0.0


def without_ids(wire: LinkOptions) -> bool:
    """Whether an answer does not show which request it belongs to."""
    return has_rtu_frames(wire.transport) or wire.transaction_id != "check"


def silence_s(wire: LinkOptions) -> float:
    """Seconds of silence between two exchanges: 3.5 characters on a serial line, 1.75 ms above 19200
    baud, `GUARD_S` where answers carry no id, or more if the settings ask for it."""
    transport, silence = wire.transport, 0.0
    if without_ids(wire):
        silence = GUARD_S
    if isinstance(transport, Rtu):
        silence = SILENCE_CHARACTERS * BITS_PER_SERIAL_BYTE / transport.baudrate
        if transport.baudrate > 19200:
            silence = SHORTEST_SILENCE_S
    return max(wire.pause_between_requests_s, silence)


def cost_of(wire: LinkOptions) -> Cost:
    """The cost of requests on this link."""
    transport = wire.transport
    latency = USUAL_LATENCY_S[transport.kind] if wire.latency_s is None else wire.latency_s
    if isinstance(transport, Rtu):
        return Cost(character_s(wire), latency + 2 * silence_s(wire), 13)
    latency += silence_s(wire)
    if has_rtu_frames(transport):
        return Cost(BITS_PER_SERIAL_BYTE / USUAL_GATEWAY_BAUD, latency, 13)
    return Cost(TCP_BYTE_S, latency, 21 + TCP_HEADERS)
