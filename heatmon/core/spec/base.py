"""What all settings share: frozen, strict, nothing unknown, numbers with units.

The models are the settings themselves: what an engineer writes in YAML is validated into them and
nothing copies it into a second form. Quantities are parsed here, once: a field named ``period_s``
in Python is written ``period: 30 s`` in YAML, and holds seconds ever after.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, StringConstraints, WithJsonSchema

from heatmon.core.quantity import Quantity, QuantityError, canonical_unit, parse_quantity
from heatmon.core.spec.told import told

_SUFFIX: Final = re.compile(r"_(s|c|k|k_h|mpa|m3|m3h|m2|m|pct|kw)$")


def written_name(field: str) -> str:
    """The key in YAML of a Python field: without its unit, because the value carries it."""
    return _SUFFIX.sub("", field)


class Model(BaseModel):
    """A piece of the settings: frozen, strict, and without unknown keys."""

    model_config = ConfigDict(
        frozen=True, strict=True, extra="forbid", validate_default=True, alias_generator=written_name
    )


def _in(unit: str) -> BeforeValidator:
    def convert(text: object) -> float:
        try:
            return parse_quantity(text).to(unit)
        except QuantityError as error:
            raise told(error.code, **error.params) from None

    return BeforeValidator(convert)


def _schema(unit: str) -> WithJsonSchema:
    return WithJsonSchema(
        {"type": "string", "pattern": r"^\s*[-+]?[0-9.]+([eE][-+]?\d+)?\s*\S+$", "examples": [f"5 {unit}"]}
    )


def quantity(text: object) -> Quantity:
    """A quantity of any dimension, for validators. Raises what pydantic collects."""
    try:
        return text if isinstance(text, Quantity) else parse_quantity(text)
    except QuantityError as error:
        raise told(error.code, **error.params) from None


def _unit(text: object) -> str:
    if not isinstance(text, str):
        raise told("quantity.unit_text", text="null" if text is None else str(text)[:40])
    try:
        return canonical_unit(text)
    except QuantityError as error:
        raise told(error.code, **error.params) from None


Seconds = Annotated[float, _in("s"), Field(ge=0), _schema("s")]
Positive = Field(gt=0)
Celsius = Annotated[float, _in("°C"), Field(ge=-273.15), _schema("°C")]
Kelvin = Annotated[float, _in("K"), _schema("K")]
KelvinPerHour = Annotated[float, _in("K/h"), Field(gt=0), _schema("K/h")]
Mpa = Annotated[float, _in("MPa"), _schema("MPa")]
M3 = Annotated[float, _in("m3"), Field(ge=0), _schema("m3")]
M3h = Annotated[float, _in("m3/h"), Field(ge=0), _schema("m3/h")]
M2 = Annotated[float, _in("m2"), Field(gt=0), _schema("m2")]
Metres = Annotated[float, _in("m"), _schema("m")]
Percent = Annotated[float, _in("%"), Field(ge=0), _schema("%")]
AnyQuantity = Annotated[
    Quantity, BeforeValidator(quantity), WithJsonSchema({"type": "string", "examples": ["0.6 MPa", "30 s"]})
]
Unit = Annotated[str, BeforeValidator(_unit), WithJsonSchema({"type": "string"})]

# Ids stand in file names, journal entries, messages and URLs: letters, digits, _ and -.
ID_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9_-]{0,63}$"
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
# A signal is a tag id or a derived signal such as water.loss_1h_pct.
SIGNAL_PATTERN: Final = r"^[A-Za-z][A-Za-z0-9_-]{0,63}(\.[a-z][a-z0-9_]{0,63})?$"
SignalId = Annotated[str, StringConstraints(pattern=SIGNAL_PATTERN)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=2000)]


T = TypeVar("T")
# A tuple that is written as a YAML list; strictness would ask for a Python tuple.
Listed = Annotated[tuple[T, ...], Strict(False)]


def written(text: str) -> Any:
    """A default as an engineer would write it, validated like any other value."""
    return Field(default=text)


class Words(Model):
    """A text in both languages."""

    en: Line
    zh: Line

    def in_language(self, language: str) -> str:
        """The text in ``en`` or ``zh``."""
        return self.zh if language == "zh" else self.en
