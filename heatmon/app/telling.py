"""Telling people, as a part of the daemon: nothing of it is loaded before a station has the section."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from heatmon.app.shared import Running, Shared
from heatmon.runtime.clock import SECOND
from heatmon.runtime.station import StationShell
from heatmon.store.errors import StoreError

if TYPE_CHECKING:
    from heatmon.notify.dispatcher import Dispatcher

log = logging.getLogger("heatmon")

FILE: Final = "outbox.db"


class Telling:
    """Starts, reconfigures and ends the notifying of a daemon's stations."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.dispatcher: Dispatcher | None = None
        self._heard: list[StationShell] = []

    async def station(self, running: Running) -> None:
        """Tell people about a station by its present settings; called at start and after a reload.

        An outbox that cannot be used is told in the log and costs nobody the station.
        """
        station = running.shell.id
        if self.dispatcher is not None:
            await self.dispatcher.remove(station)
        notify = running.shell.engine.spec.notify
        if notify is None:
            return
        try:
            dispatcher = self._opened()
            if running.shell not in self._heard:
                running.shell.listeners.append(lambda _events: dispatcher.written(station))
                self._heard.append(running.shell)
            await dispatcher.add(self._port(running), notify, lambda: self._progress(running))
        except StoreError as error:
            log.error("station %s tells nobody: %s", station, error)  # noqa: TRY400  a line, no traceback

    def _opened(self) -> Dispatcher:
        if self.dispatcher is None:
            from heatmon.notify.dispatcher import Dispatcher

            self.dispatcher = Dispatcher(self._shared.state / FILE, self._shared.clock)
        return self.dispatcher

    @staticmethod
    def _port(running: Running) -> Any:
        from heatmon.notify.office import StationPort

        shell = running.shell
        return StationPort(shell.engine.spec, running.journal, shell.accept, shell.command)

    def _progress(self, running: Running) -> list[tuple[str, float | None]]:
        """Seconds since the last good block of every link; None for never."""
        now, found = self._shared.clock.now_ns(), []
        for link, watched in running.watched.items():
            last = max((group.last_good_ns or 0 for group in watched.poller.groups), default=0)
            found.append((link, (now - last) / SECOND if last else None))
        return found

    def status(self, running: Running) -> dict[str, Any] | None:
        """What waits on which channel of a station; None where it tells nobody."""
        dispatcher = self.dispatcher
        office = None if dispatcher is None else dispatcher.office(running.shell.id)
        return None if office is None else office.status()

    async def stop(self) -> None:
        """End; what is queued stays in the outbox."""
        if self.dispatcher is not None:
            await self.dispatcher.stop()
            self.dispatcher = None
