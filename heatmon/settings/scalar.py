"""One scalar of YAML as a value, or what is wrong with it and how to write it instead."""

from __future__ import annotations

import re
from typing import Any, Final

import yaml

from heatmon.settings.marks import HIDDEN, Path_, hides

MAX_NUMBER: Final = 1e15
"""Beyond it a float64 no longer holds every whole number; no plant has such a value."""
TEXT: Final = "tag:yaml.org,2002:str"
_TRAPS: Final = (
    (re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?\Z"), "settings.trap.sexagesimal"),
    (re.compile(r"(?i:yes|no|on|off|y|n)\Z"), "settings.trap.boolean"),
    (re.compile(r"[-+]?0\d+\Z"), "settings.trap.octal"),
    (re.compile(r"\d{4}-\d\d?-\d\d?"), "settings.trap.date"),
)
# PyYAML takes these for text, not for a number as an engineer means them.
_EXPONENT: Final = re.compile(r"[-+]?\d+(\.\d*)?[eE]\d+\Z|[-+]?\d+[eE][-+]?\d+\Z")
SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PLAIN_TAGS: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))

Wrong = tuple[str, dict[str, object]]
"""A key of the catalogue and its fields."""


def scalar(loader: yaml.SafeLoader, node: yaml.ScalarNode, path: Path_) -> tuple[Any, Wrong | None]:
    """The value, and what is wrong with it; a wrong one comes with a stand-in of a harmless type."""
    if node.tag == TEXT:
        return _text(node, path)
    if not node.style:
        for pattern, key in _TRAPS:
            if pattern.match(node.value):
                return node.value, _repeating(key, node, path)
    if node.tag not in _PLAIN_TAGS:
        return node.value, ("settings.tag", {"tag": node.tag})
    try:
        value = loader.construct_object(node)
    except (yaml.YAMLError, ValueError, OverflowError):
        return node.value, _repeating("settings.scalar", node, path)
    if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
        return 0, _repeating("settings.number", node, path)
    return value, None


def _text(node: yaml.ScalarNode, path: Path_) -> tuple[str, Wrong | None]:
    text = str(node.value)
    if not node.style and _EXPONENT.match(text):
        return text, _repeating("settings.trap.exponent", node, path)
    if SURROGATE.search(text):
        # "\\ud800" is half a character: it can be neither stored nor shown.
        return "", _repeating("settings.scalar", node, path)
    return text, None


def _repeating(key: str, node: yaml.ScalarNode, path: Path_) -> Wrong:
    """A text that repeats what was written, unless it may be a secret."""
    text = node.value[:40] if node.value.isprintable() else ascii(node.value)[:40]
    return key, {"text": HIDDEN if hides(path) else text}
