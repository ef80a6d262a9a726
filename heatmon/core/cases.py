"""Matters that somebody must answer for: reports, repairs, losses, stoppages. Each with its clocks.

A loss alarm opens a case of loss, a lost heat supply one of stoppage; people open the others. What is
done is recorded step by step; steps stop clocks by the table of `heatmon.core.sla`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Final

from heatmon.core.clocks import Clocks
from heatmon.core.condition import NEVER
from heatmon.core.effect import Event
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.quantity import QuantityError, parse_quantity
from heatmon.core.sla import (
    ATTEMPTS,
    CLOSES,
    EARLIEST_NS,
    LOSS_SIGNALS,
    OPENS,
    RATE_STOP_NS,
    RESULT_NEEDED,
    RESUME_NS,
    STEPS,
    STOPPAGE_SIGNALS,
    STOPS,
)

SECOND: Final = 1_000_000_000
KEPT_CLOSED: Final = 100
BY_ALARM: Final = ("loss", "stoppage")


@dataclass(slots=True)
class Case:
    """One matter. alarm: what opened it, where an alarm did. steps: (step, time) in order."""

    number: int
    kind: str
    text: str
    opened_ns: int
    by: str
    alarm: str = ""
    contact: str = ""
    closed_ns: int = 0
    steps: list[tuple[str, int]] = field(default_factory=list)

    @property
    def id(self) -> str:
        """``case#12``."""
        return f"case#{self.number}"

    def done(self, step: str) -> int:
        """How often a step was recorded."""
        return sum(name == step for name, _ in self.steps)


class Cases(Part):
    """The cases of a station and the clocks that run over them."""

    name = "cases"
    hears = ("alarm.", "clock.stepped")

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._number = 0
        self._cases: dict[str, Case] = {}
        self.clocks = Clocks(host, self._is_workday)

    def _is_workday(self, day: date) -> bool:
        calendar = self.host.spec.calendar
        for year in () if calendar is None else calendar.years:
            if year.year == day.year:
                return day in year.workdays or (day.weekday() < 5 and day not in year.holidays)
        return day.weekday() < 5

    def verbs(self) -> Mapping[str, Handler]:
        """Open a case, record a step, say how long a stoppage will last, close."""
        return {
            "open_case": self._open_by_hand,
            "record": self._record,
            "expect": self._expect,
            "close_case": self._close_by_hand,
        }

    # -- opening -------------------------------------------------------------------------------

    def _open_by_hand(self, args: Arguments, command: Command, now: int) -> Params:
        kind = args["kind"]
        if kind not in OPENS:
            raise RefusedError("refused.case_kind", kind=kind, known=", ".join(OPENS))
        standing = self._standing(kind) if kind in BY_ALARM else None
        if standing is not None:
            raise RefusedError("refused.case_stands", case=standing.id)
        case = self._open(kind, args["text"], command.actor.label, now, contact=args.get("contact", ""))
        return {"case": case.id}

    def _open(self, kind: str, text: str, by: str, now: int, *, alarm: str = "", contact: str = "") -> Case:
        self._number += 1
        case = Case(self._number, kind, text, now, by, alarm, contact)
        self._cases[case.id] = case
        fields: dict[str, JsonScalar] = {"case": case.id, "kind": kind, "text": text}
        fields |= {name: value for name, value in (("alarm", alarm), ("contact", contact)) if value}
        self.host.emit("case.opened", fields, by)
        for clock in OPENS[kind]:
            self.clocks.start(clock, case.id, now)
        return case

    def _standing(self, kind: str) -> Case | None:
        return next((c for c in self._cases.values() if c.kind == kind and not c.closed_ns), None)

    def heard(self, event: Event, now: int) -> None:
        """Loss and stoppage alarms open their cases; their return stops what only they had started."""
        payload = event.payload
        if event.code == "clock.stepped":
            self.clocks.wall_moved(int(str(payload["offset_ms"])) * 1_000_000)
            return
        if "test" in payload or event.code not in ("alarm.raised", "alarm.returned"):
            return
        kind = _kind_of(str(payload.get("signal", "")))
        if kind is None:
            return
        if event.code == "alarm.raised":
            self._raised(kind, str(payload["alarm"]), now)
        else:
            self._returned(kind, str(payload["alarm"]), now)

    def _raised(self, kind: str, alarm: str, now: int) -> None:
        case = self._standing(kind)
        clock = OPENS[kind][0]
        if case is None:
            self._open(kind, alarm, SYSTEM.label, now, alarm=alarm)
        elif (clock, case.id) in self.clocks.running:
            self.clocks.stop_at(clock, case.id, NEVER)
        elif not self.clocks.resume(clock, case.id, now, RESUME_NS):
            # It was handled, and it is back: a matter of its own.
            self._close(case, "it came back", SYSTEM.label, now)
            self._open(kind, alarm, SYSTEM.label, now, alarm=alarm)

    def _returned(self, kind: str, alarm: str, now: int) -> None:
        case = self._standing(kind)
        if case is None or not case.alarm or self._others_stand(kind, alarm):
            # What people reported ends when people say so.
            return
        clock = OPENS[kind][0]
        if kind == "loss":
            self.clocks.stop_at(clock, case.id, now + RATE_STOP_NS)
        elif self.clocks.stop(clock, case.id, now, "heat is back"):
            self._close(case, "heat is back", SYSTEM.label, now)

    def _others_stand(self, kind: str, alarm: str) -> bool:
        return any(
            point.active and point.id != alarm and _kind_of(self._signal(point.signals)) == kind
            for point in self.host.alarms.points
        )

    def _signal(self, signals: tuple[int, ...]) -> str:
        return self.host.table.infos[signals[0]].id

    # -- steps ---------------------------------------------------------------------------------

    def _find(self, args: Arguments) -> Case:
        case = self._cases.get(args["case"])
        if case is None:
            standing = ", ".join(case.id for case in self._cases.values() if not case.closed_ns) or "-"
            raise RefusedError("refused.case", case=args["case"], known=standing)
        return case

    def _record(self, args: Arguments, command: Command, now: int) -> Params:
        case, step, text = self._find(args), args["step"], args.get("text", "")
        if step not in STEPS:
            raise RefusedError("refused.case_step", step=step, known=", ".join(STEPS))
        if step in RESULT_NEEDED and not text:
            raise RefusedError("refused.case_result", step=step)
        self._must_fit(case, step, now)
        case.steps.append((step, now))
        fields: dict[str, JsonScalar] = {"case": case.id, "step": step, "text": text}
        self.host.emit("case.recorded", fields, command.actor.label)
        for clock in STOPS.get(step, ()):
            self.clocks.stop(clock, case.id, now, step, command.actor.label)
        if step in CLOSES:
            self._repaired(case, command, now)
        return {"case": case.id}

    def _must_fit(self, case: Case, step: str, now: int) -> None:
        """A step must mean something for this case. Raises RefusedError."""
        clocks = STOPS.get(step)
        if clocks is not None and not any((clock, case.id) in self.clocks.running for clock in clocks):
            raise RefusedError("refused.case_idle", case=case.id, step=step)
        if case.closed_ns and step != "followed_up":
            raise RefusedError("refused.case_closed", case=case.id)
        for clock, earliest in EARLIEST_NS.items():
            running = self.clocks.running.get((clock, case.id))
            if step == "followed_up" and running is not None and now < running.began_ns + earliest:
                hours = (running.began_ns + earliest - now) // (3600 * SECOND) + 1
                raise RefusedError("refused.case_early", case=case.id, hours=hours)

    def _repaired(self, case: Case, command: Command, now: int) -> None:
        heard = case.done("user_confirmed") or case.done("attempt") >= ATTEMPTS
        if case.kind in ("leak", "repair") and case.done("fixed") and heard:
            self.clocks.stop("repair_close", case.id, now, "closed", command.actor.label)
            self._close(case, "fixed", command.actor.label, now)
            self.clocks.start("followup", case.id, now)

    def _expect(self, args: Arguments, command: Command, now: int) -> Params:
        """How long a stoppage will last in all; from 8 h on, the notice is due now."""
        case = self._find(args)
        try:
            span_s = parse_quantity(args["duration"]).to("s")
        except QuantityError as error:
            raise RefusedError("refused.value", tag=case.id, why=str(error), unit="h") from None
        fields: dict[str, JsonScalar] = {"case": case.id, "duration_s": int(span_s)}
        self.host.emit("case.expected", fields, command.actor.label)
        clock = self.clocks.running.get(("stoppage_notice", case.id))
        if clock is not None and span_s * SECOND >= clock.rule.limit_ns:
            self.clocks.hasten("stoppage_notice", case.id, now)
        return {"case": case.id}

    def _close_by_hand(self, args: Arguments, command: Command, now: int) -> Params:
        case = self._find(args)
        if case.closed_ns:
            raise RefusedError("refused.case_closed", case=case.id)
        running = [kind for kind, of in self.clocks.running if of == case.id]
        if running:
            raise RefusedError("refused.case_open", case=case.id, clocks=", ".join(running))
        self._close(case, args["result"], command.actor.label, now)
        return {"case": case.id}

    def _close(self, case: Case, result: str, by: str, now: int) -> None:
        case.closed_ns = now
        for kind in OPENS[case.kind]:
            self.clocks.stop(kind, case.id, now, result, by)
        self.host.emit("case.closed", {"case": case.id, "kind": case.kind, "result": result}, by)
        closed = [one.id for one in self._cases.values() if one.closed_ns and not self._followed(one)]
        for name in closed[:-KEPT_CLOSED]:
            del self._cases[name]

    def _followed(self, case: Case) -> bool:
        return ("followup", case.id) in self.clocks.running

    # -- time ----------------------------------------------------------------------------------

    def deadline(self) -> int:
        """Of the clocks."""
        return self.clocks.deadline()

    def pass_time(self, now: int) -> None:
        """Of the clocks."""
        self.clocks.pass_time(now)

    def shown(self) -> list[Mapping[str, Any]]:
        """Open cases with their clocks, oldest first."""
        running = self.clocks.shown()
        return [
            {**asdict(case), "id": case.id, "clocks": [one for one in running if one["of"] == case.id]}
            for case in self._cases.values()
            if not case.closed_ns or self._followed(case)
        ]

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint."""
        if not self._number:
            return None
        return {
            "number": self._number,
            "cases": [asdict(case) for case in self._cases.values()],
            "clocks": self.clocks.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """From a dumped state."""
        self._number = state["number"]
        cases = [Case(**{**one, "steps": [tuple(step) for step in one["steps"]]}) for one in state["cases"]]
        self._cases = {case.id: case for case in cases}
        self.clocks.load(state["clocks"])


def _kind_of(signal: str) -> str | None:
    """The kind of case that an alarm on this signal opens."""
    if signal.startswith(LOSS_SIGNALS):
        return "loss"
    return "stoppage" if signal in STOPPAGE_SIGNALS else None
