"""Faults on the wire, in words: `with server.fault(silence(unit=3)): ...`.

A fault looks at each exchange that its filters let through and spoils the reply. Filters that every word
takes: `unit`, `function`, `address` (a request that touches it), `times` (only the first n), `every` (only
each n-th), `chance` (0…1, from `seed`). Seconds are those of the wall, for a wire knows no scaled clock.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, TypedDict, Unpack

from heatmon_simulators.modbus.bank import ILLEGAL_ADDRESS, ILLEGAL_VALUE, exception_pdu
from heatmon_simulators.modbus.frames import Framing, Request, encode_rtu, encode_tcp


@dataclass(slots=True)
class Exchange:
    """One request and everything that will happen in answer to it; faults change the fields."""

    request: Request
    framing: Framing
    pdu: bytes
    connection_age_s: float
    unit: int
    transaction: int
    protocol: int = 0
    silent: bool = False
    delay_s: float = 0.0
    late_s: float = 0.0
    copies: int = 1
    cut_to: int | None = None
    flip: int | None = None
    raw: bytes | None = None
    before: bytes = b""
    #: Bytes at a time and pause between them, s.
    trickle: tuple[int, float] | None = None
    after: bytes = b""
    then: Literal["stay", "close", "reset"] = "stay"

    def frame(self, transaction: int, unit: int, pdu: bytes) -> bytes:
        """A whole frame in this connection's framing."""
        if self.framing == "tcp":
            return encode_tcp(transaction, unit, pdu, self.protocol)
        return encode_rtu(unit, pdu)

    def wire(self) -> bytes:
        """The bytes to send."""
        if self.silent:
            return b""
        frame = self.frame(self.transaction, self.unit, self.pdu) if self.raw is None else self.raw
        if self.flip is not None and frame:
            spoiled = bytearray(frame)
            spoiled[self.flip % len(frame)] ^= 0xFF
            frame = bytes(spoiled)
        if self.cut_to is not None:
            frame = frame[: self.cut_to]
        return self.before + frame * self.copies + self.after


class Where(TypedDict, total=False):
    """Filters of a fault; see the module's text."""

    unit: int
    function: int
    address: int
    times: int
    every: int
    chance: float
    seed: int


@dataclass(eq=False)
class Fault:
    """One active fault: what it is called, what it does, where it applies."""

    name: str
    act: Callable[[Exchange], None] | None = None
    where: Where = field(default_factory=Where)
    #: Refuses a connection, given the seconds since the last one closed (None = there was none).
    refuses: Callable[[float | None], bool] | None = None
    idle_close_s: float | None = None
    #: How often it struck.
    hits: int = 0

    def __post_init__(self) -> None:
        self._seen = 0
        self._random = random.Random(self.where.get("seed", 1))  # noqa: S311 - a repeatable test, no secret

    def apply(self, exchange: Exchange) -> None:
        """Spoil `exchange` if the filters let it through."""
        if self.act is None or not self._concerns(exchange.request):
            return
        self._seen += 1
        where = self.where
        if self.hits >= where.get("times", 1 << 62) or self._seen % where.get("every", 1):
            return
        if "chance" in where and self._random.random() >= where["chance"]:
            return
        self.hits += 1
        self.act(exchange)

    def _concerns(self, request: Request) -> bool:
        where = self.where
        if request.unit != where.get("unit", request.unit):
            return False
        if request.function != where.get("function", request.function):
            return False
        if "address" not in where:
            return True
        first, count = request.address, request.count
        return first is not None and first <= where["address"] < first + (count or 1)


class FaultBoard:
    """The faults that are on at this moment, shared by any number of servers."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        self._watchers: list[Callable[[], None]] = []

    def add(self, fault: Fault) -> Fault:
        """Switch a fault on."""
        self.active.append(fault)
        self._tell()
        return fault

    def remove(self, fault: Fault) -> None:
        """Switch a fault off; one that is not on is ignored."""
        if fault in self.active:
            self.active.remove(fault)
            self._tell()

    @contextmanager
    def fault(self, *faults: Fault) -> Iterator[Fault]:
        """Switch faults on for the length of a block; gives the first."""
        for each in faults:
            self.add(each)
        try:
            yield faults[0]
        finally:
            for each in faults:
                self.remove(each)

    def watch(self, told: Callable[[], None]) -> None:
        """Be told whenever a fault comes or goes."""
        self._watchers.append(told)

    def unwatch(self, told: Callable[[], None]) -> None:
        """Not be told any more."""
        self._watchers.remove(told)

    def refuses(self, since_last_close_s: float | None) -> bool:
        """Is a new connection to be refused now?"""
        struck = [f for f in self.active if f.refuses is not None and f.refuses(since_last_close_s)]
        for each in struck:
            each.hits += 1
        return bool(struck)

    @property
    def idle_close_s(self) -> float | None:
        """After how many quiet seconds the server hangs up; None = never."""
        return min((f.idle_close_s for f in self.active if f.idle_close_s is not None), default=None)

    def _tell(self) -> None:
        for told in list(self._watchers):
            told()


# -- time ------------------------------------------------------------------------------------------------


def delay(seconds: float, **where: Unpack[Where]) -> Fault:
    """Answer after `seconds`; what comes meanwhile on the same connection waits, as in a slow device."""

    def act(exchange: Exchange) -> None:
        exchange.delay_s += seconds

    return Fault("delay", act, where)


def late(seconds: float, **where: Unpack[Where]) -> Fault:
    """Answer after `seconds`, but go on with later requests meanwhile: the reply comes among others'."""

    def act(exchange: Exchange) -> None:
        exchange.late_s += seconds

    return Fault("late", act, where)


def trickle(size: int = 1, gap_s: float = 0.005, **where: Unpack[Where]) -> Fault:
    """Send the reply `size` bytes at a time."""

    def act(exchange: Exchange) -> None:
        exchange.trickle = (size, gap_s)

    return Fault("trickle", act, where)


# -- absence ---------------------------------------------------------------------------------------------


def silence(**where: Unpack[Where]) -> Fault:
    """No answer at all: a dead unit, a half-open link."""

    def act(exchange: Exchange) -> None:
        exchange.silent = True

    return Fault("silence", act, where)


def dead_unit(unit: int) -> Fault:
    """A unit that has no power."""
    return silence(unit=unit)


def reset(**where: Unpack[Where]) -> Fault:
    """Cut the connection by RST instead of answering."""

    def act(exchange: Exchange) -> None:
        exchange.silent, exchange.then = True, "reset"

    return Fault("reset", act, where)


def hang_up(**where: Unpack[Where]) -> Fault:
    """Close the connection in order instead of answering."""

    def act(exchange: Exchange) -> None:
        exchange.silent, exchange.then = True, "close"

    return Fault("hang_up", act, where)


def truncate(
    keep: int = 5, then: Literal["stay", "close", "reset"] = "stay", **where: Unpack[Where]
) -> Fault:
    """Send only the first `keep` bytes of the reply."""

    def act(exchange: Exchange) -> None:
        exchange.cut_to, exchange.then = keep, then

    return Fault("truncate", act, where)


# -- falsehood -------------------------------------------------------------------------------------------


def exception(code: int, **where: Unpack[Where]) -> Fault:
    """Answer with exception `code`."""

    def act(exchange: Exchange) -> None:
        exchange.pdu = exception_pdu(exchange.request.function, code)

    return Fault("exception", act, where)


def garbage(length: int = 12, **where: Unpack[Where]) -> Fault:
    """Send `length` random bytes instead of the reply."""
    dice = random.Random(where.get("seed", 1))  # noqa: S311 - a repeatable test, no secret

    def act(exchange: Exchange) -> None:
        exchange.raw = dice.randbytes(length)

    return Fault("garbage", act, where)


def noise_before(data: bytes = b"\x00\xff", **where: Unpack[Where]) -> Fault:
    """Put stray bytes before a good reply, as a line driver does when it switches on."""

    def act(exchange: Exchange) -> None:
        exchange.before = data + exchange.before

    return Fault("noise_before", act, where)


def bad_crc(**where: Unpack[Where]) -> Fault:
    """Spoil the last byte: on RTU the CRC no longer fits."""

    def act(exchange: Exchange) -> None:
        exchange.flip = -1

    return Fault("bad_crc", act, where)


def wrong_transaction(offset: int = 1, **where: Unpack[Where]) -> Fault:
    """Answer under another transaction id."""

    def act(exchange: Exchange) -> None:
        exchange.transaction = (exchange.transaction + offset) & 0xFFFF

    return Fault("wrong_transaction", act, where)


def zero_transaction(**where: Unpack[Where]) -> Fault:
    """Answer under transaction id 0, as some gateways do."""

    def act(exchange: Exchange) -> None:
        exchange.transaction = 0

    return Fault("zero_transaction", act, where)


def swapped_transactions(**where: Unpack[Where]) -> Fault:
    """Hold one reply back; when the next request comes, answer both with their ids exchanged."""
    held: list[Exchange] = []

    def act(exchange: Exchange) -> None:
        if not held:
            held.append(exchange)
            exchange.silent = True
            return
        first = held.pop()
        exchange.after += exchange.frame(exchange.transaction, first.unit, first.pdu)
        exchange.transaction = first.transaction

    return Fault("swapped_transactions", act, where)


def foreign_protocol(protocol: int = 1, **where: Unpack[Where]) -> Fault:
    """Answer with a protocol id other than 0 in the MBAP header."""

    def act(exchange: Exchange) -> None:
        exchange.protocol = protocol

    return Fault("foreign_protocol", act, where)


def wrong_unit(offset: int = 1, **where: Unpack[Where]) -> Fault:
    """Answer in the name of another unit."""

    def act(exchange: Exchange) -> None:
        exchange.unit = (exchange.unit + offset) & 0xFF

    return Fault("wrong_unit", act, where)


def wrong_function(answered: int = 16, **where: Unpack[Where]) -> Fault:
    """Answer as if function `answered` had been asked."""

    def act(exchange: Exchange) -> None:
        exchange.pdu = bytes((answered,)) + exchange.pdu[1:]

    return Fault("wrong_function", act, where)


def resized(registers: int, **where: Unpack[Where]) -> Fault:
    """Send that many registers more (or fewer, if negative) than asked, with a byte count that agrees."""

    def act(exchange: Exchange) -> None:
        if exchange.pdu[0] & 0x80:
            return
        data = exchange.pdu[2:] + b"\x5a\xa5" * max(0, registers)
        data = data[: len(data) + 2 * min(0, registers)]
        exchange.pdu = bytes((exchange.pdu[0], len(data) & 0xFF)) + data

    return Fault("resized", act, where)


def wrong_byte_count(offset: int = 2, **where: Unpack[Where]) -> Fault:
    """Send the right data under a byte count that lies."""

    def act(exchange: Exchange) -> None:
        if not exchange.pdu[0] & 0x80:
            exchange.pdu = bytes((exchange.pdu[0], (exchange.pdu[1] + offset) & 0xFF)) + exchange.pdu[2:]

    return Fault("wrong_byte_count", act, where)


def duplicate(copies: int = 2, **where: Unpack[Where]) -> Fault:
    """Send the reply several times."""

    def act(exchange: Exchange) -> None:
        exchange.copies = copies

    return Fault("duplicate", act, where)


# -- rules of odd devices --------------------------------------------------------------------------------


def max_registers(limit: int, code: int = ILLEGAL_VALUE, **where: Unpack[Where]) -> Fault:
    """Refuse reads of more than `limit` registers or bits with exception `code` (2 and 3 are both seen)."""

    def act(exchange: Exchange) -> None:
        if (exchange.request.count or 0) > limit:
            exchange.pdu = exception_pdu(exchange.request.function, code)

    return Fault("max_registers", act, where)


def exact_blocks(blocks: Iterable[tuple[int, int]], **where: Unpack[Where]) -> Fault:
    """Allow only reads of exactly these (address, count); everything else is exception 2."""
    allowed = frozenset(blocks)

    def act(exchange: Exchange) -> None:
        if (exchange.request.address, exchange.request.count) not in allowed:
            exchange.pdu = exception_pdu(exchange.request.function, ILLEGAL_ADDRESS)

    return Fault("exact_blocks", act, where)


def from_zero_only(**where: Unpack[Where]) -> Fault:
    """Allow only reads that begin at address 0."""

    def act(exchange: Exchange) -> None:
        if exchange.request.address != 0:
            exchange.pdu = exception_pdu(exchange.request.function, ILLEGAL_ADDRESS)

    return Fault("from_zero_only", act, where)


def pause_after_connect(seconds: float, **where: Unpack[Where]) -> Fault:
    """Ignore requests that come sooner than `seconds` after the connection."""

    def act(exchange: Exchange) -> None:
        if exchange.connection_age_s < seconds:
            exchange.silent = True

    return Fault("pause_after_connect", act, where)


# -- connections -----------------------------------------------------------------------------------------


def refuse() -> Fault:
    """Cut each new connection at once by RST; those that stand go on."""
    return Fault("refuse", refuses=lambda _since: True)


def refuse_reconnect(seconds: float) -> Fault:
    """Cut connections that come sooner than `seconds` after the last one closed."""
    return Fault("refuse_reconnect", refuses=lambda since: since is not None and since < seconds)


def idle_close(seconds: float) -> Fault:
    """Hang up when nothing was asked for `seconds`."""
    return Fault("idle_close", idle_close_s=seconds)


def mixed(seed: int, share: float = 0.2) -> Fault:
    """Now and then (`share` of the replies) any one of the faults of time, absence and falsehood."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable test, no secret
    kinds = (
        silence(), late(0.05), delay(0.05), exception(6), reset(), truncate(9), garbage(12, seed=seed),
        wrong_transaction(), wrong_unit(), wrong_function(4), wrong_byte_count(), resized(1), resized(-1),
        duplicate(),
    )  # fmt: skip

    def act(exchange: Exchange) -> None:
        if dice.random() < share:
            dice.choice(kinds).apply(exchange)

    return Fault("mixed", act)
