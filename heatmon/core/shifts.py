"""The shift log: shifts begin and end, people write in it, one shift hands over to the next.

The incoming person signs first, the outgoing one after; until then the outgoing person stays responsible.
An open incident (a P1 alarm that nobody has acknowledged) blocks both signatures and voids the first.
Boundaries are times of the wall clock, so a step of the clock moves them; the half hours of an overdue
handover are station time. While the clock is not trusted nothing here begins, ends or is signed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.effect import Event
from heatmon.core.handover import AGAIN_NS, TABLE, Handover, incidents, package
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.shift import Pattern, Span

SECOND: Final = 1_000_000_000
CATEGORIES: Final = ("operation", "report", "visitor", "round", "fault", "other")
"""Operations done, reports by telephone, visitors, inspection rounds, faults, anything else."""


class Shifts(Part):
    """The shift that runs, who is responsible, and at most one handover.

    A handover that nobody finishes stays the one there is, over further boundaries too.
    """

    name = "shifts"
    hears = ("clock.stepped", "service.started", "alarm.raised", "alarm.reannounced")

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._pattern: Pattern | None = None
        self._span: Span | None = None
        self._known = False
        """Whether the span follows from the present settings; else the next tick sees to it."""
        self._offset_ns = 0
        """How far the wall clock has stepped from station time."""
        self._on_duty = ""
        self._opened_ns = 0
        """The end of the shift whose handover was opened last."""
        self._handover: Handover | None = None

    def configure(self) -> None:
        """Take the pattern over; the shift that runs is looked at anew at the next tick."""
        spec = self.host.spec
        self._pattern = None if spec.shifts is None else Pattern(spec.shifts, spec.station.timezone)
        self._known = False

    def verbs(self) -> Mapping[str, Handler]:
        """Write, correct; take over, refuse, give over, carry over."""
        return {
            "log": self._log,
            "correct": self._correct,
            "handover_take": self._take,
            "handover_refuse": self._refuse,
            "handover_give": self._give,
            "handover_carry_over": self._carry_over,
        }

    # -- what people write ---------------------------------------------------------------------

    def _log(self, args: Arguments, command: Command, _now: int) -> Params:
        category = args.get("category") or "other"
        if category not in CATEGORIES:
            raise RefusedError("refused.category", category=category, known=", ".join(CATEGORIES))
        fields: dict[str, JsonScalar] = {"category": category, "text": args["text"], **self._place()}
        self.host.emit("log.entry", fields, command.actor.label)
        return {"entry": self.host.event_seq}

    def _correct(self, args: Arguments, command: Command, _now: int) -> Params:
        entry, last = args["entry"], self.host.event_seq
        if not (entry.isascii() and entry.isdigit() and len(entry) < 19 and 1 <= int(entry) <= last):
            raise RefusedError("refused.entry", entry=entry, last=last)
        fields: dict[str, JsonScalar] = {
            "entry": int(entry), "field": args["field"], "text": args["text"], "reason": args["reason"],
            **self._place(),
        }  # fmt: skip
        self.host.emit("log.corrected", fields, command.actor.label)
        return {"entry": self.host.event_seq}

    def _place(self) -> dict[str, JsonScalar]:
        """The shift that an entry belongs to, in words too; nothing where there is none."""
        span = self._span
        if span is None:
            return {}
        fields: dict[str, JsonScalar] = {"shift": span.shift, "day": span.day}
        if self._pattern is not None and (shift := self._pattern.shift(span.shift)) is not None:
            fields |= {"shift_en": shift.name.en, "shift_zh": shift.name.zh}
        return fields | ({"crew": span.crew} if span.crew else {})

    # -- signatures ----------------------------------------------------------------------------

    def _take(self, args: Arguments, command: Command, _now: int) -> Params:
        handover, person = self._standing("take"), command.actor.person
        if person == self._on_duty:
            raise RefusedError("refused.same_person", handover=handover.id, person=person)
        self._no_incident(handover)
        handover.state, handover.incoming = TABLE[handover.state, "take"], person
        fields = {"handover": handover.id, **package(self.host)}
        self.host.emit("handover.signed_in", fields, command.actor.label)
        return {"handover": handover.id}

    def _refuse(self, args: Arguments, command: Command, _now: int) -> Params:
        handover, person = self._standing("refuse"), command.actor.person
        if person == self._on_duty or handover.incoming not in ("", person):
            raise RefusedError("refused.not_incoming", handover=handover.id, person=person)
        handover.state, handover.incoming = TABLE[handover.state, "refuse"], ""
        fields: dict[str, JsonScalar] = {
            "handover": handover.id, "reason": args["reason"], "priority": "P2",
        }  # fmt: skip
        self.host.emit("handover.refused", fields, command.actor.label)
        return {"handover": handover.id}

    def _give(self, _args: Arguments, command: Command, now: int) -> Params:
        handover, actor = self._standing("give"), command.actor
        if actor.person == handover.incoming:
            raise RefusedError("refused.same_person", handover=handover.id, person=actor.person)
        # Whoever gives orders may sign for a person who is not there; the entry says for whom.
        if self._on_duty not in ("", actor.person) and actor.role not in ("dispatcher", "admin"):
            raise RefusedError("refused.not_outgoing", handover=handover.id, person=self._on_duty)
        self._no_incident(handover)
        fields: dict[str, JsonScalar] = {
            "handover": handover.id, "incoming": handover.incoming,
            "outgoing": self._on_duty or actor.person, "late_s": self._late_s(handover, now),
        }  # fmt: skip
        self._on_duty, self._handover = handover.incoming, None
        self.host.emit("handover.signed_out", fields, actor.label)
        return {"handover": handover.id}

    def _carry_over(self, args: Arguments, command: Command, _now: int) -> Params:
        handover = self._any()
        standing = incidents(self.host.alarms, handover)
        if not standing:
            raise RefusedError("refused.no_incident", handover=handover.id)
        handover.carried += standing
        fields: dict[str, JsonScalar] = {
            "handover": handover.id, "alarms": ", ".join(standing), "reason": args["reason"],
        }  # fmt: skip
        self.host.emit("handover.carried_over", fields, command.actor.label)
        return {"handover": handover.id}

    def _any(self) -> Handover:
        if self._pattern is None:
            raise RefusedError("refused.no_shifts")
        if not self.host.clock_trusted:
            raise RefusedError("refused.clock_untrusted")
        if self._handover is None:
            raise RefusedError("refused.no_handover")
        return self._handover

    def _standing(self, what: str) -> Handover:
        """The handover, if this may be done in its state. Raises RefusedError."""
        handover = self._any()
        if (handover.state, what) not in TABLE:
            raise RefusedError("refused.handover_state", handover=handover.id, state=handover.state)
        return handover

    def _no_incident(self, handover: Handover) -> None:
        if standing := incidents(self.host.alarms, handover):
            raise RefusedError("refused.incident", handover=handover.id, alarms=", ".join(standing))

    def _late_s(self, handover: Handover, now: int) -> int:
        return max(0, now + self._offset_ns - handover.due_ns) // SECOND

    # -- time ----------------------------------------------------------------------------------

    def heard(self, event: Event, now: int) -> None:
        """Follow the wall clock; a new incident voids the signature of the incoming person."""
        if event.code == "clock.stepped":
            self._offset_ns += int(event.payload["offset_ms"] or 0) * 1_000_000
        elif event.code == "service.started":
            # Station time began anew from the wall clock.
            self._offset_ns = 0
        elif (handover := self._handover) is not None and handover.state == "signed_in":
            payload = event.payload
            quiet = "silent" in payload or "test" in payload
            if payload["priority"] == "P1" and not quiet and payload["occurrence"] not in handover.carried:
                handover.state, handover.incoming = "open", ""
                fields = {"handover": handover.id, "alarm": payload["alarm"], "priority": "P2"}
                self.host.emit("handover.voided", fields)

    def tick(self, now: int) -> None:
        """After a start or a reload: see which shift it is."""
        if self._known or not self.host.clock_trusted:
            return
        self._known = True
        old, wall = self._span, now + self._offset_ns
        new = None if self._pattern is None else self._pattern.at(wall)
        if old is not None and new is not None and (old.shift, old.start_ns) == (new.shift, new.start_ns):
            self._end_moved(old, new)
        elif new != old:
            self._change(new)
        if new is None and self._handover is not None:
            self.host.emit("handover.cancelled", {"handover": self._handover.id})
            self._handover = None

    def _end_moved(self, old: Span, new: Span) -> None:
        """The same shift by other settings: what was due at its old end is due at the new one."""
        self._span = new
        if self._opened_ns == old.end_ns:
            self._opened_ns = new.end_ns
        if self._handover is not None and self._handover.due_ns == old.end_ns:
            self._handover.due_ns = new.end_ns

    def _change(self, new: Span | None) -> None:
        """One shift ends, the next begins; each entry says which it speaks of."""
        if self._span is not None:
            open_ = self._handover is not None
            self.host.emit("shift.ended", {**self._place(), "handover_open": open_, "on_duty": self._on_duty})
        self._span = new
        if new is not None:
            self.host.emit("shift.began", {**self._place(), "start_ns": new.start_ns, "end_ns": new.end_ns})

    def deadline(self) -> int:
        """The end of the shift, the opening of its handover, or the next word about an overdue one."""
        if self._span is None or self._pattern is None or not self._known or not self.host.clock_trusted:
            return NEVER
        due = self._span.end_ns - self._offset_ns
        if self._handover is None:
            if self._opened_ns != self._span.end_ns:
                due = min(due, due - self._pattern.handover_before_ns)
        elif self._handover.again_ns:
            due = min(due, self._handover.again_ns)
        return due

    def pass_time(self, now: int) -> None:
        """Fire what is due; of boundaries that the clock stepped over, the last one stands for all."""
        span, pattern = self._span, self._pattern
        if span is None or pattern is None or self.deadline() > now:
            return
        wall = now + self._offset_ns
        if wall >= span.end_ns:
            self._change(pattern.at(wall))
        elif self._handover is None and wall >= span.end_ns - pattern.handover_before_ns:
            self._open(span)
        handover = self._handover
        if handover is None or wall < handover.due_ns:
            return
        if handover.again_ns <= now:
            handover.again_ns = now + AGAIN_NS
            fields: dict[str, JsonScalar] = {
                "handover": handover.id, "late_s": self._late_s(handover, now), "state": handover.state,
                "on_duty": self._on_duty, "priority": "P2",
            }  # fmt: skip
            self.host.emit("handover.overdue", fields)

    def _open(self, span: Span) -> None:
        self._handover = Handover(span.shift, span.day, span.end_ns)
        self._opened_ns = span.end_ns
        fields = {"handover": self._handover.id, "due_ns": span.end_ns, **self._place(), **package(self.host)}
        self.host.emit("handover.opened", fields, SYSTEM.label)

    # -- outside -------------------------------------------------------------------------------

    def shown(self) -> list[Mapping[str, Any]]:
        """The shift that runs, and its handover."""
        if self._span is None:
            return []
        handover = None if self._handover is None else {"id": self._handover.id, **asdict(self._handover)}
        return [{**asdict(self._span), "on_duty": self._on_duty, "handover": handover}]

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint."""
        if self._span is None:
            return None
        return {
            "span": asdict(self._span),
            "offset_ns": self._offset_ns,
            "on_duty": self._on_duty,
            "opened_ns": self._opened_ns,
            "handover": None if self._handover is None else asdict(self._handover),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """From a dumped state. A shift that is still the settings' goes on, its end at its own time."""
        span = self._span = Span(**state["span"])
        self._handover = None if state["handover"] is None else Handover(**state["handover"])
        self._offset_ns, self._on_duty = state["offset_ns"], state["on_duty"]
        self._opened_ns = state["opened_ns"]
        self._known = self._pattern is not None and self._pattern.at(span.start_ns) == span
