"""Fitting a curve to its buildings: what rooms and supply say, how sure it is, and a small next step.

Rooms: ε = T_set − room is regressed on the outdoor temperature, ε = p + q·t_w, by Huber weights; the curve
is to move by (1 + s)·(p + q·t_w), at most 2 K at a time, then three days of waiting. The proposal is never
applied by itself. Without rooms only the difference of the lived supply to the curve is reported.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from heatmon.core.curve.family import Family, slope
from heatmon.core.energy.degreedays import Line, robust_line

MOST_K: Final = 2.0
LEAST_HOURS: Final = 20 * 24
LEAST_SPREAD_K: Final = 8.0
SURE: Final = 2.0
"""A slope within so many standard errors of zero is none."""
MILD_C: Final = 8.0
COLD_C: Final = -7.0

Advice = Literal["keep", "raise level", "lower level", "raise gradient", "lower gradient",
                 "raise level, lower gradient", "lower level, raise gradient"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sample:
    """One recorded hour; room_c: the median of the rooms, or None."""

    outdoor_c: float
    supply_c: float
    room_c: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """line: of the error over outdoor temperature, K; changes: (outdoor, K of supply) at the places.

    reason: why there is no proposal, as a catalogue key, or an empty text.
    """

    hours: int
    line: Line | None
    changes: tuple[tuple[float, float], ...]
    advice: Advice
    reason: str = ""
    of_rooms: bool = True


def fit(samples: Sequence[Sample], family: Family, target_c: float, places: Sequence[float]) -> Proposal:
    """Propose the next step of a curve, of at most 2 K anywhere."""
    known = [(s.outdoor_c, s.room_c) for s in samples if s.room_c is not None]
    rooms = [(outdoor, target_c - room) for outdoor, room in known if 5.0 <= room <= 40.0]
    of_rooms = bool(rooms)
    points = rooms or [
        (s.outdoor_c, s.supply_c - asked)
        for s in samples
        if math.isfinite(s.supply_c) and math.isfinite(asked := family.at(s.outdoor_c).supply_c)
    ]
    points = [(x, y) for x, y in points if -60.0 <= x <= 40.0]
    if len(points) < LEAST_HOURS:
        return Proposal(len(points), None, (), "keep", "fit.few_hours", of_rooms)
    if max(x for x, _ in points) - min(x for x, _ in points) < LEAST_SPREAD_K:
        return Proposal(len(points), None, (), "keep", "fit.small_spread", of_rooms)
    line = robust_line(points)
    if line is None:
        return Proposal(len(points), None, (), "keep", "fit.small_spread", of_rooms)
    if not of_rooms:
        return Proposal(len(points), line, (), "keep", "fit.no_rooms", False)
    tilt = line.b if abs(line.b) > SURE * line.b_error else 0.0
    level = line.a if tilt else sum(y for _, y in points) / len(points)
    changes = tuple((t, _bounded((1.0 + _slope(family, t)) * (level + tilt * t))) for t in places)
    return Proposal(len(points), line, changes, _advice(level + tilt * COLD_C, level + tilt * MILD_C))


def _slope(family: Family, outdoor_c: float) -> float:
    s = slope(family, outdoor_c)
    return 0.0 if math.isnan(s) else s


def _bounded(change_k: float) -> float:
    return min(MOST_K, max(-MOST_K, change_k))


def _advice(cold_k: float, mild_k: float) -> Advice:
    """The rule of correction of the controller makers, by the error in cold and in mild weather."""
    cold = 0 if abs(cold_k) < 0.3 else 1 if cold_k > 0 else -1
    mild = 0 if abs(mild_k) < 0.3 else 1 if mild_k > 0 else -1
    table: dict[tuple[int, int], Advice] = {
        (0, 0): "keep",
        (1, 1): "raise level",
        (-1, -1): "lower level",
        (1, 0): "raise gradient",
        (-1, 0): "lower gradient",
        (0, 1): "raise level, lower gradient",
        (-1, 1): "raise level, lower gradient",
        (0, -1): "lower level, raise gradient",
        (1, -1): "lower level, raise gradient",
    }
    return table[cold, mild]
