"""What the store has to tell goes into the journal of every station: nobody reads a daemon's log at night."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heatmon.app.shared import Running
from heatmon.core.input import SystemNotice
from heatmon.store.entry import Notice

KEPT: Final = 100
"""Notices that wait for the stations to start; more than that is the same trouble again."""


class StoreTrouble:
    """Takes the store's notices in the loop's thread; those with a priority become entries.

    Queue ``waiting``: until `begin`; bound `KEPT`, later ones are in the log only.
    """

    def __init__(self, stations: Mapping[str, Running]) -> None:
        self._stations = stations
        self._waiting: list[Notice] | None = []

    def __call__(self, notice: Notice) -> None:
        """Pass it on, or keep it until the stations run."""
        if not notice.priority:
            return
        if self._waiting is None:
            self._enter(notice)
        elif len(self._waiting) < KEPT:
            self._waiting.append(notice)

    def begin(self) -> None:
        """The stations run: what waited goes into their journals."""
        waiting, self._waiting = self._waiting or [], None
        for notice in waiting:
            self._enter(notice)

    def _enter(self, notice: Notice) -> None:
        fields = {**notice.params, "priority": notice.priority}
        for running in self._stations.values():
            running.shell.accept(SystemNotice(notice.code, fields))
