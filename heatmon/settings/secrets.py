"""Where secrets stand in a station's settings, which are missing, and references that nobody resolves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from pydantic import BaseModel

from heatmon.core.spec import SecretReference
from heatmon.secret import SecretError, reveal
from heatmon.settings.marks import Path_

_REFERENCE: Final = re.compile(r"\s*\$\{[A-Za-z]*:[^}]*\}\s*\Z")


def references(value: Any, path: Path_ = ()) -> Iterator[tuple[Path_, SecretReference]]:
    """Every secret inside validated settings, with its path as it is written."""
    if isinstance(value, SecretReference):
        yield path, value
    elif isinstance(value, BaseModel):
        for name, info in type(value).model_fields.items():
            yield from references(getattr(value, name), (*path, info.alias or name))
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from references(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for i, item in enumerate(value):
            yield from references(item, (*path, i))


def misplaced(data: Any, known: frozenset[Path_], path: Path_ = ()) -> Iterator[Path_]:
    """Paths of plain data that look like a reference where no secret is expected."""
    if isinstance(data, str):
        if path not in known and _REFERENCE.match(data):
            yield path
    elif isinstance(data, dict):
        for key, item in data.items():
            yield from misplaced(item, known, (*path, key))
    elif isinstance(data, list):
        for i, item in enumerate(data):
            yield from misplaced(item, known, (*path, i))


def missing(found: Iterable[tuple[Path_, SecretReference]]) -> Iterator[tuple[Path_, SecretError]]:
    """The secrets that this process cannot have now. What can be had is read and forgotten."""
    for path, reference in found:
        try:
            reveal(reference)
        except SecretError as error:
            yield path, error
