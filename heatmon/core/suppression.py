"""Suppression by design: while a condition holds, alarms that would only repeat it are silent.

A stopped pump silences low flow; a power cut, a lost link, a source that is short absorb their
children. Alarms of the set that may never be suppressed (`fail_to_alarm`) are never touched, whatever
a rule says. A condition that is unknown suppresses nothing.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from heatmon.core.effect import Event
from heatmon.core.expression import Active, Expression, parse
from heatmon.core.overlay import Overlay
from heatmon.core.part import Host, Part
from heatmon.core.spec.rules import EVERYTHING, Suppression


@dataclass(frozen=True, slots=True)
class Moved:
    """An alarm that moves at this instant."""

    active: bool


class Suppressions(Part):
    """The rules of the settings: looked at each 10 s, and at once when an alarm that they name moves."""

    name = "suppression"
    hears = ("alarm.",)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._rules: list[tuple[Suppression, Expression, tuple[str, ...]]] = []
        self._by_alarm: dict[str, list[int]] = {}
        self._on: dict[str, bool] = {}
        self._busy = False

    def configure(self) -> None:
        """Compile the rules; who was suppressed by a rule that is gone is heard at the next tick."""
        self._rules, self._by_alarm = [], {}
        for rule in self.host.spec.suppressions:
            condition = parse(rule.when)
            self._rules.append((rule, condition, self._targets(rule, condition)))
            for alarm in condition.alarms():
                self._by_alarm.setdefault(alarm, []).append(len(self._rules) - 1)

    def _targets(self, rule: Suppression, condition: Expression) -> tuple[str, ...]:
        """The alarms of a rule: never one of the safety set, never one that it asks itself."""
        causes, safe = condition.alarms(), self._safe()
        wanted = rule.alarms
        if EVERYTHING in wanted:
            wanted = tuple(self.host.alarms.by_id)
        return tuple(alarm for alarm in wanted if alarm not in causes and alarm not in safe)

    def _safe(self) -> set[str]:
        return {
            point.id
            for point in self.host.alarms.points
            # And whatever says that one of them is blind.
            if any(watch.safe for watch in point.watches) or "blinds" in point.extra
        }

    def heard(self, event: Event, now: int) -> None:
        """A cause has come or gone: its children follow before anything else is told."""
        if self._busy or not self._by_alarm or event.code not in ("alarm.raised", "alarm.returned"):
            return
        if rules := self._by_alarm.get(str(event.payload.get("alarm"))):
            # Its own state says so only after this event.
            moved = {str(event.payload["alarm"]): Moved(event.code == "alarm.raised")}
            self._look(rules, now, ChainMap[str, Any](moved, self.host.alarms.by_id))

    def tick(self, now: int) -> None:
        """Look at every rule."""
        if self._rules or self._on:
            self._look(range(len(self._rules)), now, self.host.alarms.by_id)

    def _look(self, rules: Iterable[int], now: int, alarms: Mapping[str, Active]) -> None:
        self._busy = True
        for number in rules:
            rule, condition, _ = self._rules[number]
            self._on[rule.id] = condition.value(self.host.table, alarms) is True
        self._apply(now)
        self._busy = False

    def _apply(self, now: int) -> None:
        wanted: dict[str, str] = {}
        for rule, _, targets in self._rules:
            if self._on.get(rule.id):
                for alarm in targets:
                    wanted.setdefault(alarm, rule.id)
        self._on = {rule.id: self._on.get(rule.id, False) for rule, _, _ in self._rules}
        for point in self.host.alarms.points:
            suppressed = Overlay.SUPPRESSED in point.overlays.since
            if point.id in wanted and not suppressed:
                point.cover(Overlay.SUPPRESSED, now)
                if point.active:
                    self.host.emit("alarm.suppressed", {"alarm": point.id, "rule": wanted[point.id]})
            elif suppressed and point.id not in wanted:
                if point.active:
                    self.host.emit("alarm.unsuppressed", {"alarm": point.id})
                point.uncover(Overlay.SUPPRESSED, self.host.table, now, self.host.emit)

    def shown(self) -> list[Mapping[str, Any]]:
        """The rules that hold now, and what they silence."""
        return [{"id": rule.id, "alarms": list(t)} for rule, _, t in self._rules if self._on.get(rule.id)]

    def dump(self) -> dict[str, bool] | None:
        """State for the checkpoint."""
        return {rule: True for rule, on in self._on.items() if on} or None

    def load(self, state: Mapping[str, bool]) -> None:
        """From a dumped state."""
        self._on = dict(state)
