"""Every key of a station's settings, from the models themselves, as a page that people read."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from heatmon.catalogue import Language, render, texts
from heatmon.driver import Driver, installed
from heatmon.settings.schema import schema

Schema = Mapping[str, Any]
NO_DEFAULT: Final = "required"


# In a docstring: ``limit, deadband: what they mean.`` at the beginning of a sentence.
_EXPLAINED: Final = re.compile(r"(?:^|(?<=[.;] ))([a-z_0-9]+(?:, [a-z_0-9]+)*): ")


def reference(drivers: Mapping[str, Driver], language: Language = "en") -> str:
    """Markdown: a table for each section, then for each part of one, then for each driver."""
    whole = schema(drivers)
    definitions: dict[str, Schema] = whole["$defs"]
    lines = ["## Sections", "", "| section | holds |", "|---|---|"]
    lines.extend(f"| `{key}` | {_kind(part)} |" for key, part in whole["properties"].items())
    for name, part in definitions.items():
        if "properties" in part:
            lines.extend(_table(name, part, language))
    return "\n".join(lines) + "\n"


def meaning(name: str, key: str, part: Schema, language: Language) -> str:
    """What a key means: the catalogue's text, else what the model's docstring says; empty where neither."""
    known = texts()
    for candidate in (f"key.{name}.{key}", f"key.{key}"):
        if candidate in known:
            return render(candidate, language)
    return _explained(part).get(key, "")


def _explained(part: Schema) -> dict[str, str]:
    """{key: meaning} of a docstring."""
    text = _paragraphs(str(part.get("description", ""))).replace("\n\n", " ")
    found, meanings = list(_EXPLAINED.finditer(text)), dict[str, str]()
    for one, following in zip_longest(found, found[1:]):
        words = text[one.end() : following.start() if following else len(text)].strip(" .")
        meanings.update({key.rstrip("_"): words for key in one[1].split(", ")})
    return meanings


def _table(name: str, part: Schema, language: Language) -> Iterator[str]:
    yield from ("", f"## {name}", "")
    if text := str(part.get("description", "")).strip():
        yield from (_paragraphs(text).split("\n\n")[0], "")
    if not part["properties"]:
        yield "No keys."
        return
    yield from ("| key | meaning | value | default |", "|---|---|---|---|")
    needed = frozenset(part.get("required", ()))
    for key, field in part["properties"].items():
        words = meaning(name, key, part, language).replace("|", "\\|")
        yield f"| `{key}` | {words} | {_kind(field)} | {_default(key, field, needed)} |"


def _paragraphs(text: str) -> str:
    """A docstring as running text: its lines were broken for a screen."""
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n"))


def _default(key: str, field: Schema, needed: frozenset[str]) -> str:
    if key in needed:
        return NO_DEFAULT
    value = field.get("default")
    if value is None or value == {} or value == []:
        return "none"
    return f"`{value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}`"


def _kind(field: Schema) -> str:
    """What may stand there, in words."""
    if "$ref" in field:
        name = str(field["$ref"]).removeprefix("#/$defs/")
        return f"[{name}](#{name.lower().replace('.', '')})"
    for several in ("anyOf", "oneOf", "allOf"):
        if several in field:
            kinds = [_kind(one) for one in field[several] if one.get("type") != "null"]
            return " or ".join(dict.fromkeys(kinds))
    if "enum" in field:
        return ", ".join(f"`{word}`" for word in field["enum"] if word is not None)
    if "const" in field:
        return f"`{field['const']}`"
    return _plain(field)


def _plain(field: Schema) -> str:
    match field.get("type"):
        case "array":
            size = f", at least {field['minItems']}" if field.get("minItems") else ""
            return f"list of {_kind(field['items'])}{size}" if field.get("items") else f"list{size}"
        case "object":
            return "keys with values"
        case "boolean":
            return "`true` or `false`"
        case "integer":
            return "whole number" + _bounds(field)
        case "number":
            return "number" + _bounds(field)
        case "string":
            return _text(field)
    return "any value"


def _text(field: Schema) -> str:
    if field.get("format") == "date-time":
        return "date, time and zone in quotes"
    if examples := field.get("examples"):
        what = "secret by reference" if "credential" in str(examples[0]) else "number with its unit"
        return f"{what}, such as `{examples[0]}`{_bounds(field)}"
    pattern = str(field.get("pattern", ""))
    if pattern.startswith("^[A-Za-z][A-Za-z0-9_-]{0,63}"):
        return "signal" if "." in pattern else "id"
    return f"text like `{pattern}`" if pattern else "text"


def _bounds(field: Schema) -> str:
    """``, 1 to 65535``, as far as there are bounds."""
    low, high = field.get("minimum"), field.get("maximum")
    above, below = field.get("exclusiveMinimum"), field.get("exclusiveMaximum")
    if low is not None and high is not None:
        return f", {low:g} to {high:g}"
    parts = [("at least", low), ("above", above), ("at most", high), ("below", below)]
    return "".join(f", {word} {bound:g}" for word, bound in parts if bound is not None)


BEGIN: Final = "<!-- from here on made by `make docs` -->\n"


def rewrite(page: Path) -> None:
    """Put today's tables into a page, below its own words."""
    head, _, _ = page.read_text("utf-8").partition(BEGIN)
    page.write_text(head + BEGIN + reference(installed()), "utf-8")


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
