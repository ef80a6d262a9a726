"""Faults of settings: where, what, what is allowed, the nearest that is known; in the reader's language."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, runtime_checkable

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from heatmon.catalogue import Language, render, render_fields, texts
from heatmon.core.spec.base import ID_PATTERN, SIGNAL_PATTERN
from heatmon.settings.marks import HIDDEN, Mark, Path_, Problem, hides


@dataclass(frozen=True, slots=True)
class Both:
    """A word inside a text, in both languages; `fault_of` takes the reader's."""

    english: str
    chinese: str

    def in_language(self, language: Language) -> str:
        """The word in the reader's language."""
        return self.chinese if language == "zh" else self.english


_TEXT: Final = Both("text; put it in quotes if it looks like something else", "文本；形似其他类型时请加引号")
_WHOLE: Final = Both("a whole number", "整数")
_LIST: Final = Both("a list: [a, b], or one item a line after '- '", "列表：[a, b]，或每行一项并以 '- ' 开头")
_MAPPING: Final = Both("keys with values: {key: value}, or one a line", "键值对：{键: 值}，或每行一个")
_TYPES: Final = {
    "string_type": _TEXT,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "float_type": Both("a number", "数字"),
    "bool_type": Both("true or false", "true 或 false"),
    "tuple_type": _LIST,
    "list_type": _LIST,
    "dict_type": _MAPPING,
    "mapping_type": _MAPPING,
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "is_instance_of": _MAPPING,
    "finite_number": Both("a finite number", "有限数"),
}
_RELATIONS: Final = {
    "greater_than": ("gt", Both("above", "大于")),
    "greater_than_equal": ("ge", Both("at least", "不小于")),
    "less_than": ("lt", Both("below", "小于")),
    "less_than_equal": ("le", Both("at most", "不大于")),
}
_ID_PATTERNS: Final = (ID_PATTERN, SIGNAL_PATTERN)
_MOMENTS: Final = ("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware")
_LENGTHS: Final = {
    "too_short": ("least", "min_length"),
    "string_too_short": ("least", "min_length"),
    "too_long": ("most", "max_length"),
    "string_too_long": ("most", "max_length"),
}
SHOWN_MOST: Final = 12


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
        if detail["type"] in ("union_tag_invalid", "union_tag_not_found"):
            # The word that names a member of the union, not the whole section, is at fault.
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
    if kind in ("missing", "union_tag_not_found"):
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
    return _of_a_value(kind, context, value, detail["msg"])


def _of_a_value(
    kind: str, context: Mapping[str, Any], value: str, message: str
) -> tuple[str, dict[str, object]]:
    if kind in _TYPES:
        return "settings.type", {"value": value, "wanted": _TYPES[kind]}
    if kind in ("literal_error", "union_tag_invalid"):
        expected = str(context.get("expected") or context.get("expected_tags"))
        return _choice(str(context.get("tag", value)), re.findall(r"'([^']*)'|(\d+)", expected))
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern"))
        key = "settings.pattern" if pattern in _ID_PATTERNS else "settings.other_pattern"
        return key, {"value": value, "pattern": pattern}
    if kind in _RELATIONS:
        bound, relation = _RELATIONS[kind]
        return "settings.bound", {"value": value, "relation": relation, "bound": context.get(bound)}
    if kind in _MOMENTS:
        return "settings.moment", {"value": value}
    if kind in _LENGTHS:
        name, of = _LENGTHS[kind]
        return f"settings.{kind}", {name: context.get(of)}
    return "settings.value", {"why": message.removeprefix("Value error, ")}


def _choice(value: str, found: Sequence[tuple[str, str]]) -> tuple[str, dict[str, object]]:
    allowed = [word or number for word, number in found]
    near = nearest(value, allowed)
    if near is None:
        return "settings.choice", {"value": value, "allowed": ", ".join(allowed)}
    return "settings.choice_near", {"value": value, "near": near, "allowed": ", ".join(allowed)}


def shortened(known: Sequence[str]) -> str:
    """The first of many names; a screen full of them helps nobody."""
    more = len(known) - SHOWN_MOST
    return (", ".join(known[:SHOWN_MOST]) or "–") + (f" … (+{more})" if more > 0 else "")


def shown_value(path: Sequence[int | str], value: Any) -> str:
    """A value as a fault repeats it: short, and never where a secret may stand."""
    if hides(path):
        return HIDDEN
    text = value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"
