"""One station's messages: reads its journal, plans, gathers digests, tells the journal what became of them.

Everything that touches a file runs in a thread (`asyncio.to_thread`); decisions are pure calls of the
planner. Nothing here is lost by a kill: what was planned stands in the outbox, what was not is read
again from the journal.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from heatmon.core.effect import Reply
from heatmon.core.input import Command, JsonScalar, SystemNotice
from heatmon.core.spec import Notify, StationSpec
from heatmon.notify.compose import UNSURE, Composer
from heatmon.notify.digest import digest_of, late_digests
from heatmon.notify.health import Health
from heatmon.notify.outbox import Outbox
from heatmon.notify.plan import Planner
from heatmon.notify.row import Draft, Row
from heatmon.notify.states import State, Trigger
from heatmon.store.entry import Entry

log = logging.getLogger("heatmon.notify")

BATCH: Final = 200
KEPT_NS: Final = 60 * 86_400 * 1_000_000_000
"""Settled messages are kept for sixty days; the journal has them for ever."""
PRUNE_NS: Final = 3600 * 1_000_000_000
DELIVERIES: Final[Mapping[State, str]] = {
    State.SENT: "delivery.sent",
    State.HANDED_OVER: "delivery.handed_over",
    State.DELIVERED: "delivery.delivered",
    State.REFUSED: "delivery.refused",
    State.FAILED: "delivery.failed",
}


class Journal(Protocol):
    """The journal as it is read here."""

    def read_after(self, event_seq: int, limit: int) -> tuple[list[Entry], int]:
        """At most `limit` entries after a cursor, and the cursor behind them."""

    def tail(self, count: int) -> list[Entry]:
        """The last entries."""


@dataclass(slots=True)
class StationPort:
    """What a station offers to its office. accept: an input of its engine; command: with its answer."""

    spec: StationSpec
    journal: Journal
    accept: Callable[[SystemNotice], None]
    command: Callable[[Command], Awaitable[Reply]]


class Office:
    """The messages of one station. The loop's thread, but for what is said to run in another."""

    def __init__(self, port: StationPort, notify: Notify, outbox: Outbox, now_ns: Callable[[], int]) -> None:
        self.port, self.outbox, self.now_ns = port, outbox, now_ns
        self.station = port.spec.station.id
        self.cursor = 0
        self.health: dict[str, Health] = {}
        self.lost_since: int | None = None
        self.wakers: list[asyncio.Event] = []
        self._submitted: set[tuple[int, State]] = set()
        self._prune_at = 0
        self.configure(port.spec, notify)

    def configure(self, spec: StationSpec, notify: Notify) -> None:
        """Take settings into use; messages that are planned keep their channel."""
        self.notify = notify
        self.planner = Planner(spec, notify)
        self.composer = Composer(spec, notify)
        for channel in notify.channels:
            self.health.setdefault(channel.id, Health())

    # -- start ---------------------------------------------------------------------------------

    def open(self) -> None:
        """In a thread: where the last run ended. A station that is new here begins with its next entry."""
        last = self.port.journal.tail(1)
        self.cursor = self.outbox.cursor(self.station, last[0].header.event_seq if last else 0)
        now = self.now_ns()
        for row in self.outbox.restart(self.station, now):
            self.outbox.note(row.id, UNSURE)
        for channel, (since, reason) in self.outbox.down(self.station).items():
            if channel in self.health:
                self.health[channel] = Health(since, reason, 1, now, told=True, told_at=now)

    # -- planning ------------------------------------------------------------------------------

    async def plan(self) -> int | None:
        """Read what is new, release what is due; when to come back, None for not before something new."""
        await asyncio.to_thread(self._plan)
        self.wake()
        await self.tell()
        return await asyncio.to_thread(self.outbox.held_due, self.station)

    def _plan(self) -> None:
        while True:
            entries, cursor = self.port.journal.read_after(self.cursor, BATCH)
            if not entries:
                break
            now = self.now_ns()
            with self.outbox.writing():
                for entry in entries:
                    self._note(entry, now)
                    self.outbox.add(self.planner.plan(entry, self.outbox, now), now)
                self.outbox.advance(self.station, cursor)
            self.cursor = cursor
        now = self.now_ns()
        due = self.outbox.held_due(self.station)
        if due is not None and due <= now:
            for recipient, rows in self.outbox.held(self.station, now).items():
                self._release(recipient, rows, now)
        if now >= self._prune_at:
            self._prune_at = now + PRUNE_NS
            self.outbox.prune(now - KEPT_NS)

    def _note(self, entry: Entry, now_ns: int) -> None:
        """What the journal says about messages themselves."""
        code, fields = entry.header.code, entry.fields
        if code.startswith("delivery.") and isinstance(message := fields.get("message"), int):
            state = State(code.removeprefix("delivery."))
            self.outbox.told(message, state)
            self._submitted.discard((message, state))
        elif code in ("alarm.acknowledged", "drill.acknowledged"):
            occurrence = str(fields.get("occurrence") or fields.get("drill") or "")
            self.outbox.acknowledge(self.station, occurrence, entry.header.actor.split("@", 1)[0], now_ns)

    def _release(self, recipient: str, rows: Sequence[Row], now_ns: int) -> None:
        if len(rows) == 1:
            self.outbox.mark(rows[0], Trigger.RELEASE, now_ns, due_ns=now_ns)
            return
        ways = self.planner.ways(recipient, min(row.priority for row in rows))
        if not ways:
            # The person has no way any more: the rows go as they are, and fail as they must.
            ways = self.planner.ways(recipient, "P1")
        place, channel, address = (
            (0, ways[0].channel, ways[0].to) if ways else (0, rows[0].channel, rows[0].address)
        )
        self.outbox.fold(rows, digest_of(rows, channel, place, address, now_ns), now_ns)

    def gather_late(self, channel: str) -> None:
        """In a thread: a channel is back after a long time; what has grown old goes as one digest each."""
        now = self.now_ns()
        for rows in late_digests(self.outbox, self.station, channel, now):
            first = rows[0]
            self.outbox.fold(rows, digest_of(rows, channel, first.place, first.address, now), now)
        self.outbox.at_once(self.station, channel, now)

    def wake(self) -> None:
        """Something may be due: every worker of the station looks."""
        for waker in self.wakers:
            waker.set()

    # -- what workers ask ----------------------------------------------------------------------

    def other_way(self, row: Row, now_ns: int) -> Draft | None:
        """The next way for a message, None when there is none (or all go at once anyway)."""
        if row.recipient.startswith("@"):
            return None
        contact = self.planner.contact(row.recipient)
        if contact is None or (contact.together and row.priority == "P1"):
            return None
        priority = "P1" if row.kind in ("drill", "drill_report") else row.priority
        ways = self.planner.ways(row.recipient, priority)
        if row.place + 1 >= len(ways):
            return None
        way = ways[row.place + 1]
        return row.draft(now_ns).by(way.channel, row.place + 1, way.to)

    async def reported(self, channel: str, ref: str, delivered: bool | None) -> bool:
        """A network's report on a message that it had taken; whether it was one of this station's."""
        row = await asyncio.to_thread(self.outbox.by_ref, self.station, channel, ref)
        if row is None:
            return False
        if delivered is not None:
            trigger = Trigger.CONFIRMED if delivered else Trigger.REFUSED
            await asyncio.to_thread(
                self.outbox.mark, row, trigger, self.now_ns(), answer="the network's report"
            )
            await self.tell()
        return True

    def status(self) -> dict[str, dict[str, Any]]:
        """Channel -> whether it works, since when not and why, how many messages wait for it."""
        waiting = self.outbox.waiting(self.station)
        return {
            channel.id: {
                "kind": channel.kind,
                "waiting": waiting.get(channel.id, 0),
                "down_since_ns": self.health[channel.id].down_since,
                "reason": self.health[channel.id].reason,
            }
            for channel in self.notify.channels
        }

    # -- telling the journal -------------------------------------------------------------------

    async def tell(self) -> None:
        """Have the journal say what has become of messages; again after a crash, never twice."""
        for row in await asyncio.to_thread(self.outbox.untold, self.station):
            if (row.id, row.state) in self._submitted:
                continue
            if row.kind == "heartbeat" or row.state not in DELIVERIES:
                await asyncio.to_thread(self.outbox.told, row.id, row.state)
                continue
            self._submitted.add((row.id, row.state))
            fields = await asyncio.to_thread(self._delivery, row)
            self.port.accept(SystemNotice(DELIVERIES[row.state], fields))

    def _delivery(self, row: Row) -> dict[str, JsonScalar]:
        told: dict[str, Any] = row.entry["fields"]
        fields: dict[str, JsonScalar] = {
            "message": row.id,
            "kind": row.kind,
            "occurrence": row.occurrence,
            "of": str(row.event_seq),
            "recipient": row.recipient,
            "channel": row.channel,
            "attempts": row.attempts,
            "answer": row.answer,
            "took_ms": max(0, row.changed_ns - row.planned_ns) // 1_000_000,
        }
        if row.kind == "digest":
            folded = self.outbox.folded(row.id)
            fields |= {"count": len(folded), "of": ranges([one.event_seq for one in folded])}
        if alarm := told.get("alarm"):
            fields["alarm"] = alarm
        if row.ref:
            fields["ref"] = row.ref
        return fields

    def say(self, code: str, fields: dict[str, JsonScalar]) -> None:
        """Have the journal say something about the way to people itself."""
        self.port.accept(SystemNotice(code, fields))


def ranges(numbers: Sequence[int]) -> str:
    """``12-40,55``: numbers as the journal names them, short."""
    found: list[list[int]] = []
    for number in sorted(set(numbers)):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in found)
