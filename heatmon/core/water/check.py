"""The water loss check: raw and compensated loss in every base, the ladder, bursts, accounts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from heatmon.core.calculator import TICK_NS, Calculator
from heatmon.core.input import JsonScalar
from heatmon.core.limits import pressure_ladder
from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.quantity import decimal
from heatmon.core.reading import Permits, Reading
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec, Water
from heatmon.core.water.balance import Balance
from heatmon.core.water.burst import PumpRun, burst_limit_m3h, is_burst
from heatmon.core.water.circulation import FlowSource
from heatmon.core.water.definitions import design_circulation_kg_m2h, losses, season_figures
from heatmon.core.water.flow import FlowFinder
from heatmon.core.water.hours import HourOfWater
from heatmon.core.water.ladder import Ladder
from heatmon.core.water.minutes import Window
from heatmon.core.water.pulses import PumpCycles
from heatmon.core.water.raw import RawBook
from heatmon.core.water.signature import hole_mm

ESTIMATED_SHARE: Final = 0.1
"""A window is marked estimated when more of its covered time than this had no measured circulation."""
WINDOWS_MIN: Final = (10, 60, 1440)
HOUR_MIN: Final = 60
MINUTE_NS: Final = 60_000_000_000
FILL_MIN: Final = 360
FILL_SHARE: Final = 0.05
FILL_BELOW_C: Final = 30.0
CHART_H: Final = 48

OUTPUTS: Final = (
    SignalInfo("water.makeup_10min_m3h", "m3/h", 2),
    SignalInfo("water.loss_1h_pct", "%", 2),
    SignalInfo("water.loss_24h_pct", "%", 2),
    SignalInfo("water.filled_m3", "m3", 2),
    SignalInfo("water.loss_comp_1h_pct", "%", 2),
    SignalInfo("water.loss_comp_24h_pct", "%", 2),
    SignalInfo("water.loss_comp_7d_pct", "%", 2),
    SignalInfo("water.loss_comp_m3h", "m3/h", 2),
    SignalInfo("water.loss_24h_volume_pct", "%", 2),
    SignalInfo("water.loss_24h_kg_m2h", "1", 4),
    SignalInfo("water.makeup_ratio_pct", "%", 3),
    SignalInfo("water.season_l_m2", "1", 1),
    SignalInfo("water.season_renewals", "1", 2),
    SignalInfo("water.baseline_m3h", "m3/h", 3),
    SignalInfo("water.advisory", "1", 0),
    SignalInfo("water.cusum", "1", 1),
    SignalInfo("water.drift", "1", 0),
    SignalInfo("water.leak_m3h", "m3/h", 2),
    SignalInfo("water.leak_hours", "1", 0),
    SignalInfo("water.negative", "1", 0),
    SignalInfo("water.night_m3h", "m3/h", 3),
    SignalInfo("water.draw_m3h", "m3/h", 3),
    SignalInfo("water.signature", "1", 0),
    SignalInfo("water.pump_starts", "1", 0),
    SignalInfo("water.pump_duty_pct", "%", 1),
    SignalInfo("water.pump_overworked", "1", 0),
    SignalInfo("water.no_makeup", "1", 0),
    SignalInfo("water.fill_suspected", "1", 0),
    SignalInfo("water.circulation_m3h", "m3/h", 1),
    SignalInfo("water.circulation_source", "1", 0),
    SignalInfo("water.stiffness_l_kpa", "1", 2),
    SignalInfo("water.volume_identified_m3", "m3", 1),
)
BURST: Final = SignalInfo("water.burst", "1", 0)
NUMBER: Final = {info.id.removeprefix("water."): k for k, info in enumerate((*OUTPUTS, BURST))}
EVIDENT: Final = frozenset(
    f"water.{name}"
    for name in (
        "loss_1h_pct", "loss_24h_pct", "loss_comp_1h_pct", "loss_comp_24h_pct", "advisory", "drift",
        "negative", "cusum", "leak_m3h", "no_makeup",
    )
)  # fmt: skip
"""Alarms on these carry what is known of the loss, and its chart."""


class WaterCheck:
    """Loss in percent of `base`: ``circulation`` (of circulated volume) or ``volume`` (of content an h)."""

    name = "water"

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        self._settings, self._spec = settings, spec
        self.base = settings.base
        self.inputs = () if settings.makeup_running is None else (settings.makeup_running,)
        self._raw = RawBook(spec, settings)
        self._flow = FlowFinder(spec, settings)
        self._balance = Balance(spec, settings)
        self._ladder = Ladder(spec, settings)
        self._pump, self._cycles = PumpRun(), PumpCycles()
        self._permits = Permits()
        comp, curve, pressure = settings.compensation, spec.curve, spec.pressure
        self._supply = Reading(spec, comp.supply or (curve.supply if curve else None))
        self._back = Reading(spec, comp.return_ or (curve.return_ if curve else None))
        self._makeup_c = Reading(spec, comp.makeup_temperature)
        self._pressure = Reading(spec, pressure.return_ if pressure else None, "pressure", "MPa")
        self._running = Reading(spec, settings.makeup_running, "none", "1")
        self._relief = Reading(spec, settings.relief, "none", "1")
        self._low_mpa = pressure_ladder(pressure)["pressure.L"] if pressure else math.nan
        self.outputs = (*OUTPUTS, BURST) if pressure else OUTPUTS
        self._g_d = design_circulation_kg_m2h(settings.design_load_w_m2, settings.design_difference_k)
        nothing = (math.nan, int(Quality.NO_INPUT))
        self._shown: list[tuple[float, int]] = [nothing] * len(OUTPUTS)
        self._mode = ""
        self._notes: list[tuple[str, Mapping[str, JsonScalar]]] = []
        self._hour = -1
        self._published = False
        self._comp: tuple[float, Window] | None = None

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        index = signals.index
        self._signals = signals
        self._makeup = index[self._settings.makeup_totaliser]
        for reading in (
            self._supply,
            self._back,
            self._makeup_c,
            self._pressure,
            self._running,
            self._relief,
        ):
            reading.bind(signals)
        self._flow.bind(signals)
        self._permits.bind(signals)
        self._out = tuple(index[info.id] for info in self.outputs)
        if len(self.outputs) > len(OUTPUTS):
            self._slopes = (index["pressure.slope_kpa_min"], index["pressure.slope_1min_kpa_min"])
            self._p = index[str(self._pressure.tag)]

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """A sample of the makeup pump's run feedback."""
        self._pump.feed(value, quality, now_ns)
        self._cycles.feed(value, quality, now_ns)

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """Accounts that were closed with their permit."""
        notes, self._notes = self._notes, []
        return notes

    # -- the tick ------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """Publish."""
        tick = now_ns // TICK_NS
        mode = self._permits.active()
        if mode != self._mode:
            self._change_mode(mode)
        supply, back, p = self._supply.good(), self._back.good(), self._pressure.good()
        flow, source, actual = self._flow.find(supply, back)
        if mode:
            self._pump.restart(now_ns)
        fresh = self._raw.tick(tick, flow, source is not FlowSource.METER, bool(mode))
        late = self._read(tick, flow)
        self._balance.tick(supply, back, p, actual, self._makeup_c.good())
        running = self._running.good()
        kpa = None if p is None else p * 1000.0
        self._balance.stiffness.update(None if running is None else running > 0.5, self._raw.last_m3, kpa)
        if fresh:
            self._close_minute((tick - 1) // 6 - 1, now_ns)
        if fresh or late or not self._published:
            for k, minutes in enumerate(WINDOWS_MIN):
                self._shown[k] = self._judge(k, minutes)
            self._set("filled_m3", self._raw.accounts.get("fill", 0.0))
            estimated = int(Quality.ESTIMATED)
            self._set("circulation_m3h", flow, GOOD if source is FlowSource.METER else estimated)
            self._set("circulation_source", float(source))
            self._publish(now_ns)
        if len(self._out) > len(OUTPUTS):
            self._put_burst(flow, bool(mode), now_ns)

    def _publish(self, now_ns: int) -> None:
        """What moves by the minute is written by the minute."""
        put, out = self._signals.put, self._out
        for k, (value, quality) in enumerate(self._shown):
            put(out[k], value, quality, now_ns)
        self._published = True

    def _read(self, tick: int, flow: float) -> bool:
        signals, i = self._signals, self._makeup
        if signals.qualities[i] >= FIRST_UNCERTAIN:
            return False
        return self._raw.read(tick, signals.values[i], signals.times_ns[i], flow, self._mode)

    def _change_mode(self, mode: str) -> None:
        if self._mode:
            booked = self._raw.accounts.get(self._mode, 0.0)
            self._notes.append(("water.account", {"mode": self._mode, "volume_m3": decimal(booked, 3)}))
        self._mode = mode

    def _set(self, name: str, value: float | None, quality: int = GOOD) -> None:
        if value is None:
            self._shown[NUMBER[name]] = (math.nan, int(Quality.NO_INPUT) if quality < FIRST_BAD else quality)
        else:
            self._shown[NUMBER[name]] = (value, quality)

    # -- raw windows ---------------------------------------------------------------------------

    def _judge(self, which: int, minutes: int) -> tuple[float, int]:
        window = self._raw.minutes.window(minutes)
        if window.covered == 0:
            return math.nan, int(Quality.OUT_OF_SERVICE if window.excluded else Quality.NO_INPUT)
        rate = window.makeup_m3 / window.hours
        value = rate if which == 0 else self._loss_pct(window, window.makeup_m3)
        if which == 2:
            self._put_bases(rate, window)
        if not math.isfinite(value):
            return math.nan, int(Quality.NO_INPUT)
        return value, self._quality(which > 0, window)

    def _loss_pct(self, window: Window, volume_m3: float) -> float:
        if self.base == "volume":
            return 100.0 * volume_m3 / window.hours / self._settings.system_volume_m3
        return 100.0 * volume_m3 / window.base_m3 if window.base_m3 > 0.0 else math.nan

    def _quality(self, of_base: bool, window: Window) -> int:
        expected = window.expected - window.excluded
        if window.covered * 100.0 < self._settings.coverage_pct * expected:
            return int(Quality.INCOMPLETE)
        estimated = window.estimated > ESTIMATED_SHARE * window.covered
        if of_base and self.base == "circulation" and estimated:
            return int(Quality.ESTIMATED)
        return GOOD

    def _put_bases(self, rate_m3h: float, window: Window) -> None:
        """L2 to L5 beside the share of circulation."""
        settings, station = self._settings, self._spec.station
        quality = self._quality(False, window)
        found = losses(
            rate_m3h,
            circulation_m3h=window.base_m3 / window.hours,
            volume_m3=settings.system_volume_m3,
            area_m2=station.area_m2,
            design_circulation_kg_m2h=self._g_d,
        )
        self._set("loss_24h_volume_pct", found.volume_pct_h, quality)
        self._set("loss_24h_kg_m2h", found.area_kg_m2h, quality)
        self._set("makeup_ratio_pct", found.ratio_pct, quality)
        by_area, renewals = season_figures(self._raw.total_m3, station.area_m2, settings.system_volume_m3)
        self._set("season_l_m2", by_area)
        self._set("season_renewals", renewals)

    # -- each minute and hour ------------------------------------------------------------------

    def _close_minute(self, minute: int, now_ns: int) -> None:
        """Minute number `minute` is complete."""
        balance, minutes = self._balance, self._raw.minutes
        balance.close(minute)
        self._comp = balance.loss_m3(minutes)
        self._put_compensated()
        recent = minutes.window(15)
        relief = (self._relief.good() or 0.0) > 0.5
        self._ladder.minute(balance.rising_kpa_min, recent.makeup_m3, relief, now_ns)
        self._cycles.tick(now_ns)
        hour = (minute + 1) // HOUR_MIN - 1
        if (minute + 1) % HOUR_MIN == 0 or (self._hour >= 0 and hour > self._hour):
            self._close_hour(hour, now_ns)
        self._put_ladder()

    def _close_hour(self, hour: int, now_ns: int) -> None:
        self._hour = hour
        self._start_of_season(now_ns)
        filling = self._is_filling()
        value, undisturbed = None, not filling
        window = self._raw.minutes.window(HOUR_MIN, self._balance.mass.lag)
        if window.covered * 100.0 >= self._settings.coverage_pct * window.expected:
            loss = None
            if self._comp is not None:
                loss = self._comp[0] / window.hours
                self._learn_content(window)
            value = HourOfWater(window.makeup_m3 / window.hours, loss, window.base_m3 / window.hours)
        undisturbed = undisturbed and window.excluded == 0
        self._ladder.hour(hour, value, undisturbed, self._cycles.starts_per_h, now_ns)
        self._set("fill_suspected", float(filling))

    def _start_of_season(self, now_ns: int) -> None:
        season = self._spec.station.season
        if season is not None and 0.0 <= now_ns / 1e9 - season.start.timestamp() < 3600.0:
            self._raw.total_m3 = 0.0

    def _is_filling(self) -> bool:
        """A filling without a permit: more than 5 % of the content in 6 h, cold and with rising pressure."""
        supply, rising = self._supply.good(), self._balance.rising_kpa_min
        volume = self._raw.minutes.window(FILL_MIN).makeup_m3
        much = volume > FILL_SHARE * self._settings.system_volume_m3
        return much and supply is not None and supply < FILL_BELOW_C and (rising is None or rising >= 0.0)

    def _learn_content(self, window: Window) -> None:
        """What went in over the hour against what the content as set would have asked for."""
        change = self._balance.content_change_kg(self._raw.minutes)
        if change is not None and not self._ladder.leak.active:
            content, vessel = change
            entered = window.makeup_m3 * self._balance.makeup_density_kg_m3 - vessel
            self._balance.content.update(content, entered)

    def _put_compensated(self) -> None:
        comp = self._comp
        if comp is None or comp[1].covered == 0:
            self._set("loss_comp_1h_pct", None)
            self._set("loss_comp_m3h", None)
            return
        loss, window = comp
        quality = self._quality(True, window)
        pct = self._loss_pct(window, loss)
        self._set("loss_comp_1h_pct", pct if math.isfinite(pct) else None, quality)
        self._set("loss_comp_m3h", loss / window.hours, self._quality(False, window))

    def _put_ladder(self) -> None:
        ladder, verdict, set_ = self._ladder, self._ladder.verdict, self._set
        detection = self._settings.detection
        set_("loss_comp_24h_pct", verdict.loss_24h_pct)
        set_("loss_comp_7d_pct", verdict.loss_7d_pct)
        set_("baseline_m3h", verdict.baseline_m3h)
        set_("advisory", float(verdict.advisory))
        set_("cusum", ladder.leak.s)
        set_("drift", float(ladder.leak.active))
        set_("leak_m3h", ladder.leak.size_m3h if ladder.leak.active else 0.0)
        set_("leak_hours", float(ladder.leak.hours if ladder.leak.active else 0))
        set_("negative", float(verdict.negative))
        set_("night_m3h", verdict.night_m3h)
        set_("draw_m3h", verdict.draw_m3h)
        set_("signature", float(verdict.signature))
        starts, duty = self._cycles.starts_per_h, self._cycles.duty_pct
        set_("pump_starts", starts)
        set_("pump_duty_pct", duty)
        busy = (starts or 0.0) > detection.starts_per_h or (duty or 0.0) > detection.duty_pct
        set_("pump_overworked", float(busy))
        set_("no_makeup", float(verdict.no_makeup))
        set_("stiffness_l_kpa", self._balance.stiffness.l_kpa)
        ratio = self._balance.content.ratio
        set_("volume_identified_m3", None if ratio is None else ratio[0] * self._settings.system_volume_m3)

    def _put_burst(self, flow: float, permitted: bool, now_ns: int) -> None:
        signals, out = self._signals, self._out[NUMBER["burst"]]
        slope, minute_slope = (self._known(i, FIRST_UNCERTAIN) for i in self._slopes)
        p = self._known(self._p, FIRST_BAD)
        below = p is not None and (self._pressure.good() or p) < self._low_mpa
        makeup, quality = self._shown[0]
        limit = burst_limit_m3h(flow, self._settings.makeup_capacity_m3h)
        running = 0 if permitted else self._pump.running_ns(now_ns)
        known = None if quality >= FIRST_BAD else makeup
        burst = is_burst(slope, minute_slope, below, known, limit, running)
        if burst is None:
            signals.put(out, math.nan, Quality.NO_INPUT, now_ns)
        else:
            signals.put(out, 1.0 if burst else 0.0, GOOD, now_ns)

    def _known(self, signal: int, below: int) -> float | None:
        value = self._signals.values[signal]
        return value if self._signals.qualities[signal] < below and math.isfinite(value) else None

    # -- evidence and state --------------------------------------------------------------------

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """What is known of a loss when an alarm on one of our signals is raised, with its hourly chart."""
        if signal not in EVIDENT:
            return {}
        ladder, verdict = self._ladder, self._ladder.verdict
        size = ladder.leak.size_m3h
        p = self._pressure.good()
        hole = None if size is None or p is None else hole_mm(size, p)
        chart = ladder.hours.losses_m3h(CHART_H)
        return {
            "leak_m3h": None if size is None else decimal(size, 2),
            "leak_hours": ladder.leak.hours,
            "hole_mm": None if hole is None else decimal(hole, 1),
            "baseline_m3h": None if verdict.baseline_m3h is None else decimal(verdict.baseline_m3h, 3),
            "signature": verdict.signature.name.lower(),
            "hourly_m3h": " ".join("-" if x is None else decimal(x, 2) for x in chart),
        }

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint, about 35 kB."""
        return {
            "raw": self._raw.dump(),
            "balance": self._balance.dump(),
            "ladder": self._ladder.dump(),
            "pump": self._pump.dump(),
            "cycles": self._cycles.dump(),
            "mode": self._mode,
            "hour": self._hour,
            "published": self._published,
            "shown": [[None if math.isnan(value) else value, quality] for value, quality in self._shown],
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a state over; the windows only if the totaliser still means the same."""
        if "raw" not in state:
            return ()
        self._pump.load(state["pump"])
        self._cycles.load(state["cycles"])
        self._mode = state["mode"]
        if not self._raw.load(state["raw"]):
            return ("water.windows",)
        self._balance.load(state["balance"])
        self._ladder.load(state["ladder"])
        self._hour = state["hour"]
        if len(state["shown"]) == len(self._shown):
            shown = [(math.nan if value is None else value, quality) for value, quality in state["shown"]]
            self._shown, self._published = shown, state["published"]
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())
