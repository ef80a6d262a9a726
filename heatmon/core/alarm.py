"""One alarm as the engine runs it: its watches, its life cycle, its occurrence."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from heatmon.core.condition import NEVER, Watch
from heatmon.core.input import JsonScalar
from heatmon.core.lifecycle import ACTIVE, Act, State, Trigger, next_state
from heatmon.core.quality import GOOD, Quality, is_bad
from heatmon.core.quantity import decimal
from heatmon.core.signals import Signals
from heatmon.core.spec import Priority

# Emit(code, fields): the engine turns it into an event of the current instant.
Emit = Callable[[str, Mapping[str, JsonScalar]], None]

SECOND: Final = 1_000_000_000
REALARM_NS: Final[Mapping[str, int | None]] = {
    "P1": 1800 * SECOND,
    "P2": 7200 * SECOND,
    "P3": None,
    "P4": None,
}
"""An acknowledged alarm that still stands is announced again after this time."""


@dataclass(frozen=True, slots=True)
class LevelInfo:
    """What people are told about a level; limit and unit are None for digital alarms."""

    name: str
    priority: Priority
    limit: float | None
    unit: str | None


@dataclass(slots=True)
class AlarmPoint:
    """An alarm definition, compiled, with its state.

    signals: index of the watched signal of each level; against: index of the setpoint or feedback
    that is subtracted, or -1. watches and infos run from the mildest to the gravest level.
    of_quality: None judges the value; a set judges the quality, and holds the bad codes that do not
    count (those of a lost device are its own alarm's business).
    """

    id: str
    name: Mapping[str, str]
    signals: tuple[int, ...]
    against: int
    watches: tuple[Watch, ...]
    infos: tuple[LevelInfo, ...]
    of_quality: frozenset[int] | None = None
    latching: bool = False
    enabled: bool = True
    realarm_ns: int | None = None
    extra: Mapping[str, JsonScalar] = field(default_factory=dict)
    state: State = State.NORM
    level: int = -1
    occurrence: str = ""
    count: int = 0
    since_ns: int = 0
    changed_ns: int = 0
    acked_ns: int = 0

    def update(self, table: Signals, now: int, emit: Emit) -> None:
        """Judge the latest samples."""
        for k, i in enumerate(self.signals):
            value, quality = table.values[i], table.qualities[i]
            if self.against >= 0:
                value -= table.values[self.against]
                quality = max(quality, table.qualities[self.against])
            if self.of_quality is not None:
                value = float(is_bad(quality) and quality not in self.of_quality)
                quality = GOOD
            self.watches[k].update(value, quality, now)
        self._settle(table, now, emit)

    def pass_time(self, table: Signals, now: int, emit: Emit) -> None:
        """Fire what is due at this instant."""
        for watch in self.watches:
            watch.pass_time(now)
        self._settle(table, now, emit)
        if self.state is State.ACKED and self._realarm_at() <= now:
            self._trigger(Trigger.REALARM, table, now, emit)

    def deadline(self) -> int:
        """When `pass_time` must be called, or NEVER."""
        due = min(watch.deadline() for watch in self.watches)
        return min(due, self._realarm_at()) if self.state is State.ACKED else due

    def _realarm_at(self) -> int:
        again = self.realarm_ns or REALARM_NS[self.infos[self.level].priority]
        return NEVER if again is None else self.acked_ns + again

    def _settle(self, table: Signals, now: int, emit: Emit) -> None:
        level = -1
        for k, watch in enumerate(self.watches):
            if watch.active:
                level = k
        if level == self.level or not self.enabled:
            return
        before, self.level = self.level, level
        if before < 0:
            self._trigger(Trigger.ON, table, now, emit)
        elif level < 0:
            self.level = before
            self._trigger(Trigger.OFF_LATCHED if self.latching else Trigger.OFF, table, now, emit)
            self.level = -1
        elif self.infos[level].priority < self.infos[before].priority:
            self._trigger(Trigger.PRIORITY_RAISED, table, now, emit)
        else:
            self._trigger(Trigger.PRIORITY_LOWERED, table, now, emit)

    def acknowledge(self, table: Signals, now: int, emit: Emit, comment: str = "") -> bool:
        """A person has seen it; False when there is nothing to acknowledge."""
        return self._trigger(Trigger.ACK, table, now, emit, comment=comment)

    def reset(self, table: Signals, now: int, emit: Emit) -> bool:
        """A person lets a latched alarm go; False unless it is latched, acknowledged, and its input good."""
        if self.level >= 0 or any(is_bad(table.qualities[i]) for i in self.signals):
            return False
        return self._trigger(Trigger.RESET, table, now, emit)

    def close(self, why: str, now: int, emit: Emit, table: Signals) -> None:
        """End an open occurrence from outside (removed, disabled); the condition starts afresh."""
        if self.state is not State.NORM:
            emit("alarm.closed", {**self._fields(table), "why": why})
        self.state, self.level, self.changed_ns = State.NORM, -1, now
        for watch in self.watches:
            watch.load([False, None, None, None])

    def _trigger(self, trigger: Trigger, table: Signals, now: int, emit: Emit, comment: str = "") -> bool:
        state, acts = next_state(self.state, trigger)
        if not acts:
            return False
        for act in acts:
            self._act(act, table, now, emit, comment)
        self.state, self.changed_ns = state, now
        return True

    def _act(self, act: Act, table: Signals, now: int, emit: Emit, comment: str) -> None:
        if act is Act.SUPERSEDE:
            emit("alarm.closed", {**self._fields(table), "why": "superseded_unacked"})
            return
        if act is Act.RAISE:
            self.count += 1
            self.occurrence = f"{self.id}#{self.count}"
            self.since_ns = now
        elif act is Act.ACKNOWLEDGE:
            self.acked_ns = now
        fields = self._fields(table)
        if comment:
            fields["comment"] = comment
        if act is Act.CLOSE:
            fields["why"] = "normal"
        emit(f"alarm.{act.value}", fields)

    def _fields(self, table: Signals) -> dict[str, JsonScalar]:
        info = self.infos[max(self.level, 0)]
        i = self.signals[max(self.level, 0)]
        value = table.values[i]
        return {
            "alarm": self.id,
            "occurrence": self.occurrence,
            "priority": info.priority,
            "level": info.name,
            "signal": table.infos[i].id,
            "value": None if is_bad(table.qualities[i]) else decimal(value),
            "quality": Quality(table.qualities[i]).name.lower(),
            "limit": None if info.limit is None else decimal(info.limit),
            "unit": info.unit,
            **self.extra,
        }

    @property
    def active(self) -> bool:
        """Whether the condition holds, acknowledged or not."""
        return self.state in ACTIVE

    @property
    def stale(self) -> bool:
        """Whether the state is held because the input is not good."""
        return any(watch.bad_since is not None for watch in self.watches)

    def shown(self) -> dict[str, Any]:
        """The alarm as lists and pages show it."""
        return {
            "id": self.id,
            "name": dict(self.name),
            "state": self.state.value,
            "priority": self.infos[max(self.level, 0)].priority,
            "occurrence": self.occurrence,
            "since_ns": self.since_ns,
            "stale": self.stale,
        }

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint; None for one that never did anything."""
        watches = [watch.dump() for watch in self.watches]
        if self.state is State.NORM and not self.count and self.enabled and not any(watches):
            return None
        return {
            "s": self.state.value,
            "l": self.level,
            "o": self.occurrence,
            "n": self.count,
            "t": [self.since_ns, self.changed_ns, self.acked_ns],
            "e": self.enabled,
            "w": {info.name: state for info, state in zip(self.infos, watches, strict=True) if state},
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over; levels are found by name, so that their order may change."""
        self.state = State(state["s"])
        self.occurrence, self.count = state["o"], state["n"]
        self.since_ns, self.changed_ns, self.acked_ns = state["t"]
        self.enabled = self.enabled and state["e"]
        for info, watch in zip(self.infos, self.watches, strict=True):
            if (kept := state["w"].get(info.name)) is not None:
                watch.load(kept)
        self.level = max((k for k, watch in enumerate(self.watches) if watch.active), default=-1)
        if self.level < 0 and self.state in ACTIVE:
            self.level = min(state["l"], len(self.watches) - 1)


def gravest(points: Sequence[AlarmPoint]) -> Priority:
    """The highest priority any of these alarms can reach."""
    return min((info.priority for point in points for info in point.infos), default="P3")
