"""One destination: what to send next, and what an answer changes.

Order: events first, then the present as often as `every`, lines somebody asked to send again, then the
past within its share of the link. A batch that failed is kept and goes first when the wait is over;
what it holds is still on disk, and its cursor moves only when the server has taken it.
"""

from __future__ import annotations

import logging
import time
import zlib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from random import random
from typing import Final

from heatmon.core.spec.destination import Destination
from heatmon.export.answer import Answer, Judgement, Verdict, clock_offset_s, judge
from heatmon.export.job import Job, Lane, parked_job
from heatmon.export.ledger import Ledger
from heatmon.export.pace import Backoff, BatchSize, Share
from heatmon.export.progress import Progress
from heatmon.export.rate import Rate
from heatmon.export.source import Batch, Source
from heatmon.export.transport import Transport
from heatmon.store.claims import Claims, journal_of
from heatmon.store.cursor import Cursor
from heatmon.store.errors import StoreError
from heatmon.store.history.stored import Backlog

log = logging.getLogger("heatmon.forward")

SECOND: Final = 1_000_000_000
LAG_NS: Final = 60 * SECOND
"""Older than this is the past: the present goes ahead of it."""
GZIP_LEVEL: Final = 1
"""On lines that repeat their keys level 1 gives 9 parts in 10 of what 6 gives, for a third of the CPU."""
IDLE_S: Final = 1.0


class Forwarder:
    """The path to one destination. Call `turn` again and again; it does one thing at a time.

    wall_ns: UTC; steady_s: monotonic seconds, for waits. chance: 0 to 1, evenly spread.
    """

    def __init__(
        self,
        to: Destination,
        source: Source,
        ledger: Ledger,
        claims: Claims,
        transport: Transport,
        *,
        wall_ns: Callable[[], int] = time.time_ns,
        steady_s: Callable[[], float] = time.monotonic,
        chance: Callable[[], float] = random,
    ) -> None:
        self.to, self._source, self.ledger, self._claims = to, source, ledger, claims
        self.transport, self.now_ns, self.steady_s, self._chance = transport, wall_ns, steady_s, chance
        self.progress = self._begin()
        self._events = {station: self._begin_events(station) for station in source.stations}
        self._backoff, self._size = Backoff(), BatchSize(to.rows)
        self._share = Share(to.drain_share_pct / 100.0)
        self._job: Job | None = None
        self._not_before_s = self._front_at_s = self._events_at_s = self._asked_at_s = 0.0
        self._lanes = [self._new_events, self._present, self._asked_again, self._old]
        self._works = False
        """Whether something was taken since the server was last in doubt: then a refusal means the line."""
        self.trouble: Judgement | None = None
        self.server_offset_s: float | None = None
        self.parked_now: list[tuple[str, str]] = []
        """Lines set aside since somebody last looked, with the server's words."""
        self.rate = Rate()

    def _begin(self) -> Progress:
        progress = self.ledger.progress(self.to.id)
        if progress is None:
            progress = Progress(self._source.end() if self.to.begin == "now" else Cursor())
        self._claims.claim(self.to.id, start=progress.past)
        return progress

    def _begin_events(self, station: str) -> Cursor:
        stream = journal_of(station)
        place = self.ledger.place(self.to.id, stream)
        if place is None:
            place = self._source.last_event(station) if self.to.begin == "now" else Cursor()
        self._claims.claim(self.to.id, stream, place)
        return place

    @property
    def stations(self) -> tuple[str, ...]:
        """Whose data it sends."""
        return self._source.stations

    @property
    def columns(self) -> float:
        """Rows a scan, as they come lately."""
        return self._source.columns

    def newest_ns(self) -> int:
        """When the newest scan was received: the station's own clock, whatever this machine's does."""
        return self._source.newest_ns()

    def unsent(self) -> Backlog:
        """What the store holds that was not accepted yet; of all stations of this store."""
        progress = self.progress
        whole = self._source.backlog(progress.past)
        scans, size = whole.scans, whole.bytes
        for island in progress.islands:
            start, end = self._source.backlog(island.start), self._source.backlog(island.end)
            scans, size = scans - start.scans + end.scans, size - start.bytes + end.bytes
        return Backlog(max(0, scans), max(0, size), whole.oldest_ns)

    def take_parked(self) -> list[tuple[str, str]]:
        """Lines set aside since this was last asked, with the server's words."""
        taken, self.parked_now = self.parked_now, []
        return taken

    @property
    def idle(self) -> bool:
        """Whether no batch is under way and no past waits."""
        return self._job is None and not self.progress.split

    # -- one turn ------------------------------------------------------------------------------

    async def turn(self) -> float:
        """Do the most urgent thing; seconds until there may be more to do. Raises StoreError."""
        now = self.steady_s()
        if now < self._not_before_s:
            return self._not_before_s - now
        if self._job is None:
            self._job = self._next(now)
        if self._job is None:
            return self._pause(now)
        await self._send(self._job)
        return max(0.0, self._not_before_s - self.steady_s())

    def _pause(self, now: float) -> float:
        due = min(self._front_at_s, self._events_at_s)
        if self.progress.split:
            due = min(due, self._share.free_at_s)
        return min(max(0.0, due - now), IDLE_S)

    def _next(self, now: float) -> Job | None:
        for find in self._lanes:
            if (job := find(now)) is not None:
                return job
        return None

    def _new_events(self, now: float) -> Job | None:
        if now < self._events_at_s:
            return None
        for station in self._source.stations:
            if self._source.stirred(station):
                batch = self._source.events(station, self._events[station].position)
                if batch.rows:
                    self._source.look_again(station)
                    return Job("events", batch, stream=journal_of(station))
        self._events_at_s = now + IDLE_S
        return None

    def _present(self, now: float) -> Job | None:
        if now < self._front_at_s:
            return None
        batch = self._source.front(self.progress.front, self._size.rows)
        if not batch.full:
            self._front_at_s = now + self.to.every_s
        return self._sample_job("front", batch)

    def _asked_again(self, now: float) -> Job | None:
        """Parked lines and hours that somebody wants sent once more; looked for once a second."""
        if now < self._asked_at_s:
            return None
        if again := self.ledger.parked(self.to.id, "retry", limit=1):
            return parked_job(again[0].id, again[0].line)
        if self._share.may(now) and (asked := self.ledger.asked_hour(self.to.id)) is not None:
            hour, at = asked
            batch = self._source.hour(hour, at, self._size.rows)
            if batch.rows:
                # Counted when it was sent first.
                return Job("again", replace(batch, hours={}), number=hour)
            self.ledger.hour_moved(self.to.id, hour, None)
        self._asked_at_s = now + IDLE_S
        return None

    def _old(self, now: float) -> Job | None:
        shore = self.progress.shore
        if shore is None or not self._share.may(now):
            return None
        return self._sample_job("past", self._source.past(self.progress.past, shore, self._size.rows))

    def _sample_job(self, lane: Lane, batch: Batch) -> Job | None:
        if batch.rows:
            return Job(lane, batch)
        # Nothing for this destination; the place moves on all the same.
        self._move(lane, batch.to)
        return None

    # -- answers -------------------------------------------------------------------------------

    async def _send(self, job: Job) -> None:
        began = self.steady_s()
        answer = await self.transport.write(compressed(job.text))
        now, took = self.steady_s(), self.steady_s() - began
        if job.lane in ("past", "again"):
            self._share.used(now, took)
        wall_s = self.now_ns() / SECOND
        self.server_offset_s = clock_offset_s(answer, wall_s)
        try:
            self._judged(job, answer, judge(answer, wall_s), now)
        except StoreError as error:
            # Accepted, but not written down: it will be sent again, and the result equals one write.
            self._wait(Judgement(Verdict.LATER, "forward.store", {"detail": str(error)}), now)

    def _judged(self, job: Job, answer: Answer, judgement: Judgement, now: float) -> None:
        match judgement.verdict:
            case Verdict.ACCEPTED:
                self._backoff.accepted()
                self._size.accepted()
                self.trouble = None
                self._works = True
                if job.accepted():
                    self._finish(job, now)
            case Verdict.HALVE | Verdict.SIEVE:
                if judgement.verdict is Verdict.HALVE:
                    self._size.too_large(job.rows)
                done = job.refused(said(answer))
                if job.hopeless or (done and not job.taken and not self._works):
                    self._doubt(judgement, now)
                elif done:
                    self._finish(job, now)
            case _:
                self._wait(judgement, now)

    def _doubt(self, judgement: Judgement, now: float) -> None:
        """Nothing of a batch was taken: it may be the server. Other data is tried first next time."""
        self._job, self._works = None, False
        self._lanes.append(self._lanes.pop(0))
        self._wait(Judgement(Verdict.HOLD, "forward.refuses_all", judgement.params), now)

    def _wait(self, judgement: Judgement, now: float) -> None:
        wait_s = self._backoff.wait_s(judgement, self._chance())
        self._not_before_s = now + wait_s
        if self.trouble is None or self.trouble.code != judgement.code:
            log.warning("%s: %s %s", self.to.id, judgement.code, dict(judgement.params))
        self.trouble = judgement

    def _finish(self, job: Job, now: float) -> None:
        """Every line of a batch has its fate: write that down, then go on."""
        at_ns = self.now_ns()
        if job.lane == "again":
            self.ledger.hour_moved(self.to.id, job.number, job.batch.to)
        elif job.lane == "parked":
            outcome = None if job.parked else job.outcome(at_ns, None)
            why = job.parked[0].why if job.parked else ""
            self.ledger.tried_again(self.to.id, job.number, outcome, why)
        else:
            progress = self._moved(job) if job.lane in ("front", "past") else None
            self.ledger.record(self.to.id, job.outcome(at_ns, progress))
            self.parked_now.extend((refusal.line, refusal.why) for refusal in job.parked)
            if progress is not None:
                self.progress = progress
                self._claims.advance(self.to.id, progress.past)
            else:
                self._events[job.stream.removeprefix("journal/")] = job.batch.to
                self._claims.advance(self.to.id, job.batch.to, job.stream)
        if job.lane == "past" or not self.progress.split:
            self.rate.add(now, job.batch.rows)
        self._job = None

    def _moved(self, job: Job) -> Progress:
        """The progress after a batch; where the present lags it goes ahead of what is now the past."""
        progress = deepcopy(self.progress)
        if job.lane == "past":
            progress.sent_past(job.batch.to)
            return progress
        progress.sent_front(job.batch.to)
        if job.batch.full and self.now_ns() - job.batch.newest_ns > LAG_NS:
            progress.go_ahead(self._source.end())
        return progress

    def _move(self, lane: Lane, to: Cursor) -> None:
        if lane == "past":
            self.progress.sent_past(to)
        else:
            self.progress.sent_front(to)

    async def close(self) -> None:
        """End connections, close files."""
        await self.transport.close()
        self._source.close()


def compressed(text: str) -> bytes:
    """Lines as the body of a request."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(text.encode()) + packer.flush()


def said(answer: Answer) -> str:
    """A server's words about a line, on one line of text."""
    return f"{answer.status}: {' '.join(answer.body.split())[:300]}"
