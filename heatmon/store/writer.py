"""The one thread that writes: history first, then each station's journal, only then anybody is told.

A round: (1) the history is committed, with everything recorded so far; (2) for each station that has
something, ONE transaction takes its events and its checkpoint; (3) whoever waits for them goes on.
Events start a round at once; what arrives meanwhile joins the next one. Without events there is a
round each `commit_s`, which plain checkpoints join.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

from heatmon.core.effect import Event
from heatmon.core.scan import Scan
from heatmon.store.entry import Notice
from heatmon.store.errors import JournalNotWritable, StoreError
from heatmon.store.journal import Journal
from heatmon.store.reserve import Reserve
from heatmon.store.summary import Waiting, thinned, whole

log = logging.getLogger("heatmon.store")

COMMIT_S: Final = 1.0
PROGRESS_S: Final = 30.0
"""The slowest card takes a second for a round; a writer silent for longer hangs."""
REGAIN_S: Final = 10.0
"""How often a full disk is looked at again."""
STEPS: Final = (
    "round.begin",
    "history.committed",
    "journal.begin",
    "journal.before_commit",
    "journal.committed",
    "answered",
)
"""Names of the places where a test may stop the process, in the order of a round."""


class HistoryRoom(Protocol):
    """The history as the writer uses it."""

    def append(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan; loop's thread, returns at once."""

    def commit(self) -> None:
        """Put everything appended so far on disk; writer thread."""

    def maintain(self, now_ns: int) -> Sequence[Notice]:
        """A small slice of housekeeping; writer thread. What people must be told."""


@dataclass(slots=True)
class _Pending:
    """What one station waits to have written: events in order, the checkpoint after them, who waits."""

    events: list[Event] = field(default_factory=list)
    checkpoint: Mapping[str, Any] | None = None
    futures: list[asyncio.Future[None]] = field(default_factory=list)


def _quiet(name: str) -> None:
    """No step is watched."""


def _log_only(notice: Notice) -> None:
    """Trouble goes to the log, whoever else listens."""


def _wall_ms() -> int:
    now = time.time_ns()
    return now - now % 1_000_000


class Writer:
    """Owns the journals and the writer thread of a daemon.

    Queue ``pending``: one slot a station. Bound: a station has one commit under way and the next one
    gathering, because its shell awaits each; overflow policy: the asker waits, nothing is dropped.
    now_ns: wall time for `written_at` and housekeeping, from any thread. on_trouble: called in the
    loop's thread when the disk or the history changes state. at_step: called with a name of `STEPS`
    in the writer thread; the kill tests end the process there.
    """

    def __init__(
        self,
        history: HistoryRoom,
        *,
        simulated: bool = False,
        reserve: Reserve | None = None,
        commit_s: float = COMMIT_S,
        regain_s: float = REGAIN_S,
        now_ns: Callable[[], int] = _wall_ms,
        on_trouble: Callable[[Notice], None] = _log_only,
        at_step: Callable[[str], None] = _quiet,
    ) -> None:
        self._history, self._simulated, self._reserve = history, simulated, reserve
        self._commit_s, self._regain_s, self._now_ns = commit_s, regain_s, now_ns
        self._on_trouble, self._at_step = on_trouble, at_step
        self._journals: dict[str, Journal] = {}
        self._waiting: dict[str, Waiting | None] = {}
        self._pending: dict[str, _Pending] = {}
        self._condition = threading.Condition()
        self._urgent = self._stopping = self._waking = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._history_fault = ""
        self._history_full = self._refused = False
        self._regain_at = 0.0
        self.progress_ns = time.monotonic_ns()
        self.dropped_scans = 0

    # -- the loop's side -----------------------------------------------------------------------

    def start(self) -> None:
        """Start the thread; call it in the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    def open_journal(self, station: str, path: Path) -> Journal:
        """Open a station's journal and write to it from now on. Raises StoreError."""
        journal = Journal(path, station, self._simulated)
        self._journals[station] = journal
        return journal

    def record(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        """Take a scan into the next history commit. While the disk is full, samples are dropped, counted."""
        if self.stage == "good" and not self._history_full:
            self._history.append(station, scan, tags)
        else:
            self.dropped_scans += 1

    async def commit(self, station: str, events: Sequence[Event], checkpoint: Mapping[str, Any]) -> None:
        """Return when the history so far, then events and checkpoint are on disk.

        Events alone are urgent; a plain checkpoint joins the next timed round. Raises StoreError:
        nothing of this call was written, and the events are still the caller's.
        """
        assert self._loop is not None, "start() comes first"
        future: asyncio.Future[None] = self._loop.create_future()
        with self._condition:
            if self._thread is None or self._stopping or not self._thread.is_alive():
                raise StoreError("the writer is not running")
            pending = self._pending.setdefault(station, _Pending())
            pending.events.extend(events)
            pending.checkpoint = checkpoint
            pending.futures.append(future)
            if events and not self._waking:
                # After this turn of the loop: stations that alarm in one scan share one round.
                self._waking = True
                self._loop.call_soon(self._wake)
        await future

    def _wake(self) -> None:
        with self._condition:
            self._waking = False
            self._urgent = True
            self._condition.notify()

    def progressing(self) -> bool:
        """Whether the thread lives and has moved lately; the watchdog asks."""
        alive = self._thread is not None and self._thread.is_alive()
        return alive and time.monotonic_ns() - self.progress_ns < PROGRESS_S * 1e9

    @property
    def stage(self) -> str:
        """Of the disk: ``good``, ``events``, ``last`` or ``refused`` (`heatmon.store.reserve`)."""
        if self._refused:
            return "refused"
        return self._reserve.stage if self._reserve is not None else "good"

    async def stop(self) -> None:
        """Write what is pending, mark the journals as stopped cleanly, close them."""
        if self._thread is None:
            return
        with self._condition:
            self._stopping = True
            self._condition.notify()
        await asyncio.to_thread(self._thread.join)
        self._thread = None

    # -- the thread's side ---------------------------------------------------------------------

    def _run(self) -> None:
        try:
            if self._reserve is not None:
                self._reserve.take()
                if self._reserve.stage != "good":
                    self._tell_stage("there is no room for the reserve")
            due = time.monotonic() + self._commit_s
            while not self._stopping:
                timed = self._wait(due)
                if timed:
                    due = max(due + self._commit_s, time.monotonic())
                self._round()
                if timed:
                    self._keep_house()
            self._round()
            self._close()
        except BaseException as error:
            log.exception("the writer has crashed")
            self._fail_all(error)
            raise

    def _wait(self, due: float) -> bool:
        """Until there is something urgent, or the time has come; whether it has."""
        with self._condition:
            while not self._urgent and not self._stopping:
                left = due - time.monotonic()
                if left <= 0:
                    break
                self._condition.wait(left)
            self._urgent = False
        self.progress_ns = time.monotonic_ns()
        return time.monotonic() >= due

    def _round(self) -> None:
        self._at_step("round.begin")
        with self._condition:
            # Taken before the history is committed: whatever a checkpoint knows was recorded before.
            pending, self._pending = self._pending, {}
        self._commit_history()
        self._at_step("history.committed")
        for station, one in pending.items():
            self._commit_station(station, one)
            self.progress_ns = time.monotonic_ns()
        self._at_step("answered")

    def _commit_history(self) -> None:
        try:
            self._history.commit()
        except Exception as error:  # whatever ails the samples, events go on
            if str(error) != self._history_fault:
                self._history_fault = str(error)
                self._history_full = self._history_full or _is_full(error)
                log.exception("history could not be committed")
                self._tell(Notice("store.history_failed", {"reason": str(error)}, "P2"))
        else:
            self._history_fault = ""
        self.progress_ns = time.monotonic_ns()

    def _commit_station(self, station: str, one: _Pending) -> None:
        try:
            self._at_step("journal.begin")
            self._append(station, one)
            self._at_step("journal.committed")
        except Exception as error:
            # One station's fault never touches another.
            failure = error if isinstance(error, StoreError) else StoreError(f"{station}: {error!r}")
            if not isinstance(error, JournalNotWritable):
                log.exception("station %s: journal", station)
                reason = str(failure)
                self._tell(Notice("store.journal_failed", {"station": station, "reason": reason}))
            self._answer(one, failure)
        else:
            self._answer(one, None)

    def _append(self, station: str, one: _Pending) -> None:
        """One transaction; where the disk refuses, the reserve is given up piece by piece."""
        while not self._try_append(station, one):
            self._tell_stage("the disk is full")

    def _try_append(self, station: str, one: _Pending) -> bool:
        """False when the disk refused and there is room from the reserve now. Raises StoreError."""
        waiting, events = self._waiting.get(station), one.events
        if self.stage == "last" and not self._stopping:
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
            self._journals[station].append(events, one.checkpoint, self._now_ns(), at_step=self._at_step)
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

    def _keep_house(self) -> None:
        if self.stage == "good" and not self._history_full:
            try:
                for notice in self._history.maintain(self._now_ns()):
                    log.warning("%s", notice)
                    self._tell(notice)
            except Exception:
                log.exception("history: housekeeping")
        elif time.monotonic() >= self._regain_at:
            self._regain_at = time.monotonic() + self._regain_s
            self._regain()
        self.progress_ns = time.monotonic_ns()

    def _regain(self) -> None:
        """Take the reserve again and keep samples again, once there is ample room."""
        if self._reserve is None or not self._reserve.ample():
            return
        self._history_full = self._refused = False
        self._reserve.take()
        self._tell_stage("there is room again")

    def _close(self) -> None:
        for station, journal in self._journals.items():
            try:
                journal.close(clean=not self._refused and self._waiting.get(station) is None)
            except StoreError:
                log.exception("station %s: close", station)

    # -- telling -------------------------------------------------------------------------------

    def _answer(self, one: _Pending, failure: StoreError | None) -> None:
        def resolve() -> None:
            for future in one.futures:
                if future.done():
                    continue
                if failure is None:
                    future.set_result(None)
                else:
                    future.set_exception(failure)

        self._in_loop(resolve)

    def _fail_all(self, error: BaseException) -> None:
        with self._condition:
            pending, self._pending = self._pending, {}
        for one in pending.values():
            self._answer(one, StoreError(f"the writer has crashed: {error!r}"))

    def _tell_stage(self, reason: str) -> None:
        reserve_mb = self._reserve.events_bytes >> 20 if self._reserve is not None else 0
        log.warning("disk: %s %s", self.stage, reason)
        priority = "P4" if self.stage == "good" else "P2"
        self._tell(Notice(f"store.disk.{self.stage}", {"reason": reason, "reserve_mb": reserve_mb}, priority))

    def _tell(self, notice: Notice) -> None:
        self._in_loop(lambda: self._on_trouble(notice))

    def _in_loop(self, call: Callable[[], None]) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)


def _is_full(error: Exception) -> bool:
    """Whether the file system has no room, however it was said."""
    if isinstance(error, sqlite3.Error):
        return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
    return isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
