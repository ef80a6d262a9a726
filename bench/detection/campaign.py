"""Clean seasons for false alarms, windows with a fault for detection; the same plant for every rule set."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bench.detection.judge import LOSS_ALARMS, Judge, Raised, spec
from bench.detection.naive import DailyRatio, FixedBand, InstantRatio
from bench.detection.plant import CHINA, Faults, Plant

DAY_MIN = 1440
CLEAN_DAYS = 7
G2 = 262.0


class Shifted:
    """A sensor that shows too much or too little."""

    def __init__(self, by: float) -> None:
        self._by = by

    def __call__(self, value: float) -> float:
        return value + self._by


@dataclass(frozen=True)
class Case:
    """One kind of fault. leak_pct: of circulation; cause: what heatmon should name."""

    name: str
    leak_pct: float = 0.0
    exchanger_m3h: float = 0.0
    cause: str = ""

    def apply(self, faults: Faults, chance: random.Random) -> None:
        """Let it happen."""
        faults.leak_m3h = self.leak_pct / 100.0 * G2
        faults.exchanger_m3h = self.exchanger_m3h
        match self.name:
            case "valve stuck":
                faults.valve_at = chance.uniform(0.25, 0.45)
            case "valve passing":
                faults.valve_passes = 0.6
                faults.curve_k = -18.0
            case "source short":
                faults.primary_c = -38.0
            case "wrong curve":
                faults.curve_k = chance.choice((-6.0, 6.0))
            case "supply sensor":
                faults.show["t2s"] = Shifted(chance.choice((-6.0, 6.0)))
            case "return sensor":
                faults.show["t2r"] = Shifted(chance.choice((-5.0, 5.0)))
            case _:
                pass


LEAKS = tuple(Case(f"leak {pct:g} %", leak_pct=pct) for pct in (0.1, 0.3, 0.5, 1.0, 1.5, 2.0, 5.0))
EXCHANGER = tuple(Case(f"exchanger {m3h:g} m3/h", exchanger_m3h=m3h) for m3h in (0.5, 2.0))
CAUSES = (
    Case("valve stuck", cause="valve_stuck"),
    Case("source short", cause="source_short"),
    Case("wrong curve", cause="wrong_curve"),
    Case("supply sensor", cause="sensor"),
    Case("return sensor", cause="sensor"),
)


@dataclass
class Found:
    """One window: hours until the first loss alarm of each rule set, size after a day, the cause named."""

    delay_h: dict[str, float | None] = field(default_factory=dict)
    size_error: float | None = None
    cause: str = ""


def naive_sets() -> dict[str, InstantRatio | DailyRatio]:
    """The naive loss rules, at the limits that users write."""
    ratios = {f"instant {limit:g} %": InstantRatio(limit) for limit in (1.0, 1.5)}
    daily = {f"daily {limit:g} %": DailyRatio(limit) for limit in (0.5, 1.0)}
    return {**ratios, **daily}


def false_alarms(seed: int, days: int) -> Counter[str]:
    """Loss and deviation alarms of a clean season, by rule set."""
    plant = Plant(seed, datetime(2026, 11, 20, tzinfo=CHINA))
    judge, naive, band = Judge(spec(), plant.now), naive_sets(), FixedBand()
    found: Counter[str] = Counter()
    for _ in range(days * DAY_MIN):
        plant.minute()
        shown = plant.shown()
        for raised in judge.minute(plant.now, shown):
            found["heatmon loss" if raised.alarm in LOSS_ALARMS else f"heatmon {raised.alarm}"] += 1
        for name, rule in naive.items():
            found[name] += rule.minute(shown)
        found["band 3 K"] += band.minute(shown)
    return found


def window(case: Case, seed: int, days: int, clean_days: int = CLEAN_DAYS) -> Found:
    """A clean week, then the fault at a random minute, then the rest of the days."""
    chance = random.Random(seed)
    start = datetime(2026, 11, 20, tzinfo=CHINA) + timedelta(days=chance.randrange(0, 60))
    plant = Plant(seed, start)
    judge, naive = Judge(spec(), plant.now), naive_sets()
    begins = clean_days * DAY_MIN + chance.randrange(DAY_MIN)
    found = Found({"heatmon": None, **dict.fromkeys(naive)})
    names: Counter[str] = Counter()
    for minute in range(begins + days * DAY_MIN):
        if minute == begins:
            case.apply(plant.faults, chance)
        plant.minute()
        shown = plant.shown()
        raised = list(judge.minute(plant.now, shown))
        if minute < begins:
            for rule in naive.values():
                rule.minute(shown)
            continue
        hours = (minute - begins) / 60.0
        _note(found, raised, hours)
        for name, rule in naive.items():
            if rule.minute(shown) and found.delay_h[name] is None:
                found.delay_h[name] = hours
        if hours > 1.0 and minute % 10 == 0 and (code := judge.value("causes.code")) > 0:
            names[cause_name(code)] += 1
        if minute == begins + DAY_MIN and case.leak_pct:
            size = judge.value("water.leak_m3h")
            found.size_error = size / (case.leak_pct / 100.0 * G2) - 1.0
    if names:
        found.cause = names.most_common(1)[0][0]
    return found


def _note(found: Found, raised: list[Raised], hours: float) -> None:
    for one in raised:
        if one.alarm in LOSS_ALARMS and found.delay_h["heatmon"] is None:
            found.delay_h["heatmon"] = hours


def cause_name(code: float) -> str:
    """The cause behind a value of ``causes.code``."""
    from heatmon.core.curve.causes import Cause

    return Cause(int(code)).name.lower()
