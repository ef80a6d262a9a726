"""The makeup pump's pulses: starts and duty, and what each says about the stiffness of the system."""

from __future__ import annotations

import math
from collections import deque
from statistics import median
from typing import Any, Final

from heatmon.core.filters import SECOND
from heatmon.core.quality import FIRST_UNCERTAIN

HOUR_NS: Final = 3600 * SECOND
KEPT_H: Final = 24
PULSES: Final = 12
LEAST_RISE_KPA: Final = 5.0
LEAST_PULSES: Final = 4


def leak_by_pulses_m3h(pump_m3h: float, on_s: float, cycle_s: float) -> float | None:
    """q = q_pump·t_on/T_cycle, with only a run contact and the nameplate (±20 %); None without a cycle."""
    return pump_m3h * on_s / cycle_s if 0.0 <= on_s <= cycle_s and cycle_s > 0.0 else None


class PumpCycles:
    """Starts and running time by hour for the last day. Bad feedback changes nothing."""

    __slots__ = ("_hour", "_hours", "_on_ns", "_running", "_seen_ns", "_starts")

    def __init__(self) -> None:
        self._hours: deque[tuple[int, float]] = deque(maxlen=KEPT_H)
        self._hour = -1
        self._starts, self._on_ns = 0, 0
        self._running: bool | None = None
        self._seen_ns = 0

    def feed(self, value: float, quality: int, now_ns: int) -> None:
        """A sample of the run feedback."""
        if quality >= FIRST_UNCERTAIN or math.isnan(value):
            return
        running = value > 0.5
        if running and self._running is False:
            self._starts += 1
        self._pass(now_ns)
        self._running = running

    def _pass(self, now_ns: int) -> None:
        if self._running and 0 < now_ns - self._seen_ns <= HOUR_NS:
            self._on_ns += now_ns - self._seen_ns
        self._seen_ns = now_ns

    def tick(self, now_ns: int) -> bool:
        """Close an hour that is over; whether one was."""
        hour = now_ns // HOUR_NS
        if hour == self._hour:
            return False
        self._pass(now_ns)
        if self._hour >= 0:
            if hour - self._hour > 1:
                self._hours.clear()
            self._hours.append((self._starts, min(1.0, self._on_ns / HOUR_NS)))
        self._hour, self._starts, self._on_ns = hour, 0, 0
        return True

    @property
    def starts_per_h(self) -> float | None:
        """Starts of the last complete hour; None before there was one."""
        return float(self._hours[-1][0]) if self._hours else None

    @property
    def duty_pct(self) -> float | None:
        """Share of time on over the last day; None before there was an hour."""
        return 100.0 * sum(on for _, on in self._hours) / len(self._hours) if self._hours else None

    def dump(self) -> list[Any]:
        """State as JSON."""
        hours = [list(hour) for hour in self._hours]
        return [hours, self._hour, self._starts, self._on_ns, self._running, self._seen_ns]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        hours, self._hour, self._starts, self._on_ns, self._running, self._seen_ns = state
        self._hours = deque(((int(n), float(on)) for n, on in hours), maxlen=KEPT_H)


class Stiffness:
    """C_h = ΔV/Δp of the last makeup pulses, L/kPa: how much water moves the pressure by 1 kPa.

    A pulse counts when the pressure rose by at least 5 kPa. C_h that collapses means a waterlogged
    vessel (its gas is gone); a system without vessel has about 0.3 L/kPa.
    """

    __slots__ = ("_pulses", "_start")

    def __init__(self) -> None:
        self._pulses: deque[float] = deque(maxlen=PULSES)
        self._start: tuple[float, float] | None = None

    def update(self, running: bool | None, total_m3: float | None, p_kpa: float | None) -> None:
        """The makeup pump's state, the meter and the pressure of a tick; None where not good."""
        if total_m3 is None or p_kpa is None or running is None:
            self._start = None
        elif running:
            if self._start is None:
                self._start = (total_m3, p_kpa)
        elif self._start is not None:
            volume_l, rise = (total_m3 - self._start[0]) * 1000.0, p_kpa - self._start[1]
            self._start = None
            if rise >= LEAST_RISE_KPA and volume_l > 0.0:
                self._pulses.append(volume_l / rise)

    @property
    def l_kpa(self) -> float | None:
        """The median of the last pulses; None before there were four."""
        return median(self._pulses) if len(self._pulses) >= LEAST_PULSES else None

    def dump(self) -> list[Any]:
        """State as JSON."""
        return [list(self._pulses), None if self._start is None else list(self._start)]

    def load(self, state: list[Any]) -> None:
        """Take a dumped state over."""
        self._pulses = deque(state[0], maxlen=PULSES)
        self._start = None if state[1] is None else (state[1][0], state[1][1])


class Content:
    """V from recorded temperature swings: the slope of makeup over what a cubic metre of content asks for.

    y = ρ_mk·ΔN − ΔM_vessel over an hour, x = the mass change of the content as set, both in kg:
    y = (V/V_set)·x + leak.
    Least squares over all hours with equal weight, forgetting with a time constant of 30 days.
    """

    __slots__ = ("_sums",)

    FORGET: Final = math.exp(-1.0 / 720.0)
    LEAST_HOURS: Final = 48.0
    MOST_ERROR: Final = 0.2

    def __init__(self) -> None:
        self._sums = [0.0] * 6

    def update(self, x_kg: float, y_kg: float) -> None:
        """An hour: mass change of the content as set, and what entered it."""
        if not (abs(x_kg) < 1e6 and abs(y_kg) < 1e6):
            return
        terms = (1.0, x_kg, y_kg, x_kg * x_kg, x_kg * y_kg, y_kg * y_kg)
        self._sums = [old * self.FORGET + new for old, new in zip(self._sums, terms, strict=True)]

    @property
    def ratio(self) -> tuple[float, float] | None:
        """(V / V_set, its standard error); None while too few hours or too small swings have been seen."""
        n, x, y, xx, xy, yy = self._sums
        spread = xx - x * x / n if n >= self.LEAST_HOURS else 0.0
        if spread <= 0.0:
            return None
        slope = (xy - x * y / n) / spread
        rest = max(0.0, (yy - y * y / n) - slope * slope * spread)
        error = math.sqrt(rest / (n - 2.0) / spread)
        return (slope, error) if 0.0 < slope < 20.0 and error < self.MOST_ERROR * slope else None

    def dump(self) -> list[float]:
        """State as JSON."""
        return list(self._sums)

    def load(self, state: list[float]) -> None:
        """Take a dumped state over."""
        self._sums = [float(value) for value in state]


def content_m3(makeup_kg: float, change_kg_m3: float, steel_factor: float = 0.92) -> float | None:
    """V ≈ ρ_mk·ΔN/(0.92·Δρ̄) from one recorded setback at equal pressure, no leak; None without cooling."""
    return makeup_kg / (steel_factor * change_kg_m3) if change_kg_m3 > 0.0 else None
