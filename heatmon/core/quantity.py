"""Numbers with units, as engineers write them: ``0.6 MPa``, ``30 min``, ``5 m3/h``.

A unit belongs to one dimension; numbers convert inside a dimension only. Temperature differences
(``K``) and temperatures (``°C``) are different dimensions, because 3 K is no place on a scale.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from difflib import get_close_matches
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
    """The text is no quantity, or one of another dimension than wanted.

    code: a key of the catalogue; params fill its text. `str` gives the English one.
    """

    def __init__(self, code: str, sentence: str, **params: str) -> None:
        super().__init__(sentence.format(**params))
        self.code, self.params = code, params


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
            raise QuantityError(
                "quantity.dimension",
                "{written} does not fit here; write it in {units}",
                written=str(self),
                units=", ".join(UNITS[DIMENSION[unit]]),
            )
        factors = UNITS[self.dimension]
        # One multiplication by an exact ratio where units are equal keeps 0.6 MPa exactly 0.6.
        return self.value if unit == self.unit else self.value * factors[self.unit] / factors[unit]

    def __str__(self) -> str:
        return f"{self.value:.12g} {self.unit}"


def canonical_unit(text: str) -> str:
    """The one spelling we use of a unit. Raises QuantityError for an unknown one."""
    unit = ALIASES.get(text, text)
    if unit not in DIMENSION:
        near = get_close_matches(unit.casefold(), {known.casefold(): known for known in DIMENSION}, 1)
        if near:
            raise QuantityError(
                "quantity.unit_near",
                "unknown unit {unit}; did you mean {near}?",
                unit=unit,
                near=next(known for known in DIMENSION if known.casefold() == near[0]),
            )
        raise QuantityError(
            "quantity.unit",
            "unknown unit {unit}; known: {known}",
            unit=unit,
            known=", ".join(known for known in DIMENSION if known != "1"),
        )
    return unit


def parse_quantity(text: object) -> Quantity:
    """Read ``0.6 MPa``. Raises QuantityError for anything else, a bare number included."""
    found = _PATTERN.match(text) if isinstance(text, str) else None
    bare = isinstance(text, int | float) and not isinstance(text, bool)
    if found is None and not bare:
        raise QuantityError(
            "quantity.none",
            "{text} is no number with a unit, such as 30 s or 0.6 MPa",
            text=_short(text),
        )
    if found is None or not found[2]:
        raise QuantityError(
            "quantity.bare",
            "{text} has no unit; write the number and its unit, such as 30 s or 0.6 MPa",
            text=_short(text),
        )
    value = float(found[1])
    if not math.isfinite(value):
        raise QuantityError("quantity.infinite", "{text} is too large a number", text=_short(text))
    return Quantity(value, canonical_unit(found[2]))


def _short(text: object) -> str:
    """What was written, as a fault repeats it."""
    shown = text if isinstance(text, str) else repr(text)
    return shown if len(shown) <= 40 else shown[:39] + "…"


def decimal(value: float, digits: int = 6) -> str:
    """A float as the journal writes it: the same text on every machine, no exponent surprises, no -0.

    Journal payloads hold decimals as strings, because JSON numbers do not survive all readers.
    """
    if not math.isfinite(value):
        raise ValueError("the journal holds no infinities and no NaN; say what is missing instead")
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
