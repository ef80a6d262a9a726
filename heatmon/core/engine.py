"""The engine of one station: inputs in, effects out, nothing else.

`step` first fires every deadline that lies at or before `now`, each at its own time, then takes the
input. Extra calls in between change nothing. The engine owns no clock, no queue and no file; its
whole state is in `checkpoint`, and an engine restored from it goes on as if nothing had happened.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.alarms import Alarms
from heatmon.core.calculator import TICK_NS, Calculator
from heatmon.core.checks import build
from heatmon.core.commands import carry_out
from heatmon.core.compile import compile_alarms, signal_infos
from heatmon.core.effect import Effects, Event, Reply
from heatmon.core.input import SYSTEM, Command, ConfigChange, Input, JsonScalar, Lifecycle
from heatmon.core.judge import PATIENCE_NS, Judge
from heatmon.core.part import Handler
from heatmon.core.parts import build_parts
from heatmon.core.quality import Quality
from heatmon.core.scan import Origin, Scan
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec

VERSION: Final = 2
"""Of the checkpoint's form. 2: parts, groups."""
TICKS_PER_STEP: Final = 2 * 8640
"""After an absence at most two days of 10-s ticks are computed one by one; longer ones are skipped."""
ANSWERS_KEPT: Final = 64


class CheckpointError(Exception):
    """The checkpoint is of an unknown version or damaged; the engine must be rebuilt from history."""


@dataclass(frozen=True, slots=True)
class StationView:
    """What can be seen from outside, without copying the columns. parts: what each part shows, by name."""

    signals: Signals
    derived: tuple[SignalInfo, ...]
    parts: Mapping[str, tuple[Mapping[str, Any], ...]]

    @property
    def alarms(self) -> tuple[Mapping[str, Any], ...]:
        """Alarms that are not normal, gravest first, then newest."""
        return self.parts["alarms"]

    @property
    def permits(self) -> tuple[Mapping[str, Any], ...]:
        """Permits that stand."""
        return self.parts["permits"]


class Engine:
    """Judges one station.

    patience_ns: how long, beyond three periods, a poll group may send nothing before it is stale.
    """

    def __init__(self, spec: StationSpec, bundle: str, now: int, patience_ns: int = PATIENCE_NS) -> None:
        self.input_seq = 0
        self.event_seq = 0
        self.clock_trusted = True
        self.patience_ns = patience_ns
        self._events: list[Event] = []
        self._replies: list[Reply] = []
        self._now = now
        self._next_tick = now // TICK_NS * TICK_NS + TICK_NS
        self._answered: dict[str, Reply] = {}
        self.alarms = Alarms(self)
        self._parts = (*build_parts(self), self.alarms)
        self._takers = {kind: part for part in self._parts for kind in part.takes}
        self._hearers = [(part.hears, part) for part in self._parts if part.hears]
        self._handlers: dict[str, Handler] = {}
        for part in self._parts:
            self._handlers.update(part.verbs())
        self._compile(spec, bundle)

    def _compile(self, spec: StationSpec, bundle: str) -> None:
        self.spec, self.bundle = spec, bundle
        self.calculators: tuple[Calculator, ...] = build(spec)
        self.table = Signals(signal_infos(spec, self.calculators))
        for calculator in self.calculators:
            calculator.bind(self.table)
        self.alarms.compiled(compile_alarms(spec, self.table))
        points = self.alarms.points
        self.judge = Judge(spec, self.table, self.calculators, points, self._now, self.patience_ns)
        first, last = len(spec.tags), len(spec.tags) + sum(len(c.outputs) for c in self.calculators)
        self._derived = range(first, last)
        self.derived = self.table.infos[first:last]
        self._derived_points = [
            point for point in points if any(first <= i < last for i in (*point.signals, point.against))
        ]
        for part in self._parts:
            part.configure()
        self._due = self._parts_due = 0

    def last_good_ns(self, signal: int) -> int | None:
        """Station time at which a tag last had a value that was good or uncertain; None: never."""
        return self.judge.last_good_ns(signal)

    # -- the step ------------------------------------------------------------------------------

    def step(self, item: Input | None, now: int) -> Effects:
        """Take one input (or just the passing of time) at station time `now`, never before the last."""
        now = max(now, self._now)
        if type(item) is Lifecycle and item.what == "gap":
            # Before its deadlines fire: in that time nothing was read, and no delay ran.
            self._absent(min(item.from_ns, now), now)
        computed = self._pass_time(now) if now >= self._due else None
        self._now = now
        if item is not None:
            if item.input_seq != self.input_seq + 1:
                raise ValueError(
                    f"input {item.input_seq} after {self.input_seq}: inputs are numbered without gaps"
                )
            self.input_seq = item.input_seq
            if type(item) is Scan:
                self._scan(item, now)
            else:
                self._other(item, now)
                self._parts_due = self._deadline_of_parts()
        if self._events or self._replies:
            events, self._events = tuple(self._events), []
            replies, self._replies = tuple(self._replies), []
            self._parts_due = self._deadline_of_parts()
        else:
            events, replies = (), ()
        self._due = self._deadline()
        return Effects(events, replies, computed, self._due)

    def _deadline_of_parts(self) -> int:
        return min(part.deadline() for part in self._parts if part is not self.alarms)

    def _deadline(self) -> int:
        # The alarms are asked each time, the others only when something could have moved theirs.
        return min(self._next_tick, self._parts_due, self.judge.deadline(), self.alarms.deadline())

    def _pass_time(self, now: int) -> Scan | None:
        """Fire deadlines in order, each at its own time; the last tick's conclusions, if there was one."""
        computed = None
        skip_to = now // TICK_NS * TICK_NS - TICKS_PER_STEP * TICK_NS
        self._next_tick = max(self._next_tick, skip_to)
        self._parts_due = self._deadline_of_parts()
        while (due := self._deadline()) <= now:
            due = self._now = max(due, self._now)
            if due == self._next_tick:
                self._next_tick += TICK_NS
                computed = self._tick(due)
            if self.judge.deadline() <= due:
                for plan in self.judge.pass_time(due):
                    for point in plan.points:
                        point.update(self.table, due, self.emit)
            for part in self._parts:
                if part.deadline() <= due:
                    part.pass_time(due)
            self._parts_due = self._deadline_of_parts()
        return computed

    def _tick(self, now: int) -> Scan:
        for calculator in self.calculators:
            calculator.tick(now)
            for code, fields in calculator.drain():
                self.emit(code, fields)
        for part in self._parts:
            part.tick(now)
        for point in self._derived_points:
            point.update(self.table, now, self.emit)
        table, span = self.table, self._derived
        return Scan(
            "engine",
            "derived",
            now,
            now,
            array("d", [table.values[i] for i in span]),
            bytes(table.qualities[i] for i in span),
            origin=Origin.ENGINE,
        )

    def _absent(self, since: int, now: int) -> None:
        """Nobody watched since then: running delays are held, what the tags showed is worth nothing."""
        for point in self.alarms.points:
            point.unwatched(since)
        self.judge.absent(now)

    # -- inputs --------------------------------------------------------------------------------

    def _scan(self, scan: Scan, now: int) -> None:
        plan = self.judge.plans.get((scan.device, scan.group))
        if plan is None or scan.origin is Origin.BACKFILL:
            # Late data never raises, clears or dates an alarm; a plan that is gone has no judge.
            return
        self.judge.take(scan, plan, now)
        table = self.table
        for signal, calculator in plan.feeds:
            calculator.feed(signal, table.values[signal], table.qualities[signal], now)
        emit = self.emit
        for point in plan.points:
            if point.awake:
                point.update(table, now, emit)

    def _other(self, item: Input, now: int) -> None:
        if isinstance(item, Command):
            self._command(item, now)
        elif isinstance(item, ConfigChange):
            self._reconfigure(item, now)
        elif (part := self._takers.get(type(item))) is not None:
            part.take(item, now)

    def _command(self, command: Command, now: int) -> None:
        answered = self._answered.get(command.id)
        if answered is None:
            first = self.event_seq
            code, params, ok = carry_out(self._handlers, command, now)
            if not ok:
                self.emit("command.refused", {"verb": command.verb, "reason": code}, command.actor.label)
            written = tuple(range(first + 1, self.event_seq + 1))
            answered = Reply(command.id, ok, code, params, written)
            self._answered[command.id] = answered
            while len(self._answered) > ANSWERS_KEPT:
                self._answered.pop(next(iter(self._answered)))
        self._replies.append(answered)

    def _reconfigure(self, change: ConfigChange, now: int) -> None:
        """Swap settings; what keeps its id keeps its state."""
        points, table, judge = self.alarms.points, self.table, self.judge
        calculators = self.calculators
        renamed = {alarm.renamed_from or alarm.id: alarm.id for alarm in change.spec.alarms}
        renamed |= {tag.renamed_from or tag.id: tag.id for tag in change.spec.tags}
        self.emit(
            "config.changed",
            {"bundle": change.bundle, "from": self.bundle, "difference": "\n".join(change.difference)},
            change.actor.label,
        )
        self._compile(change.spec, change.bundle)
        self.judge.keep(judge, renamed)
        kept = {calculator.name: calculator.dump() for calculator in calculators}
        for calculator in self.calculators:
            if calculator.name in kept:
                for mark in calculator.load(kept[calculator.name]):
                    self.emit("config.restarted", {"what": mark})
        self.alarms.keep(points, table, renamed, now)

    # -- what parts need -----------------------------------------------------------------------

    def enter(self, tag: str, value: float, now: int) -> None:
        """A person's reading becomes a sample of quality manual."""
        i = self.table.index[tag]
        self.judge.enter(i, value, now)
        for calculator in self.calculators:
            if tag in calculator.inputs:
                calculator.feed(i, value, int(Quality.MANUAL), now)
        for point in self.alarms.points:
            if i in point.signals:
                point.update(self.table, now, self.emit)

    def emit(self, code: str, fields: Mapping[str, JsonScalar], actor: str = SYSTEM.label) -> None:
        """An event of the current instant; parts that want to hear of it hear of it at once."""
        self.event_seq += 1
        if code == "alarm.raised":
            fields = {**fields, **self._evidence(str(fields["signal"]))}
        if not self.clock_trusted:
            fields = {**fields, "clock": "untrusted"}
        event = Event(self.event_seq, self._now, code, actor, self.input_seq, dict(fields))
        self._events.append(event)
        for begins, part in self._hearers:
            if code.startswith(begins):
                part.heard(event, self._now)

    def _evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """What the calculators know about a signal."""
        found: dict[str, JsonScalar] = {}
        for calculator in self.calculators:
            found.update(calculator.evidence(signal))
        return found

    # -- outside -------------------------------------------------------------------------------

    def view(self) -> StationView:
        """What can be seen now."""
        shown = {part.name: tuple(part.shown()) for part in self._parts}
        return StationView(self.table, self.derived, shown)

    def checkpoint(self) -> dict[str, Any]:
        """The whole state, in JSON types."""
        return {
            "version": VERSION,
            "bundle": self.bundle,
            "input_seq": self.input_seq,
            "event_seq": self.event_seq,
            "now_ns": self._now,
            "next_tick": self._next_tick,
            "clock_trusted": self.clock_trusted,
            "patience_ns": self.patience_ns,
            "judge": self.judge.dump(),
            "parts": {part.name: state for part in self._parts if (state := part.dump()) is not None},
            "calculators": {calculator.name: dict(calculator.dump()) for calculator in self.calculators},
            "answered": [
                [r.id, r.ok, r.code, dict(r.params), list(r.event_seqs)] for r in self._answered.values()
            ],
        }

    @classmethod
    def restore(cls, spec: StationSpec, bundle: str, checkpoint: Mapping[str, Any]) -> Engine:
        """The engine that wrote the checkpoint; deadlines since then fire at the first step.

        Raises CheckpointError.
        """
        if checkpoint.get("version") != VERSION:
            raise CheckpointError(
                f"checkpoint version {checkpoint.get('version')!r}; this program knows {VERSION}"
            )
        try:
            engine = cls(spec, bundle, int(checkpoint["now_ns"]), int(checkpoint["patience_ns"]))
            engine._load(checkpoint)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise CheckpointError(f"the checkpoint is damaged: {error!r}") from error
        return engine

    def _load(self, checkpoint: Mapping[str, Any]) -> None:
        self.input_seq, self.event_seq = checkpoint["input_seq"], checkpoint["event_seq"]
        self._next_tick = checkpoint["next_tick"]
        self.clock_trusted = checkpoint["clock_trusted"]
        self.judge.load(checkpoint["judge"])
        for calculator in self.calculators:
            calculator.load(checkpoint["calculators"][calculator.name])
        for part in self._parts:
            if (state := checkpoint["parts"].get(part.name)) is not None:
                part.load(state)
        for command_id, ok, code, params, seqs in checkpoint["answered"]:
            self._answered[command_id] = Reply(command_id, ok, code, params, tuple(seqs))
