"""Which circulation flow is taken: the meter, the heat balance, the pump curve, or the design."""

from __future__ import annotations

from collections.abc import Sequence

from heatmon.core.reading import Reading
from heatmon.core.signals import Signals
from heatmon.core.spec import StationSpec, Water
from heatmon.core.water.circulation import FlowSource, by_heat_m3h, by_pump_m3h, is_flowing


class FlowFinder:
    """The first source that gives a flow to divide by. `actual_m3h` may be zero: the water stands."""

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        self._design = settings.design_circulation_m3h
        self._meter = Reading(spec, settings.circulation, "flow", "m3/h")
        self._heat = Reading(spec, settings.heat, "power", "kW")
        self._pump = settings.pump_curve
        pump = self._pump
        self._frequency = Reading(spec, pump.frequency if pump else None, "frequency", "Hz")
        self._high = Reading(spec, pump.supply_pressure if pump else None, "pressure", "MPa")
        self._low = Reading(spec, pump.return_pressure if pump else None, "pressure", "MPa")

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        for reading in self.readings:
            reading.bind(signals)

    @property
    def readings(self) -> Sequence[Reading]:
        """Everything that is read."""
        return (self._meter, self._heat, self._frequency, self._high, self._low)

    def find(self, supply_c: float | None, return_c: float | None) -> tuple[float, FlowSource, float]:
        """(flow to divide by, its source, the flow as far as it is known: 0 when the meter stands)."""
        metered = self._meter.good()
        if metered is not None and is_flowing(metered, self._design):
            return metered, FlowSource.METER, metered
        actual = 0.0 if metered is not None else self._design
        if metered is None:
            for source, flow in (
                (FlowSource.HEAT_BALANCE, by_heat_m3h(self._heat.good(), supply_c, return_c)),
                (FlowSource.PUMP_CURVE, self._by_pump()),
            ):
                if flow is not None and is_flowing(flow, self._design):
                    return flow, source, flow
        return self._design, FlowSource.DESIGN, actual

    def _by_pump(self) -> float | None:
        pump, high, low = self._pump, self._high.good(), self._low.good()
        if pump is None or high is None or low is None:
            return None
        frequency = self._frequency.good()
        if self._frequency.present and frequency is None:
            return None
        return by_pump_m3h(pump.head_m, pump.k, high - low, frequency)
