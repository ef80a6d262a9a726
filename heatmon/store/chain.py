"""The hash chain of a journal: H_i = SHA-256(H_{i-1} ‖ canonical header_i), H_0 = 32 zero bytes.

Whoever holds a head can tell whether anything before it was changed, moved, taken out, or put in.
Whoever is root on the station can rewrite what was never sent: that is why heads travel.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from heatmon.store.canonical import canonical
from heatmon.store.errors import StoreError

GENESIS: Final = bytes(32)
_HEAD: Final = re.compile(r"(\d{1,18}):([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Header:
    """What the chain runs over. Times are integer nanoseconds UTC, station time and wall time.

    simulated: made under a scaled clock; then, and only then, the header says so.
    """

    station: str
    event_seq: int
    time_ns: int
    written_at_ns: int
    code: str
    actor: str
    input_seq: int
    payload_sha256: bytes
    simulated: bool = False

    def canonical(self) -> bytes:
        """The header's one form; nanoseconds as strings, because JSON numbers end at 2^53."""
        fields: dict[str, str | int | bool] = {
            "station": self.station,
            "event_seq": self.event_seq,
            "time": str(self.time_ns),
            "written_at": str(self.written_at_ns),
            "code": self.code,
            "actor": self.actor,
            "input_seq": self.input_seq,
            "payload_sha256": self.payload_sha256.hex(),
        }
        if self.simulated:
            fields["simulated"] = True
        return canonical(fields)

    def hash_after(self, previous: bytes) -> bytes:
        """H_i, from H_{i-1}."""
        return hashlib.sha256(previous + self.canonical()).digest()


def payload_hash(payload: bytes, salt: bytes | None) -> bytes:
    """SHA-256 of a canonical payload. Personal ones are salted: erased, nothing can be guessed from it."""
    return hashlib.sha256((salt or b"") + payload).digest()


@dataclass(frozen=True, slots=True)
class Head:
    """The end of a chain at some moment: written ``event_seq:hash``, ``0:000…`` when empty."""

    event_seq: int
    hash: bytes

    def __str__(self) -> str:
        return f"{self.event_seq}:{self.hash.hex()}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Read a written head. Raises StoreError."""
        found = _HEAD.fullmatch(text.strip().lower())
        if found is None:
            raise StoreError(
                f"{text!r} is no head of a journal: the last entry's number, a colon, 64 hex digits"
            )
        return cls(int(found[1]), bytes.fromhex(found[2]))


EMPTY: Final = Head(0, GENESIS)
