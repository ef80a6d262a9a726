"""The energy check: heat of both sides, plausibility, exchanger, consumption, the signature of days."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from heatmon.core.calculator import Calculator
from heatmon.core.energy.degreedays import BASE_C, EnergySignature, energy_signature
from heatmon.core.energy.exchanger import clean_ua_kw_k, ua_kw_k
from heatmon.core.energy.heat import balance_pct, heat_kw, specific_w_m2, water_per_heat_m3_gj
from heatmon.core.input import JsonScalar
from heatmon.core.localtime import LocalClock
from heatmon.core.quality import GOOD, Quality
from heatmon.core.reading import Reading
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec
from heatmon.core.spec.energy import Energy
from heatmon.core.windows import SlidingMean

MINUTE_NS: Final = 60_000_000_000
HOUR_MIN: Final = 60
DAYS_KEPT: Final = 60
DAY_MIN: Final = 720
"""A day counts for the signature when half of it was measured."""
FOULING_DAYS: Final = 7
LOAD_SHARE: Final = 0.25
GJ_PER_KW_MIN: Final = 6e-5
SECOND_LAW_K: Final = 1.0
PUMP_M3H: Final = 1.0

OUTPUTS: Final = (
    SignalInfo("energy.heat_kw", "kW", 0),
    SignalInfo("energy.secondary_kw", "kW", 0),
    SignalInfo("energy.balance_pct", "%", 1),
    SignalInfo("energy.meter_error_pct", "%", 1),
    SignalInfo("energy.second_law", "1", 0),
    SignalInfo("energy.ua_kw_k", "1", 1),
    SignalInfo("energy.ua_share_pct", "%", 0),
    SignalInfo("energy.fouled", "1", 0),
    SignalInfo("energy.approach_k", "K", 1),
    SignalInfo("energy.specific_w_m2", "W/m2", 1),
    SignalInfo("energy.water_m3_gj", "1", 2),
    SignalInfo("energy.season_gj", "GJ", 1),
    SignalInfo("energy.season_degree_days", "1", 1),
    SignalInfo("energy.signature_kw_k", "1", 1),
    SignalInfo("energy.balance_point_c", "°C", 1),
    SignalInfo("energy.day_residual_sigma", "1", 1),
)
NUMBER: Final = {info.id.removeprefix("energy."): k for k, info in enumerate(OUTPUTS)}


class EnergyCheck:
    """Everything once a minute; days by local time."""

    name = "energy"
    inputs: tuple[str, ...] = ()
    outputs = OUTPUTS

    def __init__(self, spec: StationSpec, settings: Energy) -> None:
        self._spec, self._settings = spec, settings
        side, curve, water = settings.primary, spec.curve, spec.water
        self._t1s, self._t1r = Reading(spec, side.supply), Reading(spec, side.return_)
        self._g1 = Reading(spec, side.flow, "flow", "m3/h")
        self._meter = Reading(spec, side.heat, "power", "kW")
        self._t2s = Reading(spec, curve.supply if curve else None)
        self._t2r = Reading(spec, curve.return_ if curve else None)
        self._g2 = Reading(spec, water.circulation if water else None, "flow", "m3/h")
        self._outdoor = Reading(spec, curve.outdoor.tag if curve else None)
        self._clock = LocalClock(spec.station.timezone)
        self._q1, self._q2, self._qm = (SlidingMean(HOUR_MIN) for _ in range(3))
        self._minute, self._day = -1, -1
        self._day_sums = [0.0, 0.0, 0.0]
        self._shares: list[float] = []
        self._medians: deque[float] = deque(maxlen=FOULING_DAYS)
        self._days: deque[tuple[float, float]] = deque(maxlen=DAYS_KEPT)
        self._signature: EnergySignature | None = None
        self._residual: float | None = None
        self._season_gj = self._season_hdd = 0.0

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        self._signals = signals
        for reading in (
            self._t1s, self._t1r, self._g1, self._meter, self._t2s, self._t2r, self._g2, self._outdoor,
        ):  # fmt: skip
            reading.bind(signals)
        self._out = tuple(signals.index[info.id] for info in OUTPUTS)

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """Nothing is taken between ticks."""

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """Nothing to tell the journal."""
        return ()

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """Nothing but the signals themselves."""
        del signal
        return {}

    def tick(self, now_ns: int) -> None:
        """Publish, once a minute."""
        minute = now_ns // MINUTE_NS
        if minute == self._minute:
            return
        self._minute = minute
        t1s, t1r, t2s, t2r = self._t1s.good(), self._t1r.good(), self._t2s.good(), self._t2r.good()
        g1, g2 = self._g1.good(), self._g2.good()
        one = _heat(g1, t1s, t1r, self._settings.primary.flow_at)
        two = _heat(g2, t2s, t2r, "return")
        if one is None and not self._g1.present:
            one = self._meter.good()
        self._turn_day(now_ns)
        self._put_heat(minute, one, two, g1, now_ns)
        self._put_law(t1s, t1r, t2s, t2r, g2, now_ns)
        self._put_exchanger(one, t1s, t1r, t2s, t2r, g1, g2, now_ns)
        self._put_days(one, now_ns)

    def _put(self, name: str, value: float | None, now_ns: int, why: int = int(Quality.NO_INPUT)) -> None:
        if value is None or not math.isfinite(value):
            self._signals.put(self._out[NUMBER[name]], math.nan, why, now_ns)
        else:
            self._signals.put(self._out[NUMBER[name]], value, GOOD, now_ns)

    def _put_heat(
        self, minute: int, one: float | None, two: float | None, g1: float | None, now_ns: int
    ) -> None:
        both = one is not None and two is not None
        self._q1.push(minute, one if both else None)
        self._q2.push(minute, two if both else None)
        metered = self._meter.good()
        self._qm.push(minute, metered if one is not None else None)
        self._put("heat_kw", one, now_ns)
        self._put("secondary_kw", two, now_ns)
        mean1, mean2, meter = self._q1.mean, self._q2.mean, self._qm.mean
        covered = self._q1.share >= 0.75
        difference = None if mean1 is None or mean2 is None or not covered else balance_pct(mean1, mean2)
        self._put("balance_pct", difference, now_ns)
        error = None
        if meter is not None and mean1 is not None and covered and self._g1.present and meter > 1.0:
            error = 100.0 * (mean1 - meter) / meter
        self._put("meter_error_pct", error, now_ns)
        area = self._spec.station.area_m2
        self._put("specific_w_m2", None if one is None or area is None else specific_w_m2(one, area), now_ns)
        self._put("water_m3_gj", None if one is None or g1 is None else water_per_heat_m3_gj(g1, one), now_ns)

    def _put_law(
        self,
        t1s: float | None,
        t1r: float | None,
        t2s: float | None,
        t2r: float | None,
        g2: float | None,
        now_ns: int,
    ) -> None:
        """Heat runs downhill: T2s ≤ T1s, T1r ≥ T2r, T2s ≥ T2r while the water moves."""
        if t2s is None or t2r is None or (g2 is not None and g2 < PUMP_M3H):
            why = Quality.OUT_OF_SERVICE if t2s is not None and t2r is not None else Quality.NO_INPUT
            self._put("second_law", None, now_ns, int(why))
            return
        broken = t2s < t2r - SECOND_LAW_K
        broken |= t1s is not None and t2s > t1s + SECOND_LAW_K
        broken |= t1r is not None and t1r < t2r - SECOND_LAW_K
        self._put("second_law", float(broken), now_ns)

    def _put_exchanger(
        self,
        one: float | None,
        t1s: float | None,
        t1r: float | None,
        t2s: float | None,
        t2r: float | None,
        g1: float | None,
        g2: float | None,
        now_ns: int,
    ) -> None:
        ua = share = None
        if one is not None and t1s is not None and t1r is not None and t2s is not None and t2r is not None:
            ua = ua_kw_k(one, t1s, t2s, t1r, t2r)
            self._put("approach_k", t1r - t2r, now_ns)
        else:
            self._put("approach_k", None, now_ns)
        design = self._settings.exchanger
        if ua is not None and design is not None and g1 is not None and g2 is not None:
            flows = (design.primary_flow_m3h, design.secondary_flow_m3h, g1, g2)
            clean = clean_ua_kw_k(design.ua_kw_k, *flows)
            if clean is not None and g1 >= LOAD_SHARE * design.primary_flow_m3h:
                share = 100.0 * ua / clean
                if self._minute % 10 == 0 and 0.0 < share < 500.0:
                    self._shares.append(round(share, 2))
        self._put("ua_kw_k", ua, now_ns)
        self._put("ua_share_pct", self._medians[-1] if self._medians else share, now_ns)
        fouled = len(self._medians) == FOULING_DAYS and max(self._medians) < self._settings.fouling_pct
        self._put("fouled", float(fouled) if design is not None else None, now_ns)

    def _put_days(self, one: float | None, now_ns: int) -> None:
        outdoor = self._outdoor.good()
        if one is not None and outdoor is not None:
            self._day_sums = [self._day_sums[0] + outdoor, self._day_sums[1] + one, self._day_sums[2] + 1.0]
        if one is not None and one > 0.0:
            self._season_gj += one * GJ_PER_KW_MIN
        self._put("season_gj", self._season_gj, now_ns)
        self._put("season_degree_days", self._season_hdd, now_ns)
        found = self._signature
        self._put("signature_kw_k", None if found is None else found.h_kw_k, now_ns)
        self._put("balance_point_c", None if found is None else found.balance_c, now_ns)
        self._put("day_residual_sigma", self._residual, now_ns)

    def _turn_day(self, now_ns: int) -> None:
        day = self._clock.day(now_ns - MINUTE_NS)
        if day == self._day:
            return
        outdoor, heat, minutes = self._day_sums
        if self._day >= 0 and minutes >= DAY_MIN:
            self._close_day(outdoor / minutes, heat / minutes)
        if self._shares:
            self._medians.append(median(self._shares))
        season = self._spec.station.season
        if season is not None and 0.0 <= now_ns / 1e9 - season.start.timestamp() < 86_400.0:
            self._season_gj = self._season_hdd = 0.0
        self._day, self._day_sums, self._shares = day, [0.0, 0.0, 0.0], []

    def _close_day(self, outdoor_c: float, mean_kw: float) -> None:
        self._season_hdd += max(0.0, BASE_C - outdoor_c)
        found = self._signature
        self._residual = None
        if found is not None and found.sigma_kw > 0.0:
            self._residual = (mean_kw - found.expected_kw(outdoor_c)) / found.sigma_kw
        self._days.append((round(outdoor_c, 3), round(mean_kw, 2)))
        self._signature = energy_signature(self._days)

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint, below 5 kB."""
        return {
            "means": [mean.dump() for mean in (self._q1, self._q2, self._qm)],
            "day": [self._minute, self._day, *self._day_sums],
            "shares": self._shares,
            "medians": list(self._medians),
            "days": [list(day) for day in self._days],
            "residual": self._residual,
            "season": [self._season_gj, self._season_hdd],
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a dumped state over."""
        if "means" not in state:
            return ()
        for mean, kept in zip((self._q1, self._q2, self._qm), state["means"], strict=True):
            mean.load(kept)
        self._minute, self._day, *self._day_sums = state["day"]
        self._shares = list(state["shares"])
        self._medians = deque(state["medians"], maxlen=FOULING_DAYS)
        self._days = deque(((t, q) for t, q in state["days"]), maxlen=DAYS_KEPT)
        self._signature = energy_signature(self._days)
        self._residual = state["residual"]
        self._season_gj, self._season_hdd = state["season"]
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())


def _heat(flow: float | None, supply: float | None, back: float | None, at: Any) -> float | None:
    if flow is None or supply is None or back is None:
        return None
    return heat_kw(flow, supply, back, at)
