"""The engine of a station as its last run left it: checkpoint, then every later input."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from heatmon.app.shared import Shared
from heatmon.core.effect import Event
from heatmon.core.engine import CheckpointError, Engine
from heatmon.core.input import Lifecycle
from heatmon.core.spec import StationSpec
from heatmon.settings import Loaded, spec_from_bundle
from heatmon.store.entry import Recovered
from heatmon.store.journal import Journal

log = logging.getLogger("heatmon")

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Recovery:
    """The engine, and what the journal must say about the time when nobody watched."""

    engine: Engine
    lifecycles: tuple[Lifecycle, ...]


def recover(shared: Shared, spec: StationSpec, loaded: Loaded, journal: Journal) -> Recovery:
    """Blank only on the very first start, else as it was. Raises StoreError."""
    now = shared.clock.now_ns()
    found = journal.recover()
    for notice in found.notices:
        log.warning("%s", notice)
    engine = _from_checkpoint(spec, loaded, journal, found, now)
    if engine is None:
        # The first start, or a checkpoint that cannot be used, which a line above names.
        engine = Engine(spec, loaded.bundle, now)
        engine.event_seq, engine.input_seq = found.event_seq, found.input_seq
        cause = "first start" if not found.event_seq else "start without a checkpoint"
        return Recovery(engine, (Lifecycle("started", now, now, cause),))
    last = _replay_rest(shared, engine, journal)
    cause = "stop" if found.clean_stop else "no clean stop"
    gap = Lifecycle("gap", max(last, found.last_time_ns), now, cause)
    return Recovery(engine, (gap, Lifecycle("started", now, now, "start")))


def _from_checkpoint(
    spec: StationSpec, loaded: Loaded, journal: Journal, found: Recovered, now: int
) -> Engine | None:
    if found.checkpoint is None:
        return None
    try:
        bundle = str(found.checkpoint["bundle"])
        if bundle != loaded.bundle:
            spec = spec_from_bundle(journal.bundle(bundle))
        return Engine.restore(spec, bundle, found.checkpoint, now)
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
