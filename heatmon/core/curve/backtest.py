"""What another curve would have done over recorded weather: supply, rooms, heat, hours too cold.

Δt_g between the curves drives the rooms through dΔ/dt = (Δt_g/(1 + s) − Δ)/τ_e with τ_e = τ·s/(1 + s); the
heat changes by H·Δ. Everything is a difference to what was lived, so that errors of the model cancel.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from heatmon.core.curve.family import Family, slope

DAY_FROM_H: Final = 6.0
DAY_TO_H: Final = 21.0
DAY_C: Final = 18.0
NIGHT_C: Final = 16.0
LONGEST_STEP_H: Final = 3.0
"""A longer gap in the record is passed over: nothing is known of it."""


@dataclass(frozen=True, slots=True)
class Hour:
    """A recorded moment. hour: of the local day; room_c: measured, or None."""

    time_h: float
    hour: float
    outdoor_c: float
    room_c: float | None = None


@dataclass(slots=True)
class Backtest:
    """Old curve against new, over the same weather."""

    hours: float = 0.0
    supply_mean_k: float = 0.0
    supply_least_k: float = 0.0
    supply_most_k: float = 0.0
    largest_step_k: float = 0.0
    room_mean_k: float = 0.0
    room_end_k: float = 0.0
    heat_pct: float | None = None
    cold_hours_old: float = 0.0
    cold_hours_new: float = 0.0
    beyond_hours: float = 0.0
    skipped: int = 0


def limit_c(hour: float) -> float:
    """18 °C from 06:00 to 21:00, else 16 °C."""
    return DAY_C if DAY_FROM_H <= hour < DAY_TO_H else NIGHT_C


def backtest(
    old: Family,
    new: Family,
    hours: Iterable[Hour],
    *,
    tau_h: float = 72.0,
    room_c: float = 18.5,
    balance_c: float = 16.0,
) -> Backtest:
    """Run both curves over the weather. room_c: where none was measured; balance_c: above it no heat."""
    found = Backtest()
    last: Hour | None = None
    delta = total_supply = total_room = lost = used = before = 0.0
    for moment in hours:
        one, other = old.at(moment.outdoor_c), new.at(moment.outdoor_c)
        change = other.supply_c - one.supply_c
        if not math.isfinite(change):
            found.skipped += 1
            continue
        step = 0.0 if last is None else moment.time_h - last.time_h
        if not 0.0 < step <= LONGEST_STEP_H:
            found.skipped += last is not None
            last, before = moment, other.supply_c
            continue
        s = max(0.05, slope(old, moment.outdoor_c))
        delta += -math.expm1(-step / max(0.1, tau_h * s / (1.0 + s))) * (change / (1.0 + s) - delta)
        room = room_c if moment.room_c is None else moment.room_c
        found.hours += step
        total_supply += change * step
        total_room += delta * step
        used += max(0.0, balance_c - moment.outdoor_c) * step
        lost += delta * step if moment.outdoor_c < balance_c else 0.0
        found.supply_least_k = min(found.supply_least_k, change)
        found.supply_most_k = max(found.supply_most_k, change)
        found.largest_step_k = max(found.largest_step_k, abs(other.supply_c - before) / step)
        found.cold_hours_old += step * (room < limit_c(moment.hour))
        found.cold_hours_new += step * (room + delta < limit_c(moment.hour))
        found.beyond_hours += step * (other.beyond != "")
        last, before = moment, other.supply_c
    if found.hours > 0.0:
        found.supply_mean_k, found.room_mean_k = total_supply / found.hours, total_room / found.hours
        found.room_end_k = delta
        # Heat of a day is H·(T_bal − t_w); a warmer room moves T_bal along.
        found.heat_pct = 100.0 * lost / used if used > 0.0 else None
    return found


def differences(old: Family, new: Family, places: Sequence[float]) -> list[tuple[float, float, float, float]]:
    """(outdoor, old supply, new supply, difference) at each place; NaN where a curve says nothing."""
    rows = []
    for place in places:
        one, other = old.at(place).supply_c, new.at(place).supply_c
        rows.append((place, one, other, other - one))
    return rows
