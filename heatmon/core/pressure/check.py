"""Pressure: how fast it falls, how far it is from running empty, and whether the safety valve lifted."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from heatmon.core.calculator import Calculator
from heatmon.core.input import JsonScalar
from heatmon.core.limits import empty_pressure_mpa
from heatmon.core.pressure.dynamics import PumpTrip
from heatmon.core.pressure.watch import Regime
from heatmon.core.quality import FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import Pressure, StationSpec
from heatmon.core.tags import factor_to, fingerprint, period_s

SECOND: Final = 1_000_000_000
SLOPE_S: Final = 10.0
SLOPE_SAMPLES: Final = 5
MINUTE_TICKS: Final = 6
MINUTE_NS: Final = 60 * SECOND
SWITCHED_NS: Final = 30 * SECOND
"""After a circulation pump starts or stops the pressure finds its new level: no slope is judged."""
SHOWN_NS: Final = 60 * SECOND
"""A lift is shown for a minute, so that an alarm without delay catches it."""


def slope_kpa_min(samples: Iterable[tuple[int, float]]) -> float | None:
    """Slope of (time in ns, kPa) by least squares; None with too few samples or all at one time."""
    points = list(samples)
    n = len(points)
    if n < SLOPE_SAMPLES:
        return None
    # Sums relative to the first sample: one pass, and no digits lost to the size of a time stamp.
    start, first = points[0]
    sum_t = sum_p = sum_tt = sum_tp = 0.0
    for time_ns, kpa in points:
        t, p = (time_ns - start) * 1e-9, kpa - first
        sum_t += t
        sum_p += p
        sum_tt += t * t
        sum_tp += t * p
    spread = n * sum_tt - sum_t * sum_t
    return 60.0 * (n * sum_tp - sum_t * sum_p) / spread if spread > 0.0 else None


class ValveWatch:
    """Lifts of a safety valve: p ≥ 0.97 p_set, or a drop of 5 % in 10 s after a peak ≥ 0.9 p_set.

    Without the guard of the peak every pump trip would count. One excursion counts once: the next
    can begin 10 s later, when the pressure has been down to 0.95 p_set.
    """

    __slots__ = ("_armed", "_peak", "_peak_ns", "_set", "last_ns", "lifts")

    def __init__(self, set_mpa: float) -> None:
        self._set = set_mpa
        self._armed = True
        self._peak = -math.inf
        self._peak_ns = 0
        self.lifts = 0
        self.last_ns: int | None = None

    def feed(self, p_mpa: float, now_ns: int) -> None:
        """Take a good sample in."""
        if p_mpa >= self._peak or now_ns - self._peak_ns > 10 * SECOND:
            self._peak, self._peak_ns = p_mpa, now_ns
        if not self._armed:
            since = now_ns - (self.last_ns or 0)
            if p_mpa > 0.95 * self._set or since < 10 * SECOND:
                return
            self._armed = True
            self._peak, self._peak_ns = p_mpa, now_ns
        peaked = self._peak >= 0.9 * self._set and p_mpa < 0.95 * self._peak
        if peaked or p_mpa >= 0.97 * self._set:
            self.lifts += 1
            self.last_ns = now_ns
            self._armed = False

    def dump(self) -> list[Any]:
        """State as JSON."""
        peak = None if self._peak == -math.inf else self._peak
        return [self.lifts, self.last_ns, self._armed, peak, self._peak_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self.lifts, self.last_ns, self._armed, peak, self._peak_ns = state
        self._peak = -math.inf if peak is None else peak


class PressureCheck:
    """Slope, margin above running empty, and lifts of the safety valve.

    The slope is taken over 10 s, or over four poll periods where that is longer, so that five
    samples fit; for 30 s after a circulation pump has started or stopped there is none. The valve is
    watched at the supply tag, without one at the return tag.
    """

    name = "pressure"
    outputs = (
        SignalInfo("pressure.slope_kpa_min", "kPa/min", 1),
        SignalInfo("pressure.slope_1min_kpa_min", "kPa/min", 1),
        SignalInfo("pressure.p_empty_mpa", "MPa", 3),
        SignalInfo("pressure.empty_margin_mpa", "MPa", 3),
        SignalInfo("pressure.valve_lifts", "1", 0),
        SignalInfo("pressure.valve_lift", "1", 0),
        SignalInfo("pressure.vapour_margin_k", "K", 1),
        SignalInfo("pressure.upper_margin_mpa", "MPa", 3),
        SignalInfo("pressure.pump_share_pct", "%", 0),
        SignalInfo("pressure.strainer_mpa", "MPa", 3),
        SignalInfo("pressure.strainer_ratio", "1", 2),
        SignalInfo("pressure.cycles_h", "1", 0),
        SignalInfo("pressure.pump_trip", "1", 0),
    )

    def __init__(self, spec: StationSpec, settings: Pressure) -> None:
        valve_tag = settings.supply or settings.return_
        self._return, self._valve_tag = settings.return_, valve_tag
        self._pump_tags = () if spec.curve is None else spec.curve.pumps
        self.inputs = tuple(dict.fromkeys((settings.return_, valve_tag, *self._pump_tags)))
        self._basis = fingerprint(spec, settings.return_)
        self._to_mpa = factor_to(spec, settings.return_, "pressure", "MPa")
        self._valve_to_mpa = factor_to(spec, valve_tag, "pressure", "MPa")
        self._window_ns = int(max(SLOPE_S, 4.0 * period_s(spec, settings.return_)) * SECOND)
        self._empty_mpa = empty_pressure_mpa(settings)
        self._regime = Regime(spec, settings)
        self._trip = PumpTrip()
        self._minute = -1
        self._valve = ValveWatch(settings.safety_valve.set_mpa)
        self._running: dict[str, bool] = {}
        self._switched_ns: int | None = None
        self._samples: deque[tuple[int, float]] = deque(maxlen=1000)
        self._means: deque[tuple[int, float]] = deque(maxlen=MINUTE_TICKS + 1)

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        self._table = signals
        self._p = signals.index[self._return]
        self._v = signals.index[self._valve_tag]
        self._pumps = {signals.index[tag]: tag for tag in self._pump_tags}
        self._out = tuple(signals.index[info.id] for info in self.outputs)
        self._regime.bind(signals)

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """A sample of the return or the supply pressure, or of a pump's run feedback."""
        if quality >= FIRST_UNCERTAIN or not -1e9 < value < 1e9:
            return
        if signal == self._p:
            self._samples.append((now_ns, value * self._to_mpa * 1000.0))
            self._regime.feed(value * self._to_mpa, now_ns)
            if self._v != self._p:
                self._head(now_ns)
        if signal == self._v:
            self._valve.feed(value * self._valve_to_mpa, now_ns)
        elif signal in self._pumps:
            tag, running = self._pumps[signal], value > 0.5
            if self._running.get(tag, running) is not running:
                self._switched_ns = now_ns
            self._running[tag] = running
            self._trip.feedback(any(self._running.values()), now_ns)

    def _head(self, now_ns: int) -> None:
        """Supply minus return of the same scan: its collapse is a pump trip."""
        table = self._table
        if table.qualities[self._v] < FIRST_UNCERTAIN and math.isfinite(table.values[self._v]):
            high, low = table.values[self._v] * self._valve_to_mpa, table.values[self._p] * self._to_mpa
            self._trip.head(high - low, now_ns)

    def tick(self, now_ns: int) -> None:
        """Publish."""
        put, out, samples = self._table.put, self._out, self._samples
        first = now_ns - self._window_ns
        while samples and samples[0][0] < first:
            samples.popleft()
        minute_slope = self._minute_slope(now_ns)
        if self._switched_ns is not None and now_ns - self._switched_ns <= SWITCHED_NS:
            put(out[0], math.nan, Quality.OUT_OF_SERVICE, now_ns)
            put(out[1], math.nan, Quality.OUT_OF_SERVICE, now_ns)
        else:
            self._put(out[0], slope_kpa_min(samples), now_ns)
            self._put(out[1], minute_slope, now_ns)
        put(out[2], self._empty_mpa, GOOD, now_ns)
        value, quality = self._table.values[self._p], self._table.qualities[self._p]
        if quality < FIRST_UNCERTAIN and math.isfinite(value):
            put(out[3], value * self._to_mpa - self._empty_mpa, GOOD, now_ns)
        else:
            put(out[3], math.nan, Quality.NO_INPUT, now_ns)
        put(out[4], float(self._valve.lifts), GOOD, now_ns)
        last = self._valve.last_ns
        put(out[5], 1.0 if last is not None and now_ns - last <= SHOWN_NS else 0.0, GOOD, now_ns)
        put(out[-1], 1.0 if self._trip.standing(now_ns) else 0.0, GOOD, now_ns)
        if (minute := now_ns // MINUTE_NS) != self._minute:
            self._minute = minute
            for signal, found in zip(out[6:], self._regime.minute(now_ns), strict=False):
                self._put(signal, found, now_ns)

    def _put(self, signal: int, value: float | None, now_ns: int) -> None:
        if value is None:
            self._table.put(signal, math.nan, Quality.NO_INPUT, now_ns)
        else:
            self._table.put(signal, value, GOOD, now_ns)

    def _minute_slope(self, now_ns: int) -> float | None:
        """Mean of the slope's window now against the one a minute ago: sensor noise averages out."""
        if not self._samples:
            return None
        self._means.append((now_ns, sum([p for _, p in self._samples]) / len(self._samples)))
        then, before = self._means[0]
        now, after = self._means[-1]
        elapsed = now - then
        if not 50 * SECOND <= elapsed <= 120 * SECOND:
            return None
        return (after - before) * 60.0 * SECOND / elapsed

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """Nothing to tell the journal."""
        return ()

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """What was seen first of a pump trip or power failure."""
        return {"first": self._trip.first} if signal == "pressure.pump_trip" else {}

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint."""
        return {
            "basis": self._basis,
            "samples": [list(sample) for sample in self._samples],
            "means": [list(mean) for mean in self._means],
            "valve": self._valve.dump(),
            "running": dict(self._running),
            "switched": self._switched_ns,
            "minute": self._minute,
            "regime": self._regime.dump(),
            "trip": self._trip.dump(),
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a state over; the samples only if the tag still means the same."""
        if "valve" in state:
            self._valve.load(state["valve"])
            self._running, self._switched_ns = dict(state.get("running", {})), state.get("switched")
        if "regime" in state:
            self._regime.load(state["regime"])
            self._minute = state["minute"]
            self._trip.load(state["trip"])
        if state.get("basis", self._basis) != self._basis:
            return ("pressure.slope",)
        self._samples.extend((int(t), float(p)) for t, p in state.get("samples", ()))
        self._means.extend((int(t), float(p)) for t, p in state.get("means", ()))
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())
