"""The one thread that writes: history first, then each station's journal, only then anybody is told.

A round: (1) the history is committed, with everything recorded so far; (2) for each station that has
something, ONE transaction takes its events and its checkpoint; (3) whoever waits for them goes on.
Events start a round at once; what arrives meanwhile joins the next one. Without events there is a
round each `commit_s`, which plain checkpoints join.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heatmon.core.effect import Event
from heatmon.core.scan import Scan
from heatmon.store.entry import Notice
from heatmon.store.errors import JournalNotWritable, StoreError
from heatmon.store.journal import Journal
from heatmon.store.journals import Journals
from heatmon.store.reserve import Reserve, is_full
from heatmon.store.room import HistoryRoom

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
        self._history = history
        self._journals = Journals(simulated, reserve, now_ns, at_step, self._tell)
        self._commit_s, self._regain_s, self._now_ns = commit_s, regain_s, now_ns
        self._on_trouble, self._at_step = on_trouble, at_step
        self._pending: dict[str, _Pending] = {}
        self._condition = threading.Condition()
        self._urgent = self._stopping = self._waking = False
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._history_fault = ""
        self._history_full = False
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
        return self._journals.open(station, path)

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
    def waiting(self) -> int:
        """Stations whose events or checkpoints wait for the next round."""
        return len(self._pending)

    @property
    def stage(self) -> str:
        """Of the disk: ``good``, ``events``, ``last`` or ``refused`` (`heatmon.store.reserve`)."""
        return self._journals.stage

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
            self._journals.take_reserve()
            due = time.monotonic() + self._commit_s
            while not self._stopping:
                timed = self._wait(due)
                if timed:
                    due = max(due + self._commit_s, time.monotonic())
                self._round()
                if timed:
                    self._keep_house()
            self._round()
            self._journals.close()
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
                self._history_full = self._history_full or is_full(error)
                log.exception("history could not be committed")
                self._tell(Notice("store.history_failed", {"reason": str(error)}, "P2"))
        else:
            self._history_fault = ""
        self.progress_ns = time.monotonic_ns()

    def _commit_station(self, station: str, one: _Pending) -> None:
        try:
            self._at_step("journal.begin")
            self._journals.append(station, one.events, one.checkpoint, stopping=self._stopping)
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

    def _keep_house(self) -> None:
        if self.stage == "good" and not self._history_full:
            self._housekeeping(self._history.maintain)
        elif time.monotonic() >= self._regain_at:
            self._regain_at = time.monotonic() + self._regain_s
            # Samples give way to events: what is over the cap goes, and the cap shrinks with the disk.
            self._housekeeping(self._history.retain)
            if self._journals.regain():
                self._history_full = False
        self.progress_ns = time.monotonic_ns()

    def _housekeeping(self, work: Callable[[int], Sequence[Notice]]) -> None:
        try:
            for notice in work(self._now_ns()):
                log.warning("%s", notice)
                self._tell(notice)
        except Exception:
            log.exception("history: housekeeping")

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

    def _tell(self, notice: Notice) -> None:
        self._in_loop(lambda: self._on_trouble(notice))

    def _in_loop(self, call: Callable[[], None]) -> None:
        assert self._loop is not None
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(call)
