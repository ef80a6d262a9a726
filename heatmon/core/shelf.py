"""What people lay over alarms: shelving, out of service, test. With who, why, until when, and limits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from heatmon.core.alarm import AlarmPoint
from heatmon.core.condition import NEVER
from heatmon.core.effect import Event
from heatmon.core.input import SYSTEM, Command, JsonScalar
from heatmon.core.overlay import Overlay
from heatmon.core.part import Arguments, Handler, Host, Params, Part, RefusedError
from heatmon.core.quantity import QuantityError, parse_quantity

SECOND: Final = 1_000_000_000
HOUR: Final = 3600 * SECOND
DEFAULT_NS: Final = HOUR
LONGEST_NS: Final[Mapping[str, int]] = {"P1": 0, "P2": 2 * HOUR, "P3": 8 * HOUR, "P4": 8 * HOUR}
"""How long an alarm may be shelved, by its priority; P1 never."""
REPEATS: Final = 3
REPEATS_WITHIN_NS: Final = 24 * HOUR
"""More shelvings of one alarm within a day than this: it is out of service then, with a work order."""
TEST_LONGEST_NS: Final = 4 * HOUR
BEGINS: Final = {
    Overlay.SHELVED: "alarm.shelved",
    Overlay.OUT_OF_SERVICE: "alarm.out_of_service",
    Overlay.TEST: "alarm.test_started",
}
ENDS: Final = {
    Overlay.SHELVED: "alarm.unshelved",
    Overlay.OUT_OF_SERVICE: "alarm.in_service",
    Overlay.TEST: "alarm.test_ended",
}


@dataclass(frozen=True, slots=True)
class Laid:
    """One overlay that somebody has laid. until_ns: NEVER for out of service. one_shot: till it returns."""

    alarm: str
    overlay: str
    until_ns: int
    reason: str
    by: str
    one_shot: bool = False


class Shelf(Part):
    """The overlays that people have laid; expiries are its deadlines, so that calm alarms stay asleep."""

    name = "shelf"
    hears = ("alarm.",)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._laid: dict[tuple[str, str], Laid] = {}
        self._shelved_at: dict[str, list[int]] = {}

    def verbs(self) -> Mapping[str, Handler]:
        """Lay and take off."""
        return {
            "shelve": self._shelve,
            "unshelve": lambda args, command, now: self._off(Overlay.SHELVED, args, command, now),
            "out_of_service": self._out_of_service,
            "in_service": lambda args, command, now: self._off(Overlay.OUT_OF_SERVICE, args, command, now),
            "test_alarm": self._test,
            "end_test": lambda args, command, now: self._off(Overlay.TEST, args, command, now),
        }

    def _shelve(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.host.alarms.find(args)
        one_shot = args.get("one_shot", "no") == "yes"
        longest = LONGEST_NS[priority_of(point)]
        if not longest:
            raise RefusedError("refused.shelve_p1", alarm=point.id)
        asked = _duration_ns(args, point.id)
        span = longest if asked is None and one_shot else min(DEFAULT_NS, longest) if asked is None else asked
        if span > longest:
            raise RefusedError("refused.shelve_long", alarm=point.id, most_h=longest // HOUR)
        recent = [at for at in self._shelved_at.get(point.id, []) if now - at < REPEATS_WITHIN_NS]
        if len(recent) >= REPEATS:
            raise RefusedError("refused.shelve_again", alarm=point.id, most=REPEATS)
        laid = Laid(
            point.id, Overlay.SHELVED, now + span, args["reason"], command.actor.label, one_shot=one_shot
        )
        self._lay(point, laid, now, {"one_shot": one_shot, "repeat": len(recent) + 1})
        self._shelved_at[point.id] = [*recent, now]
        return {"alarm": point.id}

    def _out_of_service(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.host.alarms.find(args)
        laid = Laid(point.id, Overlay.OUT_OF_SERVICE, NEVER, args["work_order"], command.actor.label)
        self._lay(point, laid, now, {})
        return {"alarm": point.id}

    def _test(self, args: Arguments, command: Command, now: int) -> Params:
        point = self.host.alarms.find(args)
        span = _duration_ns(args, point.id)
        span = TEST_LONGEST_NS if span is None else span
        if span > TEST_LONGEST_NS:
            raise RefusedError("refused.shelve_long", alarm=point.id, most_h=TEST_LONGEST_NS // HOUR)
        self._lay(point, Laid(point.id, Overlay.TEST, now + span, args["task"], command.actor.label), now, {})
        return {"alarm": point.id}

    def _lay(self, point: AlarmPoint, laid: Laid, now: int, more: Mapping[str, JsonScalar]) -> None:
        overlay = Overlay(laid.overlay)
        if not point.enabled or overlay in point.overlays.since:
            raise RefusedError("refused.alarm", alarm=point.id)
        fields: dict[str, JsonScalar] = {"alarm": point.id, "reason": laid.reason, **more}
        if laid.until_ns != NEVER:
            fields["until_ns"] = laid.until_ns
        self.host.emit(BEGINS[overlay], fields, laid.by)
        point.cover(overlay, now)
        self._laid[point.id, laid.overlay] = laid

    def _off(self, overlay: Overlay, args: Arguments, command: Command, now: int) -> Params:
        point = self.host.alarms.find(args)
        laid = self._laid.get((point.id, overlay.value))
        if laid is None:
            raise RefusedError("refused.no_overlay", alarm=point.id, overlay=overlay.value)
        self._take_off(laid, "by hand", command.actor.label, now)
        return {"alarm": point.id}

    def _take_off(self, laid: Laid, why: str, by: str, now: int) -> None:
        overlay = Overlay(laid.overlay)
        del self._laid[laid.alarm, laid.overlay]
        self.host.emit(ENDS[overlay], {"alarm": laid.alarm, "why": why}, by)
        point = self.host.alarms.by_id.get(laid.alarm)
        if point is not None:
            point.uncover(overlay, self.host.table, now, self.host.emit)

    def configure(self) -> None:
        """Overlays of alarms that are gone are gone with them."""
        for key in [key for key in self._laid if key[0] not in self.host.alarms.by_id]:
            del self._laid[key]

    def heard(self, event: Event, now: int) -> None:
        """A return ends one-shot shelving; becoming P1 ends any shelving; disabling ends everything."""
        alarm, code = str(event.payload.get("alarm", "")), event.code
        if code == "alarm.disabled":
            for key in [key for key in self._laid if key[0] == alarm]:
                del self._laid[key]
            point = self.host.alarms.by_id.get(alarm)
            if point is not None:
                point.overlays.since.clear()
            return
        laid = self._laid.get((alarm, Overlay.SHELVED.value))
        if laid is None:
            return
        if laid.one_shot and code == "alarm.returned":
            self._take_off(laid, "returned", SYSTEM.label, now)
        elif event.payload.get("priority") == "P1" and code in ("alarm.raised", "alarm.priority_changed"):
            self._take_off(laid, "it is P1 now", SYSTEM.label, now)

    def deadline(self) -> int:
        """When the next overlay ends by time."""
        return min((laid.until_ns for laid in self._laid.values()), default=NEVER)

    def pass_time(self, now: int) -> None:
        """End what is over."""
        for laid in tuple(self._laid.values()):
            if laid.until_ns <= now:
                self._take_off(laid, "time is up", SYSTEM.label, now)

    def shown(self) -> list[Mapping[str, Any]]:
        """Everything that is laid over alarms, the soonest end first."""
        return [asdict(laid) for laid in sorted(self._laid.values(), key=lambda laid: laid.until_ns)]

    def dump(self) -> dict[str, Any] | None:
        """State for the checkpoint."""
        if not self._laid and not self._shelved_at:
            return None
        return {"laid": [asdict(laid) for laid in self._laid.values()], "at": self._shelved_at}

    def load(self, state: Mapping[str, Any]) -> None:
        """From a dumped state."""
        self._laid = {(one["alarm"], one["overlay"]): Laid(**one) for one in state["laid"]}
        self._shelved_at = {alarm: list(times) for alarm, times in state["at"].items()}


def priority_of(point: AlarmPoint) -> str:
    """The priority an alarm has now; one that is normal has that of its mildest level."""
    return point.infos[max(point.level, 0)].priority


def _duration_ns(args: Arguments, alarm: str) -> int | None:
    if not args.get("duration"):
        return None
    try:
        span_s = parse_quantity(args["duration"]).to("s")
    except QuantityError as error:
        raise RefusedError("refused.value", tag=alarm, why=str(error), unit="min, h") from None
    if not span_s > 0:
        raise RefusedError("refused.value", tag=alarm, why="above 0", unit="min, h")
    return int(span_s * SECOND)
