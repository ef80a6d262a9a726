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
    """Keys known at a path; in it pydantic names the member of a union by its `kind`."""
    current: list[type[BaseModel]] = [model]
    for part in path:
        if isinstance(part, int):
            continue
        named = [one for one in current if _kind_of(one) == part]
        current = named or [inner for one in current for inner in _models_at(one, part)]
    fields = [info.alias or name for one in current for name, info in one.model_fields.items()]
    return list(dict.fromkeys(fields))


def _kind_of(model: type[BaseModel]) -> str | None:
    kind = model.model_fields.get("kind")
    return None if kind is None else next(iter(getattr(kind.annotation, "__args__", ())), None)


def _models_at(model: type[BaseModel], key: str) -> list[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if (info.alias or name) == key:
            return _inner_models(info.annotation)
    return []


def _inner_models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in getattr(annotation, "__args__", ()) for model in _inner_models(argument)]
