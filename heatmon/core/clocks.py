"""The clocks that run: started, warned, breached, stopped. Acknowledging an alarm stops none of them.

A clock's times are station time, so a restart or a step of the wall clock moves none; only limits in
working days are days of the wall clock and move with it. What fell due while nobody ran fires at the
start, at its own time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from heatmon.core.condition import NEVER
from heatmon.core.input import SYSTEM, JsonScalar
from heatmon.core.part import Host
from heatmon.core.sla import RULES, ClockRule

SECOND: Final = 1_000_000_000


@dataclass(slots=True)
class Running:
    """One clock. of: the case it belongs to. due_ns: of the breach. warned: how many warnings were given.

    stops_ns: when it stops by itself (a rate that is normal), or NEVER.
    """

    kind: str
    of: str
    began_ns: int
    due_ns: int
    warned: int = 0
    breached: bool = False
    stops_ns: int = NEVER

    @property
    def rule(self) -> ClockRule:
        """Its row of the table."""
        return RULES[self.kind]

    def next_ns(self) -> int:
        """When the next warning, the breach, or the stop by itself is due."""
        due = NEVER if self.breached else self.due_ns
        warnings = self.rule.warn_ns
        if not self.breached and self.warned < len(warnings):
            due = min(due, self.began_ns + warnings[self.warned])
        return min(due, self.stops_ns)


class Clocks:
    """All clocks of a station. is_workday: of the station's calendar."""

    def __init__(self, host: Host, is_workday: Callable[[date], bool]) -> None:
        self._host, self._is_workday = host, is_workday
        self.running: dict[tuple[str, str], Running] = {}
        self._stopped: dict[tuple[str, str], tuple[Running, int]] = {}

    def start(self, kind: str, of: str, now: int, began_ns: int | None = None) -> None:
        """A clock begins; one that runs goes on as it is."""
        if (kind, of) in self.running:
            return
        began = now if began_ns is None else began_ns
        rule = RULES[kind]
        due = self._workdays_on(began, rule.workdays) if rule.workdays else began + rule.limit_ns
        clock = self.running[kind, of] = Running(kind, of, began, due)
        self._tell("started", clock, {"due_ns": due})
        self.pass_time(now)

    def resume(self, kind: str, of: str, now: int, within_ns: int) -> bool:
        """Go on with a clock that stopped by itself not longer ago than this; whether there was one."""
        kept = self._stopped.get((kind, of))
        if kept is None or now - kept[1] > within_ns:
            return False
        clock, _ = self._stopped.pop((kind, of))
        clock.stops_ns = NEVER
        self.running[kind, of] = clock
        self._tell("resumed", clock, {"due_ns": clock.due_ns})
        self.pass_time(now)
        return True

    def stop(
        self, kind: str, of: str, now: int, why: str, by: str = SYSTEM.label, *, kept: bool = False
    ) -> bool:
        """A clock ends; whether it ran. kept: it may be resumed."""
        clock = self.running.pop((kind, of), None)
        if clock is None:
            return False
        if kept:
            self._stopped[kind, of] = (clock, now)
        took = (now - clock.began_ns) // SECOND
        self._tell("stopped", clock, {"why": why, "took_s": took, "breached": clock.breached}, by)
        return True

    def hasten(self, kind: str, of: str, now: int) -> None:
        """The limit is known to be missed: it is due now."""
        clock = self.running.get((kind, of))
        if clock is not None and not clock.breached:
            clock.due_ns = min(clock.due_ns, now)
            self.pass_time(now)

    def stop_at(self, kind: str, of: str, at_ns: int) -> None:
        """Stop by itself then, unless somebody says otherwise before; NEVER takes that back."""
        if (clock := self.running.get((kind, of))) is not None:
            clock.stops_ns = at_ns

    def wall_moved(self, offset_ns: int) -> None:
        """The wall clock stepped: limits in days of the wall clock move against station time."""
        for clock in self.running.values():
            if clock.rule.workdays:
                clock.due_ns -= offset_ns

    def deadline(self) -> int:
        """When something is due."""
        return min((clock.next_ns() for clock in self.running.values()), default=NEVER)

    def pass_time(self, now: int) -> None:
        """Warn, breach, stop what is due, each once."""
        for clock in tuple(self.running.values()):
            while clock.next_ns() <= now:
                self._fire(clock, now)
                if (clock.kind, clock.of) not in self.running:
                    break

    def _fire(self, clock: Running, now: int) -> None:
        due = clock.next_ns()
        if due == clock.stops_ns:
            self.stop(clock.kind, clock.of, now, "normal for long enough", kept=True)
        elif due == clock.due_ns:
            clock.breached = True
            self._tell("breached", clock, {"priority": clock.rule.priority})
        else:
            after = clock.rule.warn_ns[clock.warned]
            clock.warned += 1
            left = (clock.due_ns - clock.began_ns - after) // SECOND
            self._tell("warning", clock, {"priority": "P2", "number": clock.warned, "left_s": left})

    def _tell(
        self, what: str, clock: Running, more: Mapping[str, JsonScalar], by: str = SYSTEM.label
    ) -> None:
        fields = {"clock": clock.kind, "case": clock.of, "since_ns": clock.began_ns, **more}
        self._host.emit(f"sla.{what}", fields, by)

    def _workdays_on(self, began_ns: int, days: int) -> int:
        """The end of the last of so many working days after the day of the start."""
        zone = ZoneInfo(self._host.spec.station.timezone)
        day = datetime.fromtimestamp(began_ns / SECOND, UTC).astimezone(zone).date()
        left = days
        while left:
            day += timedelta(days=1)
            left -= self._is_workday(day)
        end = datetime.combine(day + timedelta(days=1), time(), zone)
        return int(end.timestamp()) * SECOND

    def shown(self) -> list[dict[str, Any]]:
        """The clocks that run, the next due first."""
        return [asdict(clock) for clock in sorted(self.running.values(), key=lambda clock: clock.due_ns)]

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint."""
        if not self.running and not self._stopped:
            return None
        return {
            "running": [asdict(clock) for clock in self.running.values()],
            "stopped": [[asdict(clock), at] for clock, at in self._stopped.values()],
        }

    def load(self, state: Mapping[str, Any] | None) -> None:
        """From a dumped state."""
        if state is None:
            return
        self.running = {(one["kind"], one["of"]): Running(**one) for one in state["running"]}
        self._stopped = {(one["kind"], one["of"]): (Running(**one), at) for one, at in state["stopped"]}
