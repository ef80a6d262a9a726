"""Physics of simulated plants, pure and without clock, and what every server may ask of a plant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol


class Plant(Protocol):
    """A plant as servers see it, whatever their protocol: it is brought up to a moment and read by name.

    Both calls are cheap when no time has passed; several servers may share one plant.
    """

    def advance(self, to_ns: int) -> None:
        """Bring the plant up to a moment of station time (integer ns UTC); earlier moments do nothing."""

    def values(self, now: int) -> Mapping[str, float]:
        """What the instruments show, by name, in °C, MPa, m³/h, kW, m, %, m³, GJ, kWh, 0/1.

        NaN where an instrument gives nothing (an open circuit). `now` is the moment of `advance`, or later
        by less than the plant's step.
        """
