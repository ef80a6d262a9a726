"""One message as the outbox keeps it, and as it is planned."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from heatmon.notify.states import State
from heatmon.store.entry import Entry

COLUMNS: Final = (
    "id, station, event_seq, recipient, channel, place, address, occurrence, kind, priority, "
    "state, due, attempts, planned, changed, answer, ref, digest, entry"
)


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be written down. place: which of the person's ways this is; due: not before."""

    station: str
    event_seq: int
    recipient: str
    channel: str
    place: int
    address: str
    occurrence: str
    kind: str
    priority: str
    due_ns: int
    entry: Mapping[str, Any]
    state: State = State.QUEUED

    def by(self, channel: str, place: int, address: str) -> Draft:
        """The same message by another way."""
        return replace(self, channel=channel, place=place, address=address)


@dataclass(frozen=True, slots=True)
class Row:
    """A message in the outbox. entry: what it tells (`seen`); times in station time."""

    id: int
    station: str
    event_seq: int
    recipient: str
    channel: str
    place: int
    address: str
    occurrence: str
    kind: str
    priority: str
    state: State
    due_ns: int
    attempts: int
    planned_ns: int
    changed_ns: int
    answer: str
    ref: str
    digest: int | None
    entry: Mapping[str, Any]

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Row:
        """From a row of `COLUMNS`."""
        plain: list[Any] = list(values)
        plain[10], plain[18] = State(plain[10]), json.loads(plain[18])
        return cls(*plain)

    @property
    def key(self) -> str:
        """The same for all attempts at this message and different from that of any other."""
        return f"{self.station}-{self.id}-{self.planned_ns // 1_000_000:x}"

    def draft(self, due_ns: int) -> Draft:
        """The row as a draft, to go another way."""
        return Draft(
            self.station,
            self.event_seq,
            self.recipient,
            self.channel,
            self.place,
            self.address,
            self.occurrence,
            self.kind,
            self.priority,
            due_ns,
            self.entry,
        )


def seen(entry: Entry) -> dict[str, Any]:
    """What of a journal entry a message needs: its time, code, actor, fields, and the chain's head there."""
    return {
        "time_ns": entry.header.time_ns,
        "code": entry.header.code,
        "actor": entry.header.actor,
        "head": f"{entry.head.event_seq}:{entry.hash.hex()[:16]}",
        "simulated": entry.header.simulated,
        "fields": dict(entry.fields),
    }
