"""What a step of the engine brings about: events to record, answers to give, and when to come back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from heatmon.core.input import JsonScalar
from heatmon.core.scan import Scan


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, as the journal will keep it for ever.

    event_seq: gapless per station, from the engine's own state.
    time_ns: when it happened, station time. code: a dotted name of `docs/nomenclature.md`,
    for instance ``alarm.raised``. payload: typed fields, units in their names, decimals as
    strings (`heatmon.core.quantity.decimal`), no rendered text.
    """

    event_seq: int
    time_ns: int
    code: str
    actor: str
    input_seq: int
    payload: Mapping[str, JsonScalar]


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command: `code` is a catalogue key, `params` fill its text."""

    id: str
    ok: bool
    code: str
    params: Mapping[str, JsonScalar] = field(default_factory=dict)
    event_seqs: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Effects:
    """The outcome of one step.

    computed: the engine's conclusions of this step as a scan of origin `engine`, or None.
    wake_at: station time of the next deadline, or None; extra calls in between change nothing.
    """

    events: tuple[Event, ...] = ()
    replies: tuple[Reply, ...] = ()
    computed: Scan | None = None
    wake_at: int | None = None
