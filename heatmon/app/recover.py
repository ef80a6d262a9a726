"""The engine of a station as its last run left it: checkpoint, then every later input."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from heatmon.app.rebuild import patience_ns, rebuilt
from heatmon.app.shared import Shared
from heatmon.core.effect import Event
from heatmon.core.engine import CheckpointError, Engine
from heatmon.core.input import ClockStepped, Input, Lifecycle
from heatmon.core.spec import StationSpec
from heatmon.settings import Loaded, spec_from_bundle
from heatmon.store.entry import Recovered
from heatmon.store.journal import Journal

log = logging.getLogger("heatmon")

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Recovery:
    """The engine, and what it must be told about the time when nobody watched."""

    engine: Engine
    inputs: tuple[Input, ...]


def recover(shared: Shared, spec: StationSpec, loaded: Loaded, journal: Journal) -> Recovery:
    """Blank only on the very first start, else as it was, or rebuilt. Raises StoreError."""
    found = journal.recover()
    for notice in found.notices:
        log.warning("%s", notice)
    utc = shared.clock.now_ns()
    shared.clock.not_before(found.last_time_ns)
    now = shared.clock.now_ns()
    engine = _from_checkpoint(spec, loaded, journal, found)
    started = Lifecycle("started", now, now, "start" if found.event_seq else "first start")
    if engine is not None:
        last = max(_replay_rest(shared, engine, journal), found.last_time_ns)
    elif not found.event_seq:
        return Recovery(Engine(spec, loaded.bundle, now, patience_ns(shared.clock)), (started,))
    else:
        engine = rebuilt(shared, spec, loaded.bundle, journal, found)
        last = found.last_time_ns
        started = Lifecycle("started", now, now, "start, rebuilt from history and journal")
    # The gap is told in UTC as it is, also when that went back; engine time never does.
    gap = Lifecycle("gap", last, utc, "stop" if found.clean_stop else "no clean stop")
    doubt = () if shared.clock.trusted() else (ClockStepped(0, trusted=False),)
    return Recovery(engine, (*doubt, gap, started))


def _from_checkpoint(spec: StationSpec, loaded: Loaded, journal: Journal, found: Recovered) -> Engine | None:
    if found.checkpoint is None:
        return None
    try:
        bundle = str(found.checkpoint["bundle"])
        if bundle != loaded.bundle:
            spec = spec_from_bundle(journal.bundle(bundle))
        return Engine.restore(spec, bundle, found.checkpoint)
    except (CheckpointError, KeyError, ValueError) as error:
        # Another version's checkpoint, or settings that this program reads no longer.
        log.error("station %s: the saved state cannot be used: %s", spec.station.id, error)  # noqa: TRY400  a line, no traceback
        return None


def _replay_rest(shared: Shared, engine: Engine, journal: Journal) -> int:
    """Feed what history holds beyond the checkpoint; its events are committed like any others."""
    station, last = engine.spec.station.id, 0
    cursor = shared.history.cursor_at(station, engine.input_seq)
    while True:
        stored, cursor = shared.history.read_after(station, cursor, BATCH)
        if not stored:
            return last
        events: list[Event] = []
        for one in stored:
            if one.scan.input_seq == engine.input_seq + 1:
                events.extend(engine.step(one.scan, one.scan.received_ns).events)
                last = one.scan.received_ns
        if events:
            clock = shared.clock
            journal.append(events, engine.checkpoint(), clock.now_ns(), simulated=clock.simulated)
