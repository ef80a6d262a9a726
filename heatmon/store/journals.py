"""The journals of a daemon, and what a full disk does to them: the reserve is given up piece by piece."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from heatmon.core.effect import Event
from heatmon.store.entry import Notice
from heatmon.store.errors import JournalNotWritable, StoreError
from heatmon.store.journal import Journal
from heatmon.store.reserve import Reserve
from heatmon.store.summary import Waiting, thinned, whole

log = logging.getLogger("heatmon.store")


class Journals:
    """Written by the writer's thread alone, but for `open` and `stage`.

    tell: called with each change of `stage`.
    """

    def __init__(
        self,
        simulated: bool,
        reserve: Reserve | None,
        now_ns: Callable[[], int],
        at_step: Callable[[str], None],
        tell: Callable[[Notice], None],
    ) -> None:
        self._simulated, self._reserve = simulated, reserve
        self._now_ns, self._at_step, self._tell = now_ns, at_step, tell
        self._journals: dict[str, Journal] = {}
        self._waiting: dict[str, Waiting | None] = {}
        self._refused = False

    @property
    def stage(self) -> str:
        """Of the disk: ``good``, ``events``, ``last`` or ``refused`` (`heatmon.store.reserve`)."""
        if self._refused:
            return "refused"
        return self._reserve.stage if self._reserve is not None else "good"

    def open(self, station: str, path: Path) -> Journal:
        """Open a station's journal. Raises StoreError."""
        journal = Journal(path, station, self._simulated)
        self._journals[station] = journal
        return journal

    def take_reserve(self) -> None:
        """Take the room that is kept for events. Raises OSError for an unusable directory."""
        if self._reserve is not None:
            self._reserve.take()
            if self._reserve.stage != "good":
                self._tell_stage("there is no room for the reserve")

    def append(
        self,
        station: str,
        events: Sequence[Event],
        checkpoint: Mapping[str, Any] | None,
        *,
        stopping: bool,
    ) -> None:
        """One transaction; where the disk refuses, the reserve is given up. Raises StoreError.

        stopping: nothing may be only counted any more.
        """
        while not self._try_append(station, events, checkpoint, stopping):
            self._tell_stage("the disk is full")

    def _try_append(
        self, station: str, events: Sequence[Event], checkpoint: Mapping[str, Any] | None, stopping: bool
    ) -> bool:
        """False when the disk refused and there is room from the reserve now. Raises StoreError."""
        waiting = self._waiting.get(station)
        if self.stage == "last" and not stopping:
            events, still = thinned(waiting, events)
        else:
            events, still = whole(waiting, events), None
        if still is not None and not events:
            self._waiting[station] = still
            return True
        if still is not None:
            # The checkpoint knows them, so they are written too: one entry for the run.
            events, still = [*events, still.entry()], None
        try:
            self._journals[station].append(events, checkpoint, self._now_ns(), at_step=self._at_step)
        except JournalNotWritable as error:
            return self._give_up(str(error))
        self._waiting[station] = still
        if self._refused:
            self._refused = False
            self._tell_stage("a write succeeded")
        return True

    def _give_up(self, reason: str) -> bool:
        """Make room from the reserve; False when there was. Raises JournalNotWritable when none is left."""
        if self._reserve is not None and self._reserve.give_up():
            return False
        if not self._refused:
            self._refused = True
            self._tell_stage(reason)
        raise JournalNotWritable(reason)

    def regain(self) -> bool:
        """Take the reserve again once there is ample room; whether samples may be kept again."""
        if self._reserve is None or not self._reserve.ample():
            return False
        self._refused = False
        self._reserve.take()
        self._tell_stage("there is room again")
        return True

    def close(self) -> None:
        """Close all, marked as stopped cleanly where everything is on disk."""
        for station, journal in self._journals.items():
            try:
                journal.close(clean=not self._refused and self._waiting.get(station) is None)
            except StoreError:
                log.exception("station %s: close", station)

    def _tell_stage(self, reason: str) -> None:
        reserve_mb = self._reserve.events_bytes >> 20 if self._reserve is not None else 0
        log.warning("disk: %s %s", self.stage, reason)
        priority = "P4" if self.stage == "good" else "P2"
        self._tell(Notice(f"store.disk.{self.stage}", {"reason": reason, "reserve_mb": reserve_mb}, priority))
