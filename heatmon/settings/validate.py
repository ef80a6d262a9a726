"""Plain data against a model: the model, or what pydantic found as problems with their places."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from heatmon.settings.faults import problems_of
from heatmon.settings.marks import Path_, Problem
from heatmon.settings.merge import Merged

M = TypeVar("M", bound=BaseModel)


def validated(
    model: type[M], data: Mapping[str, Any], prefix: Path_, merged: Merged
) -> tuple[M | None, list[Problem]]:
    """The data as a model, or the problems; never an exception. `prefix`: where the data stands."""
    try:
        return model.model_validate(copy.deepcopy(dict(data))), []
    except ValidationError as error:
        known = {(*prefix, *path): keys for path, keys in _known_keys(error, model).items()}
        return None, merged.placed(problems_of(error, known, prefix))


def _known_keys(error: ValidationError, model: type[BaseModel]) -> dict[Path_, Sequence[str]]:
    known: dict[Path_, Sequence[str]] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "extra_forbidden":
            known[detail["loc"][:-1]] = _fields_at(model, detail["loc"][:-1])
    return known


def _fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    current: type[BaseModel] | None = model
    for part in path:
        if isinstance(part, int) or current is None:
            continue
        current = _field_model(current, part)
    if current is None:
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _field_model(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, info in model.model_fields.items():
        if (info.alias or name) == key:
            return _inner_model(info.annotation)
    return None


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None
