"""One channel of one station at work: the gravest due message, then the next, as fast as is allowed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from heatmon.catalogue import Language
from heatmon.notify.after import Next, after
from heatmon.notify.channel import Message, Outcome
from heatmon.notify.office import Office
from heatmon.notify.row import Draft, Row
from heatmon.notify.states import Trigger
from heatmon.notify.ways import OpenWay

log = logging.getLogger("heatmon.notify")

SECOND: Final = 1_000_000_000
PATIENCE_NS: Final = 10 * SECOND
"""P1 waits this long for a provider's limit before it goes another way."""
LONG_DOWN_NS: Final = 3600 * SECOND


class Worker:
    """Sends what is queued for a channel. `once` does one thing and says when to come back."""

    def __init__(
        self, office: Office, channel: str, way: OpenWay, code_line: Callable[[Row, Language], str]
    ) -> None:
        self.office, self.channel, self.way = office, channel, way
        self._code_line = code_line
        self.wake = asyncio.Event()

    async def once(self) -> int | None:
        """One message further; station time of the next thing to do, None when nothing waits."""
        office, outbox = self.office, self.office.outbox
        now = office.now_ns()
        row = await asyncio.to_thread(outbox.next, office.station, self.channel, now)
        if row is None:
            return await asyncio.to_thread(outbox.due, office.station, self.channel)
        other = office.other_way(row, now)
        health = office.health[self.channel]
        if health.down and now < health.probe_at:
            if other is None:
                await asyncio.to_thread(outbox.set_due, row.id, health.probe_at)
            else:
                await self._pass_on(row, other, now, health.reason)
            return now
        return await self._when_free(row, other)

    async def _when_free(self, row: Row, other: Draft | None) -> int:
        """Send it, if the provider's limit allows; else when it will."""
        office, outcome = self.office, None
        async with self.way.busy:
            now = office.now_ns()
            free = self.way.bucket.free_at(now)
            if free <= now:
                self.way.bucket.take(now)
                row, outcome = await self._send(row)
        if outcome is not None:
            await self._settle(row, outcome, other)
            return office.now_ns()
        if other is not None and row.priority == "P1" and free - now > PATIENCE_NS:
            await self._pass_on(row, other, now, "the provider's limit is reached")
            return now
        return free

    async def _send(self, row: Row) -> tuple[Row, Outcome]:
        office = self.office
        # On disk before the first byte: a kill from here on is known as "perhaps sent".
        row = await asyncio.to_thread(office.outbox.mark, row, Trigger.SEND, office.now_ns())
        message = await asyncio.to_thread(self._compose, row)
        try:
            return row, await self.way.channel.send(message)
        except Exception as error:
            # A fault of ours in a channel must not stop the others, nor lose the message.
            log.exception("channel %s", self.channel)
            return row, Outcome("broken", f"internal fault: {type(error).__name__}")

    def _compose(self, row: Row) -> Message:
        office = self.office
        told = [one for one in office.outbox.reached(office.station, row.occurrence) if row.occurrence]
        folded = office.outbox.folded(row.id) if row.kind == "digest" else ()
        code = self._code_line(row, office.composer.language(row.recipient))
        return office.composer.message(row, told=told, folded=folded, code=code, first=not told)

    async def _settle(self, row: Row, outcome: Outcome, other: Draft | None) -> None:
        office, now = self.office, self.office.now_ns()
        then = after(
            outcome,
            priority=row.priority,
            attempts=row.attempts,
            another=other is not None,
            age_ns=now - row.planned_ns,
        )
        due = now + int(then.wait_s * SECOND)
        if outcome.verdict == "busy":
            self.way.bucket.close(due)

        def written() -> None:
            with office.outbox.writing():
                if then.pass_on and other is not None:
                    office.outbox.add([other], now)
                office.outbox.mark(row, then.trigger, now, answer=outcome.answer, ref=outcome.ref, due_ns=due)

        await asyncio.to_thread(written)
        if then.pass_on:
            office.wake()
        await self._judge_channel(outcome, then, now)
        await office.tell()

    async def _pass_on(self, row: Row, other: Draft, now: int, why: str) -> None:
        await asyncio.to_thread(self.office.outbox.pass_on, row, other, now, why)
        self.office.wake()
        await self.office.tell()

    async def _judge_channel(self, outcome: Outcome, then: Next, now: int) -> None:
        office, health = self.office, self.office.health[self.channel]
        if then.channel_failed:
            if health.failed(now, outcome.answer, then.wait_s, passed_on=then.pass_on):
                await asyncio.to_thread(
                    office.outbox.set_down, office.station, self.channel, now, outcome.answer
                )
                office.say("channel.failed", {"channel": self.channel, "reason": outcome.answer})
        elif outcome.verdict in ("taken", "handed", "confirmed"):
            told, down_ns = health.works(now)
            if down_ns >= LONG_DOWN_NS:
                await asyncio.to_thread(office.gather_late, self.channel)
            if told:
                await asyncio.to_thread(office.outbox.set_up, office.station, self.channel)
                office.say("channel.restored", {"channel": self.channel, "down_s": down_ns // SECOND})
            elif down_ns:
                await asyncio.to_thread(office.outbox.at_once, office.station, self.channel, now)
