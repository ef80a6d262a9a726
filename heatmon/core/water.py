"""The water loss check: makeup by totaliser over 10 min, 1 h and 24 h against its base, and bursts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from heatmon.core.burst import PumpRun, burst_limit_m3h, is_burst
from heatmon.core.calculator import TICK_NS, Calculator
from heatmon.core.circulation import circulation_m3h
from heatmon.core.input import JsonScalar
from heatmon.core.limits import pressure_ladder
from heatmon.core.minutes import MINUTES, TICKS_A_MINUTE, Minutes, Window
from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec, Water
from heatmon.core.tags import factor_to, fingerprint
from heatmon.core.totaliser import Jump, Totaliser

TICK_S: Final = TICK_NS / 1e9
TICK_H: Final = TICK_S / 3600.0
LONGEST_TICKS: Final = MINUTES * TICKS_A_MINUTE
ESTIMATED_SHARE: Final = 0.1
"""A window is marked estimated when more of its covered time than this had no measured circulation."""
WINDOWS_MIN: Final = (10, 60, 1440)
PERMIT: Final = "permit.fill"


class WaterCheck:
    """Loss in percent of `base`: ``circulation`` (of circulated volume) or ``volume`` (of content an h)."""

    name = "water"

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        self._settings = settings
        self.base = settings.base
        self.inputs = () if settings.makeup_running is None else (settings.makeup_running,)
        tag = spec.tag(settings.makeup_totaliser)
        rollover = None if tag.rollover is None else tag.rollover.to("m3")
        pulse = tag.totaliser.pulse.to("m3") if tag.totaliser and tag.totaliser.pulse else 0.0
        largest = max(2.0 * (settings.makeup_capacity_m3h or 0.0), settings.design_circulation_m3h)
        self._basis = fingerprint(spec, tag.id)
        self._to_m3 = factor_to(spec, tag.id, "volume", "m3")
        self._to_m3h = 1.0
        if settings.circulation is not None:
            self._to_m3h = factor_to(spec, settings.circulation, "flow", "m3/h")
        self._totaliser = Totaliser(rollover, largest, pulse)
        self._minutes = Minutes()
        self._pump = PumpRun()
        self._low_mpa = math.nan
        self._pressure_tag: str | None = None
        outputs = [
            SignalInfo("water.makeup_10min_m3h", "m3/h", 2),
            SignalInfo("water.loss_1h_pct", "%", 2),
            SignalInfo("water.loss_24h_pct", "%", 2),
            SignalInfo("water.filled_m3", "m3", 2),
        ]
        if spec.pressure is not None:
            self._low_mpa = pressure_ladder(spec.pressure)["pressure.L"]
            self._pressure_tag = spec.pressure.return_
            self._pressure_to_mpa = factor_to(spec, spec.pressure.return_, "pressure", "MPa")
            outputs.append(SignalInfo("water.burst", "1", 0))
        self.outputs = tuple(outputs)
        self._filled_m3 = 0.0
        self._read_ns: int | None = None
        self._booked_tick: int | None = None
        self._pending_m3 = 0.0
        self._pending = [0, 0, 0]
        self._shown: list[tuple[float, int]] = [(math.nan, int(Quality.NO_INPUT))] * len(WINDOWS_MIN)

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        settings, index = self._settings, signals.index
        self._signals = signals
        self._makeup = index[settings.makeup_totaliser]
        self._circulation = None if settings.circulation is None else index[settings.circulation]
        self._permit = index.get(PERMIT)
        self._out = tuple(index[info.id] for info in self.outputs)
        if self._pressure_tag is not None:
            self._p = index[self._pressure_tag]
            self._slopes = (index["pressure.slope_kpa_min"], index["pressure.slope_1min_kpa_min"])

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """A sample of the makeup pump's run feedback."""
        self._pump.feed(value, quality, now_ns)

    def tick(self, now_ns: int) -> None:
        """Publish."""
        tick = now_ns // TICK_NS
        permitted = self._permit is not None and self._signals.values[self._permit] > 0.5
        flow, estimated = self._flow()
        self._pending_m3 += flow * TICK_H
        pending = self._pending
        pending[0] += 1
        pending[1] += estimated
        pending[2] += permitted
        if permitted:
            self._pump.restart(now_ns)
        # The interval that ends now belongs to the minute before the full minute.
        fresh = self._minutes.advance((tick - 1) // TICKS_A_MINUTE)
        late = self._read_totaliser(tick, flow)
        if fresh or late:
            self._shown = [self._judge(k, minutes) for k, minutes in enumerate(WINDOWS_MIN)]
        put, out = self._signals.put, self._out
        for k, (value, quality) in enumerate(self._shown):
            put(out[k], value, quality, now_ns)
        put(out[3], self._filled_m3, GOOD, now_ns)
        if self._pressure_tag is not None:
            self._put_burst(flow, permitted, now_ns)

    def _flow(self) -> tuple[float, bool]:
        design = self._settings.design_circulation_m3h
        i = self._circulation
        if i is None:
            return design, True
        return circulation_m3h(self._signals.values[i], self._signals.qualities[i], self._to_m3h, design)

    def _read_totaliser(self, tick: int, flow: float) -> bool:
        """Book what the meter has counted since it was last read. Whether it reached closed minutes."""
        signals, i = self._signals, self._makeup
        reading, read_ns = signals.values[i] * self._to_m3, signals.times_ns[i]
        if signals.qualities[i] >= FIRST_UNCERTAIN or not 0.0 <= reading < 1e12 or read_ns == self._read_ns:
            return False
        ticks = 1 if self._booked_tick is None else tick - self._booked_tick
        if ticks <= 0:
            return False
        volume, jump = self._totaliser.advance(reading, ticks * TICK_S)
        self._read_ns, self._booked_tick = read_ns, tick
        if volume is not None and jump in (Jump.NONE, Jump.ROLLOVER):
            self._book(volume, tick, ticks, flow)
        self._pending_m3, self._pending = 0.0, [0, 0, 0]
        return ticks > 1

    def _book(self, volume_m3: float, tick: int, ticks: int, flow: float) -> None:
        seen, estimated, permitted = self._pending
        unseen = max(0, ticks - seen)
        base_m3 = self._pending_m3 + unseen * flow * TICK_H
        all_estimated = (estimated + unseen) * 2 > ticks
        if permitted:
            self._filled_m3 += volume_m3
        first = tick - ticks + 1
        oldest = max(first, tick - LONGEST_TICKS)
        while oldest <= tick:
            minute = (oldest - 1) // TICKS_A_MINUTE
            last = min(tick, (minute + 1) * TICKS_A_MINUTE)
            n = last - oldest + 1
            if permitted:
                self._minutes.exclude(minute, n)
            else:
                share = n / ticks
                self._minutes.add(minute, volume_m3 * share, base_m3 * share, n, n if all_estimated else 0)
            oldest = last + 1

    def _judge(self, which: int, minutes: int) -> tuple[float, int]:
        window = self._minutes.window(minutes)
        if window.covered == 0:
            return math.nan, int(Quality.OUT_OF_SERVICE if window.excluded else Quality.NO_INPUT)
        rate = window.makeup_m3 / window.hours
        value = rate if which == 0 else self._loss_pct(window, rate)
        return value, self._quality(which, window)

    def _loss_pct(self, window: Window, rate_m3h: float) -> float:
        if self.base == "volume":
            return 100.0 * rate_m3h / self._settings.system_volume_m3
        return 100.0 * window.makeup_m3 / window.base_m3 if window.base_m3 > 0.0 else math.nan

    def _quality(self, which: int, window: Window) -> int:
        expected = window.expected - window.excluded
        if window.covered * 100.0 < self._settings.coverage_pct * expected:
            return int(Quality.INCOMPLETE)
        estimated = window.estimated > ESTIMATED_SHARE * window.covered
        if which > 0 and self.base == "circulation" and estimated:
            return int(Quality.ESTIMATED)
        return GOOD

    def _put_burst(self, flow: float, permitted: bool, now_ns: int) -> None:
        signals = self._signals
        slope, minute_slope = (self._good(i, FIRST_UNCERTAIN) for i in self._slopes)
        p = self._good(self._p, FIRST_BAD)
        below = p is not None and p * self._pressure_to_mpa < self._low_mpa
        makeup, quality = self._shown[0]
        known = None if quality >= FIRST_BAD else makeup
        limit = burst_limit_m3h(flow, self._settings.makeup_capacity_m3h)
        running = 0 if permitted else self._pump.running_ns(now_ns)
        burst = is_burst(slope, minute_slope, below, known, limit, running)
        if burst is None:
            signals.put(self._out[4], math.nan, Quality.NO_INPUT, now_ns)
        else:
            signals.put(self._out[4], 1.0 if burst else 0.0, GOOD, now_ns)

    def _good(self, signal: int, below: int) -> float | None:
        value = self._signals.values[signal]
        return value if self._signals.qualities[signal] < below and math.isfinite(value) else None

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """Nothing to tell the journal."""
        return ()

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint, below 16 kB."""
        return {
            "basis": self._basis,
            "minutes": self._minutes.dump(),
            "last": [self._totaliser.last_m3, self._read_ns, self._booked_tick],
            "pending": [self._pending_m3, *self._pending],
            "pump": self._pump.dump(),
            "filled": self._filled_m3,
            "shown": [[None if math.isnan(value) else value, quality] for value, quality in self._shown],
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a state over; the windows only if the totaliser still means the same."""
        if "basis" not in state:
            return ()
        self._pump.load(state["pump"])
        self._filled_m3 = state["filled"]
        if state["basis"] != self._basis:
            return ("water.windows",)
        self._minutes.load(state["minutes"])
        self._totaliser.last_m3, self._read_ns, self._booked_tick = state["last"]
        self._pending_m3, *self._pending = state["pending"]
        self._shown = [(math.nan if value is None else value, quality) for value, quality in state["shown"]]
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())
