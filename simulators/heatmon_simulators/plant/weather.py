"""Outdoor weather: from a seed (a slow random walk around the month's normal, a daily swing, cloud, cold
waves), or as somebody has recorded it."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

#: Monthly means of outdoor temperature, °C, Tianjin type; the heating months are the reference values.
TIANJIN_NORMALS_C = (-3.5, 0.0, 6.0, 14.0, 20.0, 24.5, 27.0, 26.0, 21.0, 14.0, 5.0, -1.5)
_DAYS_PER_MONTH = 365.25 / 12.0
_CARRY = 0.75
_DAY_SPREAD_K = 3.5
_HOTTEST_HOUR = 15.0
_WAVE_CHANCE_A_DAY: Final = 1.0 / 12.0
_WAVE_DROP_K: Final = (8.0, 14.0)
_WAVE_HOLDS_D: Final = (1.5, 4.0)
_WAVE_FALLS_D: Final = 1.0
_WAVE_RECOVERS_D: Final = 3.0


class Sky(Protocol):
    """Weather as a plant feels it. Days are fractional; `day_of_year` is local, 0 = 1 January 00:00."""

    def outdoor_c(self, day_of_year: float, days_since_start: float) -> float:
        """Outdoor temperature, °C."""

    def solar_share(self, day_of_year: float, days_since_start: float) -> float:
        """Sunshine as a share of the full solar gain, 0…1."""


@dataclass(frozen=True, slots=True)
class ColdWave:
    """A cold air mass: `drop_k` colder within a day from `start_d` on, for `holds_d` days, then 3 days
    back."""

    start_d: float
    drop_k: float
    holds_d: float

    def anomaly_k(self, day: float) -> float:
        """What it adds to the temperature at a day since the start of the story, ≤ 0."""
        since = day - self.start_d
        if since <= 0.0:
            return 0.0
        if since < _WAVE_FALLS_D:
            return -self.drop_k * since / _WAVE_FALLS_D
        left = 1.0 - max(0.0, since - _WAVE_FALLS_D - self.holds_d) / _WAVE_RECOVERS_D
        return -self.drop_k * max(0.0, left)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeatherSpec:
    """What the generator follows. `constant_c` switches every variation and the sun off."""

    constant_c: float | None = None
    normals_c: tuple[float, ...] = field(default=TIANJIN_NORMALS_C)
    daily_amplitude_k: float = 4.5
    day_spread_k: float = _DAY_SPREAD_K
    #: Mean clearness of the sky, 0 overcast … 1 clear; each day gets its own around it.
    clearness: float = 0.5
    #: Now and then (about one day in twelve) a cold wave of 8 to 14 K begins, unless one is there already.
    cold_waves: bool = False


class Weather:
    """Outdoor temperature and sunshine at any instant, the same for the same seed.

    Day means follow x' = 0.75·x + 3.5·√(1−0.75²)·N(0,1) around the monthly normal; between the middles of
    two days the mean is interpolated, so that midnight is no step. Days are numbered from the start.
    """

    __slots__ = ("_anomalies_k", "_clearness", "_random", "_spec", "_walk_k", "_wave_dice", "_waves")

    def __init__(self, spec: WeatherSpec, seed: int) -> None:
        self._spec = spec
        self._random = random.Random(seed)  # noqa: S311 - weather, not a secret; seeded to be repeatable
        # Dice of their own: the other weather stays the same whether there are cold waves or not.
        self._wave_dice = random.Random(f"{seed}/cold waves")  # noqa: S311 - as above
        self._waves: list[ColdWave] = []
        self._walk_k = 0.0
        self._anomalies_k: list[float] = []
        self._clearness: list[float] = []

    def outdoor_c(self, day_of_year: float, days_since_start: float) -> float:
        """Outdoor temperature; `day_of_year` is fractional local time (0 = 1 January 00:00)."""
        spec = self._spec
        if spec.constant_c is not None:
            return spec.constant_c
        hour = day_of_year % 1.0 * 24.0
        swing = spec.daily_amplitude_k * math.cos(2.0 * math.pi * (hour - _HOTTEST_HOUR) / 24.0)
        return self._normal_c(day_of_year) + self._anomaly_k(days_since_start) + swing

    def solar_share(self, day_of_year: float, days_since_start: float) -> float:
        """Sunshine as a share of the full solar gain: clearness of the day times the arc from 8 to 16 h."""
        if self._spec.constant_c is not None:
            return 0.0
        hour = day_of_year % 1.0 * 24.0
        if not 8.0 < hour < 16.0:
            return 0.0
        day = max(0, int(days_since_start))
        self._draw_up_to(day)
        return self._clearness[day] * math.sin(math.pi * (hour - 8.0) / 8.0)

    def _normal_c(self, day_of_year: float) -> float:
        position = day_of_year / _DAYS_PER_MONTH - 0.5
        month = math.floor(position)
        share = position - month
        normals = self._spec.normals_c
        return normals[month % 12] * (1.0 - share) + normals[(month + 1) % 12] * share

    def _anomaly_k(self, days_since_start: float) -> float:
        position = max(0.0, days_since_start)
        day = int(position)
        self._draw_up_to(day + 1)
        share = position - day
        walk = self._anomalies_k[day] * (1.0 - share) + self._anomalies_k[day + 1] * share
        return walk + sum(wave.anomaly_k(position) for wave in self._waves)

    def _draw_up_to(self, day: int) -> None:
        while len(self._anomalies_k) <= day:
            self._draw_wave(float(len(self._anomalies_k)))
            self._anomalies_k.append(self._walk_k)
            sky = self._spec.clearness + self._random.uniform(-0.4, 0.4)
            self._clearness.append(min(1.0, max(0.0, sky)))
            push = self._spec.day_spread_k * math.sqrt(1.0 - _CARRY**2)
            self._walk_k = _CARRY * self._walk_k + push * self._random.gauss(0.0, 1.0)

    def _draw_wave(self, day: float) -> None:
        if not self._spec.cold_waves:
            return
        strikes = self._wave_dice.random() < _WAVE_CHANCE_A_DAY
        if strikes and all(wave.anomaly_k(day) == 0.0 for wave in self._waves):
            drop, holds = self._wave_dice.uniform(*_WAVE_DROP_K), self._wave_dice.uniform(*_WAVE_HOLDS_D)
            self._waves.append(ColdWave(day, drop, holds))


class RecordedWeather:
    """Temperatures at equal intervals from the start of the story, interpolated; the last one stays.

    There is no sun in it.
    """

    __slots__ = ("_interval_d", "_temperatures_c")

    def __init__(self, temperatures_c: Sequence[float], interval_s: float) -> None:
        if not temperatures_c or interval_s <= 0.0:
            raise ValueError("recorded weather needs at least one temperature and an interval above 0")
        self._temperatures_c, self._interval_d = tuple(temperatures_c), interval_s / 86400.0

    def outdoor_c(self, day_of_year: float, days_since_start: float) -> float:
        """As `Sky.outdoor_c`; the season is that of the record."""
        del day_of_year
        position = max(0.0, days_since_start) / self._interval_d
        index = min(int(position), len(self._temperatures_c) - 1)
        after = min(index + 1, len(self._temperatures_c) - 1)
        share = min(1.0, position - index)
        return self._temperatures_c[index] * (1.0 - share) + self._temperatures_c[after] * share

    def solar_share(self, day_of_year: float, days_since_start: float) -> float:
        """None: a record of temperatures says nothing of the sun."""
        del day_of_year, days_since_start
        return 0.0
