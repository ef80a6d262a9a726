"""An engine to tell stories with: values by scan, commands by people, hours in a moment."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from heatmon.core.effect import Effects, Event
from heatmon.core.engine import Engine
from heatmon.core.input import Actor, ClockStepped, Command, ConfigChange, Input
from heatmon.core.spec import StationSpec
from tests.unit.core.station_spec import ENGINEER, OPERATOR, START, content, scan

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DISPATCHER = Actor("li", "dispatcher", "socket", "uid")
BY_SMS = Actor("li", "dispatcher", "sms", "code")
__all__ = ["BY_SMS", "DISPATCHER", "ENGINEER", "HOUR", "MINUTE", "OPERATOR", "SECOND", "START", "Story"]


class Story:
    """One station. `restart` puts everything through the checkpoint, as a stop and a start would."""

    def __init__(self, start: int = START, **changes: Any) -> None:
        self.spec = StationSpec.model_validate(content(**changes))
        self.now = start
        self.engine = Engine(self.spec, "b", start)
        self.events: list[Event] = []
        self._commands = 0

    def _step(self, item: Input | None) -> Effects:
        if item is not None:
            item = replace(item, input_seq=self.engine.input_seq + 1)
        effects = self.engine.step(item, self.now)
        self.events.extend(effects.events)
        return effects

    def feed(self, *values: float, **changes: Any) -> None:
        """A scan of the tags of the plan, now."""
        one = scan(self.engine.input_seq + 1, self.now, list(values), **changes)
        self.events.extend(self.engine.step(one, self.now).events)

    def keep(self, *values: float, ns: int, each: int = 10 * SECOND) -> None:
        """Feed the same values for a while."""
        until = self.now + ns
        while self.now < until:
            self.feed(*values)
            self.now = min(self.now + each, until)
        self.feed(*values)

    def wait(self, ns: int) -> None:
        """Time passes; nothing is read."""
        self.now += ns
        self._step(None)

    def do(self, verb: str, actor: Actor = OPERATOR, **args: str) -> str:
        """A command; the code of the answer, ``done`` when it was carried out."""
        self._commands += 1
        (reply,) = self._step(Command(f"c{self._commands}", verb, args, actor)).replies
        return reply.code

    def clock_steps(self, seconds: float) -> None:
        """The wall clock jumps."""
        self._step(ClockStepped(int(seconds * SECOND), trusted=True))

    def reload(self, **changes: Any) -> None:
        """New settings."""
        self.spec = StationSpec.model_validate(content(**changes))
        self._step(ConfigChange(self.spec, "b2", ENGINEER))

    def restart(self, away_ns: int = 0) -> None:
        """Stop, be away, start again."""
        kept = json.loads(json.dumps(self.engine.checkpoint()))
        self.engine = Engine.restore(self.spec, "b", kept)
        self.now += away_ns
        self._step(None)

    def codes(self, prefix: str = "") -> list[str]:
        """The codes of the events since the start (or the last `forget`)."""
        return [event.code for event in self.events if event.code.startswith(prefix)]

    def fields(self, code: str) -> list[Mapping[str, Any]]:
        """The payloads of the events of a code."""
        return [event.payload for event in self.events if event.code == code]

    def at(self, code: str, **fields: str) -> list[int]:
        """Seconds since the start at which a code happened (with these fields)."""
        return [
            (event.time_ns - START) // SECOND
            for event in self.events
            if event.code == code and fields.items() <= event.payload.items()
        ]

    def forget(self) -> None:
        """Only what comes from here on counts."""
        self.events.clear()
