"""Exercises of the way to people, and messages that only test it. Marked as such everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from heatmon.core.condition import NEVER
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.roster import persons_of

SECOND: Final = 1_000_000_000
ANSWER_WITHIN_S: Final = 1800.0


class Drills(Part):
    """At most one exercise at a time; at its end stands who has acknowledged it, and when."""

    name = "drills"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._number = 0
        self._began = self._until = 0
        self._to = ""
        self._answers: dict[str, int] = {}

    def verbs(self) -> Mapping[str, Handler]:
        """Begin one, answer it, send a test."""
        return {"drill": self._begin, "answer_drill": self._answer, "test_message": self._test}

    @property
    def _id(self) -> str:
        return f"drill#{self._number}"

    def _begin(self, args: Arguments, command: Command, now: int) -> Params:
        notify = self.host.spec.notify
        if notify is None:
            raise RefusedError("refused.no_notify")
        if self._until:
            raise RefusedError("refused.drill_runs", drill=self._id)
        plan = notify.drill
        first = notify.escalation[0].steps[0].to
        self._to = args.get("to") or ",".join(plan.to if plan is not None else first)
        within_s = plan.answer_within_s if plan is not None else ANSWER_WITHIN_S
        self._number += 1
        self._began, self._until, self._answers = now, now + int(within_s * SECOND), {}
        fields: dict[str, JsonScalar] = {"drill": self._id, "to": self._to, "until_ns": self._until}
        self.host.emit("drill.started", fields, command.actor.label)
        return {"drill": self._id}

    def _answer(self, args: Arguments, command: Command, now: int) -> Params:
        person = command.actor.person
        if args["drill"] != self._id or not self._until or person in self._answers:
            raise RefusedError("refused.no_drill", drill=args["drill"])
        self._answers[person] = now
        fields: dict[str, JsonScalar] = {
            "drill": self._id,
            "person": person,
            "after_s": (now - self._began) // SECOND,
        }
        self.host.emit("drill.acknowledged", fields, command.actor.label)
        return {"drill": self._id}

    def _test(self, args: Arguments, command: Command, _now: int) -> Params:
        notify = self.host.spec.notify
        if notify is None:
            raise RefusedError("refused.no_notify")
        ways = {contact.person: [way.channel for way in contact.ways] for contact in notify.contacts}
        person, channel = args["person"], args.get("channel")
        if person not in ways or (channel and channel not in ways[person]):
            raise RefusedError("refused.no_way", person=person, channel=channel or "-")
        fields: dict[str, JsonScalar] = {"person": person, "channel": channel or ",".join(ways[person])}
        self.host.emit("message.test", fields, command.actor.label)
        return {"person": person}

    def deadline(self) -> int:
        """When the exercise that runs is over."""
        return self._until or NEVER

    def pass_time(self, now: int) -> None:
        """The end, with the report: person:seconds, and a dash for whoever was told and did not answer."""
        if not self._until or now < self._until:
            return
        took = {person: str((at - self._began) // SECOND) for person, at in self._answers.items()}
        for person in self._asked():
            took.setdefault(person, "-")
        report = ",".join(f"{person}:{after}" for person, after in took.items())
        self._until = 0
        fields: dict[str, JsonScalar] = {"drill": self._id, "to": self._to, "report": report}
        self.host.emit("drill.ended", fields, SYSTEM.label)

    def _asked(self) -> tuple[str, ...]:
        """Who was told: persons that were named, and who held a post that was named when it began."""
        notify = self.host.spec.notify
        if notify is None:
            return ()
        zone = ZoneInfo(self.host.spec.station.timezone)
        began = datetime.fromtimestamp(self._began / SECOND, UTC).astimezone(zone)
        return persons_of(notify, tuple(self._to.split(",")), began)

    def dump(self) -> list[Any] | None:
        """State for the checkpoint."""
        if not self._number:
            return None
        return [self._number, self._began, self._until, self._to, self._answers]

    def load(self, state: list[Any]) -> None:
        """From a dumped state."""
        self._number, self._began, self._until, self._to, answers = state
        self._answers = dict(answers)
