"""All of it together: one office a station, one worker a channel, one outbox a daemon.

Tasks: for each station one that plans and one a channel that sends; a crash of one is logged and it
starts again after a pause, so that no other way is touched.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol
from zoneinfo import ZoneInfo

from heatmon.core.input import SYSTEM, Command
from heatmon.core.spec import Notify
from heatmon.notify.answer import Answers, Verdict
from heatmon.notify.channels.pdu import Received, Report
from heatmon.notify.codes import Codes
from heatmon.notify.office import Office, StationPort
from heatmon.notify.outbox import Outbox
from heatmon.notify.reach import unreachable_since
from heatmon.notify.regular import Progress, Regular, next_drill
from heatmon.notify.ways import OpenWay, Ways
from heatmon.notify.worker import Worker
from heatmon.store.errors import StoreError

if TYPE_CHECKING:
    from heatmon.notify.listener import AnswerPage

log = logging.getLogger("heatmon.notify")

SECOND: Final = 1_000_000_000
LOOK_NS: Final = 30 * SECOND
"""At least this often a station's office looks around: dispatch, drills, what was missed."""
AGAIN_S: Final = 5.0
COLLECT_NS: Final = 5 * SECOND
"""How often a modem is asked what came in."""


class Clock(Protocol):
    """Station time."""

    def now_ns(self) -> int:
        """Now."""

    def wall_s(self, station_ns: int) -> float:
        """Wall seconds until then."""


@dataclass(slots=True)
class _Desk:
    """A station here: its office and its tasks."""

    office: Office
    answers: Answers
    regular: Regular
    settings: list[Any]
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    drill_at: int | None = None


class Dispatcher:
    """Tells people. Raises StoreError when the outbox cannot be used."""

    def __init__(self, path: Path, clock: Clock) -> None:
        self.outbox = Outbox(path)
        self._clock = clock
        self._codes = Codes(self.outbox)
        self._ways = Ways()
        self._desks: dict[str, _Desk] = {}
        self._pages: dict[tuple[str, int], AnswerPage] = {}

    # -- stations ------------------------------------------------------------------------------

    async def add(self, port: StationPort, notify: Notify, progress: Progress) -> None:
        """Tell people about this station from now on. Raises StoreError."""
        office = Office(port, notify, self.outbox, self._clock.now_ns)
        await asyncio.to_thread(office.open)
        regular = Regular(notify, office.planner, progress)
        desk = _Desk(office, Answers(office, self._codes), regular, list(notify.channels))
        self._desks[office.station] = desk
        await self._listen(desk)
        self._start(desk)

    async def remove(self, station: str) -> None:
        """Tell nobody about this station any more; what is queued stays in the outbox."""
        desk = self._desks.pop(station, None)
        if desk is None:
            return
        for task in desk.tasks:
            task.cancel()
        await asyncio.gather(*desk.tasks, return_exceptions=True)
        for settings in desk.settings:
            await self._ways.release(settings)

    async def stop(self) -> None:
        """End at once; a message under way is sent again at the next start, marked as perhaps sent."""
        for page in self._pages.values():
            await page.stop()
        for station in tuple(self._desks):
            await self.remove(station)
        await asyncio.to_thread(self.outbox.close)

    def written(self, station: str) -> None:
        """The journal of a station has new entries."""
        if (desk := self._desks.get(station)) is not None:
            desk.wake.set()

    def office(self, station: str) -> Office | None:
        """The office of a station; None where it tells nobody."""
        desk = self._desks.get(station)
        return None if desk is None else desk.office

    def answers(self, station: str) -> Answers | None:
        """Where a station's replies go."""
        desk = self._desks.get(station)
        return None if desk is None else desk.answers

    def answers_to(self, message: int) -> Answers | None:
        """Where the answer to a message goes, whichever station it is about."""
        try:
            return self.answers(self.outbox.row(message).station)
        except KeyError:
            return None

    # -- what comes in -------------------------------------------------------------------------

    def _collector(self, way: OpenWay) -> Callable[[], Awaitable[int]]:
        """Fetches replies and reports from a modem every few seconds; whoever's they are."""
        from heatmon.notify.channels.at import ModemError
        from heatmon.notify.channels.modem import ModemChannel

        modem = way.channel
        assert isinstance(modem, ModemChannel)

        async def collect() -> int:
            async with way.busy:
                try:
                    found = await modem.collect()
                except ModemError as error:
                    log.info("%s", error)
                    found = []
            for index, what in found:
                await self._take_in(way, what)
                async with way.busy:
                    await modem.forget(index)
            return self._clock.now_ns() + COLLECT_NS

        return collect

    async def _take_in(self, way: OpenWay, what: Received | Report) -> None:
        for desk in tuple(self._desks.values()):
            for settings in desk.settings:
                if self._ways.is_open(settings, way) and await self._is_of(desk, settings.id, what):
                    return

    @staticmethod
    async def _is_of(desk: _Desk, channel: str, what: Received | Report) -> bool:
        """Hand it to a station; whether it was for that one."""
        if isinstance(what, Report):
            return await desk.office.reported(channel, str(what.reference), what.delivered)
        return await desk.answers.by_reply(channel, what.sender, what.text) in ("done", "onsite", "gone")

    async def _listen(self, desk: _Desk) -> None:
        """Open the page for a station's settings; stations with the same address share one."""
        listener = desk.office.notify.listener
        if listener is None or (listener.bind, listener.port) in self._pages:
            return
        from heatmon.notify.listener import AnswerPage

        page = AnswerPage(listener, self._answered, self._clock.now_ns)
        try:
            await page.start()
        except OSError as error:
            log.error("%s:%s: %s", listener.bind, listener.port, error)  # noqa: TRY400  a line, no traceback
            return
        self._pages[listener.bind, listener.port] = page

    async def _answered(self, message: int, code: str) -> Verdict:
        answers = await asyncio.to_thread(self.answers_to, message)
        return "no" if answers is None else await answers.by_page(message, code)

    # -- tasks ---------------------------------------------------------------------------------

    def _start(self, desk: _Desk) -> None:
        office = desk.office
        desk.tasks.append(self._task(f"notify {office.station}", lambda: self._look(desk), desk.wake))
        for settings in desk.settings:
            way = self._ways.take(settings)
            worker = Worker(office, settings.id, way, desk.answers.code_line)
            office.wakers.append(worker.wake)
            name = f"notify {office.station} {settings.id}"
            desk.tasks.append(self._task(name, worker.once, worker.wake))
            if getattr(way.channel, "receives", False):
                desk.tasks.append(self._task(f"{name} in", self._collector(way), asyncio.Event()))

    def _task(
        self, name: str, once: Callable[[], Awaitable[int | None]], wake: asyncio.Event
    ) -> asyncio.Task[None]:
        return asyncio.create_task(self._repeat(name, once, wake), name=name)

    async def _repeat(
        self, name: str, once: Callable[[], Awaitable[int | None]], wake: asyncio.Event
    ) -> None:
        """Do one thing after the other; wait until something is due or somebody wakes."""
        while True:
            wake.clear()
            try:
                due = await once()
            except StoreError as error:
                log.error("%s: %s", name, error)  # noqa: TRY400  a full disk needs a line, no traceback
                await asyncio.sleep(AGAIN_S)
                continue
            except Exception:
                log.exception("%s", name)
                await asyncio.sleep(AGAIN_S)
                continue
            wait_s = None if due is None else self._clock.wall_s(due)
            if wait_s == 0:
                # Something is due already; others get their turn first.
                await asyncio.sleep(0)
                continue
            try:
                async with asyncio.timeout(wait_s):
                    await wake.wait()
            except TimeoutError:
                continue

    async def _look(self, desk: _Desk) -> int:
        """Plan what is new; heartbeats, the weekly exercise, whether dispatch can be reached."""
        office = desk.office
        held = await office.plan()
        now = self._clock.now_ns()
        await self._beat(desk, now)
        await self._exercise(desk, now)
        self._reach(office, now)
        due = [now + LOOK_NS, *(one for one in (held, desk.regular.next_due(), desk.drill_at) if one)]
        return max(min(due), now + 1)

    async def _beat(self, desk: _Desk, now: int) -> None:
        def drafts() -> bool:
            last = office.port.journal.tail(1)
            head = f"{last[0].head.event_seq}:{last[0].hash.hex()[:16]}" if last else "0"
            simulated = bool(last and last[0].header.simulated)
            found = list(desk.regular.heartbeats(now, head, simulated))
            if found:
                self.outbox.replace_heartbeats(found, now)
            return bool(found)

        office = desk.office
        if office.notify.heartbeats and bool(await asyncio.to_thread(drafts)):
            office.wake()

    async def _exercise(self, desk: _Desk, now: int) -> None:
        plan, spec = desk.office.notify.drill, desk.office.port.spec
        if plan is None:
            return
        zone = ZoneInfo(spec.station.timezone)
        if desk.drill_at is None:
            desk.drill_at = next_drill(plan, now, zone)
        elif now >= desk.drill_at:
            desk.drill_at = next_drill(plan, now, zone)
            await desk.office.port.command(Command(f"heatmon/drill-{now}", "drill", {}, SYSTEM))

    @staticmethod
    def _reach(office: Office, now: int) -> None:
        """Dispatch lost or found again, told once each."""
        notify = office.notify
        if notify.dispatch is None:
            return
        persons = office.planner.persons((notify.dispatch,), now)
        ways = [way for person in persons for way in office.planner.ways(person, "P1")]
        since = unreachable_since(ways, office.health)
        if office.lost_since is None and since is not None and now - since >= notify.lost_after_s * SECOND:
            office.lost_since = since
            channels = ", ".join(dict.fromkeys(way.channel for way in ways))
            office.say("dispatch.lost", {"priority": "P1", "channels": channels, "since_ns": since})
        elif office.lost_since is not None and since is None:
            office.lost_since = None
            office.say("dispatch.restored", {"priority": "P3"})
