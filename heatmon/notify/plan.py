"""Which journal entry is told to whom. Pure but for what it asks of the outbox; time is an argument.

One message per change of state: raised, announced again, escalated, acknowledged, returned. Those who
were told of the beginning are told of the end. P1 goes alone and at once, through quiet hours and
floods; what a flood or the night holds back comes as one digest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from heatmon.core.roster import is_quiet, persons_of, quiet_ends
from heatmon.core.spec import Notify, StationSpec
from heatmon.core.spec.notify import Contact, Step, Way
from heatmon.notify.compose import LOCAL
from heatmon.notify.row import Draft, Row, seen
from heatmon.notify.states import State
from heatmon.store.entry import Entry

SECOND: Final = 1_000_000_000
ANNOUNCES: Final[Mapping[str, str]] = {
    "alarm.raised": "raised",
    "alarm.reannounced": "reannounced",
    "alarm.escalated": "escalated",
}
FOLLOWS: Final[Mapping[str, str]] = {
    "alarm.acknowledged": "acknowledged",
    "alarm.confirmed": "acknowledged",
    "alarm.returned": "returned",
    "alarm.closed": "closed",
}
"""Told to those who were told of the beginning. A closing that the return has said already is no news."""
NOTICES: Final[Mapping[str, str]] = {
    "gap": "P3",
    "channel.failed": "P3",
    "channel.restored": "P3",
    "dispatch.lost": "P1",
    "dispatch.restored": "P3",
    "flood.started": "P2",
    "flood.ended": "P3",
    "sla.warning": "P2",
    "sla.breached": "P2",
    "order.issued": "P2",
    "order.unreceived": "P2",
    "order.refused": "P2",
    "order.not_verified": "P2",
    "handover.refused": "P2",
    "handover.voided": "P2",
    "handover.overdue": "P2",
}
"""Told to the first step of their priority; the payload's own priority goes before this one."""
STORE: Final = "store."
"""Trouble with the disk or the history."""
ALONE: Final = frozenset({"drill", "drill_report", "test", "digest"})
"""Kinds that no flood and no night holds back: somebody waits for them."""


class Known(Protocol):
    """What the outbox knows."""

    def recent(self, station: str, recipient: str, since_ns: int) -> int:
        """How many messages a person has been given since then."""

    def held_until(self, station: str, recipient: str) -> int | None:
        """When the digest being gathered for a person is due."""

    def of_occurrence(self, station: str, occurrence: str) -> list[Row]:
        """Every message about an occurrence."""


class Planner:
    """Plans one station's messages."""

    def __init__(self, spec: StationSpec, notify: Notify) -> None:
        self.station, self.notify = spec.station.id, notify
        self._zone = ZoneInfo(spec.station.timezone)
        self._contacts = {contact.person: contact for contact in notify.contacts}
        self._steps: dict[str, tuple[Step, ...]] = {up.priority: up.steps for up in notify.escalation}

    def plan(self, entry: Entry, known: Known, now_ns: int) -> list[Draft]:
        """The messages that an entry sets off; most entries set off none."""
        code, told = entry.header.code, entry.fields
        priority = str(told.get("priority") or NOTICES.get(code, "P3"))
        occurrence = str(told.get("occurrence", ""))
        seen_entry = seen(entry)
        if "silent" in told:
            # Shelved, suppressed, out of service: it goes on, and nobody is told.
            return []
        if "test" in told:
            loud = priority == "P1" and code in ANNOUNCES
            exercise = {**seen_entry, "exercise": True}
            return self._local(entry, ANNOUNCES[code], occurrence, exercise, now_ns) if loud else []
        if code in ANNOUNCES:
            kind, persons = ANNOUNCES[code], self._announced(told, priority, now_ns)
        elif code in FOLLOWS:
            if code == "alarm.closed" and told.get("why") in ("normal", "superseded_unacked"):
                return []
            kind, persons = FOLLOWS[code], self._followers(occurrence, known)
        elif code in NOTICES or code.startswith(STORE):
            kind, persons = "notice", self._first_step(priority, now_ns)
        else:
            return self._special(entry, seen_entry, now_ns)
        drafts = [
            draft
            for person in persons
            for draft in self._to_person(entry, kind, priority, occurrence, person, seen_entry, known, now_ns)
        ]
        if priority == "P1" and kind not in FOLLOWS.values():
            drafts.extend(self._local(entry, kind, occurrence, seen_entry, now_ns))
        return drafts

    # -- who -----------------------------------------------------------------------------------

    def local_time(self, now_ns: int) -> datetime:
        """Wall-clock time at the station."""
        return datetime.fromtimestamp(now_ns / 1e9, UTC).astimezone(self._zone)

    def persons(self, names: tuple[str, ...], now_ns: int) -> tuple[str, ...]:
        """Posts and persons resolved to whoever is on duty now."""
        return persons_of(self.notify, names, self.local_time(now_ns))

    def contact(self, person: str) -> Contact | None:
        """How a person is reached; None for one without contact, and for the local path."""
        return self._contacts.get(person)

    def ways(self, person: str, priority: str) -> tuple[Way, ...]:
        """The ways to a person for a priority, in order."""
        if person == LOCAL:
            return () if self.notify.local is None else (Way(channel=self.notify.local),)
        contact = self._contacts.get(person)
        return tuple(way for way in contact.ways if priority in way.priorities) if contact else ()

    def _first_step(self, priority: str, now_ns: int) -> tuple[str, ...]:
        steps = self._steps.get(priority)
        return self.persons(steps[0].to, now_ns) if steps else ()

    def _announced(self, told: Mapping[str, Any], priority: str, now_ns: int) -> tuple[str, ...]:
        """The first step; an escalation names how far up it goes, and reaches all below once more."""
        steps = self._steps.get(priority, ())
        number = told.get("step", 0)
        reach = steps[: number + 1] if isinstance(number, int) else steps[:1]
        names = tuple(name for step in reach for name in step.to)
        return self.persons(names, now_ns)

    def _followers(self, occurrence: str, known: Known) -> tuple[str, ...]:
        rows = known.of_occurrence(self.station, occurrence)
        return tuple(dict.fromkeys(row.recipient for row in rows if row.recipient != LOCAL))

    # -- how and when --------------------------------------------------------------------------

    def _to_person(
        self,
        entry: Entry,
        kind: str,
        priority: str,
        occurrence: str,
        person: str,
        seen_entry: dict[str, Any],
        known: Known,
        now_ns: int,
    ) -> Iterator[Draft]:
        ways = self.ways(person, priority)
        contact = self._contacts.get(person)
        if not ways or contact is None:
            return
        state, due_ns = self._when(kind, priority, occurrence, contact, known, now_ns)
        together = contact.together and priority == "P1"
        # That a channel fails is not told through this channel.
        about = entry.fields.get("channel") if entry.header.code == "channel.failed" else None
        usable = [(place, way) for place, way in enumerate(ways) if way.channel != about]
        for place, way in usable if together else usable[:1]:
            yield Draft(
                *(self.station, entry.header.event_seq, person, way.channel, place, way.to),
                *(occurrence, kind, priority, due_ns, seen_entry, state),
            )

    def _when(
        self, kind: str, priority: str, occurrence: str, contact: Contact, known: Known, now_ns: int
    ) -> tuple[State, int]:
        if priority == "P1" or kind in ALONE:
            return State.QUEUED, now_ns
        held = known.held_until(self.station, contact.person)
        at = self.local_time(now_ns)
        if contact.quiet is not None and is_quiet(contact.quiet, at):
            return State.HELD, int(quiet_ends(contact.quiet, at).timestamp()) * SECOND
        digest = self.notify.digest
        if priority in digest.priorities:
            since = now_ns - int(digest.within_s * SECOND)
            begun = occurrence and any(
                row.state in (State.HELD, State.FOLDED) and row.recipient == contact.person
                for row in known.of_occurrence(self.station, occurrence)
            )
            if (held is not None and begun) or known.recent(
                self.station, contact.person, since
            ) >= digest.above:
                return State.HELD, held if held is not None else now_ns + int(digest.every_s * SECOND)
        return State.QUEUED, now_ns

    def _local(
        self, entry: Entry, kind: str, occurrence: str, seen_entry: dict[str, Any], now_ns: int
    ) -> list[Draft]:
        return [
            Draft(
                *(self.station, entry.header.event_seq, LOCAL, way.channel, 0, way.to),
                *(occurrence, kind, "P1", now_ns, seen_entry),
            )
            for way in self.ways(LOCAL, "P1")
        ]

    def _special(self, entry: Entry, seen_entry: dict[str, Any], now_ns: int) -> list[Draft]:
        """Drills and tests: whom they name, by the first way; an exercise takes the ways of P1."""
        told, code = entry.fields, entry.header.code
        if code == "message.test":
            return self._test(entry, told, seen_entry, now_ns)
        if code not in ("drill.started", "drill.ended"):
            return []
        kind = "drill" if code == "drill.started" else "drill_report"
        drill = str(told.get("drill", ""))
        persons = self.persons(tuple(str(told.get("to", "")).split(",")), now_ns)
        return [
            Draft(
                *(self.station, entry.header.event_seq, person, way.channel, 0, way.to, drill, kind, "P1"),
                *(now_ns, {**seen_entry, "exercise": True}),
            )
            for person in persons
            for way in self.ways(person, "P1")[:1]
        ]

    def _test(
        self, entry: Entry, told: Mapping[str, Any], seen_entry: dict[str, Any], now_ns: int
    ) -> list[Draft]:
        """A test takes the way that it names, and no other one when that fails: place is the last."""
        person, channel = str(told.get("person", "")), told.get("channel")
        contact = self._contacts.get(person)
        if contact is None:
            return []
        ways = [way for way in contact.ways if channel in (None, way.channel)]
        last = len(contact.ways)
        return [
            Draft(
                *(self.station, entry.header.event_seq, person, way.channel, last, way.to),
                *(f"test#{entry.header.event_seq}", "test", "P3", now_ns, seen_entry),
            )
            for way in ways
        ]
