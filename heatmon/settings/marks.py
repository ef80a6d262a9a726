"""YAML with places: plain data, and for every path the line and column where it stands.

Only the safe core of YAML is taken. What YAML 1.1 would turn into something else than an engineer
meant (``12:30``, ``no``, ``012``, bare dates) is a fault with a hint, as are duplicate keys, tags,
merge loops and documents that unfold beyond any reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

MAX_BYTES: Final = 1_000_000
MAX_NODES: Final = 100_000
MAX_DEPTH: Final = 40
MAX_NUMBER: Final = 1e15
"""Beyond it a float64 no longer holds every whole number; no plant has such a value."""

Path_ = tuple[int | str, ...]
_TRAPS: Final = (
    (re.compile(r"[-+]?\d[\d_]*(:[0-5]?\d)+(\.\d*)?\Z"), "settings.trap.sexagesimal"),
    (re.compile(r"(?i:yes|no|on|off|y|n)\Z"), "settings.trap.boolean"),
    (re.compile(r"[-+]?0\d+\Z"), "settings.trap.octal"),
    (re.compile(r"\d{4}-\d\d?-\d\d?"), "settings.trap.date"),
)
# PyYAML takes these for text, not for a number as an engineer means them.
_EXPONENT: Final = re.compile(r"[-+]?\d+(\.\d*)?[eE]\d+\Z|[-+]?\d+[eE][-+]?\d+\Z")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
# Someone may write a password where only its reference belongs: it must not end on a screen or in a log.
_SECRET_KEY: Final = re.compile(r"(?i)pass(word)?|pwd|token|secret|credential|private|pin\b|api_?key|auth")
HIDDEN: Final = "…"


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a file; line and column from 1."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong at a place, as a catalogue key and its fields."""

    mark: Mark
    path: Path_
    key: str
    params: tuple[tuple[str, object], ...] = ()


@dataclass(slots=True)
class Document:
    """A file's data with the marks of its paths (of the value) and keys (of the key itself)."""

    data: Any = None
    values: dict[Path_, Mark] = field(default_factory=dict)
    keys: dict[Path_, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def hides(path: Sequence[int | str]) -> bool:
    """Whether what stands at this path may be a secret, so that no fault repeats it."""
    return any(isinstance(part, str) and _SECRET_KEY.search(part) is not None for part in path[-2:])


def read_yaml(file: Path, shown: str) -> Document:
    """Read one file; every fault becomes a problem, never an exception."""
    document = Document()
    top = Mark(shown, 1, 1)
    try:
        with file.open("rb") as opened:
            raw = opened.read(MAX_BYTES + 1)
    except OSError as error:
        document.problems.append(Problem(top, (), "settings.unreadable", (("reason", error.strerror or ""),)))
        return document
    if len(raw) > MAX_BYTES:
        params = (("most", MAX_BYTES),)
        document.problems.append(Problem(top, (), "settings.too_large", params))
        return document
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        document.problems.append(Problem(Mark(shown, line, 1), (), "settings.encoding"))
        return document
    _Reader(document, shown).read(text)
    return document


class _Reader:
    def __init__(self, document: Document, shown: str) -> None:
        self._document, self._shown, self._nodes = document, shown, 0

    def read(self, text: str) -> None:
        loader: yaml.SafeLoader | None = None
        try:
            loader = yaml.SafeLoader(text)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            self._syntax(error.problem_mark, error.problem or str(error))
            return
        except (yaml.YAMLError, RecursionError, ValueError) as error:
            self._problem(Mark(self._shown, 1, 1), (), "settings.syntax", what=str(error).splitlines()[0])
            return
        if node is None:
            return
        try:
            self._document.data = self._value(loader, node, (), 0)
        except _TooMuchError:
            self._problem(self._mark(node), (), "settings.unfolds", most=MAX_NODES)

    def _syntax(self, mark: yaml.Mark | None, what: str) -> None:
        place = Mark(self._shown, mark.line + 1, mark.column + 1) if mark else Mark(self._shown, 1, 1)
        self._problem(place, (), "settings.syntax", what=what)

    def _problem(self, mark: Mark, path: Path_, code: str, **params: object) -> None:
        self._document.problems.append(Problem(mark, path, code, tuple(params.items())))

    def _repeats(self, node: yaml.ScalarNode, path: Path_, key: str) -> None:
        """A problem whose text repeats what was written, unless it may be a secret."""
        text = node.value[:40] if node.value.isprintable() else ascii(node.value)[:40]
        self._problem(self._mark(node), path, key, text=HIDDEN if hides(path) else text)

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._shown, node.start_mark.line + 1, node.start_mark.column + 1)

    def _value(self, loader: yaml.SafeLoader, node: yaml.Node, path: Path_, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise _TooMuchError
        self._document.values[path] = self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            if node.tag != "tag:yaml.org,2002:seq":
                self._problem(self._mark(node), path, "settings.tag", tag=node.tag)
            return [self._value(loader, item, (*path, i), depth + 1) for i, item in enumerate(node.value)]
        assert isinstance(node, yaml.ScalarNode)
        return self._scalar(loader, node, path)

    def _mapping(
        self, loader: yaml.SafeLoader, node: yaml.MappingNode, path: Path_, depth: int
    ) -> dict[str, Any]:
        if node.tag != "tag:yaml.org,2002:map":
            self._problem(self._mark(node), path, "settings.tag", tag=node.tag)
        result: dict[str, Any] = {}
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            mark = self._mark(key_node)
            if key_node.tag == "tag:yaml.org,2002:merge":
                self._merge(loader, value_node, path, depth, result)
                continue
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag != "tag:yaml.org,2002:str":
                shown = key_node.value[:40] if isinstance(key_node, yaml.ScalarNode) else "{…}"
                self._problem(mark, path, "settings.key", key=shown)
                continue
            key = key_node.value
            here = (*path, key)
            if _SURROGATE.search(key):
                self._problem(mark, path, "settings.scalar", text=ascii(key)[:40])
                continue
            if key in first:
                self._problem(mark, here, "settings.duplicate", key=key, first=first[key])
                continue
            first[key] = mark.line
            self._document.keys[here] = mark
            result[key] = self._value(loader, value_node, here, depth + 1)
        return result

    def _merge(
        self, loader: yaml.SafeLoader, node: yaml.Node, path: Path_, depth: int, result: dict[str, Any]
    ) -> None:
        # Mappings of nothing but merges hold no values, so they are counted here.
        self._nodes += 1
        if self._nodes > MAX_NODES or depth > MAX_DEPTH:
            raise _TooMuchError
        sources = node.value if isinstance(node, yaml.SequenceNode) else [node]
        for source in sources:
            if not isinstance(source, yaml.MappingNode):
                self._problem(self._mark(source), path, "settings.merge")
                continue
            merged = self._mapping(loader, source, (*path, "<<"), depth + 1)
            for key, value in merged.items():
                result.setdefault(key, value)
                self._document.values.setdefault((*path, key), self._mark(source))

    def _scalar(self, loader: yaml.SafeLoader, node: yaml.ScalarNode, path: Path_) -> Any:
        if node.tag == "tag:yaml.org,2002:str":
            return self._text(node, path)
        if node.style is None:
            for pattern, key in _TRAPS:
                if pattern.match(node.value):
                    self._repeats(node, path, key)
                    return node.value
        if node.tag not in _PLAIN_TAGS:
            self._problem(self._mark(node), path, "settings.tag", tag=node.tag)
            return node.value
        try:
            value = loader.construct_object(node)
        except (yaml.YAMLError, ValueError, OverflowError):
            self._repeats(node, path, "settings.scalar")
            return node.value
        if isinstance(value, int | float) and not abs(value) <= MAX_NUMBER:
            self._repeats(node, path, "settings.number")
            return 0
        return value

    def _text(self, node: yaml.ScalarNode, path: Path_) -> str:
        text = str(node.value)
        if node.style is None and _EXPONENT.match(text):
            self._repeats(node, path, "settings.trap.exponent")
        elif _SURROGATE.search(text):
            # "\\ud800" is half a character: it can be neither stored nor shown.
            self._repeats(node, path, "settings.scalar")
            return ""
        return text


_PLAIN_TAGS: Final = frozenset(f"tag:yaml.org,2002:{name}" for name in ("int", "float", "bool", "null"))


class _TooMuchError(Exception):
    pass
