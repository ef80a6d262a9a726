"""The detection ladder above the burst: advisory, drift, negative loss, pump, no makeup, night and day.

One step an hour, on hours that are complete. What is suspected is never learned from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.localtime import LocalClock, minutes_of
from heatmon.core.spec import Season, StationSpec
from heatmon.core.spec.water import Water
from heatmon.core.water.cusum import Baseline, Cusum, baseline
from heatmon.core.water.hours import HourOfWater, Hours
from heatmon.core.water.signature import Signature, signature

HOUR_NS: Final = 3_600_000_000_000
DAY_H: Final = 24
WEEK_H: Final = 168
DAY_KNOWN: Final = 18
WEEK_KNOWN: Final = 126
NEGATIVE_HOURS: Final = 3
RISING_MIN: Final = 15
SIGNATURE_H: Final = 48


@dataclass(slots=True)
class Verdict:
    """What the ladder says now; None where it cannot say."""

    loss_24h_pct: float | None = None
    loss_7d_pct: float | None = None
    baseline_m3h: float | None = None
    sigma_m3h: float | None = None
    night_m3h: float | None = None
    draw_m3h: float | None = None
    advisory: bool = False
    negative: bool = False
    no_makeup: bool = False
    signature: Signature = Signature.NONE


class Ladder:
    """Hours of water, their baseline, and what stands out of it."""

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        self._settings, self._detection = settings, settings.detection
        self._season: Season | None = spec.station.season
        self._clock = LocalClock(spec.station.timezone)
        self._night = (minutes_of(self._detection.night_from), minutes_of(self._detection.night_to))
        self.hours = Hours()
        self.leak, self.gain = Cusum(1.0), Cusum(-1.0)
        self.verdict = Verdict()
        self._negative_hours = 0
        self._rising_min = 0
        self._last_makeup_ns: int | None = None
        self._night_sum: list[float] = [0.0, 0.0]

    def _m3h(self, pct: float) -> float:
        return pct / 100.0 * self._settings.design_circulation_m3h

    def base(self) -> Baseline | None:
        """What a clean hour loses; None until enough of them have been seen."""
        clean = self.hours.clean_losses_m3h()
        if len(clean) * 3600.0 < self._detection.learn_s:
            return None
        return baseline(clean, self._m3h(self._detection.least_sigma_pct))

    def venting(self, now_ns: int) -> bool:
        """Whether air is still being let out after the start of the season."""
        season = self._season
        if season is None:
            return False
        since_s = now_ns / 1e9 - season.start.timestamp()
        return 0.0 <= since_s < self._detection.venting_s

    def minute(self, rising_kpa_min: float | None, makeup_m3: float, relief: bool, now_ns: int) -> None:
        """Each minute: pressure rising by itself, relief valve running, makeup of the last 15 min."""
        rising = rising_kpa_min is not None and rising_kpa_min > self._detection.rising_kpa_min
        if (rising and makeup_m3 <= 0.0) or relief:
            self._rising_min = RISING_MIN
        else:
            self._rising_min = max(0, self._rising_min - 1)
        if self._last_makeup_ns is None or makeup_m3 > 0.0:
            self._last_makeup_ns = now_ns
        self._settle(now_ns)

    def hour(
        self,
        hour: int,
        value: HourOfWater | None,
        undisturbed: bool,
        starts_per_h: float | None,
        now_ns: int,
    ) -> None:
        """A complete hour. undisturbed: no permit, no filling, measured well."""
        venting, base = self.venting(now_ns), self.base()
        clean = undisturbed and value is not None and not venting
        if clean and base is not None and value is not None and value.loss_m3 is not None:
            clean = not self._sum_up(value.loss_m3, base)
        self.hours.put(hour, value, clean)
        self._note_negative(value)
        self._night_and_day(hour, value)
        self._judge(base, venting, starts_per_h)
        self._settle(now_ns)

    def _sum_up(self, loss_m3: float, base: Baseline) -> bool:
        """Both cumulative sums take an hour in; whether one of them stands. What it covers is unlearned."""
        smallest = self._m3h(self._detection.smallest_pct)
        for sum_ in (self.leak, self.gain):
            sum_.update(loss_m3, base, smallest, self._detection.h)
            if sum_.active:
                self.hours.unlearn(sum_.hours)
        return self.leak.active or self.gain.active

    def _note_negative(self, value: HourOfWater | None) -> None:
        limit = -self._detection.negative_volume_pct / 100.0 * self._settings.system_volume_m3
        if value is not None and value.loss_m3 is not None and value.loss_m3 < limit:
            self._negative_hours += 1
        else:
            self._negative_hours = 0

    def _night_and_day(self, hour: int, value: HourOfWater | None) -> None:
        start, end = self._night
        minute = self._clock.minute_of_day(hour * HOUR_NS)
        if start <= minute < end:
            if value is not None and value.loss_m3 is not None:
                self._night_sum = [self._night_sum[0] + value.loss_m3, self._night_sum[1] + 1.0]
        elif self._night_sum[1]:
            day = [loss for loss in self.hours.losses_m3h(DAY_H) if loss is not None]
            self.verdict.night_m3h = self._night_sum[0] / self._night_sum[1]
            self.verdict.draw_m3h = sum(day) / len(day) - self.verdict.night_m3h if day else None
            self._night_sum = [0.0, 0.0]

    def _judge(self, base: Baseline | None, venting: bool, starts_per_h: float | None) -> None:
        verdict, detection = self.verdict, self._detection
        verdict.loss_24h_pct = self._share(DAY_H, DAY_KNOWN)
        verdict.loss_7d_pct = self._share(WEEK_H, WEEK_KNOWN)
        verdict.baseline_m3h = None if base is None else base.mean_m3h
        verdict.sigma_m3h = None if base is None else base.sigma_m3h
        day = verdict.loss_24h_pct
        limit = detection.venting_limit_pct if venting else detection.advisory_pct
        verdict.advisory = day is not None and day > limit
        if day is not None and base is not None and not venting:
            usual = 100.0 * base.mean_m3h / self._settings.design_circulation_m3h
            verdict.advisory |= day > detection.baseline_factor * usual and day > detection.advisory_floor_pct
        verdict.signature = self._signature(base, starts_per_h)

    def _share(self, hours: int, known: int) -> float | None:
        losses = self.hours.losses_m3h(hours)
        good = [loss for loss in losses if loss is not None]
        _, base_m3, covered = self.hours.makeup(hours)
        if len(good) < known or covered < known or base_m3 <= 0.0:
            return None
        # Both are means over the hours that are known.
        return 100.0 * (sum(good) / len(good)) / (base_m3 / covered)

    def _signature(self, base: Baseline | None, starts_per_h: float | None) -> Signature:
        detection = self._detection
        if base is None or not (self.leak.active or self.verdict.advisory):
            return Signature.NONE
        span = min(SIGNATURE_H, max(self.leak.hours, DAY_H if self.verdict.advisory else 0))
        excess = [None if x is None else x - base.mean_m3h for x in self.hours.losses_m3h(span)]
        night = None if self.verdict.night_m3h is None else self.verdict.night_m3h - base.mean_m3h
        return signature(excess, night, starts_per_h, detection.starts_per_h, base.sigma_m3h)

    def _settle(self, now_ns: int) -> None:
        verdict = self.verdict
        verdict.negative = self._negative_hours >= NEGATIVE_HOURS or self._rising_min > 0 or self.gain.active
        usual = verdict.baseline_m3h
        since = 0 if self._last_makeup_ns is None else now_ns - self._last_makeup_ns
        expects = usual is not None and usual > 0.0
        verdict.no_makeup = expects and since > self._detection.no_makeup_s * 1e9

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 8 kB."""
        v = self.verdict
        return {
            "hours": self.hours.dump(),
            "leak": self.leak.dump(),
            "gain": self.gain.dump(),
            "negative": [self._negative_hours, self._rising_min],
            "makeup": self._last_makeup_ns,
            "night": self._night_sum,
            "verdict": [
                v.loss_24h_pct, v.loss_7d_pct, v.baseline_m3h, v.sigma_m3h, v.night_m3h, v.draw_m3h,
                v.advisory, v.negative, v.no_makeup, int(v.signature),
            ],
        }  # fmt: skip

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self.hours.load(state["hours"])
        self.leak.load(state["leak"])
        self.gain.load(state["gain"])
        self._negative_hours, self._rising_min = state["negative"]
        self._last_makeup_ns = state["makeup"]
        self._night_sum = list(state["night"])
        day, week, mean, sigma, night, draw, advisory, negative, none, kind = state["verdict"]
        self.verdict = Verdict(day, week, mean, sigma, night, draw, advisory, negative, none, Signature(kind))
