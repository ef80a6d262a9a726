"""A file as YAML nodes, or the one thing that keeps it from being read, with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import yaml

from heatmon.settings.compose import MAX_DEPTH, TooDeepError, compose
from heatmon.settings.marks import Mark, Path_, Problem

MAX_BYTES: Final = 4_000_000
NON_PRINTABLE: Final = yaml.reader.Reader.NON_PRINTABLE

Composed = tuple[yaml.SafeLoader, yaml.Node]


def composed_file(file: Path, shown: str, at: Path_) -> Composed | Problem | None:
    """The nodes of a file, with the loader for its scalars; None for an empty one.

    shown: the file as faults name it; at: the path its content stands at.
    """
    text = _text(file, shown, at)
    if isinstance(text, Problem):
        return text
    try:
        loader, node = compose(text)
    except TooDeepError as error:
        return _problem(Mark(shown, error.line, error.column), at, "settings.too_deep", most=MAX_DEPTH)
    except yaml.MarkedYAMLError as error:
        return _syntax(text, error, shown, at)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        return _odd_character(text, error, shown, at)
    return None if node is None else (loader, node)


def _problem(mark: Mark, at: Path_, key: str, **params: object) -> Problem:
    return Problem(mark, at, key, tuple(params.items()))


def _text(file: Path, shown: str, at: Path_) -> str | Problem:
    top = Mark(shown, 1, 1)
    try:
        if file.exists() and not file.is_file():
            # A pipe or a terminal would make us wait for ever.
            return _problem(top, at, "settings.not_a_file")
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        return _problem(top, at, "settings.unreadable", reason=error.strerror or type(error).__name__)
    if len(raw) > MAX_BYTES:
        return _problem(top, at, "settings.too_large", most=MAX_BYTES)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        return _problem(Mark(shown, before.count(b"\n") + 1, column), at, "settings.encoding")


def _syntax(text: str, error: yaml.MarkedYAMLError, shown: str, at: Path_) -> Problem:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    place = Mark(shown, line + 1, column + 1)
    lines = text.splitlines()
    if line < len(lines) and "\t" in lines[line][: column + 1]:
        return _problem(place, at, "settings.tab")
    what = ": ".join(part for part in (error.context, error.problem) if part) or str(error)
    return _problem(place, at, "settings.syntax", what=what)


def _odd_character(text: str, error: Exception, shown: str, at: Path_) -> Problem:
    found = NON_PRINTABLE.search(text)
    if found is None:
        return _problem(Mark(shown, 1, 1), at, "settings.syntax", what=str(error).splitlines()[0])
    before = text[: found.start()]
    place = Mark(shown, before.count("\n") + 1, len(before) - before.rfind("\n"))
    return _problem(place, at, "settings.character", character=f"U+{ord(found.group()):04X}")
