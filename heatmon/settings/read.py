"""A YAML file becomes plain data, and for every path the file, line and column where it stands.

Only the safe core of YAML is taken. What YAML 1.1 would turn into something else than an engineer
meant (``12:30``, ``no``, ``012``, bare dates) is a fault with a hint, as are duplicate keys, tags,
merge loops and documents that unfold beyond any reason.

``include: FILE`` (or a list of files, relative to the file that names them) puts a file's content in
its place: inside a mapping its keys, which keys beside `include` replace; as an item of a list the
items of the file's list. At the top of a file it is left to `heatmon.settings.merge`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import yaml

from heatmon.settings.compose import MAX_DEPTH
from heatmon.settings.marks import Document, Mark, Path_, Problem
from heatmon.settings.scalar import SURROGATE, TEXT, Wrong, scalar
from heatmon.settings.source import MAX_BYTES, composed_file

MAX_NODES: Final = 300_000
MAX_CHARACTERS: Final = 4 * MAX_BYTES
"""Of a file with everything it includes and repeats."""
MAX_FILES: Final = 100
INCLUDE: Final = "include"

_MERGE: Final = "tag:yaml.org,2002:merge"


@dataclass(slots=True)
class Budget:
    """What may still be read before a document counts as a bomb, shared by everything it includes."""

    nodes: int = MAX_NODES
    characters: int = MAX_CHARACTERS
    files: int = MAX_FILES

    def spend(self, characters: int = 0) -> None:
        """Count a node. Raises _TooMuchError."""
        self.nodes -= 1
        self.characters -= characters
        if self.nodes < 0 or self.characters < 0:
            raise _TooMuchError


class _TooMuchError(Exception):
    pass


def read_yaml(
    file: Path, shown: str, *, trail: tuple[Path, ...] = (), budget: Budget | None = None
) -> Document:
    """Read one file; every fault becomes a problem, never an exception.

    trail: the files that include this one, for finding loops.
    """
    document = Document()
    reader = _Reader(document, file, shown, trail, budget or Budget())
    try:
        document.data = reader.read(())
    except _TooMuchError:
        problem = Problem(Mark(shown, 1, 1), (), "settings.unfolds", (("most", MAX_NODES),))
        document.problems.append(problem)
    return document


class _Reader:
    """Reads one file into a document, its own or that of the file which includes it."""

    def __init__(
        self, document: Document, file: Path, shown: str, trail: tuple[Path, ...], budget: Budget
    ) -> None:
        self._document, self._file, self._shown = document, file, shown
        self._trail, self._budget = (*trail, file.resolve()), budget

    def read(self, path: Path_, depth: int = 0) -> Any:
        """The file's data, at a path of the whole; None, perhaps with a problem, where there is none."""
        composed = composed_file(self._file, self._shown, path)
        if isinstance(composed, Problem):
            self._document.problems.append(composed)
            return None
        return None if composed is None else self._value(*composed, path, depth)

    # -- nodes ---------------------------------------------------------------------------------

    def _problem(self, mark: Mark, path: Path_, code: str, **params: object) -> None:
        self._document.problems.append(Problem(mark, path, code, tuple(params.items())))

    def _mark(self, node: yaml.Node) -> Mark:
        return Mark(self._shown, node.start_mark.line + 1, node.start_mark.column + 1)

    def _value(self, loader: yaml.SafeLoader, node: yaml.Node, path: Path_, depth: int) -> Any:
        self._budget.spend(len(node.value) if isinstance(node, yaml.ScalarNode) else 0)
        if depth > MAX_DEPTH:
            raise _TooMuchError
        self._document.values[path] = self._mark(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(loader, node, path, depth)
        if isinstance(node, yaml.SequenceNode):
            return self._sequence(loader, node, path, depth)
        assert isinstance(node, yaml.ScalarNode)
        value, wrong = scalar(loader, node, path)
        if wrong is not None:
            self._problem(self._mark(node), path, wrong[0], **wrong[1])
        return value

    def _sequence(
        self, loader: yaml.SafeLoader, node: yaml.SequenceNode, path: Path_, depth: int
    ) -> list[Any]:
        if node.tag != "tag:yaml.org,2002:seq":
            self._problem(self._mark(node), path, "settings.tag", tag=node.tag)
        items: list[Any] = []
        for item in node.value:
            if (named := _only_include(item)) is not None:
                for name, mark in self._names(named, (*path, len(items))):
                    items.extend(self._spliced(name, mark, path, len(items), depth))
            else:
                items.append(self._value(loader, item, (*path, len(items)), depth + 1))
        return items

    def _mapping(
        self, loader: yaml.SafeLoader, node: yaml.MappingNode, path: Path_, depth: int
    ) -> dict[str, Any]:
        if node.tag != "tag:yaml.org,2002:map":
            self._problem(self._mark(node), path, "settings.tag", tag=node.tag)
        result = self._included(node, path, depth)
        first: dict[str, int] = {}
        for key_node, value_node in node.value:
            if key_node.tag == _MERGE:
                self._merge(loader, value_node, path, depth, result)
                continue
            key = self._key(key_node, path, first)
            if key is None or key == INCLUDE:
                continue
            here = (*path, key)
            if key in result:
                self._document.forget(here)
            self._document.keys[here] = self._mark(key_node)
            result[key] = self._value(loader, value_node, here, depth + 1)
        return result

    def _key(self, node: yaml.Node, path: Path_, first: dict[str, int]) -> str | None:
        """A key that may stand here; None, with a problem, for any other."""
        mark = self._mark(node)
        if not isinstance(node, yaml.ScalarNode) or node.tag != TEXT:
            shown = node.value[:40] if isinstance(node, yaml.ScalarNode) else "{…}"
            self._problem(mark, path, "settings.key", key=shown)
            return None
        key = str(node.value)
        self._budget.spend(len(key))
        if SURROGATE.search(key):
            self._problem(mark, path, "settings.scalar", text=ascii(key)[:40])
            return None
        if key in first:
            self._problem(mark, (*path, key), "settings.duplicate", key=key, first=first[key])
            return None
        first[key] = mark.line
        return key

    def _merge(
        self, loader: yaml.SafeLoader, node: yaml.Node, path: Path_, depth: int, result: dict[str, Any]
    ) -> None:
        # Mappings of nothing but merges hold no values, so they are counted here.
        self._budget.spend()
        if depth > MAX_DEPTH:
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

    # -- includes ------------------------------------------------------------------------------

    def _included(self, node: yaml.MappingNode, path: Path_, depth: int) -> dict[str, Any]:
        """What the files named by `include` hold, as the base of a mapping."""
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.value != INCLUDE:
                continue
            for name, mark in self._names(value_node, (*path, INCLUDE)):
                if not path:
                    self._document.includes.append((name, mark))
                    continue
                content = self._content(name, mark, path, depth, self._document)
                if isinstance(content, dict):
                    for twice in content.keys() & result.keys():
                        params = {"key": twice, "file": name}
                        self._problem(mark, (*path, twice), "settings.include.twice", **params)
                    result |= content
                elif content is not None:
                    self._problem(mark, path, "settings.include.mapping", file=name)
        return result

    def _spliced(self, name: str, mark: Mark, path: Path_, first: int, depth: int) -> list[Any]:
        """The items of an included list; marks go on counting from `first`."""
        inner = Document()
        content = self._content(name, mark, (), depth, inner)

        def moved(at: Path_) -> Path_:
            return (*path, first + at[0], *at[1:]) if at and isinstance(at[0], int) else (*path, first)

        for problem in inner.problems:
            self._document.problems.append(replace(problem, path=moved(problem.path)))
        if content is None:
            return []
        if not isinstance(content, list):
            self._problem(mark, (*path, first), "settings.include.list", file=name)
            return []
        self._document.values.update((moved(at), place) for at, place in inner.values.items() if at)
        self._document.keys.update((moved(at), place) for at, place in inner.keys.items())
        return content

    def _content(self, name: str, mark: Mark, path: Path_, depth: int, into: Document) -> Any:
        """An included file's data, its marks and problems in `into`; None where it cannot be had."""
        file = self._file.parent / name
        if (wrong := unfit(file, name, self._trail, self._budget)) is not None:
            into.problems.append(Problem(mark, path, wrong[0], tuple(wrong[1].items())))
            return None
        return _Reader(into, file, str(file), self._trail, self._budget).read(path, depth)

    def _names(self, node: yaml.Node, path: Path_) -> list[tuple[str, Mark]]:
        """The files an `include` names, each with its place."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        names = []
        for one in nodes:
            if isinstance(one, yaml.ScalarNode) and one.tag == TEXT and one.value:
                names.append((str(one.value), self._mark(one)))
            else:
                self._problem(self._mark(one), path, "settings.include.name")
        return names


def unfit(file: Path, name: str, trail: tuple[Path, ...], budget: Budget) -> Wrong | None:
    """Why a file cannot be included here; None when it can be tried."""
    budget.files -= 1
    if budget.files < 0:
        return "settings.include.files", {"most": MAX_FILES}
    try:
        resolved, there = file.resolve(), file.exists()
    except (OSError, ValueError, RuntimeError):
        return "settings.include.missing", {"file": name}
    if resolved in trail:
        way = [*(one.name for one in trail[trail.index(resolved) :]), resolved.name]
        return "settings.include.loop", {"way": " → ".join(way)}
    return None if there else ("settings.include.missing", {"file": name})


def _only_include(node: yaml.Node) -> yaml.Node | None:
    """The value of `include` in a list's item that holds nothing else."""
    if isinstance(node, yaml.MappingNode) and len(node.value) == 1:
        key, value = node.value[0]
        if isinstance(key, yaml.ScalarNode) and key.value == INCLUDE and isinstance(value, yaml.Node):
            return value
    return None
