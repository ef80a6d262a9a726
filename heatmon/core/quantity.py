"""Numbers with units, as engineers write them: ``0.6 MPa``, ``30 min``, ``5 m3/h``.

A unit belongs to one dimension; numbers convert inside a dimension only. Temperature differences
(``K``) and temperatures (``°C``) are different dimensions, because 3 K is no place on a scale.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

# dimension -> unit -> factor to the first unit of the dimension (the one heatmon computes in)
UNITS: Final[dict[str, dict[str, float]]] = {
    "time": {"s": 1.0, "ms": 1e-3, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "temperature": {"°C": 1.0},
    "difference": {"K": 1.0},
    "pressure": {"MPa": 1.0, "kPa": 1e-3, "bar": 0.1, "Pa": 1e-6, "mH2O": 0.00980665},
    "volume": {"m3": 1.0, "L": 1e-3},
    "flow": {"m3/h": 1.0, "L/s": 3.6, "L/min": 0.06},
    "power": {"kW": 1.0, "MW": 1000.0, "W": 1e-3},
    "energy": {"GJ": 1.0, "kWh": 0.0036, "MWh": 3.6, "MJ": 1e-3},
    "share": {"%": 1.0},
    "length": {"m": 1.0, "mm": 1e-3},
    "area": {"m2": 1.0},
    "frequency": {"Hz": 1.0, "rpm": 1.0 / 60.0},
    "current": {"A": 1.0, "mA": 1e-3},
    "voltage": {"V": 1.0},
    "speed": {"m/s": 1.0},
    "irradiance": {"W/m2": 1.0},
    "concentration": {"mg/L": 1.0, "ppm": 1.0},
    "pressure rate": {"kPa/min": 1.0, "MPa/min": 1000.0, "kPa/s": 60.0},
    "temperature rate": {"K/h": 1.0, "K/min": 60.0, "K/s": 3600.0},
    "conductivity": {"µS/cm": 1.0},
    "none": {"1": 1.0},
}
ALIASES: Final = {
    "℃": "°C", "degC": "°C", "C": "°C", "m³": "m3", "m³/h": "m3/h", "sec": "s", "hour": "h", "day": "d",
    "pct": "%", "t/h": "m3/h", "m²": "m2", "": "1", "uS/cm": "µS/cm",
}  # fmt: skip
DIMENSION: Final = {unit: dimension for dimension, units in UNITS.items() for unit in units}
_PATTERN: Final = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\S*)\s*\Z")


class QuantityError(ValueError):
    """The text is no quantity, or one of another dimension than wanted."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A finite number in a known unit."""

    value: float
    unit: str

    @property
    def dimension(self) -> str:
        """What kind of thing it measures, a key of `UNITS`."""
        return DIMENSION[self.unit]

    def to(self, unit: str) -> float:
        """The number in another unit. Raises QuantityError where the dimensions differ."""
        unit = canonical_unit(unit)
        if DIMENSION[unit] != self.dimension:
            raise QuantityError(f"{self} is a {self.dimension}, {unit} a {DIMENSION[unit]}")
        factors = UNITS[self.dimension]
        # One multiplication by an exact ratio where units are equal keeps 0.6 MPa exactly 0.6.
        return self.value if unit == self.unit else self.value * factors[self.unit] / factors[unit]

    def __str__(self) -> str:
        return f"{self.value:.12g} {self.unit}"


def canonical_unit(text: str) -> str:
    """The one spelling we use of a unit. Raises QuantityError for an unknown one."""
    unit = ALIASES.get(text, text)
    if unit not in DIMENSION:
        raise QuantityError(f"unknown unit {text!r}; known: {', '.join(sorted(DIMENSION))}")
    return unit


def parse_quantity(text: object) -> Quantity:
    """Read ``0.6 MPa``. Raises QuantityError for anything else, a bare number included."""
    if not isinstance(text, str):
        raise QuantityError(
            f"{text!r} has no unit; write a number and its unit, for instance 30 s or 0.6 MPa"
        )
    found = _PATTERN.match(text)
    if found is None:
        raise QuantityError(f"{text!r} is no number with a unit, for instance 30 s or 0.6 MPa")
    value = float(found[1])
    if not math.isfinite(value):
        raise QuantityError(f"{text!r} is not a finite number")
    if not found[2]:
        raise QuantityError(f"{text!r} has no unit; write for instance 30 s or 0.6 MPa")
    return Quantity(value, canonical_unit(found[2]))


def decimal(value: float, digits: int = 6) -> str:
    """A float as the journal writes it: the same text on every machine, no exponent surprises, no -0.

    Journal payloads hold decimals as strings, because JSON numbers do not survive all readers.
    """
    if not math.isfinite(value):
        raise ValueError("the journal holds no infinities and no NaN; say what is missing instead")
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
