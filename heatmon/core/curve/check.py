"""The heating curve check: setpoint with all its terms, deviation, return, compliance, filing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from heatmon.core.calculator import Calculator
from heatmon.core.curve.compliance import Compliance, DayScore
from heatmon.core.curve.deviation import COVERED, Deviation
from heatmon.core.curve.family import room_response_k, slope
from heatmon.core.curve.filing import days_to_season, in_season, is_filed, reminder_due
from heatmon.core.curve.loop import LoopReturn
from heatmon.core.curve.orders import OrderBook
from heatmon.core.curve.outdoor import OutdoorTemperature, sun_k, wind_k
from heatmon.core.curve.schedule import Schedule
from heatmon.core.curve.setpoint import Setpoint, Terms
from heatmon.core.curve.trim import DailyRoomTrim, ReturnLimiter
from heatmon.core.filters import Exponential
from heatmon.core.input import JsonScalar
from heatmon.core.localtime import date_of
from heatmon.core.quality import GOOD, Quality
from heatmon.core.quantity import decimal
from heatmon.core.reading import Permits, Reading, any_running
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import Curve, StationSpec
from heatmon.core.windows import SlidingMean

COLD_C: Final = 5.0
LOST_K: Final = -10.0
LOST_GUARD_K: Final = -3.0
LOST_SPREAD_K: Final = 2.0
CONTRADICTION_K: Final = -1.0
MINUTE_NS: Final = 60_000_000_000
HOUR_S: Final = 3600.0
FLOW_LEAST_M3H: Final = 0.5
LOOP_LONGEST_H: Final = 12.0

OUTPUTS: Final = (
    SignalInfo("curve.outdoor_c", "°C", 1),
    SignalInfo("curve.outdoor_source", "1", 0),
    SignalInfo("curve.wind_k", "K", 1),
    SignalInfo("curve.sun_k", "K", 1),
    SignalInfo("curve.room_shift_k", "K", 1),
    SignalInfo("curve.stage", "1", 0),
    SignalInfo("curve.base_c", "°C", 1),
    SignalInfo("curve.order_k", "K", 1),
    SignalInfo("curve.trim_k", "K", 1),
    SignalInfo("curve.return_limit_k", "K", 1),
    SignalInfo("curve.clamp_k", "K", 1),
    SignalInfo("curve.target_c", "°C", 1),
    SignalInfo("curve.setpoint_c", "°C", 1),
    SignalInfo("curve.outside_table", "1", 0),
    SignalInfo("curve.deviation_k", "K", 1),
    SignalInfo("curve.deviation_15min_k", "K", 1),
    SignalInfo("curve.deviation_30min_k", "K", 1),
    SignalInfo("curve.heat_loss", "1", 0),
    SignalInfo("curve.supply_minus_return_k", "K", 1),
    SignalInfo("curve.contradiction", "1", 0),
    SignalInfo("curve.return_deviation_k", "K", 1),
    SignalInfo("curve.loop_min", "1", 0),
    SignalInfo("curve.room_impact_k", "K", 1),
    SignalInfo("curve.compliance_pct", "%", 0),
    SignalInfo("curve.compliance_day_pct", "%", 0),
    SignalInfo("curve.deficit_kh", "1", 1),
    SignalInfo("curve.surplus_kh", "1", 1),
    SignalInfo("curve.not_filed", "1", 0),
    SignalInfo("curve.filing_reminder_d", "1", 0),
    SignalInfo("curve.calendar_missing", "1", 0),
)
NUMBER: Final = {info.id.removeprefix("curve."): k for k, info in enumerate(OUTPUTS)}


class CurveCheck:
    """Setpoint by the curve and how well the station keeps it."""

    name = "curve"
    inputs: tuple[str, ...] = ()
    outputs = OUTPUTS

    def __init__(self, spec: StationSpec, settings: Curve) -> None:
        zone = spec.station.timezone
        self._spec, self._season, self._zone = spec, spec.station.season, zone
        self._next = spec.curve_next
        self.orders = OrderBook()
        self._notes: list[tuple[str, Mapping[str, JsonScalar]]] = []
        self._permits = Permits()
        self._loop = LoopReturn()
        self._minute = -1
        self._trim_k = 0.0
        self._schedule_k: float | None = None
        self._quality = int(Quality.NOT_YET_READ)
        self._use(settings)

    def _use(self, settings: Curve) -> None:
        """Take a version of the curve into use."""
        spec, zone, outdoor = self._spec, self._zone, settings.outdoor
        self.settings = settings
        self.setpoint = Setpoint(settings)
        self._outdoor = OutdoorTemperature(outdoor, zone)
        self._sun = None if outdoor.sun is None else Exponential(outdoor.sun.time_constant_s)
        self._deviation = Deviation(settings.settle_s, settings.grace_s)
        self._schedule = Schedule(settings.schedule, spec.calendar, zone)
        self._trim = None if settings.room_trim is None else DailyRoomTrim(settings.room_trim, zone)
        self._limiter = None if settings.return_limit is None else ReturnLimiter(settings.return_limit)
        self._compliance = Compliance(settings.band_k, zone)
        self._read_supply, self._read_return = Reading(spec, settings.supply), Reading(spec, settings.return_)
        self._read_own, self._read_second = Reading(spec, outdoor.tag), Reading(spec, outdoor.second)
        self._read_forecast = Reading(spec, outdoor.forecast)
        self._read_near = [Reading(spec, tag) for tag in outdoor.neighbours]
        self._read_wind = Reading(spec, outdoor.wind.tag if outdoor.wind else None, "speed", "m/s")
        self._read_sun = Reading(spec, outdoor.sun.tag if outdoor.sun else None, "irradiance", "W/m2")
        self._read_pumps = [Reading(spec, pump) for pump in settings.pumps]
        self._read_rooms = [Reading(spec, t) for t in (settings.room_trim.tags if settings.room_trim else ())]
        water = spec.water
        flow = settings.loop_flow or (water.circulation if water else None)
        self._read_flow = Reading(spec, flow, "flow", "m3/h")
        self._loop_m3 = settings.loop_volume_m3 or (water.system_volume_m3 if water else None)

    def _readings(self) -> Sequence[Reading]:
        return (
            self._read_supply, self._read_return, self._read_own, self._read_second, self._read_forecast,
            self._read_wind, self._read_sun, self._read_flow, *self._read_near, *self._read_pumps,
            *self._read_rooms,
        )  # fmt: skip

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        self._signals = signals
        for reading in self._readings():
            reading.bind(signals)
        self._permits.bind(signals)
        self._out = tuple(signals.index[info.id] for info in OUTPUTS)

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """Nothing is taken between ticks: the building is slower than they are."""

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """What happened since the last call and belongs into the journal."""
        notes, self._notes = self._notes, []
        return notes

    # -- the tick ------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """Publish."""
        if self._next is not None:
            self._succeed(now_ns)
        fresh = (minute := now_ns // MINUTE_NS) != self._minute
        supply, back, running = (
            self._read_supply.good(),
            self._read_return.good(),
            any_running(self._read_pumps),
        )
        if fresh:
            # Weather, orders and rooms move by the minute; the setpoint at its rate each tick.
            self._quality = self._find_outdoor(now_ns)
            self._put_terms(self._find_target(back, now_ns), self._quality, now_ns)
        terms, quality = self.setpoint.terms, self._quality
        if not self.setpoint.begun and not self._supply_was_asked():
            for k in range(NUMBER["setpoint_c"], len(OUTPUTS)):
                if k != NUMBER["outside_table"]:
                    self._put(k, None, int(Quality.NOT_YET_READ), now_ns)
            return
        if math.isnan(terms.target_c):
            self._put_unjudged(int(Quality.NO_INPUT), now_ns)
            return
        self.setpoint.begin(supply, now_ns)
        limited = self.setpoint.limited(now_ns)
        self._put(NUMBER["setpoint_c"], limited, quality, now_ns)
        self._judge(supply, limited, running, quality, now_ns)
        self._put_heat(supply, back, running, quality, now_ns)
        if fresh:
            self._minute = minute
            self._each_minute(minute, back, running, now_ns)

    def _succeed(self, now_ns: int) -> None:
        """The next version takes effect at its stated time."""
        following = self._next
        if following is None or following.effective is None:
            return
        if now_ns < following.effective.timestamp() * 1e9:
            return
        self._next = None
        before, kept = self.settings, self.dump()
        self._use(following)
        for reading in self._readings():
            reading.bind(self._signals)
        self.load({**kept, "version": following.filed.version})
        self._deviation.step_pending = True
        self._minute = -1
        filed = following.filed
        self._notes.append(
            (
                "curve.effective",
                {
                    "version": filed.version, "from": before.filed.version, "hash": self.setpoint.hash,
                    "by": filed.by or "", "reason": filed.reason or "", "receipt": filed.receipt or "",
                },
            )
        )  # fmt: skip

    def _find_outdoor(self, now_ns: int) -> int:
        terms, outdoor = self.setpoint.terms, self._outdoor
        terms.outdoor_c, quality = outdoor.update(
            self._read_own.good(),
            now_ns,
            self._read_second.good(),
            [near.good() for near in self._read_near],
            self._read_forecast.good(),
        )
        settings = self.settings.outdoor
        if self._sun is not None and (shine := self._read_sun.good()) is not None:
            self._sun.update(min(max(shine, 0.0), 1500.0), now_ns)
        terms.wind_k = wind_k(settings.wind, self._read_wind.good())
        terms.sun_k = sun_k(settings.sun, None if self._sun is None else self._sun.value)
        terms.effective_c = terms.outdoor_c + terms.wind_k + terms.sun_k
        return quality

    def _find_target(self, back: float | None, now_ns: int) -> Terms:
        setpoint, terms = self.setpoint, self.setpoint.terms
        terms.schedule_k = self._schedule.room_shift_k(now_ns)
        if setpoint.stage(terms.outdoor_c, now_ns):
            self._deviation.step_pending = True
        in_force = self.orders.in_force(now_ns)
        shift = terms.schedule_k + in_force.room_shift_k
        if self._schedule_k is not None and shift != self._schedule_k:
            self._deviation.step_pending = True
        self._schedule_k = shift
        return_k = 0.0 if self._limiter is None else self._limiter.update(back, now_ns)
        setpoint.target(in_force, self._trim_k, return_k)
        return terms

    def _supply_was_asked(self) -> bool:
        return self._signals.qualities[self._signals.index[self.settings.supply]] != Quality.NOT_YET_READ

    def _judge(
        self, supply: float | None, limited: float, running: bool | None, quality: int, now_ns: int
    ) -> None:
        too_warm = self.settings.heating_limit_c is not None and self._is_too_warm()
        excluded = too_warm or self._permits.active() != ""
        e = self._deviation.evaluate(supply, limited, running, now_ns, excluded)
        unjudged = _why_not(supply, running)
        self._put(NUMBER["deviation_k"], e, unjudged if e is None else quality, now_ns)
        self._put_mean(NUMBER["deviation_15min_k"], self._deviation.short, quality, unjudged, now_ns)
        self._put_mean(NUMBER["deviation_30min_k"], self._deviation.long, quality, unjudged, now_ns)
        if self._compliance.update(e, now_ns):
            self._note_day(self._compliance.yesterday, now_ns)

    def _is_too_warm(self) -> bool:
        limit = self.settings.heating_limit_c
        return limit is not None and self.setpoint.terms.outdoor_c > limit

    def _note_day(self, day: DayScore, now_ns: int) -> None:
        pct = day.compliance_pct
        filed = is_filed(self.settings.filed, now_ns)
        self._notes.append(
            (
                "curve.day",
                {
                    "day": date_of(day.day).isoformat(),
                    "hours": day.hours,
                    "compliance_pct": None if pct is None or not filed else decimal(pct, 1),
                    "deficit_kh": decimal(day.deficit_kh, 1),
                    "surplus_kh": decimal(day.surplus_kh, 1),
                    "version": self.settings.filed.version,
                    "filed": filed,
                },
            )
        )

    # -- each minute ---------------------------------------------------------------------------

    def _each_minute(self, minute: int, back: float | None, running: bool | None, now_ns: int) -> None:
        terms, setpoint = self.setpoint.terms, self.setpoint
        if self._trim is not None:
            rooms = [room.good() for room in self._read_rooms]
            self._trim_k = self._trim.update(rooms, setpoint.family, terms.effective_c, now_ns)
        drop = setpoint.expected_drop_k
        expected = None if drop is None or not running else terms.limited_c - drop
        self._loop.update(minute, expected, back if running else None, self._loop_h())
        deviation = self._loop.deviation_k
        why = int(Quality.NO_INPUT if drop is None or back is None else Quality.OUT_OF_SERVICE)
        self._put(NUMBER["return_deviation_k"], deviation, why if deviation is None else GOOD, now_ns)
        loop = None if self._loop.minutes is None else float(self._loop.minutes)
        self._put(NUMBER["loop_min"], loop, GOOD if loop is not None else int(Quality.NO_INPUT), now_ns)
        self._put_impact(now_ns)
        self._put_scores(now_ns)

    def _loop_h(self) -> float | None:
        flow = self._read_flow.good()
        if self._loop_m3 is None or flow is None or flow < FLOW_LEAST_M3H:
            return None
        loop_h = self._loop_m3 / flow
        return loop_h if loop_h <= LOOP_LONGEST_H else None

    def _put_impact(self, now_ns: int) -> None:
        mean, terms = self._deviation.long.mean, self.setpoint.terms
        if mean is None:
            self._put(NUMBER["room_impact_k"], None, int(Quality.OUT_OF_SERVICE), now_ns)
            return
        s = slope(self.setpoint.family, terms.effective_c, terms.schedule_k, terms.stage)
        impact = room_response_k(
            mean, 0.0 if math.isnan(s) else s, self.settings.building_time_constant_s / HOUR_S
        )
        self._put(NUMBER["room_impact_k"], impact, GOOD, now_ns)

    def _put_scores(self, now_ns: int) -> None:
        settings, season = self.settings, self._season
        filed, today = is_filed(settings.filed, now_ns), self._compliance.today
        score = today.compliance_pct if filed else None
        out = int(Quality.OUT_OF_SERVICE)
        self._put(NUMBER["compliance_pct"], score, GOOD if score is not None else out, now_ns)
        before = self._compliance.yesterday.compliance_pct if filed else None
        self._put(NUMBER["compliance_day_pct"], before, GOOD if before is not None else out, now_ns)
        self._put(NUMBER["deficit_kh"], today.deficit_kh, GOOD, now_ns)
        self._put(NUMBER["surplus_kh"], today.surplus_kh, GOOD, now_ns)
        self._put(NUMBER["not_filed"], float(not filed and in_season(season, now_ns)), GOOD, now_ns)
        due = reminder_due(settings.filed, season, now_ns)
        left = days_to_season(season, now_ns)
        self._put(NUMBER["filing_reminder_d"], float(due), GOOD if left is not None else out, now_ns)
        missing = self._schedule.days.missing(self._compliance.today.day)
        self._put(NUMBER["calendar_missing"], float(missing), GOOD, now_ns)

    # -- putting -------------------------------------------------------------------------------

    def _put(self, k: int, value: float | None, quality: int, now_ns: int) -> None:
        self._signals.put(self._out[k], math.nan if value is None else value, quality, now_ns)

    def _put_terms(self, terms: Terms, quality: int, now_ns: int) -> None:
        put, out = self._signals.put, self._out
        put(out[NUMBER["outdoor_c"]], terms.effective_c, quality, now_ns)
        put(out[NUMBER["outside_table"]], float(terms.beyond != ""), quality, now_ns)
        base = quality if not math.isnan(terms.base_c) else int(Quality.NO_INPUT)
        shift = terms.schedule_k + terms.room_order_k
        source = float(self._outdoor.source)
        for k, value in enumerate((source, terms.wind_k, terms.sun_k, shift, float(terms.stage)), 1):
            put(out[k], value, GOOD, now_ns)
        for k, value in enumerate(
            (terms.base_c, terms.ordered_k, terms.trim_k, terms.return_k, terms.clamp_k, terms.target_c),
            NUMBER["base_c"],
        ):
            put(out[k], value, base, now_ns)

    def _put_unjudged(self, why: int, now_ns: int) -> None:
        for k in range(NUMBER["setpoint_c"], len(OUTPUTS)):
            if k != NUMBER["outside_table"]:
                self._put(k, None, why, now_ns)

    def _put_mean(self, k: int, window: SlidingMean, quality: int, unjudged: int, now_ns: int) -> None:
        mean = window.mean
        if mean is None:
            self._put(k, None, unjudged, now_ns)
        else:
            self._put(k, mean, int(Quality.INCOMPLETE) if window.share < COVERED else quality, now_ns)

    def _put_heat(
        self, supply: float | None, back: float | None, running: bool | None, quality: int, now_ns: int
    ) -> None:
        lost, spread, odd = NUMBER["heat_loss"], NUMBER["supply_minus_return_k"], NUMBER["contradiction"]
        if supply is None or not running:
            for k in (lost, spread, odd):
                self._put(k, None, _why_not(supply, running), now_ns)
            return
        e = supply - (self._deviation.setpoint_mean_c or 0.0)
        cooling = back is not None and supply < back + LOST_SPREAD_K and e < LOST_GUARD_K
        outdoor = self._outdoor.actual_c
        outdoor = self.setpoint.terms.outdoor_c if outdoor is None else outdoor
        self._put(lost, float(outdoor < COLD_C and (e < LOST_K or cooling)), quality, now_ns)
        if back is None:
            self._put(spread, None, int(Quality.NO_INPUT), now_ns)
            self._put(odd, None, int(Quality.NO_INPUT), now_ns)
        else:
            self._put(spread, supply - back, GOOD, now_ns)
            self._put(odd, float(supply - back < CONTRADICTION_K), GOOD, now_ns)

    # -- state ---------------------------------------------------------------------------------

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """Nothing but the signals themselves."""
        return {}

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint, below 4 kB."""
        return {
            "version": self.settings.filed.version,
            "setpoint": self.setpoint.dump(),
            "outdoor": self._outdoor.dump(),
            "sun": None if self._sun is None else [self._sun.value, self._sun.time_ns],
            "deviation": self._deviation.dump(),
            "compliance": self._compliance.dump(),
            "loop": self._loop.dump(),
            "orders": self.orders.dump(),
            "trim": None if self._trim is None else self._trim.dump(),
            "limiter": None if self._limiter is None else self._limiter.dump(),
            "minute": [self._minute, self._schedule_k, self._quality],
            "terms": self.setpoint.terms.dump(self._outdoor.actual_c),
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a state over. Another curve is a step: small deviations wait for the grace."""
        if "setpoint" not in state:
            return ()
        if self._next is not None and state["version"] == self._next.filed.version:
            # The next version was in use already when the state was written.
            following, self._next = self._next, None
            self._use(following)
            if hasattr(self, "_signals"):
                self.bind(self._signals)
        self.setpoint.load(state["setpoint"])
        self._outdoor.load(state["outdoor"])
        self._deviation.load(state["deviation"])
        self._compliance.load(state["compliance"])
        self._loop.load(state["loop"])
        self.orders.load(state["orders"])
        self._minute, self._schedule_k, self._quality = state["minute"]
        self._outdoor.actual_c = self.setpoint.terms.load(state["terms"])
        for part, kept in ((self._trim, state["trim"]), (self._limiter, state["limiter"])):
            if part is not None and kept is not None:
                part.load(kept)
        if self._trim is not None:
            self._trim_k = self._trim.trim_k
        if self._sun is not None and state["sun"] is not None:
            self._sun.value, self._sun.time_ns = state["sun"]
        if state["setpoint"]["hash"] != self.setpoint.hash:
            # Other numbers in the settings act at once, not with the next minute.
            self._minute = -1
        if state["setpoint"]["shape"] != self.setpoint.shape:
            self._deviation.step_pending = True
            return ("curve.step",)
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())


def _why_not(supply: float | None, running: bool | None) -> int:
    if running is None or (running and supply is None):
        return int(Quality.NO_INPUT)
    return int(Quality.OUT_OF_SERVICE)
