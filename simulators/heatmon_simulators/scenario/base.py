"""What scenario files share with station files: strict, nothing unknown, quantities with their unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from heatmon.core.quantity import QuantityError, parse_quantity
from heatmon.core.spec import Model
from heatmon.core.spec.base import written_name

_SUFFIX: Final = re.compile(r"_(mm|ms|kpa|nm3h|ppm|s)$")


def key_of(field: str) -> str:
    """The key in YAML of a Python field: without its unit, because the value carries it."""
    return _SUFFIX.sub("", written_name(field)).removesuffix("_")


class ScenarioModel(Model):
    """A piece of a scenario file."""

    model_config = ConfigDict(alias_generator=key_of)


@dataclass(frozen=True, slots=True)
class Kept:
    """A number that is written with its unit and kept in `unit`, between two bounds, both allowed."""

    unit: str
    low: float
    high: float

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """How pydantic checks it."""
        number = core_schema.float_schema(ge=self.low, le=self.high, strict=True, allow_inf_nan=False)
        return core_schema.no_info_before_validator_function(self._convert, number)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """How editors check it."""
        return {"type": "string", "examples": [f"5 {self.unit}"]}

    def _convert(self, text: object) -> float:
        try:
            return parse_quantity(text).to(self.unit)
        except QuantityError as error:
            raise ValueError(str(error)) from None


Moment = Annotated[float, Kept("s", 0.0, 400 * 86400.0)]
Duration = Annotated[float, Kept("s", 0.001, 400 * 86400.0)]
Millimetres = Annotated[float, Kept("mm", 0.0, 100.0)]
Outdoor = Annotated[float, Kept("°C", -45.0, 40.0)]
Share = Annotated[float, Kept("%", 0.0, 100.0)]
