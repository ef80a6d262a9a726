"""Starting one station. Whatever is wrong with it is told, and no other station feels it."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from heatmon.app.links import start_pollers
from heatmon.app.recover import recover
from heatmon.app.shared import Running, Shared
from heatmon.catalogue import Language
from heatmon.core.input import SYSTEM, ConfigChange
from heatmon.core.spec import StationSpec
from heatmon.driver import installed
from heatmon.runtime.station import StationShell
from heatmon.settings import Loaded, difference, load
from heatmon.store.errors import StoreError

log = logging.getLogger("heatmon")


async def start_station(
    shared: Shared, number: int, directory: Path, language: Language | None = None
) -> Running | None:
    """Start the station of a folder; None when it was left out, with the reasons in `left_out`."""
    loaded = await load_station(shared, directory, language)
    shared.left_out.pop(directory, None)
    if loaded.spec is None:
        _left_out(shared, directory, *map(str, loaded.faults))
        return None
    for warning in loaded.warnings:
        log.warning("%s", warning)
    station = loaded.spec.station.id
    if (other := shared.stations.get(station)) is not None:
        _left_out(shared, directory, f"{directory}: station {station} is run from {other.directory}")
        return None
    try:
        return _start(shared, number, directory, loaded, loaded.spec)
    except StoreError as error:
        _left_out(shared, directory, f"{directory}: station {station}: {error}")
    except Exception as error:
        # Our own fault with this one station: the others must not pay for it.
        log.exception("station %s could not be started", station)
        _left_out(shared, directory, f"{directory}: station {station}: internal fault: {error!r}")
    return None


async def load_station(shared: Shared, directory: Path, language: Language | None = None) -> Loaded:
    """Read and check a station's folder in a thread: polling goes on meanwhile."""
    return await asyncio.to_thread(
        load, directory, installed(), language or shared.language, shared.overrides
    )


def _left_out(shared: Shared, directory: Path, *reasons: str) -> None:
    shared.left_out[directory] = reasons
    for reason in reasons:
        log.error("%s", reason)


def _start(shared: Shared, number: int, directory: Path, loaded: Loaded, spec: StationSpec) -> Running:
    station = spec.station.id
    journal = shared.writer.open_journal(station, shared.state / "stations" / station / "journal.db")
    journal.put_bundle(loaded.bundle, loaded.content)
    recovery = recover(shared, spec, loaded, journal)
    engine = recovery.engine
    shell = StationShell(engine, shared.clock, shared.writer, stagger=number * 7)
    running = Running(number, directory, loaded, shell, journal)
    shared.stations[station] = running
    if engine.bundle != loaded.bundle:
        lines = difference(engine.spec, spec)
        shell.accept(ConfigChange(spec, loaded.bundle, SYSTEM, tuple(lines)))
        shell.reconfigured()
    for item in recovery.inputs:
        shell.accept(item)
    start_pollers(shared, running)
    return running
