"""A folder of YAML files becomes a station, or a list of everything that is wrong with it."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from heatmon.catalogue import Language
from heatmon.core.spec import StationSpec
from heatmon.driver import Driver, PlanError, ReadPlan
from heatmon.settings.crosscheck import crosscheck
from heatmon.settings.faults import Fault, fault_of, nearest, problems_of
from heatmon.settings.marks import Document, Mark, Path_, Problem, read_yaml

SECTIONS: Final = tuple(StationSpec.model_fields)
CONTINUED: Final = frozenset({"tags", "alarms", "devices", "links", "persons"})
"""Lists that may be continued in another file."""


@dataclass(slots=True)
class Loaded:
    """What a folder holds: a station, or faults; warnings either way."""

    spec: StationSpec | None = None
    bundle: str = ""
    content: bytes = b""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    plans: dict[tuple[str, str], ReadPlan] = field(default_factory=dict)


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


def load(
    directory: Path,
    drivers: Mapping[str, Driver],
    language: Language = "en",
    overrides: Mapping[str, Any] | None = None,
) -> Loaded:
    """Read and check a station folder; every fault at once, none as an exception.

    overrides: {"links.plc_lan.options.transport.port": 15020}, ids or keys along the path; they are
    part of the content, as if they stood in the files.
    """
    merged = _merge_files(directory)
    for path, value in (overrides or {}).items():
        _override(merged.data, path.split("."), value)
    content = json.dumps(
        merged.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()
    loaded = Loaded(bundle=hashlib.sha256(content).hexdigest(), content=content)
    problems = list(merged.problems)
    spec: StationSpec | None = None
    # A file that cannot be read whole would only bring faults about what is missing in it.
    if not problems:
        try:
            spec = StationSpec.model_validate(merged.data)
        except ValidationError as error:
            problems.extend(_placed(problems_of(error, _known_keys(error, merged.data), ()), merged))
    warnings: list[Problem] = []
    if spec is not None:
        problems.extend(_driver_problems(spec, drivers, merged))
    if spec is not None and not problems:
        faults, warnings = crosscheck(spec)
        problems.extend(_placed(faults, merged))
        if not problems:
            loaded.plans = _plans(spec, drivers, merged, problems)
    loaded.faults = tuple(sorted({fault_of(problem, language) for problem in problems}))
    loaded.warnings = tuple(sorted({fault_of(problem, language) for problem in _placed(warnings, merged)}))
    loaded.spec = None if problems else spec
    return loaded


def spec_from_bundle(content: bytes) -> StationSpec:
    """The station of a bundle that was valid when it was taken into use."""
    return StationSpec.model_validate(json.loads(content))


def _merge_files(directory: Path) -> Merged:
    merged = Merged(str(directory))
    files = sorted([*directory.glob("*.yaml"), *directory.glob("*.yml")])
    for file in files:
        document = read_yaml(file, str(file))
        merged.problems.extend(document.problems)
        if document.data is None:
            continue
        if not isinstance(document.data, dict):
            known = ", ".join(SECTIONS)
            mark = document.values.get((), Mark(str(file), 1, 1))
            merged.problems.append(Problem(mark, (), "settings.not_mapping", (("known", known),)))
            continue
        for section in document.data:
            _take(merged, document, section)
    if not merged.problems:
        for section in ("station", "tags"):
            if section not in merged.data:
                mark = Mark(str(directory / "station.yaml"), 1, 1)
                params = (("section", section),)
                merged.problems.append(Problem(mark, (section,), "settings.missing_section", params))
    return merged


def _take(merged: Merged, document: Document, section: str) -> None:
    value, shift = document.data[section], 0
    if section in merged.data:
        before = merged.data[section]
        if section not in CONTINUED or not isinstance(before, list) or not isinstance(value, list):
            file = merged.mark((section,)).file
            mark = document.keys[(section,)]
            problem = Problem(
                mark, (section,), "settings.section_twice", (("section", section), ("file", file))
            )
            merged.problems.append(problem)
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


def _override(data: Any, path: list[str], value: Any) -> None:
    for part in path[:-1]:
        if isinstance(data, list):
            data = next(item for item in data if item.get("id") == part)
        else:
            data = data.setdefault(part, {})
    data[path[-1]] = value


def _placed(problems: list[Problem], merged: Merged) -> list[Problem]:
    placed = []
    for problem in problems:
        path = _existing(problem.path, merged.data)
        mark = merged.mark(path, key=problem.key.startswith("settings.unknown_key"))
        placed.append(Problem(mark, path, problem.key, problem.params))
    return placed


def _existing(path: Path_, data: Any) -> Path_:
    """Drop what pydantic adds to a path (names of union members)."""
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


def _known_keys(
    error: ValidationError, data: Any, model: type[BaseModel] = StationSpec
) -> dict[Path_, list[str]]:
    known: dict[Path_, list[str]] = {}
    for detail in error.errors(include_url=False):
        if detail["type"] == "extra_forbidden":
            known[detail["loc"][:-1]] = _fields_at(model, detail["loc"][:-1])
    del data
    return known


def _fields_at(model: type[BaseModel], path: Path_) -> list[str]:
    current: Any = model
    for part in path:
        if isinstance(part, int) or current is None:
            continue
        current = _field_model(current, part)
    if current is None:
        return []
    return [info.alias or name for name, info in current.model_fields.items()]


def _field_model(model: type[BaseModel], key: str) -> type[BaseModel] | None:
    for name, info in model.model_fields.items():
        if (info.alias or name) == key:
            return _inner_model(info.annotation)
    return None


def _inner_model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        if (found := _inner_model(argument)) is not None:
            return found
    return None


def _driver_problems(spec: StationSpec, drivers: Mapping[str, Driver], merged: Merged) -> list[Problem]:
    """What the drivers' own models find in `options` and `address`."""
    problems: list[Problem] = []
    driver_of: dict[str, Driver] = {}
    for i, link in enumerate(spec.links):
        driver = drivers.get(link.driver)
        if driver is None:
            path: Path_ = ("links", i, "driver")
            known = ", ".join(drivers) or "–"
            params = (("driver", link.driver), ("known", known))
            problems.append(Problem(merged.mark(path), path, "settings.unknown_driver", params))
            continue
        driver_of[link.id] = driver
        problems.extend(_validated(driver.link_options, link.options, ("links", i, "options"), merged))
    link_of = {device.id: device.link for device in spec.devices}
    for i, device in enumerate(spec.devices):
        if device.link in driver_of:
            model = driver_of[device.link].device_options
            problems.extend(_validated(model, device.options, ("devices", i, "options"), merged))
    for i, tag in enumerate(spec.tags):
        if (link_id := link_of.get(tag.device, "")) in driver_of:
            problems.extend(
                _validated(driver_of[link_id].address, tag.address, ("tags", i, "address"), merged)
            )
    return problems


def _validated(model: type[BaseModel], data: Any, prefix: Path_, merged: Merged) -> list[Problem]:
    try:
        model.model_validate(copy.deepcopy(dict(data)))
    except ValidationError as error:
        known = {(*prefix, *path): keys for path, keys in _known_keys(error, data, model).items()}
        return _placed(problems_of(error, known, prefix), merged)
    return []


def _plans(
    spec: StationSpec, drivers: Mapping[str, Driver], merged: Merged, problems: list[Problem]
) -> dict[tuple[str, str], ReadPlan]:
    links = {link.id: link for link in spec.links}
    number = {tag.id: i for i, tag in enumerate(spec.tags)}
    plans: dict[tuple[str, str], ReadPlan] = {}
    for device in spec.devices:
        link = links[device.link]
        for group in device.groups:
            tags = spec.columns(device.id, group.id)
            if not tags:
                continue
            try:
                plan = drivers[link.driver].plan(link, device, group, tags)
            except PlanError as error:
                for tag, why in error.faults.items():
                    path: Path_ = ("tags", number[tag], "address")
                    problems.append(Problem(merged.mark(path), path, "settings.plan", (("why", why),)))
                continue
            plans[device.id, group.id] = plan
    problems.extend(_slow_lines(spec, plans, merged))
    return plans


def _slow_lines(
    spec: StationSpec, plans: Mapping[tuple[str, str], ReadPlan], merged: Merged
) -> list[Problem]:
    problems = []
    for i, device in enumerate(spec.devices):
        for k, group in enumerate(device.groups):
            plan = plans.get((device.id, group.id))
            needed = sum(request.seconds for request in plan.requests) if plan else 0.0
            if needed > group.period_s:
                path: Path_ = ("devices", i, "groups", k, "period")
                params = (("needed", needed), ("period", group.period_s))
                problems.append(Problem(merged.mark(path), path, "settings.slow_line", params))
    return problems


__all__ = ["Loaded", "load", "nearest", "spec_from_bundle"]
