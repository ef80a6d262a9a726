"""The mass balance of the system by minute: temperatures, pressure, vessel; the compensated loss."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.spec import StationSpec
from heatmon.core.spec.water import Vessel, Water
from heatmon.core.water.mass import MAKEUP_C, MassBook, MinuteMean, vessel_m3
from heatmon.core.water.minutes import Minutes, Window
from heatmon.core.water.pulses import Content, Stiffness
from heatmon.core.waterprops import atmosphere_mpa, liquid

TREND_MIN: Final = 15
WARMING_K: Final = 0.2
HOUR_MIN: Final = 60


class Balance:
    """Water in pipes and vessel against the makeup that went in.

    Without temperatures there is no compensation; without vessel data the vessel is reckoned by the
    stiffness that the makeup pulses show, and until there are enough of those as if there were none.
    """

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        self._vessel: Vessel | None = settings.compensation.vessel
        self._atmosphere_mpa = atmosphere_mpa(spec.station.altitude_m)
        design, volume = settings.design_circulation_m3h, settings.system_volume_m3
        self.mass = MassBook(settings.compensation, volume, design)
        self.stiffness = Stiffness()
        self.content = Content()
        self._supply, self._back, self._pressure, self._flow = (MinuteMean() for _ in range(4))
        self._makeup_c = MinuteMean()
        self._trend: deque[tuple[float | None, float | None]] = deque(maxlen=TREND_MIN + 1)
        """Pressure in kPa and mean temperature by minute."""
        self._density = liquid().density_kg_m3(MAKEUP_C)

    @property
    def makeup_density_kg_m3(self) -> float:
        """ρ of the makeup water at its measured temperature, else at 15 °C."""
        return self._density

    def tick(
        self,
        supply_c: float | None,
        return_c: float | None,
        p_mpa: float | None,
        flow_m3h: float,
        makeup_c: float | None,
    ) -> None:
        """The values of one tick."""
        self._supply.add(supply_c)
        self._back.add(return_c)
        self._pressure.add(p_mpa)
        self._flow.add(flow_m3h)
        self._makeup_c.add(makeup_c)

    def close(self, minute: int) -> None:
        """Minute number `minute` is complete."""
        supply, back, p = self._supply.take(), self._back.take(), self._pressure.take()
        makeup_c = self._makeup_c.take()
        if makeup_c is not None and 0.0 <= makeup_c <= 60.0:
            self._density = liquid().density_kg_m3(makeup_c)
        kg = None if p is None else self._vessel_kg(p)
        self.mass.close(minute, supply, back, kg, self._flow.take() or 0.0)
        warmth = None if supply is None or back is None else 0.5 * (supply + back)
        self._trend.append((None if p is None else p * 1000.0, warmth))

    def _vessel_kg(self, p_mpa: float) -> float:
        if self._vessel is not None:
            return self._density * vessel_m3(self._vessel, p_mpa, self._atmosphere_mpa)
        return self._density * (self.stiffness.l_kpa or 0.0) * p_mpa

    @property
    def rising_kpa_min(self) -> float | None:
        """Mean rise of the pressure over 15 min while the water did not get warmer; None where not known."""
        if len(self._trend) <= TREND_MIN:
            return None
        (p0, warm0), (p1, warm1) = self._trend[0], self._trend[-1]
        if p0 is None or p1 is None or warm0 is None or warm1 is None:
            return None
        return (p1 - p0) / TREND_MIN if warm1 - warm0 < WARMING_K else 0.0

    def loss_m3(self, minutes: Minutes, span: int = HOUR_MIN) -> tuple[float, Window] | None:
        """(volume of makeup water that has left the system, its window) over `span` minutes.

        The window ends `lag` minutes ago. None where the mass at one of its ends is not known.
        """
        if minutes.head is None:
            return None
        lag = self.mass.lag
        end = minutes.head - 1 - lag
        before, after = self.mass.at(end - span), self.mass.at(end)
        if before is None or after is None:
            return None
        window = minutes.window(span, lag)
        return window.makeup_m3 - (after - before) / self._density, window

    def content_change_kg(self, minutes: Minutes, span: int = HOUR_MIN) -> tuple[float, float] | None:
        """(mass change of the content as set, of the vessel) over the span that `loss_m3` looks at."""
        if minutes.head is None:
            return None
        end = minutes.head - 1 - self.mass.lag
        before, after = self.mass.at(end - span), self.mass.at(end)
        vessel = self.mass.vessel_change_kg(end - span, end)
        if before is None or after is None or vessel is None:
            return None
        return after - before - vessel, vessel

    def dump(self) -> dict[str, Any]:
        """State as JSON."""
        means = (self._supply, self._back, self._pressure, self._flow, self._makeup_c)
        return {
            "mass": self.mass.dump(),
            "stiffness": self.stiffness.dump(),
            "content": self.content.dump(),
            "means": [mean.dump() for mean in means],
            "trend": [list(pair) for pair in self._trend],
            "density": self._density,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self.mass.load(state["mass"])
        self.stiffness.load(state["stiffness"])
        self.content.load(state["content"])
        means = (self._supply, self._back, self._pressure, self._flow, self._makeup_c)
        for mean, kept in zip(means, state["means"], strict=True):
            mean.load(kept)
        self._trend = deque(((p, t) for p, t in state["trend"]), maxlen=TREND_MIN + 1)
        self._density = state["density"]
