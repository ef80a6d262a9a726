"""Entries are made of events: numbered as the engine numbered them, chained, salted where personal."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from heatmon.core.effect import Event
from heatmon.store.canonical import canonical
from heatmon.store.chain import Header, payload_hash
from heatmon.store.entry import LOST, PERSONAL, Entry


@dataclass(frozen=True, slots=True)
class Making:
    """What all entries of one transaction share."""

    station: str
    written_at_ns: int
    simulated: bool

    def chained(self, events: Sequence[Event], previous: bytes) -> list[Entry]:
        """Entries behind the hash `previous`. Raises CanonicalError."""
        entries = []
        for event in events:
            payload = canonical(event.payload)
            salt = os.urandom(16) if event.code.startswith(PERSONAL) else None
            header = Header(
                self.station,
                event.event_seq,
                event.time_ns,
                self.written_at_ns,
                event.code,
                event.actor,
                event.input_seq,
                payload_hash(payload, salt),
                self.simulated,
            )
            previous = header.hash_after(previous)
            entries.append(Entry(header, payload, salt, previous))
        return entries


def first_of(event: Event) -> int:
    """The first number an event stands for: its own, but for a summary."""
    first = event.payload.get("first_event_seq") if event.code.startswith("journal.") else None
    return first if isinstance(first, int) else event.event_seq


def lost(first: int, before: Event) -> Event:
    """The entry in place of those that a damaged file took with it."""
    last = first_of(before) - 1
    return Event(
        event_seq=last,
        time_ns=before.time_ns,
        code=LOST,
        actor=before.actor,
        input_seq=before.input_seq,
        payload={"first_event_seq": first, "count": last - first + 1},
    )
