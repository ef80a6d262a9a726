"""A part of the engine: something with a state, times and commands of its own, beside tags and alarms.

Permits, links, the notebook are parts; so is whatever else people and stations do over hours: orders,
clocks, shifts. A part lives inside the engine and obeys its rules: pure, deterministic, its state in
the checkpoint, its deadlines fired at their own time. A new part is one module and one line in
`heatmon.core.parts`; nothing in the engine changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from heatmon.core.condition import NEVER
from heatmon.core.input import SYSTEM, Actor, Command, JsonScalar

if TYPE_CHECKING:
    from heatmon.core.alarms import Alarms
    from heatmon.core.effect import Event
    from heatmon.core.input import Input
    from heatmon.core.signals import Signals
    from heatmon.core.spec import StationSpec

Params = Mapping[str, JsonScalar]
Arguments = Mapping[str, str]
Handler = Callable[[Arguments, Command, int], Params]
"""handler(args, command, now): carries a verb out and gives what fills the answer. Raises RefusedError."""


class RefusedError(Exception):
    """A command that may not be carried out: a catalogue key and what fills its text."""

    def __init__(self, code: str, **params: JsonScalar) -> None:
        super().__init__(code)
        self.code, self.params = code, params


class Host(Protocol):
    """What a part sees of the engine it lives in. Ask each time: a reload replaces spec, table and alarms."""

    spec: StationSpec
    table: Signals
    alarms: Alarms
    clock_trusted: bool
    event_seq: int
    """Number of the last entry."""

    def emit(self, code: str, fields: Mapping[str, JsonScalar], actor: str = SYSTEM.label) -> None:
        """An event of the current instant, by whom."""

    def enter(self, tag: str, value: float, now: int) -> None:
        """A sample of quality manual of one tag."""


class Part:
    """A part that does nothing; each defines what it needs."""

    name: str
    """Key of its state in the checkpoint."""
    takes: tuple[type, ...] = ()
    """Inputs, besides commands, that are its business."""
    hears: tuple[str, ...] = ()
    """How the codes of events begin that `heard` wants."""

    def __init__(self, host: Host) -> None:
        self.host = host

    def configure(self) -> None:
        """The settings are there, or are new ones: `host.spec`, `host.table` and `host.alarms`."""

    def verbs(self) -> Mapping[str, Handler]:
        """The verbs of `heatmon.core.authority` that it carries out."""
        return {}

    def take(self, item: Input, now: int) -> None:
        """An input of one of the types it takes."""

    def heard(self, event: Event, now: int) -> None:
        """An event has happened, its own among them; what it emits comes after it."""

    def tick(self, now: int) -> None:
        """Every 10 s of station time, after the calculators."""

    def deadline(self) -> int:
        """When `pass_time` must be called, or NEVER. May move only in one of the calls above and below."""
        return NEVER

    def pass_time(self, now: int) -> None:
        """Fire what is due at this instant; called at the time of the deadline, not later."""

    def shown(self) -> Sequence[Mapping[str, Any]]:
        """What pages show of it."""
        return ()

    def dump(self) -> Any:
        """State for the checkpoint, in JSON types; None when there is nothing to keep."""
        return None

    def load(self, state: Any) -> None:
        """Take a dumped state over. Raises KeyError, TypeError or ValueError for a damaged one."""


def emitter(host: Host, actor: Actor) -> Callable[[str, Mapping[str, JsonScalar]], None]:
    """An `Emit` in somebody's name."""
    label = actor.label
    return lambda code, fields: host.emit(code, fields, label)
