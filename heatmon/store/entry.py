"""A journal entry as it is read back, what a start finds, and what the store has to tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from heatmon.catalogue import render
from heatmon.store.chain import Head, Header, payload_hash

COLUMNS: Final = (
    "station, event_seq, time, written_at, code, actor, input_seq, "
    "payload_sha256, simulated, payload, salt, hash"
)
SUMMARISED: Final = "journal.summarised"
"""Stands for a run of P3 and link entries that found no room: payload.first_event_seq to event_seq."""
LOST: Final = "journal.lost"
"""Stands for entries that a damaged file took with it: payload.first_event_seq to event_seq."""
ERASED: Final = "journal.erased"
"""Erases the personal payload of entry payload.event_seq."""
PERSONAL: Final = "personal."
"""Codes that begin so carry personal data: salted, erasable."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One row. payload: canonical JSON bytes, None once erased. salt: of personal payloads only."""

    header: Header
    payload: bytes | None
    salt: bytes | None
    hash: bytes

    @classmethod
    def of(cls, row: tuple[Any, ...]) -> Entry:
        """From a row of `COLUMNS`. Raises TypeError or ValueError for a row of wrong types."""
        station, seq, time, written, code, actor, input_seq, sha, simulated, payload, salt, digest = row
        if not all(isinstance(part, int) for part in (seq, time, written, input_seq, simulated)):
            raise TypeError(f"entry {seq!r} holds text where a number belongs")
        if not all(isinstance(part, str) for part in (station, code, actor)):
            raise TypeError(f"entry {seq!r} holds something else where text belongs")
        if not all(isinstance(part, bytes) for part in (sha, digest)):
            raise TypeError(f"entry {seq!r} holds no bytes where a hash belongs")
        header = Header(station, seq, time, written, code, actor, input_seq, sha, bool(simulated))
        return cls(header, None if payload is None else payload.encode(), salt, digest)

    @property
    def row(self) -> tuple[Any, ...]:
        """The row of `COLUMNS`."""
        h = self.header
        return (
            *(h.station, h.event_seq, h.time_ns, h.written_at_ns, h.code, h.actor, h.input_seq),
            *(h.payload_sha256, int(h.simulated)),
            *(None if self.payload is None else self.payload.decode(), self.salt, self.hash),
        )

    @property
    def head(self) -> Head:
        """The chain's head when this entry was the last."""
        return Head(self.header.event_seq, self.hash)

    @property
    def first_event_seq(self) -> int:
        """The first number this entry stands for: its own, but for a summary."""
        if self.header.code in (SUMMARISED, LOST):
            first = self.fields.get("first_event_seq")
            if isinstance(first, int) and 0 < first <= self.header.event_seq:
                return first
        return self.header.event_seq

    @property
    def fields(self) -> Mapping[str, Any]:
        """The payload's fields; none once erased, or where the payload is no JSON object."""
        try:
            found = json.loads(self.payload or b"{}")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}

    @property
    def payload_is_sound(self) -> bool:
        """Whether the payload is the one the header names."""
        return (
            self.payload is not None and payload_hash(self.payload, self.salt) == self.header.payload_sha256
        )

    def as_dict(self) -> dict[str, Any]:
        """As the control socket and exports hand it out. Times in nanoseconds; erased: no payload."""
        h = self.header
        return {
            "station": h.station,
            "event_seq": h.event_seq,
            "time_ns": h.time_ns,
            "written_at_ns": h.written_at_ns,
            "code": h.code,
            "actor": h.actor,
            "input_seq": h.input_seq,
            "payload": None if self.payload is None else dict(self.fields),
            "simulated": h.simulated,
            "hash": self.hash.hex(),
        }


@dataclass(frozen=True, slots=True)
class Notice:
    """Something people must be told once: a catalogue key and what fills its text.

    priority: P2 to P4 where it belongs in the journals too (`heatmon.core.input.SystemNotice`), else empty.
    """

    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)
    priority: str = ""

    def __str__(self) -> str:
        return render(self.code, "en", **self.params)


@dataclass(frozen=True, slots=True)
class Recovered:
    """What a start finds.

    checkpoint: None on the first start, or when it is damaged (then a notice says so, and the engine
    must be rebuilt from the history with `event_seq` and `input_seq` going on from here).
    event_seq, input_seq: the last used. clean_stop: the last run ended with everything on disk.
    last_time_ns: station time of the last sign of life, 0 when there was none.
    """

    checkpoint: Mapping[str, Any] | None
    head: Head
    event_seq: int
    input_seq: int
    simulated: bool
    clean_stop: bool
    last_time_ns: int
    notices: tuple[Notice, ...] = ()
