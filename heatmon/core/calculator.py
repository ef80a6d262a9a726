"""A calculator: a check of the mission that turns signals into derived signals.

The engine feeds it the samples it asks for as they come and calls `tick` on every multiple of
`TICK_NS` of station time, whether or not scans come. What it concludes are signals like any tag,
with quality and reason; alarms are defined over them in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from heatmon.core.signals import SignalInfo, Signals

TICK_NS = 10_000_000_000
"""Derived signals are computed each 10 s of station time."""


class Calculator(Protocol):
    """Curve, water loss, pressure: each is one of these."""

    @property
    def inputs(self) -> Sequence[str]:
        """Signals that `feed` wants, one call for each new sample of each."""

    @property
    def outputs(self) -> Sequence[SignalInfo]:
        """Derived signals it writes; ids start with the calculator's name, ``water.``."""

    def bind(self, signals: Signals) -> None:
        """Learn the table it reads from and writes to; called once, before anything else."""

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """A new sample of one of its inputs (index into the table). Called in order of time."""

    def tick(self, now_ns: int) -> None:
        """Compute the outputs for this instant (a multiple of TICK_NS) and put them."""

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint: JSON types only, versioned by the engine."""

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over; keys that are missing keep their start values."""

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Carry on from a calculator of the same kind with older settings.

        The rate limiter keeps its last output; windows over a totaliser whose unit, scale, source or
        digits have changed start again, and what restarts is named in the result, for the journal.
        """
