"""Faults of settings: where, what, what is allowed, the nearest that is known; in the reader's language."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from heatmon.catalogue import Language, render, render_fields, texts
from heatmon.settings.marks import HIDDEN, Mark, Path_, Problem, hides

_TYPES: Final = {
    "string_type": ("text", "文本"),
    "int_type": ("whole number", "整数"),
    "int_from_float": ("whole number", "整数"),
    "float_type": ("number", "数字"),
    "bool_type": ("true or false", "true 或 false"),
    "tuple_type": ("list", "列表"),
    "list_type": ("list", "列表"),
    "dict_type": ("mapping", "映射"),
    "mapping_type": ("mapping", "映射"),
    "model_type": ("mapping", "映射"),
    "model_attributes_type": ("mapping", "映射"),
    "finite_number": ("finite number", "有限数"),
}
_RELATIONS: Final = {
    "greater_than": ("gt", "above", "大于"),
    "greater_than_equal": ("ge", "at least", "不小于"),
    "less_than": ("lt", "below", "小于"),
    "less_than_equal": ("le", "at most", "不大于"),
}


@runtime_checkable
class Translated(Protocol):
    """A part of a text that itself depends on the reader's language."""

    def in_language(self, language: Language) -> str:
        """The words."""


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault (or warning), ready to print."""

    mark: Mark
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.mark.file}:{self.mark.line}:{self.mark.column}: {self.path}: {self.message}"


def shown_path(path: Sequence[int | str], language: Language) -> str:
    """``alarms.3.limit``; the whole file where there is no path."""
    return ".".join(map(str, path)) or render("settings.whole", language)


def fault_of(problem: Problem, language: Language) -> Fault:
    """A problem in words."""
    params = {
        name: value.in_language(language) if isinstance(value, Translated) else value
        for name, value in problem.params
    }
    text = render_fields(problem.key, language, params)
    return Fault(problem.mark, shown_path(problem.path, language), text)


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word that was probably meant."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


def problems_of(
    error: ValidationError, known_keys: Mapping[Path_, Sequence[str]], prefix: Path_
) -> list[Problem]:
    """pydantic's findings as problems without marks yet (mark is put by the caller from the path)."""
    nowhere = Mark("", 0, 0)
    found = []
    details = error.errors(include_url=False)
    faulty = {detail["loc"][:n] for detail in details for n in range(len(detail["loc"]))}
    for detail in details:
        if detail["type"] == "too_short" and detail["loc"] in faulty:
            # Items that are wrong are not counted; they are told themselves.
            continue
        path = (*prefix, *detail["loc"])
        if detail["type"] == "union_tag_invalid":
            # The word that names no member of the union, not the whole section, is at fault.
            path = (*path, "kind")
        key, params = _translate(detail, path, known_keys)
        found.append(Problem(nowhere, path, key, tuple(params.items())))
    return found


def _translate(
    detail: ErrorDetails, path: Path_, known_keys: Mapping[Path_, Sequence[str]]
) -> tuple[str, dict[str, object]]:
    kind, context = detail["type"], detail.get("ctx", {})
    value = shown_value(path, detail["input"])
    if kind in texts():
        # Our own validators, and those of drivers, name their text.
        return kind, dict(context)
    if kind == "missing":
        return "settings.missing", {}
    if kind == "extra_forbidden":
        known = known_keys.get(path[:-1], ())
        near = nearest(str(path[-1]), known)
        params: dict[str, object] = {"known": ", ".join(known) or "–"}
        return (
            ("settings.unknown_key_near", {"near": near, **params})
            if near
            else ("settings.unknown_key", params)
        )
    if kind in _TYPES:
        return "settings.type", {"value": value, "wanted": _Both(*_TYPES[kind])}
    if kind in ("literal_error", "union_tag_invalid"):
        return "settings.choice", {
            "value": context.get("tag", value),
            "allowed": context.get("expected") or context.get("expected_tags"),
        }
    if kind == "string_pattern_mismatch":
        return "settings.pattern", {"value": value, "pattern": context.get("pattern")}
    if kind in _RELATIONS:
        bound, english, chinese = _RELATIONS[kind]
        return "settings.bound", {
            "value": value,
            "relation": _Both(english, chinese),
            "bound": context.get(bound),
        }
    if kind.startswith(("too_", "string_too_")):
        return "settings.length", {"why": detail["msg"]}
    return "settings.value", {"why": detail["msg"].removeprefix("Value error, ")}


@dataclass(frozen=True, slots=True)
class _Both:
    """A word inside a text, in both languages; `fault_of` takes the reader's."""

    english: str
    chinese: str

    def in_language(self, language: Language) -> str:
        return self.chinese if language == "zh" else self.english


def shown_value(path: Sequence[int | str], value: Any) -> str:
    """A value as a fault repeats it: short, and never where a secret may stand."""
    if hides(path):
        return HIDDEN
    text = repr(value) if not isinstance(value, str) else value
    return text if len(text) <= 60 else text[:57] + "…"
