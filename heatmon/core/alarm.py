"""One alarm as the engine runs it: its watches, its life cycle, its occurrence."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from heatmon.core.condition import NEVER, Watch
from heatmon.core.input import JsonScalar
from heatmon.core.lifecycle import ACTIVE, Act, State, Trigger, next_state
from heatmon.core.overlay import FRESH_DELAY, Overlay, Overlays
from heatmon.core.quality import FIRST_BAD, GOOD, Quality, is_bad
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


SLOPE_NS: Final = 10 * SECOND
SLOPE_SAMPLES: Final = 5
"""A rate of change is the slope of a straight line through the last 10 s, of at least five samples."""


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
    either_way: a difference counts with both signs (command against feedback). rate: 0 judges the
    value; else its slope, times this factor from unit per second to the limit's unit.
    awake: False while a good value inside all limits would change nothing; then the engine does not
    call `update` for such values. True at any other time does no harm.
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
    either_way: bool = False
    rate: float = 0.0
    extra: Mapping[str, JsonScalar] = field(default_factory=dict)
    state: State = State.NORM
    level: int = -1
    occurrence: str = ""
    count: int = 0
    since_ns: int = 0
    changed_ns: int = 0
    acked_ns: int = 0
    spoken: int = 0
    """The last level that was announced; speaks for the alarm after its return."""
    recent: list[tuple[int, float]] = field(default_factory=list)
    overlays: Overlays = field(default_factory=Overlays)
    awake: bool = True

    def update(self, table: Signals, now: int, emit: Emit) -> None:
        """Judge the latest samples."""
        if self.rate:
            self._remember(table, self.signals[0])
        for k, watch in enumerate(self.watches):
            value, quality = self._measure(table, k)
            if self.of_quality is not None:
                value = float(is_bad(quality) and quality not in self.of_quality)
                quality = GOOD
            watch.update(value, quality, now)
        self._settle(table, now, emit)
        self._rest()

    def _measure(self, table: Signals, k: int) -> tuple[float, int]:
        """What is compared with the limit of level `k`, in the limit's unit, and its quality."""
        i = self.signals[k]
        value, quality = table.values[i], table.qualities[i]
        if self.against >= 0:
            value -= table.values[self.against]
            return abs(value) if self.either_way else value, max(quality, table.qualities[self.against])
        if self.rate and quality < FIRST_BAD:
            if len(self.recent) < SLOPE_SAMPLES:
                return math.nan, int(Quality.NO_INPUT)
            return slope_per_s(self.recent) * self.rate, quality
        return value, quality

    def _remember(self, table: Signals, i: int) -> None:
        at = table.times_ns[i]
        if is_bad(table.qualities[i]) or (self.recent and at <= self.recent[-1][0]):
            return
        self.recent = [one for one in self.recent if one[0] >= at - SLOPE_NS]
        self.recent.append((at, table.values[i]))

    def _rest(self) -> None:
        self.awake = (
            self.against >= 0
            or self.rate != 0
            or self.state in ACTIVE
            or self.overlays.settle_at != NEVER
            or not all(watch.idle for watch in self.watches)
        )

    def calm(self, i: int) -> tuple[float, float]:
        """Between which good values of signal `i` this alarm, when not awake, need not look."""
        low, high = -math.inf, math.inf
        for watch, signal in zip(self.watches, self.signals, strict=True):
            if signal == i and self.of_quality is None and self.against < 0 and not self.rate:
                if watch.sign > 0:
                    high = min(high, watch.limit)
                else:
                    low = max(low, -watch.limit)
        return low, high

    def pass_time(self, table: Signals, now: int, emit: Emit) -> None:
        """Fire what is due at this instant."""
        for watch in self.watches:
            watch.pass_time(now)
        self._settle(table, now, emit)
        if self.overlays.settle_at <= now:
            self._heard_again(table, now, emit)
        if self.state is State.ACKED and self._realarm_at() <= now:
            self._trigger(Trigger.REALARM, table, now, emit)
        self._rest()

    def deadline(self) -> int:
        """When `pass_time` must be called, or NEVER."""
        due = min(self.overlays.settle_at, *(watch.deadline() for watch in self.watches))
        return min(due, self._realarm_at()) if self.state is State.ACKED else due

    def _realarm_at(self) -> int:
        if self.overlays.silent:
            return NEVER
        again = self.realarm_ns or REALARM_NS[self.infos[self.level].priority]
        return NEVER if again is None else self.acked_ns + again

    def cover(self, overlay: Overlay, now: int) -> bool:
        """Put an overlay on; False when it is on already."""
        if overlay in self.overlays.since:
            return False
        self.overlays.put(overlay, now)
        return True

    def uncover(self, overlay: Overlay, table: Signals, now: int, emit: Emit) -> bool:
        """Take an overlay off; when it was the last that silenced, what stands is announced anew."""
        over = self.overlays
        if over.since.pop(overlay, None) is None:
            return False
        if over.silent:
            return True
        if overlay in FRESH_DELAY:
            delay = self.watches[self.level].on_delay_ns if self.level >= 0 else 0
            over.settle_at = now + delay
            self.awake = True
            if not delay:
                self._heard_again(table, now, emit)
        else:
            self._trigger(Trigger.HEARD_AGAIN, table, now, emit)
        return True

    def _heard_again(self, table: Signals, now: int, emit: Emit) -> None:
        """The fresh on-delay is over: what still stands is told, what came and went within is closed."""
        over = self.overlays
        over.settle_at = NEVER
        if over.unheard and self._trigger(Trigger.WITHIN, table, now, emit):
            return
        self._trigger(Trigger.HEARD_AGAIN, table, now, emit)

    def _settle(self, table: Signals, now: int, emit: Emit) -> None:
        level = -1
        for k, watch in enumerate(self.watches):
            if watch.active:
                level = k
        if level == self.level or not self.enabled:
            return
        before, self.level = self.level, level
        self.spoken = level if level >= 0 else before
        if before < 0:
            self._trigger(Trigger.ON, table, now, emit)
        elif level < 0:
            self._trigger(Trigger.OFF_LATCHED if self.latching else Trigger.OFF, table, now, emit)
        elif self.infos[level].priority < self.infos[before].priority:
            self._trigger(Trigger.PRIORITY_RAISED, table, now, emit)
        else:
            self._trigger(Trigger.PRIORITY_LOWERED, table, now, emit)

    def unwatched(self, since: int) -> None:
        """Nobody looked since then: running delays are held until the next good input, as over bad input."""
        for watch in self.watches:
            watch.unwatched(since)
        self.awake = True

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
            emit("alarm.closed", {**self.told(table), "why": why})
        self.state, self.level, self.changed_ns, self.awake = State.NORM, -1, now, True
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
            emit("alarm.closed", {**self.told(table), "why": "superseded_unacked"})
            return
        if act is Act.RAISE:
            self.count += 1
            self.occurrence = f"{self.id}#{self.count}"
            self.since_ns = now
            self.overlays.unheard = self.overlays.silent
        elif act is Act.AGAIN and not self.overlays.silent:
            self.overlays.unheard = False
        elif act is Act.ACKNOWLEDGE:
            self.acked_ns = now
        fields = self.told(table)
        if comment:
            fields["comment"] = comment
        if act is Act.CLOSE:
            fields["why"] = "normal"
        emit(f"alarm.{act.value}", fields)

    def told(self, table: Signals) -> dict[str, JsonScalar]:
        """What an event of this alarm says about it."""
        info, i = self.infos[self.spoken], self.signals[self.spoken]
        value, quality = self._measure(table, self.spoken)
        word = table.infos[i].word(value)
        return {
            "alarm": self.id,
            "occurrence": self.occurrence,
            "priority": info.priority,
            "level": info.name,
            "signal": table.infos[i].id,
            "value": None if is_bad(quality) else decimal(value),
            "quality": Quality(quality).name.lower(),
            "limit": None if info.limit is None else decimal(info.limit),
            "unit": info.unit,
            **({"source_ns": source} if (source := table.source_ns.get(i)) is not None else {}),
            "since_ns": self.since_ns,
            # The word as it was when this happened: settings change, entries do not.
            **({} if word is None else {"value_en": word.en, "value_zh": word.zh}),
            **self.extra,
            **self.overlays.marks(),
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
            "priority": self.infos[self.spoken].priority,
            "occurrence": self.occurrence,
            "since_ns": self.since_ns,
            "stale": self.stale,
            "overlays": sorted(overlay.value for overlay in self.overlays.since),
        }

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint; None for one that never did anything."""
        watches = [watch.dump() for watch in self.watches]
        fresh = self.state is State.NORM and not self.count and self.enabled and not self.recent
        over = self.overlays.dump()
        if fresh and not any(watches) and over is None:
            return None
        return {
            "s": self.state.value,
            "l": self.spoken,
            "o": self.occurrence,
            "n": self.count,
            "t": [self.since_ns, self.changed_ns, self.acked_ns],
            "e": self.enabled,
            "w": {info.name: state for info, state in zip(self.infos, watches, strict=True) if state},
            **({"r": self.recent} if self.recent else {}),
            **({"v": over} if over is not None else {}),
        }

    def blank(self) -> dict[str, Any]:
        """The dumped state of one that never did anything."""
        return {"s": State.NORM.value, "l": 0, "o": "", "n": 0, "t": [0, 0, 0], "e": self.enabled, "w": {}}

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
        self.spoken = min(state["l"], len(self.watches) - 1)
        if self.level < 0 and self.state in ACTIVE:
            self.level = self.spoken
        elif self.level >= 0:
            self.spoken = self.level
        self.recent = [(at, value) for at, value in state.get("r", ())]
        self.overlays = Overlays.load(state.get("v"))
        self.awake = True


def slope_per_s(samples: Sequence[tuple[int, float]]) -> float:
    """Least-squares slope of (time in ns, value), per second."""
    first = samples[0][0]
    times = [(at - first) / 1e9 for at, _ in samples]
    t_mean = sum(times) / len(times)
    v_mean = sum(value for _, value in samples) / len(samples)
    spread = sum((t - t_mean) ** 2 for t in times)
    return sum((t - t_mean) * (v - v_mean) for t, (_, v) in zip(times, samples, strict=True)) / spread


def gravest(points: Sequence[AlarmPoint]) -> Priority:
    """The highest priority any of these alarms can reach."""
    return min((info.priority for point in points for info in point.infos), default="P3")
