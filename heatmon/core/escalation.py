"""An alarm that nobody acknowledges climbs the steps of its priority; one that goes on in silence waits.

Acknowledging ends it. For P1 an acknowledgement from outside (by SMS or page) does not: somebody must
confirm on site. A return ends it for all but P1: what was that grave is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.effect import Event
from heatmon.core.input import Command
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.spec.notify import Step

SECOND: Final = 1_000_000_000
OUTSIDE: Final = ("sms", "web")
STARTS: Final = frozenset({"alarm.raised", "alarm.reannounced"})
PAUSES: Final = frozenset(
    {"alarm.shelved", "alarm.suppressed", "alarm.out_of_service", "alarm.test_started", "alarm.disabled"}
)


@dataclass(slots=True)
class Climb:
    """One occurrence on its way up. since_ns: of the announcement. step: the last that was reached.

    outside: acknowledged from outside, not yet confirmed on site.
    """

    alarm: str
    occurrence: str
    priority: str
    since_ns: int
    step: int = 0
    outside: bool = False


class EscalationBook(Part):
    """The occurrences that climb. Times are kept as absolute station time: a restart moves none."""

    name = "escalation"
    hears = ("alarm.",)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._climbs: dict[str, Climb] = {}
        self._steps: dict[str, tuple[Step, ...]] = {}

    def configure(self) -> None:
        """The steps of the settings; whoever climbs goes on by the new ones."""
        notify = self.host.spec.notify
        self._steps = {} if notify is None else {up.priority: up.steps for up in notify.escalation}

    def verbs(self) -> Mapping[str, Handler]:
        """Confirm on site what was acknowledged from outside."""
        return {"confirm": self._confirm}

    def _confirm(self, args: Arguments, command: Command, _now: int) -> Params:
        point = self.host.alarms.find(args)
        climb = self._climbs.get(point.occurrence)
        if command.actor.via in OUTSIDE:
            raise RefusedError("refused.not_on_site", alarm=point.id)
        if climb is None or not climb.outside:
            raise RefusedError("refused.nothing_to_confirm", alarm=point.id)
        del self._climbs[point.occurrence]
        self.host.emit("alarm.confirmed", point.told(self.host.table), command.actor.label)
        return {"alarm": point.id}

    def heard(self, event: Event, now: int) -> None:
        """What happens to an alarm starts, stops, or starts afresh its way up."""
        code, payload = event.code, event.payload
        occurrence = str(payload.get("occurrence", ""))
        if code in STARTS:
            self._start(event, occurrence, now)
        elif code == "alarm.acknowledged":
            self._acknowledged(event, occurrence)
        elif code == "alarm.returned" and payload.get("priority") != "P1":
            self._climbs.pop(occurrence, None)
        elif code == "alarm.closed":
            # A P1 that was acknowledged from outside still waits for somebody on site.
            climb = self._climbs.get(occurrence)
            if climb is not None and not (climb.outside and payload.get("why") == "normal"):
                del self._climbs[occurrence]
        elif code in PAUSES:
            alarm = payload.get("alarm")
            self._climbs = {name: climb for name, climb in self._climbs.items() if climb.alarm != alarm}

    def _start(self, event: Event, occurrence: str, now: int) -> None:
        payload = event.payload
        priority = str(payload["priority"])
        if "silent" in payload or "test" in payload or len(self._steps.get(priority, ())) < 2:
            self._climbs.pop(occurrence, None)
            return
        self._climbs[occurrence] = Climb(str(payload["alarm"]), occurrence, priority, now)

    def _acknowledged(self, event: Event, occurrence: str) -> None:
        climb = self._climbs.get(occurrence)
        if climb is None:
            return
        via = event.actor.partition("@")[2].partition("/")[0]
        if climb.priority == "P1" and via in OUTSIDE:
            climb.outside = True
        else:
            del self._climbs[occurrence]

    def _due(self, climb: Climb) -> int:
        steps = self._steps.get(climb.priority, ())
        if climb.step + 1 >= len(steps):
            return NEVER
        return climb.since_ns + int(steps[climb.step + 1].after_s * SECOND)

    def deadline(self) -> int:
        """When the next step is due."""
        return min((self._due(climb) for climb in self._climbs.values()), default=NEVER)

    def pass_time(self, now: int) -> None:
        """Reach the steps that are due."""
        for climb in tuple(self._climbs.values()):
            while self._due(climb) <= now:
                climb.step += 1
                self._reach(climb)

    def _reach(self, climb: Climb) -> None:
        point = self.host.alarms.by_id.get(climb.alarm)
        fields = {} if point is None else point.told(self.host.table)
        told = {"alarm": climb.alarm, "occurrence": climb.occurrence, "priority": climb.priority}
        to = self._steps[climb.priority][climb.step].to
        self.host.emit("alarm.escalated", {**fields, **told, "step": climb.step, "to": ",".join(to)})

    def shown(self) -> list[Mapping[str, Any]]:
        """Who climbs, and how far."""
        return [asdict(climb) for climb in self._climbs.values()]

    def dump(self) -> list[dict[str, Any]] | None:
        """State for the checkpoint."""
        return [asdict(climb) for climb in self._climbs.values()] or None

    def load(self, state: list[Mapping[str, Any]]) -> None:
        """From a dumped state."""
        self._climbs = {one["occurrence"]: Climb(**one) for one in state}
