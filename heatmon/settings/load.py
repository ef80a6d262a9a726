"""A folder of YAML files becomes a station, or a list of everything that is wrong with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from heatmon.catalogue import Language
from heatmon.core.spec import SecretReference, StationSpec
from heatmon.driver import Driver, ReadPlan
from heatmon.settings.crosscheck import crosscheck
from heatmon.settings.driven import check_options, plan_reads
from heatmon.settings.faults import Fault, fault_of
from heatmon.settings.marks import Path_, Problem
from heatmon.settings.merge import Merged, merge_files, override
from heatmon.settings.profiled import expand
from heatmon.settings.secrets import misplaced, missing, references
from heatmon.settings.validate import validated


@dataclass(slots=True)
class Loaded:
    """What a folder holds: a station, or faults; warnings either way.

    content: the merged settings as canonical JSON, secrets as references only; bundle: its SHA-256.
    """

    spec: StationSpec | None = None
    bundle: str = ""
    content: bytes = b""
    faults: tuple[Fault, ...] = ()
    warnings: tuple[Fault, ...] = ()
    plans: dict[tuple[str, str], ReadPlan] = field(default_factory=dict)


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
    merged = merge_files(directory)
    for path, value in (overrides or {}).items():
        override(merged.data, path.split("."), value)
    # Before the bundle is made: it says everything, whatever profiles a later version brings.
    merged.problems.extend(expand(merged))
    content = json.dumps(
        merged.data, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str
    ).encode()
    loaded = Loaded(bundle=hashlib.sha256(content).hexdigest(), content=content)
    # A file that cannot be read whole would only bring faults about what is missing in it.
    problems, warnings = list(merged.problems), list[Problem]()
    if not problems:
        loaded.spec, problems = validated(StationSpec, merged.data, (), merged)
    if loaded.spec is not None:
        problems, warnings = _checked(loaded, loaded.spec, drivers, merged)
    loaded.faults = tuple(sorted({fault_of(problem, language) for problem in problems}))
    loaded.warnings = tuple(sorted({fault_of(problem, language) for problem in warnings}))
    if problems:
        loaded.spec = None
    return loaded


def _checked(
    loaded: Loaded, spec: StationSpec, drivers: Mapping[str, Driver], merged: Merged
) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings of a station whose parts are valid one by one."""
    driven = check_options(spec, drivers, merged)
    secrets = [*references(spec), *driven.secrets]
    problems = [*driven.problems, *_misplaced(secrets, merged)]
    if problems:
        return problems, []
    faults, warnings = crosscheck(spec)
    problems = merged.placed(faults)
    if not problems:
        loaded.plans, problems, busy = plan_reads(spec, drivers, merged)
        warnings.extend(busy)
    warnings.extend(
        Problem(merged.mark(path), path, "settings.secret.missing", (("why", error),))
        for path, error in missing(secrets)
    )
    return problems, merged.placed(warnings)


def _misplaced(secrets: list[tuple[Path_, SecretReference]], merged: Merged) -> list[Problem]:
    known = frozenset(path for path, _ in secrets)
    return [
        Problem(merged.mark(path), path, "settings.secret.misplaced")
        for path in misplaced(merged.data, known)
    ]


def spec_from_bundle(content: bytes) -> StationSpec:
    """The station of a bundle that was valid when it was taken into use."""
    return StationSpec.model_validate(json.loads(content))
