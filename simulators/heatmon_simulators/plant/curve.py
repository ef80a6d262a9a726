"""Quality regulation: the supply temperature that belongs to an outdoor temperature."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignCurve:
    """Central quality regulation at constant flow, after the textbook 《供热工程》, central regulation.

    t_g = t_n + ½(t_g'+t_h'−2t_n)·Q^(1/(1+b)) + ½(t_g'−t_h')·Q with Q = (t_n−t_w)/(t_n−t_w').
    The defaults are the 60/45 °C curve of the reference station.
    """

    room_c: float = 18.0
    outdoor_design_c: float = -7.0
    supply_design_c: float = 60.0
    return_design_c: float = 45.0
    exponent_b: float = 0.3

    def supply_c(self, outdoor_c: float) -> float:
        """Supply temperature, °C; the room temperature once the outdoor air is as warm (heating off)."""
        return self._mean_c(outdoor_c) + self._half_difference_k(outdoor_c)

    def return_c(self, outdoor_c: float) -> float:
        """Return temperature that belongs to `supply_c`."""
        return self._mean_c(outdoor_c) - self._half_difference_k(outdoor_c)

    def _half_difference_k(self, outdoor_c: float) -> float:
        return 0.5 * (self.supply_design_c - self.return_design_c) * self._load(outdoor_c)

    def _load(self, outdoor_c: float) -> float:
        # Held at zero before the power: a negative base would give a complex number.
        return max(0.0, (self.room_c - outdoor_c) / (self.room_c - self.outdoor_design_c))

    def _mean_c(self, outdoor_c: float) -> float:
        spread = 0.5 * (self.supply_design_c + self.return_design_c - 2.0 * self.room_c)
        return self.room_c + spread * float(self._load(outdoor_c) ** (1.0 / (1.0 + self.exponent_b)))


RADIATOR_CURVE = DesignCurve()
FLOOR_CURVE = DesignCurve(supply_design_c=45.0, return_design_c=35.0, exponent_b=0.1)
