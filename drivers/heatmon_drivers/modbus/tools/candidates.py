"""What registers may mean: every type, order and offset, scored by how plausible two readings are. Pure.

A float that shows 72.4 and a minute later 72.6 can hardly be anything else; a 16-bit number between 0 and
1200 may be a temperature in tenths or nothing at all, and its score says so. A score is no proof: the
engineer compares with the display.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

Meaning = Literal["temperature", "pressure", "flow or power", "totaliser", "state"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """One reading of the registers from `register`: what it would be, twice, and how plausible, 0 to 1."""

    register: int
    words: int
    type: str
    order: str | None
    scale: float
    first: float
    second: float
    meaning: Meaning
    score: float


@dataclass(frozen=True, slots=True)
class Way:
    """One way to read words. keeps: how far a mere accident is from giving a plausible value, 0 to 1."""

    type: str
    form: str
    words: int
    order: str | None
    scale: float
    keeps: float


_ORDERS: Final = ("ABCD", "CDAB", "BADC", "DCBA")
WAYS: Final = (
    *(Way("float32", ">f", 2, order, 1.0, 1.0) for order in _ORDERS),
    *(Way("uint32", ">I", 2, order, 1.0, 0.7) for order in _ORDERS[:2]),
    *(Way("uint32", ">I", 2, order, 0.01, 0.65) for order in _ORDERS[:2]),
    Way("int16", ">h", 1, None, 0.1, 0.68),
    Way("int16", ">h", 1, None, 0.01, 0.5),
    Way("uint16", ">H", 1, None, 1.0, 0.35),
)
SENTINELS: Final = frozenset({0x7FFF, 0x8000, 0xFFFF})
LEAST_SCORE: Final = 0.2
MOST_STATES: Final = 16


def candidates(first: Mapping[int, int], second: Mapping[int, int]) -> list[Candidate]:
    """The best reading of each register, registers that a better one takes left out; in order of registers.

    first, second: words by register, read with some time between.
    """
    found = [one for register in first for one in readings(register, first, second)]
    found.sort(key=lambda one: (-one.score, one.register))
    taken: set[int] = set()
    kept = []
    for one in found:
        span = range(one.register, one.register + one.words)
        if one.score >= LEAST_SCORE and taken.isdisjoint(span):
            taken.update(span)
            kept.append(one)
    return sorted(kept, key=lambda one: one.register)


def readings(register: int, first: Mapping[int, int], second: Mapping[int, int]) -> Iterator[Candidate]:
    """Every way to read the registers from here that says anything at all."""
    for way in WAYS:
        span = range(register, register + way.words)
        if not all(n in first and n in second for n in span):
            continue
        words = [[source[n] for n in span] for source in (first, second)]
        if _empty(words):
            continue
        one, two = (_value(way, some) for some in words)
        meaning, fit = fits(one, two, way)
        if way.scale != 1.0 and max(abs(one), abs(two)) <= MOST_STATES * way.scale:
            # A handful of steps is rather a state than a measurement in fractions.
            fit *= 0.3
        if meaning is not None:
            yield Candidate(
                register, way.words, way.type, way.order, way.scale, one, two, meaning, way.keeps * fit
            )


def _empty(words: Sequence[Sequence[int]]) -> bool:
    return all(not any(some) for some in words) or any(
        word in SENTINELS for some in words for word in some[:1]
    )


def _value(way: Way, words: Sequence[int]) -> float:
    data = struct.pack(f">{len(words)}H", *words)
    if way.order in ("CDAB", "DCBA"):
        data = data[2:] + data[:2]
    if way.order in ("BADC", "DCBA"):
        data = bytes(data[n ^ 1] for n in range(len(data)))
    return float(struct.unpack(way.form, data)[0]) * way.scale


def fits(first: float, second: float, way: Way) -> tuple[Meaning | None, float]:
    """The most plausible meaning of a value that was `first` and then `second`, and how well it fits."""
    if not (math.isfinite(first) and math.isfinite(second)):
        return None, 0.0
    best: tuple[Meaning | None, float] = (None, 0.0)
    for meaning, fit in (
        ("temperature", _within(first, second, -40.0, 150.0, 3.0) * (1.0 if abs(first) >= 1.0 else 0.5)),
        ("pressure", _within(first, second, 0.02, 2.5, 0.05)),
        ("flow or power", _within(first, second, 0.1, 20_000.0, 0.1 * max(abs(first), 1.0))),
        ("totaliser", _rising(first, second)),
        ("state", _state(first, second, way)),
    ):
        weighed = fit * _WEIGHT[meaning]
        if weighed > best[1]:
            best = (meaning, weighed)  # type: ignore[assignment]  # the names above are meanings
    return best


_WEIGHT: Final = {"temperature": 1.0, "pressure": 0.95, "flow or power": 0.6, "totaliser": 0.9, "state": 1.0}


def _within(first: float, second: float, low: float, high: float, most_change: float) -> float:
    """1 for a value in the range that moved a little, less for one that stood still, 0 outside."""
    if not (low <= first <= high and low <= second <= high) or abs(first) < 1e-3 or abs(second) < 1e-3:
        return 0.0
    change = abs(second - first)
    if change > most_change:
        return 0.0
    return 1.0 if change else 0.8


def _rising(first: float, second: float) -> float:
    """A counter goes up, a little against what it holds; few counters hold hundreds of millions."""
    if first < 100.0 or not 0.0 < second - first <= max(10.0, 0.001 * first):
        return 0.0
    return 1.0 if first < 1e8 else 0.4


def _state(first: float, second: float, way: Way) -> float:
    """A small whole number in one register: a switch, a mode."""
    return (
        1.0
        if way.type == "uint16" and way.scale == 1.0 and first == second and 0 < first <= MOST_STATES
        else 0.0
    )
