"""The regime by the minute: margins, pump, strainer, cycling of the makeup."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from heatmon.core.pressure.dynamics import Crossings, clean_loss_mpa, pump_mpa
from heatmon.core.pressure.regime import Element, highest_allowed_mpa, vapour_margin_k
from heatmon.core.reading import Reading
from heatmon.core.signals import Signals
from heatmon.core.spec import Pressure, StationSpec
from heatmon.core.waterprops import atmosphere_mpa


class Regime:
    """Reads the tags of the pressure section; gives its minute signals in the order of the outputs."""

    def __init__(self, spec: StationSpec, settings: Pressure) -> None:
        self._settings = settings
        self._atmosphere_mpa = atmosphere_mpa(spec.station.altitude_m)
        pump, strainer = settings.pump, settings.strainer
        hottest = settings.hottest or (spec.curve.supply if spec.curve else None)
        self._hottest = Reading(spec, hottest)
        self._return = Reading(spec, settings.return_, "pressure", "MPa")
        self._supply = Reading(spec, settings.supply, "pressure", "MPa")
        self._flow = Reading(spec, pump.flow if pump else None, "flow", "m3/h")
        self._frequency = Reading(spec, pump.frequency if pump else None, "frequency", "Hz")
        self._strainer = Reading(spec, strainer.tag if strainer else None, "pressure", "MPa")
        middle = settings.setpoint_mpa
        self._crossings = None if middle is None else Crossings(middle, settings.band_mpa)
        parts = [Element(part.name, part.rating_mpa, part.height_m) for part in settings.parts]
        self._allowed_mpa, self.binding = highest_allowed_mpa(parts, settings.gauge_m)
        self._allowed_mpa = min(self._allowed_mpa, settings.working_mpa)

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        for reading in (
            self._hottest, self._return, self._supply, self._flow, self._frequency, self._strainer,
        ):  # fmt: skip
            reading.bind(signals)

    def feed(self, p_mpa: float, now_ns: int) -> None:
        """A good sample at the constant-pressure point."""
        if self._crossings is not None:
            self._crossings.feed(p_mpa, now_ns)

    def minute(self, now_ns: int) -> Iterator[float | None]:
        """Vapour margin, upper margin, pump, strainer, its ratio to clean, cycles; None where unknown."""
        low, high = self._return.good(), self._supply.good()
        # The hottest water stands under the lowest pressure it may meet: the return's where it is lower.
        known = [p for p in (low, high) if p is not None]
        yield self._vapour(min(known) if known else None)
        yield None if not known else self._allowed_mpa - max(known)
        yield self._pump_pct(low, high)
        loss = self._strainer.good()
        yield loss
        yield self._ratio(loss)
        yield None if self._crossings is None else float(self._crossings.per_h(now_ns))

    def _vapour(self, p_mpa: float | None) -> float | None:
        hottest = self._hottest.good()
        if p_mpa is None or hottest is None:
            return None
        margin = vapour_margin_k(p_mpa, hottest, self._atmosphere_mpa)
        return margin if math.isfinite(margin) else None

    def _pump_pct(self, low: float | None, high: float | None) -> float | None:
        pump, flow, frequency = self._settings.pump, self._flow.good(), self._frequency.good()
        if pump is None or flow is None or low is None or high is None:
            return None
        if self._frequency.present and frequency is None:
            return None
        expected = pump_mpa(pump.head_m, pump.k, flow, 50.0 if frequency is None else frequency)
        return 100.0 * (high - low) / expected if expected > 0.005 else None

    def _ratio(self, loss: float | None) -> float | None:
        strainer, flow = self._settings.strainer, self._flow.good()
        if strainer is None or loss is None:
            return None
        clean: float | None = strainer.clean_mpa
        if strainer.clean_flow_m3h is not None and flow is not None:
            clean = clean_loss_mpa(strainer.clean_mpa, flow, strainer.clean_flow_m3h)
        return loss / clean if clean is not None and clean > 1e-6 else None

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        return {"crossings": None if self._crossings is None else self._crossings.dump()}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        if self._crossings is not None and state["crossings"] is not None:
            self._crossings.load(state["crossings"])
