"""What the stations of one daemon share, and what belongs to each while it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heatmon.catalogue import Language
from heatmon.runtime.clock import Clock
from heatmon.runtime.station import StationShell
from heatmon.runtime.supervisor import Supervisor, Watched
from heatmon.runtime.ticker import Ticker
from heatmon.settings import Loaded
from heatmon.store.history import History
from heatmon.store.journal import Journal
from heatmon.store.writer import Writer


@dataclass(slots=True)
class Running:
    """A station while the daemon runs it. number: its place, for staggering; watched: by link id."""

    number: int
    directory: Path
    loaded: Loaded
    shell: StationShell
    journal: Journal
    watched: dict[str, Watched] = field(default_factory=dict)


@dataclass(slots=True)
class Shared:
    """The parts of a daemon that all its stations use.

    stations: by id. paths: how each destination is, by id (`heatmon.export.watch`). left_out: folders
    whose station could not be started, with every reason; they are tried again at each reload.
    """

    state: Path
    clock: Clock
    language: Language
    overrides: Mapping[str, Any]
    ticker: Ticker
    supervisor: Supervisor
    history: History
    writer: Writer
    stations: dict[str, Running] = field(default_factory=dict)
    paths: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    left_out: dict[Path, tuple[str, ...]] = field(default_factory=dict)

    @property
    def faults(self) -> list[str]:
        """Why stations were left out, one line each."""
        return [reason for reasons in self.left_out.values() for reason in reasons]
