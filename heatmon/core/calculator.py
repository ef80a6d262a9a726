"""A calculator: a check of the mission that turns signals into derived signals.

The engine feeds it the samples it asks for as they come and calls `tick` on every multiple of
`TICK_NS` of station time, whether or not scans come. What it concludes are signals like any tag,
with quality and reason; alarms are defined over them in the same words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from heatmon.core.input import JsonScalar
from heatmon.core.signals import SignalInfo, Signals

TICK_NS = 10_000_000_000
"""Derived signals are computed each 10 s of station time."""


class Calculator(Protocol):
    """Curve, water loss, pressure: each is one of these."""

    @property
    def name(self) -> str:
        """Key of its state in the checkpoint, and how the ids of its outputs begin: ``water``."""

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

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """What happened since the last call and belongs into the journal: (code, fields), in order."""

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """What an alarm on this signal is to carry when it is raised: further fields of its entry."""

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint: JSON types only, versioned by the engine."""

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a dumped state over; keys that are missing keep their start values.

        What the settings of today make worthless is started anew (the windows of a totaliser whose
        unit, scale, source or digits changed); the answer names it, for the journal:
        ``water.windows``, ``pressure.slope``, ``curve.step``. The curve's rate limiter keeps its
        last output.
        """

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """At a reload: go on from the calculator of the same name under the old settings. As `load`."""
