"""The one catalogue of everything people read, in English and Simplified Chinese.

A room of the house keeps its texts in a module of this package, as ``TEXTS: dict[key, (en, zh)]``
with ``str.format`` fields. `render` looks a key up; a missing key or field is a programming error
that a test finds, never something a user sees as a traceback.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Mapping
from functools import cache
from typing import Literal, cast

Language = Literal["en", "zh"]


@cache
def texts() -> Mapping[str, tuple[str, str]]:
    """All keys with their English and Chinese texts. Raises ValueError where a key stands twice."""
    merged: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        part = cast("dict[str, tuple[str, str]]", importlib.import_module(f"{__name__}.{module.name}").TEXTS)
        if twice := merged.keys() & part.keys():
            raise ValueError(f"catalogue keys stand twice: {sorted(twice)}")
        merged.update(part)
    return merged


def render(key: str, language: Language, **params: object) -> str:
    """The text of `key` in a language, its fields filled from `params`."""
    english, chinese = texts()[key]
    return (chinese if language == "zh" else english).format(**params)


class _Fields(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "–"


def render_fields(key: str, language: Language, fields: Mapping[str, object]) -> str:
    """As `render`, for recorded fields: one that an old record lacks is shown as a dash.

    A field that holds a dotted key of the catalogue (a reason, say) is itself shown in words, and a
    number of an enumeration with the word that was recorded beside it (``value_en``, ``value_zh``).
    """
    # A digital alarm has no limit and no unit: a dash, never Python's word for it.
    shown = {name: "–" if value is None else value for name, value in fields.items()}
    for name, value in fields.items():
        if isinstance(value, str) and "." in value and value in texts():
            shown[name] = _text(value, language).format_map(_Fields(fields))
        elif word := fields.get(f"{name}_{language}"):
            shown[name] = f"{word} ({value})"
    return _text(key, language).format_map(_Fields(shown))


def _text(key: str, language: Language) -> str:
    english, chinese = texts()[key]
    return chinese if language == "zh" else english


def language_of(environment: Mapping[str, str] = os.environ) -> Language:
    """The reader's language: HEATMON_LANG, else LC_ALL, LC_MESSAGES, LANG; English unless Chinese."""
    for name in ("HEATMON_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environment.get(name):
            return "zh" if value.lower().startswith("zh") else "en"
    return "en"
