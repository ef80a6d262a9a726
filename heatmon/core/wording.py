"""Templates of messages: text with ``{fields}``, nothing else.

No attributes, no indices, no formats: what fills a field is data and can never become a template or
markup, and loses control characters. A line whose fields are all empty is left out, so one template
serves alarms with and without a limit, a cause, a console.
"""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Final

FIELDS: Final = (
    "mark", "priority", "station", "station_id", "alarm", "name", "level", "signal", "value", "limit",
    "reading", "time", "since", "duration", "cause", "consequence", "action", "by", "comment", "told",
    "console", "head", "code", "what", "count", "lines", "person",
)  # fmt: skip
"""What a template may name; see docs/notify.md for what each holds."""


def parts(template: str) -> Iterator[tuple[str, str | None]]:
    """(literal, field or None) pairs. Raises ValueError for braces that do not close."""
    for literal, field, spec, conversion in string.Formatter().parse(template):
        if field is None:
            yield literal, None
        else:
            yield literal, field if not spec and not conversion else f"{field}:{spec}{conversion or ''}"


def unknown_fields(template: str) -> list[str]:
    """Fields that no message has. Raises ValueError for braces that do not close."""
    return [field for _, field in parts(template) if field is not None and field not in FIELDS]


def fill(template: str, fields: Mapping[str, str]) -> str:
    """The text, without the lines whose fields are all empty."""
    kept = []
    for line in template.split("\n"):
        found = list(parts(line))
        named = [field for _, field in found if field is not None]
        if named and not any(fields.get(field) for field in named):
            continue
        text = "".join(literal + fields.get(field or "", "") for literal, field in found)
        kept.append("".join(c for c in text if c >= " " or c in "\n\t").rstrip())
    return "\n".join(kept)
