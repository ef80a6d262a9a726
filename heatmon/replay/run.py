"""The engine over a recording: the same code as live, as fast as the machine goes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from heatmon.core.calculator import TICK_NS
from heatmon.core.effect import Event
from heatmon.core.engine import Engine
from heatmon.core.quality import FIRST_BAD
from heatmon.core.spec import StationSpec
from heatmon.replay.source import Source, Step

PROGRESS: Final = 5000
CONCLUSIONS: Final = (
    "curve.compliance_day_pct",
    "curve.deficit_kh",
    "water.loss_24h_pct",
    "water.loss_comp_24h_pct",
    "water.season_renewals",
    "energy.season_gj",
)


@dataclass(slots=True)
class Outcome:
    """What a replay came to. warm_ns: until then the engine was warming up and its events are left out."""

    events: list[Event] = field(default_factory=list)
    inputs: int = 0
    from_ns: int = 0
    to_ns: int = 0
    last: dict[str, float | None] = field(default_factory=dict)
    raised: Counter[tuple[str, str]] = field(default_factory=Counter)
    """(priority, alarm) and how often it was raised."""
    days: list[Mapping[str, Any]] = field(default_factory=list)
    """The `curve.day` entries: compliance by day."""

    @property
    def span_s(self) -> float:
        """Station time that was replayed."""
        return (self.to_ns - self.from_ns) / 1e9


def replay(
    source: Source,
    spec: StationSpec,
    bundle: str,
    from_ns: int,
    to_ns: int,
    *,
    start_ns: int | None = None,
    commands: bool = True,
    keep_settings: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    """Run `spec` over the recording from a blank engine at `start_ns`; report from `from_ns` on.

    start_ns: earlier than `from_ns` to warm windows and filters up. keep_settings: recorded changes of
    settings are not followed (what-if). commands: what people did is done again.
    """
    start_ns = from_ns if start_ns is None else start_ns
    outcome = Outcome(from_ns=from_ns, to_ns=from_ns)
    engine: Engine | None = None
    for step in source.steps(start_ns, to_ns, commands):
        if engine is None:
            engine = Engine(spec, bundle, step.now_ns, source.patience_ns)
        for event in _fed(engine, step, keep_settings):
            if event.time_ns >= from_ns:
                _note(outcome, event)
        outcome.inputs += 1
        outcome.to_ns = step.now_ns
        if progress is not None and outcome.inputs % PROGRESS == 0:
            progress(step.now_ns)
    if engine is not None:
        for event in engine.step(None, min(to_ns, outcome.to_ns + TICK_NS)).events:
            if from_ns <= event.time_ns < to_ns:
                _note(outcome, event)
        outcome.last = dict(_last(engine))
    return outcome


def _fed(engine: Engine, step: Step, keep_settings: bool) -> Iterator[Event]:
    """One input; numbers that left no trace are passed over."""
    item = step.item
    if step.note is not None:
        yield from engine.step(None, step.now_ns).events
        engine.input_seq = step.input_seq
        engine.emit(step.note.code, step.note.payload, step.note.actor)
        yield from engine.step(None, step.now_ns).events
        return
    if item is None or (keep_settings and type(item).__name__ == "ConfigChange"):
        return
    engine.input_seq = step.input_seq - 1
    yield from engine.step(replace(item, input_seq=step.input_seq), step.now_ns).events


def _note(outcome: Outcome, event: Event) -> None:
    outcome.events.append(event)
    if event.code == "alarm.raised":
        outcome.raised[str(event.payload["priority"]), str(event.payload["alarm"])] += 1
    elif event.code == "curve.day":
        outcome.days.append(event.payload)


def _last(engine: Engine) -> Iterator[tuple[str, float | None]]:
    table = engine.table
    for name in CONCLUSIONS:
        i = table.index.get(name)
        if i is not None:
            yield name, table.values[i] if table.qualities[i] < FIRST_BAD else None
