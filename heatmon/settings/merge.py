"""All YAML files of a folder become one mapping of sections, with the place of every path."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from heatmon.core.spec import StationSpec
from heatmon.settings.marks import Document, Mark, Path_, Problem
from heatmon.settings.read import Budget, read_yaml, unfit

SECTIONS: Final = tuple(StationSpec.model_fields)
CONTINUED: Final = frozenset({"tags", "alarms", "devices", "links", "persons", "destinations"})
"""Lists that may be continued in another file."""
NEEDED: Final = ("station", "tags")


@dataclass(slots=True)
class Merged:
    """All files of a folder as one: data, and where each path stands."""

    folder: str
    data: dict[str, Any] = field(default_factory=dict)
    values: dict[Path_, Mark] = field(default_factory=dict)
    keys: dict[Path_, Mark] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def mark(self, path: Path_, *, key: bool = False) -> Mark:
        """The place of a path, or of the nearest thing around it."""
        if key and path in self.keys:
            return self.keys[path]
        for end in range(len(path), 0, -1):
            if (found := self.values.get(path[:end])) is not None:
                return found
        return Mark(self.folder, 1, 1)

    def placed(self, problems: Iterable[Problem]) -> list[Problem]:
        """The problems with the marks of their paths."""
        found = []
        for problem in problems:
            path = existing(problem.path, self.data)
            mark = self.mark(path, key=problem.key.startswith("settings.unknown_key"))
            found.append(Problem(mark, path, problem.key, problem.params))
        return found


def merge_files(directory: Path) -> Merged:
    """Read a station folder; every fault becomes a problem, never an exception."""
    merged = Merged(str(directory))
    budget = Budget()
    for file in sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")]):
        _take_file(merged, file, budget, ())
    if not merged.problems:
        _complain_of_missing(merged, directory)
    return merged


def _take_file(merged: Merged, file: Path, budget: Budget, trail: tuple[Path, ...]) -> None:
    """One file's sections, then those of the files it includes at its top."""
    document = read_yaml(file, str(file), trail=trail, budget=budget)
    merged.problems.extend(document.problems)
    if document.data is None:
        return
    if not isinstance(document.data, dict):
        mark = document.values.get((), Mark(str(file), 1, 1))
        params = (("known", ", ".join(SECTIONS)),)
        merged.problems.append(Problem(mark, (), "settings.not_mapping", params))
        return
    for section in document.data:
        _take(merged, document, section)
    trail = (*trail, file.resolve())
    for name, mark in document.includes:
        included = file.parent / name
        if (wrong := unfit(included, name, trail, budget)) is not None:
            merged.problems.append(Problem(mark, ("include",), wrong[0], tuple(wrong[1].items())))
        else:
            _take_file(merged, included, budget, trail)


def _complain_of_missing(merged: Merged, directory: Path) -> None:
    for section in NEEDED:
        if section not in merged.data:
            mark = Mark(str(directory / "station.yaml"), 1, 1)
            params = (("section", section),)
            merged.problems.append(Problem(mark, (section,), "settings.missing_section", params))


def _take(merged: Merged, document: Document, section: str) -> None:
    value, shift = document.data[section], 0
    if section in merged.data:
        before = merged.data[section]
        if section not in CONTINUED or not isinstance(before, list) or not isinstance(value, list):
            mark, file = document.keys[(section,)], merged.mark((section,)).file
            params = (("section", section), ("file", file))
            merged.problems.append(Problem(mark, (section,), "settings.section_twice", params))
            return
        shift = len(before)
        before.extend(value)
    else:
        merged.data[section] = value
    for source, target in ((document.values, merged.values), (document.keys, merged.keys)):
        for path, mark in source.items():
            if path[:1] == (section,):
                target[_shifted(path, shift)] = mark


def _shifted(path: Path_, shift: int) -> Path_:
    if shift and len(path) > 1 and isinstance(path[1], int):
        return (path[0], path[1] + shift, *path[2:])
    return path


def override(data: Any, path: list[str], value: Any) -> None:
    """Set one value as if it stood in the files; ids or keys along the path."""
    for part in path[:-1]:
        if isinstance(data, list):
            data = next(item for item in data if item.get("id") == part)
        else:
            data = data.setdefault(part, {})
    data[path[-1]] = value


def existing(path: Path_, data: Any) -> Path_:
    """The path without what pydantic adds to it (names of union members)."""
    kept: list[int | str] = []
    for n, part in enumerate(path):
        inside = (isinstance(data, dict) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        )
        if inside:
            data = data[part]
            kept.append(part)
        elif n == len(path) - 1 and isinstance(data, dict) and "[" not in str(part):
            kept.append(part)
    return tuple(kept)
