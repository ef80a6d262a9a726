"""The shell around one engine: numbers the inputs, keeps the order of the commit, tells who waits.

Inputs enter in the order in which they are accepted; what they bring about is on disk before
anybody sees it (events, answers), and what was read is handed to the history in the same instant.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final, Protocol

from heatmon.core.effect import Effects, Event, Reply
from heatmon.core.engine import Engine
from heatmon.core.input import Command, Input
from heatmon.core.scan import Origin, Scan
from heatmon.driver import Block
from heatmon.runtime.clock import SECOND, Clock

log = logging.getLogger("heatmon.station")

CHECKPOINT_NS: Final = 60 * SECOND
"""A station without events writes its checkpoint this often."""


class Recorder(Protocol):
    """The store as a station sees it."""

    def record(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan into the next history commit; returns at once."""

    async def commit(self, station: str, events: Sequence[Event], checkpoint: dict[str, Any]) -> None:
        """Return when history, then events and checkpoint are on disk. Raises StoreError."""


class StationShell:
    """One station as the daemon runs it."""

    def __init__(self, engine: Engine, clock: Clock, recorder: Recorder, stagger: int = 0) -> None:
        self.engine = engine
        self.id = engine.spec.station.id
        self._clock, self._recorder = clock, recorder
        self._tags = _tags_of(engine)
        self._events: list[Event] = []
        self._replies: list[Reply] = []
        self._waiting: dict[str, asyncio.Future[Reply]] = {}
        self._committing: asyncio.Task[None] | None = None
        self._checkpoint_ns = clock.now_ns() - CHECKPOINT_NS + (stagger * SECOND) % CHECKPOINT_NS
        self.wake_at: int | None = None
        self.listeners: list[Callable[[Sequence[Event]], None]] = []
        self.first_scans: set[str] = set()
        self.failed: BaseException | None = None

    def deliver(
        self, device: str, group: str, due_ns: int, block: Block, origin: Origin = Origin.LIVE
    ) -> None:
        """A block has come from a poller: number it, judge it, record it."""
        now = self._clock.now_ns()
        engine = self.engine
        scan = Scan(
            device,
            group,
            due_ns,
            now,
            block.values,
            block.qualities,
            block.source_ns,
            block.exact,
            block.between,
            origin,
            input_seq=engine.input_seq + 1,
        )
        effects = engine.step(scan, now)
        self._recorder.record(self.id, scan, self._tags[device, group])
        self._take(effects, now)

    def accept(self, item: Input) -> None:
        """Any input but a poller's block; it gets the next number here."""
        now = self._clock.now_ns()
        numbered = replace(item, input_seq=self.engine.input_seq + 1)
        effects = self.engine.step(numbered, now)
        if isinstance(numbered, Scan):
            self._recorder.record(self.id, numbered, self._tags[numbered.device, numbered.group])
        self._take(effects, now)

    async def command(self, command: Command) -> Reply:
        """Have a command carried out; the answer comes after the commit. Raises what the commit raised."""
        future: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[command.id] = future
        try:
            self.accept(command)
            return await future
        finally:
            self._waiting.pop(command.id, None)

    def reconfigured(self) -> None:
        """The engine has new settings: columns may have moved."""
        self._tags = _tags_of(self.engine)

    def tick(self) -> None:
        """Let time pass: fire deadlines, write the checkpoint that is due."""
        now = self._clock.now_ns()
        if self.wake_at is not None and self.wake_at <= now:
            self._take(self.engine.step(None, now), now)
        if now - self._checkpoint_ns >= CHECKPOINT_NS:
            self._checkpoint_ns = now
            self._start_commit()

    async def settled(self) -> None:
        """Wait until every event so far is on disk, or refused (`failed`); no checkpoint is forced."""
        if (running := self._committing) is not None:
            await asyncio.shield(running)

    async def flush(self) -> None:
        """Wait until everything up to now is on disk, the checkpoint included."""
        if (running := self._committing) is not None:
            await running
        self._start_commit()
        if (last := self._committing) is not None:
            await last

    def _take(self, effects: Effects, now: int) -> None:
        self.wake_at = effects.wake_at
        if effects.computed is not None:
            tags = tuple(info.id for info in self.engine.view().derived)
            self._recorder.record(self.id, effects.computed, tags)
        if effects.events or effects.replies:
            self._events.extend(effects.events)
            self._replies.extend(effects.replies)
            self._checkpoint_ns = now
            self._start_commit()

    def _start_commit(self) -> None:
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit(), name=f"commit {self.id}")

    async def _commit(self) -> None:
        """Write what is pending; what arrives meanwhile joins the next round."""
        try:
            while True:
                events, replies = self._events, self._replies
                self._events, self._replies = [], []
                try:
                    await self._recorder.commit(self.id, events, self.engine.checkpoint())
                except Exception as error:
                    # Nothing that was accepted is lost: the events go into the next round.
                    self._events[:0] = events
                    self._refuse(replies, error)
                    raise
                self.failed = None
                for listener in self.listeners:
                    listener(events)
                for reply in replies:
                    if (future := self._waiting.get(reply.id)) is not None and not future.done():
                        future.set_result(reply)
                if not self._events and not self._replies:
                    return
        except Exception as error:
            # The supervisor reports it and tries again; polling and judging go on.
            self.failed = error
            log.exception("station %s: the journal could not be written", self.id)
        finally:
            self._committing = None

    def _refuse(self, replies: Sequence[Reply], error: Exception) -> None:
        for reply in replies:
            if (future := self._waiting.get(reply.id)) is not None and not future.done():
                future.set_exception(error)


def _tags_of(engine: Engine) -> dict[tuple[str, str], tuple[str, ...]]:
    spec = engine.spec
    return {plan: tuple(tag.id for tag in spec.columns(*plan)) for plan in spec.plans()}
