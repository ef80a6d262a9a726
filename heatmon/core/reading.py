"""One input of a calculator: a good value in the unit it computes in, or nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.signals import Signals
from heatmon.core.spec import StationSpec
from heatmon.core.tags import factor_to

ABSURD: Final = 1e9
"""No measurement of a plant reaches this in the units heatmon computes in."""
PERMIT: Final = "permit."


class Reading:
    """A tag (or none) as a calculator reads it. `bind` once; then `good()` each tick."""

    __slots__ = ("_factor", "_index", "_signals", "tag")

    def __init__(
        self, spec: StationSpec, tag: str | None, dimension: str = "temperature", unit: str = "°C"
    ) -> None:
        self.tag = tag
        self._factor = 1.0
        if tag is not None and any(known.id == tag for known in spec.tags):
            self._factor = factor_to(spec, tag, dimension, unit)
        self._index = -1

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        self._signals = signals
        self._index = -1 if self.tag is None else signals.index[self.tag]

    def good(self) -> float | None:
        """The value where it is good and finite, else None."""
        i = self._index
        if i < 0 or self._signals.qualities[i] >= FIRST_UNCERTAIN:
            return None
        value = self._signals.values[i] * self._factor
        return value if -ABSURD < value < ABSURD else None

    @property
    def time_ns(self) -> int:
        """Station time of the value; 0 where there is none."""
        return self._signals.times_ns[self._index] if self._index >= 0 else 0

    @property
    def present(self) -> bool:
        """Whether the settings name a tag here."""
        return self.tag is not None


def any_running(pumps: Sequence[Reading]) -> bool | None:
    """Whether one of the pumps runs; None where no answer is good. No pumps named: they run."""
    if not pumps:
        return True
    states = [pump.good() for pump in pumps]
    if any(state is not None and state > 0.5 for state in states):
        return True
    return None if None in states else False


class Permits:
    """The modes that are permitted now, as the engine shows them in ``permit.*``."""

    __slots__ = ("_at", "_signals")

    def bind(self, signals: Signals) -> None:
        """Learn which permits there are."""
        self._signals = signals
        self._at = [(name[len(PERMIT) :], i) for name, i in signals.index.items() if name.startswith(PERMIT)]

    def active(self) -> str:
        """Name of the mode in force (``fill``), or an empty text."""
        values = self._signals.values
        for name, i in self._at:
            if values[i] > 0.5:
                return name
        return ""
