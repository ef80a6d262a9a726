"""The engine of one station: inputs in, effects out, nothing else.

`step` first fires every deadline that lies at or before `now`, each at its own time, then takes the
input. Extra calls in between change nothing. The engine owns no clock, no queue and no file; its
whole state is in `checkpoint`, and an engine restored from it goes on as if nothing had happened.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core import commands
from heatmon.core.alarm import AlarmPoint
from heatmon.core.calculator import TICK_NS, Calculator
from heatmon.core.checks import build
from heatmon.core.compile import (
    COMMUNICATION,
    Column,
    Plan,
    compile_alarms,
    compile_plans,
    path_signal,
    signal_infos,
)
from heatmon.core.condition import NEVER
from heatmon.core.effect import Effects, Event, Reply
from heatmon.core.input import (
    SYSTEM,
    ClockStepped,
    Command,
    ConfigChange,
    Input,
    JsonScalar,
    Lifecycle,
    LinkChange,
    PathChange,
    SystemNotice,
)
from heatmon.core.lifecycle import State
from heatmon.core.link import LinkWatch
from heatmon.core.permit import FillPermit
from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.scan import Origin, Scan
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec

VERSION: Final = 1
"""Of the checkpoint's form."""
TICKS_PER_STEP: Final = 2 * 8640
"""After an absence at most two days of 10-s ticks are computed one by one; longer ones are skipped."""
UNSURE_SCANS: Final = 2
"""An implausible rate makes a value uncertain for at most this many scans."""
UNWATCHED_P2_S: Final = 300
"""Nobody watching for longer than this in the season is an alarm of its own."""


class CheckpointError(Exception):
    """The checkpoint is of an unknown version or damaged; the engine must be rebuilt from history."""


@dataclass(frozen=True, slots=True)
class StationView:
    """What can be seen from outside, without copying the columns."""

    signals: Signals
    derived: tuple[SignalInfo, ...]
    alarms: tuple[Mapping[str, Any], ...]
    permits: tuple[Mapping[str, Any], ...]


class Engine:
    """Judges one station."""

    def __init__(self, spec: StationSpec, bundle: str, now: int) -> None:
        self.input_seq = 0
        self.event_seq = 0
        self.clock_trusted = True
        self._events: list[Event] = []
        self._replies: list[Reply] = []
        self._now = now
        self._next_tick = now // TICK_NS * TICK_NS + TICK_NS
        self._links: dict[str, LinkWatch] = {}
        self._answered: dict[str, Reply] = {}
        self.permit = FillPermit()
        self._compile(spec, bundle)

    def _compile(self, spec: StationSpec, bundle: str) -> None:
        self.spec, self.bundle = spec, bundle
        self.calculators: tuple[Calculator, ...] = build(spec)
        self.table = Signals(signal_infos(spec, self.calculators))
        for calculator in self.calculators:
            calculator.bind(self.table)
        self.points = compile_alarms(spec, self.table)
        self.by_id = {point.id: point for point in self.points}
        self._plans = compile_plans(spec, self.table, self.calculators, self.points)
        first, last = len(spec.tags), len(spec.tags) + sum(len(c.outputs) for c in self.calculators)
        self._derived = range(first, last)
        self.derived = self.table.infos[first:last]
        self._due = 0
        self._derived_points = [
            point for point in self.points if any(first <= i < last for i in (*point.signals, point.against))
        ]
        self._fill = self.table.index["permit.fill"]
        self.table.put(self._fill, float(self.permit.active), GOOD, self._now)
        for destination in spec.destinations:
            self.table.put(self.table.index[path_signal(destination.id)], 0.0, GOOD, self._now)
        n = len(self.table.infos)
        self._unsure = [0] * n
        self._last = [math.nan] * n
        self._last_ns = [0] * n
        self._moved_ns = [0] * n

    def last_good_ns(self, signal: int) -> int | None:
        """Station time at which a tag last had a value that was good or uncertain; None: never."""
        return self._last_ns[signal] or None

    # -- the step ------------------------------------------------------------------------------

    def step(self, item: Input | None, now: int) -> Effects:
        """Take one input (or just the passing of time) at station time `now`, never before the last."""
        now = max(now, self._now)
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
        events, self._events = self._events, []
        replies, self._replies = self._replies, []
        self._due = self._deadline()
        return Effects(tuple(events), tuple(replies), computed, self._due)

    def _deadline(self) -> int:
        due = self._next_tick
        for point in self.points:
            if point.awake:
                due = min(due, point.deadline())
        for link in self._links.values():
            due = min(due, link.deadline())
        return min(due, self.permit.until_ns if self.permit.active else NEVER)

    def _pass_time(self, now: int) -> Scan | None:
        """Fire deadlines in order, each at its own time; the last tick's conclusions, if there was one."""
        computed = None
        skip_to = now // TICK_NS * TICK_NS - TICKS_PER_STEP * TICK_NS
        self._next_tick = max(self._next_tick, skip_to)
        while (due := self._deadline()) <= now:
            self._now = max(due, self._now)
            if due == self._next_tick:
                self._next_tick += TICK_NS
                computed = self._tick(due)
            if self.permit.active and self.permit.until_ns <= due:
                self.end_permit("time is up", SYSTEM.label)
            for link in self._links.values():
                link.pass_time(due, self._emit)
            for point in self.points:
                if point.awake and point.deadline() <= due:
                    point.pass_time(self.table, due, self._emit)
        return computed

    def _tick(self, now: int) -> Scan:
        for calculator in self.calculators:
            calculator.tick(now)
            for code, fields in calculator.drain():
                self._emit(code, fields)
        for point in self._derived_points:
            point.update(self.table, now, self._emit)
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

    # -- scans ---------------------------------------------------------------------------------

    def _scan(self, scan: Scan, now: int) -> None:
        plan = self._plans.get((scan.device, scan.group))
        if plan is None or scan.origin is Origin.BACKFILL:
            # Late data never raises, clears or dates an alarm; a plan that is gone has no judge.
            return
        if scan.exact or plan.exact:
            self._keep_exact(scan, plan)
        self._judge(scan, plan, now)
        table = self.table
        for signal, calculator in plan.feeds:
            calculator.feed(signal, table.values[signal], table.qualities[signal], now)
        emit = self._emit
        for point in plan.points:
            if point.awake:
                point.update(table, now, emit)

    def _keep_exact(self, scan: Scan, plan: Plan) -> None:
        """Texts and whole numbers that no float holds, beside the columns, as of the latest scan."""
        exact = self.table.exact
        for i in plan.exact:
            exact.pop(i, None)
        plan.exact = [plan.rows[column][0] for column in scan.exact]
        for column, what in scan.exact.items():
            exact[plan.rows[column][0]] = what

    def _judge(self, scan: Scan, plan: Plan, now: int) -> None:
        """Wire quality becomes judged quality: range, rate, standing still.

        A good value that moves plausibly and lies inside all limits is written down and wakes nobody.
        """
        table, silent = self.table, 0
        values, qualities, times = table.values, table.qualities, table.times_ns
        last, last_ns, moved, unsure = self._last, self._last_ns, self._moved_ns, self._unsure
        for (i, low, high, rate, frozen_ns, column), value, quality in zip(
            plan.rows, scan.values, scan.qualities, strict=True
        ):
            if quality < FIRST_UNCERTAIN and low <= value <= high:
                previous = last[i]
                if value == previous:
                    calm = frozen_ns is None or now - moved[i] <= frozen_ns
                else:
                    calm = abs(value - previous) <= rate * (now - last_ns[i])
                    if calm:
                        moved[i] = now
                if calm:
                    values[i] = last[i] = value
                    times[i] = last_ns[i] = now
                    qualities[i] = quality
                    unsure[i] = 0
                    continue
            silent += quality in COMMUNICATION
            self._judge_one(column, value, quality, now)
        lost = silent == len(plan.rows)
        table.put(plan.communication, float(lost), GOOD, now)
        if lost:
            for point in plan.points:
                point.awake = True

    def _judge_one(self, column: Column, value: float, quality: int, now: int) -> None:
        i = column.signal
        for point in column.points:
            point.awake = True
        if quality < FIRST_BAD and not column.low <= value <= column.high:
            if isinstance(self.table.exact.get(i), str):
                self._last_ns[i] = self._moved_ns[i] = now
                self.table.put(i, value, quality, now)
                return
            quality = _outside(value, column.high)
        if quality >= FIRST_BAD:
            self.table.put(i, math.nan, quality, now)
            return
        if value != self._last[i]:
            if column.rate != math.inf and quality < FIRST_UNCERTAIN:
                quality = self._rate(column.rate, i, value, now, quality)
            self._moved_ns[i] = now
        elif column.frozen_ns is not None and now - self._moved_ns[i] > column.frozen_ns:
            quality = max(quality, int(Quality.FROZEN))
        if quality != Quality.IMPLAUSIBLE_RATE:
            self._last[i], self._last_ns[i], self._unsure[i] = value, now, 0
        self.table.put(i, value, quality, now)

    def _rate(self, rate: float, i: int, value: float, now: int, quality: int) -> int:
        """Faster than the plant can: uncertain at first, good when the next scans agree."""
        elapsed = (now - self._last_ns[i]) / 1e9
        if math.isnan(self._last[i]) or elapsed <= 0 or abs(value - self._last[i]) <= rate * elapsed:
            return quality
        previous = self.table.values[i]
        self._unsure[i] += 1
        if self._unsure[i] > UNSURE_SCANS or (
            self._unsure[i] > 1 and abs(value - previous) <= rate * elapsed
        ):
            return quality
        return int(Quality.IMPLAUSIBLE_RATE)

    # -- other inputs --------------------------------------------------------------------------

    def _other(self, item: Input, now: int) -> None:
        match item:
            case Command():
                self._command(item, now)
            case LinkChange():
                self._link(item, now)
            case ClockStepped():
                self.clock_trusted = item.trusted
                self._emit(
                    "clock.stepped", {"offset_ms": item.offset_ns // 1_000_000, "trusted": item.trusted}
                )
            case Lifecycle():
                self._lifecycle(item)
            case SystemNotice():
                self._emit(item.code, item.fields)
            case ConfigChange():
                self._reconfigure(item, now)
            case PathChange():
                self._path(item, now)

    def _command(self, command: Command, now: int) -> None:
        answered = self._answered.get(command.id)
        if answered is None:
            first = self.event_seq
            code, params, ok = commands.carry_out(self, command, now)
            if not ok:
                self._emit("command.refused", {"verb": command.verb, "reason": code}, command.actor.label)
            written = tuple(range(first + 1, self.event_seq + 1))
            answered = Reply(command.id, ok, code, params, written)
            self._answered[command.id] = answered
            while len(self._answered) > 64:
                self._answered.pop(next(iter(self._answered)))
        self._replies.append(answered)

    def _link(self, change: LinkChange, now: int) -> None:
        link = self._links.setdefault(change.link, LinkWatch(change.link))
        if change.up:
            link.restored(now, self._emit)
        else:
            link.lost(change.reason, now, self._emit, change.params)

    def _path(self, change: PathChange, now: int) -> None:
        """Trouble of an outward path is one alarm, whatever its causes are one after the other."""
        signal = self.table.index.get(path_signal(change.path))
        if signal is None or (change.what == "restored" and self.table.values[signal] == 0.0):
            return
        self._emit(f"path.{change.what}", {"path": change.path, **change.fields})
        self.table.put(signal, float(change.what == "lost"), GOOD, now)
        for point in self.points:
            if signal in point.signals:
                point.update(self.table, now, self._emit)

    def _lifecycle(self, item: Lifecycle) -> None:
        seconds = (item.to_ns - item.from_ns) // 1_000_000_000
        if item.what != "gap":
            self._emit(f"service.{item.what}", {"cause": item.cause})
            return
        fields: dict[str, JsonScalar] = {
            "from_ns": item.from_ns,
            "to_ns": item.to_ns,
            "duration_s": max(0, seconds),
            "cause": item.cause,
            "priority": "P2" if seconds > UNWATCHED_P2_S and self._in_season(item.to_ns) else "P3",
        }
        if item.to_ns < item.from_ns:
            fields["clock"] = "went back"
        self._emit("gap", fields)

    def _in_season(self, now: int) -> bool:
        season = self.spec.station.season
        return season is None or season.start.timestamp() * 1e9 <= now < season.end.timestamp() * 1e9

    def _reconfigure(self, change: ConfigChange, now: int) -> None:
        """Swap settings; what keeps its id keeps its state."""
        old_points, old_table = self.points, self.table
        old_calculators = self.calculators
        judged = {
            info.id: (old_table.values[i], old_table.qualities[i], old_table.times_ns[i], self._moved_ns[i])
            for i, info in enumerate(old_table.infos)
        }
        renamed = {alarm.renamed_from or alarm.id: alarm.id for alarm in change.spec.alarms}
        renamed |= {tag.renamed_from or tag.id: tag.id for tag in change.spec.tags}
        self._emit(
            "config.changed",
            {"bundle": change.bundle, "from": self.bundle, "difference": "\n".join(change.difference)},
            change.actor.label,
        )
        self._compile(change.spec, change.bundle)
        for old, state in judged.items():
            i = self.table.index.get(renamed.get(old, old))
            if i is not None and self.table.infos[i].unit == old_table.infos[old_table.index[old]].unit:
                self.table.values[i], self.table.qualities[i], self.table.times_ns[i], self._moved_ns[i] = (
                    state
                )
                self._last[i], self._last_ns[i] = state[0], state[2]
        kept = {calculator.name: calculator.dump() for calculator in old_calculators}
        for calculator in self.calculators:
            if calculator.name in kept:
                for mark in calculator.load(kept[calculator.name]):
                    self._emit("config.restarted", {"what": mark})
        self._keep_alarms(old_points, old_table, renamed, now)

    def _keep_alarms(
        self, old_points: list[AlarmPoint], old_table: Signals, renamed: Mapping[str, str], now: int
    ) -> None:
        for point in old_points:
            kept = self.by_id.get(renamed.get(point.id, point.id))
            if kept is None:
                point.close("removed", now, self._emit, old_table)
            elif (state := point.dump()) is not None:
                kept.load(state)
                if not kept.enabled and kept.state is not State.NORM:
                    kept.close("disabled", now, self._emit, self.table)

    # -- what commands need --------------------------------------------------------------------

    def emit(self, code: str, fields: Mapping[str, JsonScalar], actor: str) -> None:
        """An event of the current instant on behalf of somebody."""
        self._emit(code, fields, actor)

    def enter(self, tag: str, value: float, now: int) -> None:
        """A person's reading becomes a sample of quality manual."""
        i = self.table.index[tag]
        self.table.put(i, value, Quality.MANUAL, now)
        self._last[i], self._last_ns[i], self._moved_ns[i] = value, now, now
        for calculator in self.calculators:
            if tag in calculator.inputs:
                calculator.feed(i, value, int(Quality.MANUAL), now)
        for point in self.points:
            if i in point.signals:
                point.update(self.table, now, self._emit)

    def start_permit(self, permit: FillPermit, now: int) -> None:
        """Filling is permitted from now."""
        self.permit = permit
        self.table.put(self._fill, 1.0, GOOD, now)

    def end_permit(self, why: str, actor: str) -> None:
        """Filling is over."""
        self._emit("permit.ended", {"permit": self.permit.id, "why": why}, actor)
        self.permit = FillPermit(number=self.permit.number)
        self.table.put(self._fill, 0.0, GOOD, self._now)

    def emitter(self, actor: str) -> Callable[[str, Mapping[str, JsonScalar]], None]:
        """An `Emit` in somebody's name."""
        return lambda code, fields: self._emit(code, fields, actor)

    def _emit(self, code: str, fields: Mapping[str, JsonScalar], actor: str = SYSTEM.label) -> None:
        self.event_seq += 1
        if code == "alarm.raised":
            fields = {**fields, **self._evidence(str(fields["signal"]))}
        if not self.clock_trusted:
            fields = {**fields, "clock": "untrusted"}
        self._events.append(Event(self.event_seq, self._now, code, actor, self.input_seq, dict(fields)))

    def _evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """What the calculator of a derived signal knows about it."""
        owner = signal.partition(".")[0]
        found = next((c for c in self.calculators if c.name == owner), None)
        return {} if found is None else found.evidence(signal)

    # -- outside -------------------------------------------------------------------------------

    def view(self) -> StationView:
        """What can be seen now; alarms gravest first, then newest."""
        shown = [point.shown() for point in self.points if point.state is not State.NORM]
        shown.sort(key=lambda alarm: (alarm["priority"], -alarm["since_ns"]))
        permits = (self.permit.shown(),) if self.permit.active else ()
        return StationView(self.table, self.derived, tuple(shown), permits)

    def checkpoint(self) -> dict[str, Any]:
        """The whole state, in JSON types."""
        table = self.table
        return {
            "version": VERSION,
            "bundle": self.bundle,
            "input_seq": self.input_seq,
            "event_seq": self.event_seq,
            "now_ns": self._now,
            "next_tick": self._next_tick,
            "clock_trusted": self.clock_trusted,
            "links": {link.id: link.dump() for link in self._links.values()},
            "permit": self.permit.dump(),
            "signals": {
                info.id: [_plain(table.values[i]), table.qualities[i], table.times_ns[i], self._moved_ns[i],
                          _plain(self._last[i]), self._last_ns[i], self._unsure[i]]
                for i, info in enumerate(table.infos)
                if table.times_ns[i]
            },
            "alarms": {point.id: state for point in self.points if (state := point.dump()) is not None},
            "calculators": {calculator.name: dict(calculator.dump()) for calculator in self.calculators},
            "answered": [
                [r.id, r.ok, r.code, dict(r.params), list(r.event_seqs)] for r in self._answered.values()
            ],
        }  # fmt: skip

    @classmethod
    def restore(cls, spec: StationSpec, bundle: str, checkpoint: Mapping[str, Any], now: int) -> Engine:
        """The engine that wrote the checkpoint. Raises CheckpointError."""
        if checkpoint.get("version") != VERSION:
            raise CheckpointError(
                f"checkpoint version {checkpoint.get('version')!r}; this program knows {VERSION}"
            )
        engine = cls(spec, bundle, int(checkpoint["now_ns"]))
        try:
            engine._load(checkpoint)
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise CheckpointError(f"the checkpoint is damaged: {error!r}") from error
        del now  # the first step brings the time; deadlines that have passed meanwhile fire then
        return engine

    def _load(self, checkpoint: Mapping[str, Any]) -> None:
        self.input_seq, self.event_seq = checkpoint["input_seq"], checkpoint["event_seq"]
        self._next_tick = checkpoint["next_tick"]
        self.clock_trusted = checkpoint["clock_trusted"]
        self._links = {name: LinkWatch(name, *state) for name, state in checkpoint["links"].items()}
        self.permit = FillPermit.load(checkpoint["permit"])
        table = self.table
        for name, (value, quality, time, moved, last, last_ns, unsure) in checkpoint["signals"].items():
            i = table.index[name]
            table.values[i] = math.nan if value is None else value
            table.qualities[i], table.times_ns[i] = quality, time
            self._last[i] = math.nan if last is None else last
            self._moved_ns[i], self._last_ns[i], self._unsure[i] = moved, last_ns, unsure
        for name, state in checkpoint["alarms"].items():
            self.by_id[name].load(state)
            self.by_id[name].enabled = state["e"]
        for calculator in self.calculators:
            calculator.load(checkpoint["calculators"][calculator.name])
        for command_id, ok, code, params, seqs in checkpoint["answered"]:
            self._answered[command_id] = Reply(command_id, ok, code, params, tuple(seqs))


def _outside(value: float, high: float) -> int:
    if not math.isfinite(value):
        return int(Quality.NOT_A_NUMBER)
    return int(Quality.OVER_RANGE if value > high else Quality.UNDER_RANGE)


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
