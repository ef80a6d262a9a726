"""Faults of the wire, in words: ``with server.fault(silence(unit=3)):``."""

from __future__ import annotations

import asyncio
import random

from heatmon_simulators.modbus.frame import Request, exception_reply
from heatmon_simulators.modbus.server import Fault, Reset


def silence(unit: int | None = None) -> Fault:
    """No answer, from one unit or from all."""

    async def act(request: Request, reply: bytes) -> bytes | None:
        return None if unit in (None, request.unit) else reply

    return act


def late(seconds: float) -> Fault:
    """The right answer, too late."""

    async def act(_request: Request, reply: bytes) -> bytes:
        await asyncio.sleep(seconds)
        return reply

    return act


def refusal(code: int, address: int | None = None) -> Fault:
    """An exception code, for every read or for those that touch one address."""

    async def act(request: Request, reply: bytes) -> bytes:
        touched = address is None or request.address <= address < request.address + request.count
        return exception_reply(request, code) if touched else reply

    return act


def reset() -> Fault:
    """The connection is cut instead of an answer."""

    async def act(_request: Request, _reply: bytes) -> bytes:
        raise Reset

    return act


def truncated(by: int = 1) -> Fault:
    """The last bytes never come."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return reply[:-by]

    return act


def other_transaction(step: int = 1) -> Fault:
    """The answer carries the id of another request."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return ((int.from_bytes(reply[:2], "big") + step) % 65536).to_bytes(2, "big") + reply[2:]

    return act


def other_unit(unit: int) -> Fault:
    """The answer comes from another unit."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return reply[:6] + bytes([unit]) + reply[7:]

    return act


def other_function(function: int) -> Fault:
    """The answer is one to another function."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return reply[:7] + bytes([function]) + reply[8:]

    return act


def miscounted(change: int) -> Fault:
    """The byte count is wrong by `change`, the frame's length is not."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return reply[:8] + bytes([(reply[8] + change) % 256]) + reply[9:]

    return act


def doubled() -> Fault:
    """Every answer comes twice."""

    async def act(_request: Request, reply: bytes) -> bytes:
        return reply + reply

    return act


def garbage(seed: int) -> Fault:
    """Random bytes of the right length."""
    chance = random.Random(seed)  # noqa: S311  noise, not a secret

    async def act(_request: Request, reply: bytes) -> bytes:
        return chance.randbytes(len(reply))

    return act


def mixed(seed: int, share: float = 0.2) -> Fault:
    """Now and then any of the faults above, drawn by a seeded chance."""
    chance = random.Random(seed)  # noqa: S311  noise, not a secret
    faults = [
        silence(), late(0.05), refusal(6), reset(), truncated(2), other_transaction(), other_unit(99),
        other_function(4), miscounted(2), doubled(), garbage(seed),
    ]  # fmt: skip

    async def act(request: Request, reply: bytes) -> bytes | None:
        if chance.random() >= share:
            return reply
        return await chance.choice(faults)(request, reply)

    return act
