"""What a sensor makes of a true value: lag, noise, resolution, and the ways in which sensors fail.

An instrument follows its true value by a first-order lag, adds Gaussian noise, and shows whole steps of
its resolution. All noise comes from the scenario's seed, so that a story repeats to the last digit.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

FaultKind = Literal["none", "stuck", "reads", "offset", "drift", "broken", "sunlit", "swapped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentSpec:
    """An ideal instrument, unless told otherwise.

    noise: standard deviation in the value's unit. noise_share: the same as a share of the reading, as of a
    flow meter. lag_s: time constant. resolution: smallest step shown, in the value's unit; 0 = none.
    """

    noise: float = 0.0
    noise_share: float = 0.0
    lag_s: float = 0.0
    resolution: float = 0.0


IDEAL: Final = InstrumentSpec()
TYPICAL: Final[Mapping[str, InstrumentSpec]] = {
    "°C": InstrumentSpec(noise=0.1, lag_s=20.0),
    "MPa": InstrumentSpec(noise=0.001),
    "kPa": InstrumentSpec(noise=0.02),
    "m3/h": InstrumentSpec(noise_share=0.003),
    "kW": InstrumentSpec(noise_share=0.005, lag_s=10.0),
    "m": InstrumentSpec(noise=0.003),
    "ppm": InstrumentSpec(noise=1.0, lag_s=20.0),
}
"""By unit: a Pt100 in a pocket, a pressure transmitter, a flow meter, a level probe. Others are ideal."""


@dataclass(frozen=True, slots=True)
class SensorFault:
    """What is wrong with an instrument.

    stuck: shows its last value for ever. reads: shows `by`. offset: shows `by` too much. drift: `by` more in
    each hour. broken: an open circuit, no value. sunlit: up to `by` too much, with the sun. swapped: shows
    what the instrument `other` would show, and that one shows this.
    """

    kind: FaultKind
    by: float = 0.0
    other: str = ""


class Instrument:
    """One instrument. `shown` is what it says now, NaN when it says nothing."""

    __slots__ = ("_dice", "_drift_s", "_fault", "_follow", "_lagged", "_step_s", "plain", "shown", "spec")

    def __init__(self, spec: InstrumentSpec, seed: str) -> None:
        self.spec = spec
        #: Neither spoilt nor failing: it shows the true value, at no cost.
        self.plain = spec == IDEAL
        self._dice = random.Random(seed)  # noqa: S311 - noise of a sensor, no secret; seeded to be repeatable
        self._fault = SensorFault("none")
        self._lagged = math.nan
        self._drift_s = 0.0
        self._step_s = self._follow = 0.0
        self.shown = math.nan

    def fail(self, fault: SensorFault) -> None:
        """Begin to fail; kind `none` is the repair."""
        self._fault, self._drift_s = fault, 0.0
        self.plain = self.spec == IDEAL and fault.kind in ("none", "swapped")

    def update(self, true: float, dt: float, sun: float) -> None:
        """Look at the true value `dt` seconds later; sun: 0…1."""
        spec, lagged = self.spec, self._lagged
        if spec.lag_s > 0.0 and lagged == lagged:
            if dt != self._step_s:
                self._step_s, self._follow = dt, 1.0 - math.exp(-dt / spec.lag_s)
            lagged += (true - lagged) * self._follow
        else:
            lagged = true
        self._lagged = lagged
        value = lagged
        if spec.noise > 0.0:
            value += self._dice.gauss(0.0, spec.noise)
        if spec.noise_share > 0.0:
            value *= 1.0 + self._dice.gauss(0.0, spec.noise_share)
        if self._fault.kind != "none":
            value = self._failed(value, dt, sun)
        self.shown = round(value / spec.resolution) * spec.resolution if spec.resolution else value

    def _failed(self, value: float, dt: float, sun: float) -> float:
        fault = self._fault
        match fault.kind:
            case "stuck":
                return self.shown
            case "reads":
                return fault.by
            case "broken":
                return math.nan
            case "offset":
                return value + fault.by
            case "sunlit":
                return value + fault.by * sun
            case "drift":
                self._drift_s += dt
                return value + fault.by * self._drift_s / 3600.0
            case _:
                return value


class Instruments:
    """All instruments of a plant, by the names of its values."""

    def __init__(
        self, units: Mapping[str, str], seed: int, own: Mapping[str, InstrumentSpec], *, ideal: bool = False
    ) -> None:
        def spec_of(name: str, unit: str) -> InstrumentSpec:
            return own.get(name) or (IDEAL if ideal else TYPICAL.get(unit, IDEAL))

        self._all = {name: Instrument(spec_of(name, unit), f"{seed}/{name}") for name, unit in units.items()}
        self._swapped: dict[str, str] = {}
        self.shown: dict[str, float] = {}

    @property
    def names(self) -> Iterable[str]:
        """Which instruments there are."""
        return self._all

    def fail(self, name: str, fault: SensorFault) -> None:
        """An instrument begins to fail, or is repaired. KeyError when there is none of that name."""
        instrument = self._all[name]
        if (other := self._swapped.pop(name, None)) is not None:
            self._swapped.pop(other, None)
        if fault.kind == "swapped":
            if fault.other not in self._all:
                raise KeyError(fault.other)
            self._swapped[name], self._swapped[fault.other] = fault.other, name
        instrument.fail(fault)

    def update(self, true: Mapping[str, float], dt: float, sun: float) -> None:
        """Look at the plant `dt` seconds later."""
        shown, swapped = self.shown, self._swapped
        for name, instrument in self._all.items():
            looked_at = true[swapped.get(name, name)] if swapped else true[name]
            if instrument.plain:
                shown[name] = looked_at
            else:
                instrument.update(looked_at, dt, sun)
                shown[name] = instrument.shown
