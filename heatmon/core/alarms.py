"""All alarms of a station: their deadlines, what people do with them, what a reload keeps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from heatmon.core.alarm import AlarmPoint
from heatmon.core.input import Command
from heatmon.core.lifecycle import State
from heatmon.core.part import Arguments, Handler, Params, Part, RefusedError, emitter
from heatmon.core.signals import Signals


class Alarms(Part):
    """The alarm points and the verbs that act on them."""

    name = "alarms"
    points: list[AlarmPoint]
    by_id: dict[str, AlarmPoint]

    def compiled(self, points: list[AlarmPoint]) -> None:
        """These points from now on; states are brought over by `load` or `keep`."""
        self.points = points
        self.by_id = {point.id: point for point in points}

    def verbs(self) -> Mapping[str, Handler]:
        """Acknowledge, reset, take out of use, put back."""
        return {
            "ack": self._ack,
            "ack_all": self._ack_all,
            "reset": self._reset,
            "disable": self._disable,
            "enable": self._enable,
        }

    def deadline(self) -> int:
        """Of the points; those that are asleep have none."""
        due = super().deadline()
        for point in self.points:
            if point.awake:
                due = min(due, point.deadline())
        return due

    def pass_time(self, now: int) -> None:
        """Fire the points that are due."""
        for point in self.points:
            if point.awake and point.deadline() <= now:
                point.pass_time(self.host.table, now, self.host.emit)

    def shown(self) -> list[Mapping[str, Any]]:
        """Alarms that are not normal, gravest first, then newest."""
        shown: list[Mapping[str, Any]] = [p.shown() for p in self.points if p.state is not State.NORM]
        return sorted(shown, key=lambda alarm: (alarm["priority"], -alarm["since_ns"]))

    def dump(self) -> dict[str, Any]:
        """State of the points that ever did anything, by id."""
        return {point.id: state for point in self.points if (state := point.dump()) is not None}

    def load(self, state: Mapping[str, Any]) -> None:
        """States by id; whether a point is in use is the state's to say."""
        for name, one in state.items():
            self.by_id[name].load(one)
            self.by_id[name].enabled = one["e"]

    def forget(self) -> None:
        """Every point as if nothing had ever happened to it."""
        for point in self.points:
            for watch in point.watches:
                watch.load([False, None, None, None])
            point.load(point.blank())
            point.level = -1

    def keep(
        self, before: Iterable[AlarmPoint], table: Signals, renamed: Mapping[str, str], now: int
    ) -> None:
        """After a reload: states go on under the same id; what is gone or out of use is closed."""
        for point in before:
            kept = self.by_id.get(renamed.get(point.id, point.id))
            if kept is None:
                point.close("removed", now, self.host.emit, table)
            elif (state := point.dump()) is not None:
                kept.load(state)
                if not kept.enabled and kept.state is not State.NORM:
                    kept.close("disabled", now, self.host.emit, self.host.table)

    # -- what people do ------------------------------------------------------------------------

    def find(self, args: Arguments) -> AlarmPoint:
        """The alarm a command names. Raises RefusedError."""
        point = self.by_id.get(args["alarm"])
        if point is None:
            raise RefusedError("refused.alarm", alarm=args["alarm"])
        return point

    def _ack(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.find(args)
        emit = emitter(self.host, command.actor)
        occurrence = args.get("occurrence", point.occurrence)
        if occurrence != point.occurrence or not point.acknowledge(
            self.host.table, now, emit, args.get("comment", "")
        ):
            raise RefusedError("refused.not_applicable", alarm=point.id, state=point.state.value)
        return {"alarm": point.id}

    def _ack_all(self, _args: Arguments, command: Command, now: int) -> Params:
        emit = emitter(self.host, command.actor)
        return {"count": sum(point.acknowledge(self.host.table, now, emit) for point in self.points)}

    def _reset(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.find(args)
        if not point.reset(self.host.table, now, emitter(self.host, command.actor)):
            raise RefusedError("refused.not_applicable", alarm=point.id, state=point.state.value)
        return {"alarm": point.id}

    def _disable(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.find(args)
        if not point.enabled:
            raise RefusedError("refused.alarm", alarm=point.id)
        emit = emitter(self.host, command.actor)
        point.close("disabled", now, emit, self.host.table)
        point.enabled = False
        emit("alarm.disabled", {"alarm": point.id, "reason": args["reason"]})
        return {"alarm": point.id}

    def _enable(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.find(args)
        if point.enabled:
            raise RefusedError("refused.alarm", alarm=point.id)
        # Whatever the watches saw while disabled does not count: fresh delays.
        emit = emitter(self.host, command.actor)
        point.close("enabled", now, emit, self.host.table)
        point.enabled = True
        emit("alarm.enabled", {"alarm": point.id})
        return {"alarm": point.id}
