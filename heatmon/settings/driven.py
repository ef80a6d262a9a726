"""What the drivers say of a station: their own options and addresses, the reads, the speed of the line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from heatmon.core.spec import SecretReference, StationSpec
from heatmon.driver import Driver, Message, PlanError, ReadPlan
from heatmon.settings.crosscheck import alarm_references, tag_references
from heatmon.settings.marks import Path_, Problem
from heatmon.settings.merge import Merged
from heatmon.settings.secrets import references
from heatmon.settings.validate import validated

BUSY: Final = 0.8
"""A line that is busier than this has no time for retries."""

Plans = dict[tuple[str, str], ReadPlan]


@dataclass(slots=True)
class Driven:
    """Problems in what belongs to drivers, and the secrets that their options name."""

    problems: list[Problem] = field(default_factory=list)
    secrets: list[tuple[Path_, SecretReference]] = field(default_factory=list)


def check_options(spec: StationSpec, drivers: Mapping[str, Driver], merged: Merged) -> Driven:
    """Validate every `options` and `address` with the models of its link's driver."""
    driven = Driven()
    driver_of: dict[str, Driver] = {}
    for i, link in enumerate(spec.links):
        driver = drivers.get(link.driver)
        if driver is None:
            path: Path_ = ("links", i, "driver")
            params = (("driver", link.driver), ("known", ", ".join(drivers) or "–"))
            driven.problems.append(Problem(merged.mark(path), path, "settings.unknown_driver", params))
            continue
        driver_of[link.id] = driver
    for model, data, where in _parts(spec, driver_of):
        options, problems = validated(model, data, where, merged)
        driven.problems.extend(problems)
        driven.secrets.extend(references(options, where))
    return driven


def _parts(
    spec: StationSpec, driver_of: Mapping[str, Driver]
) -> Iterator[tuple[type[BaseModel], Mapping[str, object], Path_]]:
    link_of = {device.id: device.link for device in spec.devices}
    for i, link in enumerate(spec.links):
        if link.id in driver_of:
            yield driver_of[link.id].link_options, link.options, ("links", i, "options")
    for i, device in enumerate(spec.devices):
        if device.link in driver_of:
            yield driver_of[device.link].device_options, device.options, ("devices", i, "options")
    for i, tag in enumerate(spec.tags):
        if (link_id := link_of.get(tag.device, "")) in driver_of:
            yield driver_of[link_id].address, tag.address, ("tags", i, "address")


def plan_reads(
    spec: StationSpec, drivers: Mapping[str, Driver], merged: Merged
) -> tuple[Plans, list[Problem], list[Problem]]:
    """The plan of every poll group that has tags; faults where a driver cannot plan; warnings."""
    links = {link.id: link for link in spec.links}
    number = {tag.id: i for i, tag in enumerate(spec.tags)}
    plans: Plans = {}
    problems: list[Problem] = []
    for device in spec.devices:
        link = links[device.link]
        for group in device.groups:
            tags = spec.columns(device.id, group.id)
            if not tags:
                continue
            try:
                plans[device.id, group.id] = drivers[link.driver].plan(link, device, group, tags)
            except PlanError as error:
                for tag, why in error.faults.items():
                    path: Path_ = ("tags", number[tag], "address")
                    said = why if isinstance(why, Message) else Message("settings.plan", {"why": why})
                    problems.append(Problem(merged.mark(path), path, said.code, tuple(said.params.items())))
    problems.extend(_texts_as_numbers(spec, plans, merged))
    slow, busy = _line_load(spec, plans, merged)
    return plans, [*problems, *slow], busy


def _texts_as_numbers(spec: StationSpec, plans: Plans, merged: Merged) -> Iterator[Problem]:
    """A text in an alarm or a computed value would never be above or below anything."""
    texts = frozenset[str]().union(*(plan.texts for plan in plans.values()))
    for path, tag in (*tag_references(spec), *alarm_references(spec)) if texts else ():
        if tag in texts:
            yield Problem(merged.mark(path), path, "settings.text_signal", (("tag", tag),))


def _line_load(spec: StationSpec, plans: Plans, merged: Merged) -> tuple[list[Problem], list[Problem]]:
    """(faults, warnings): links whose groups need more time than there is, or nearly all of it."""
    faults: list[Problem] = []
    warnings: list[Problem] = []
    for link in spec.links:
        groups = [
            (group.period_s, sum(request.seconds for request in plan.requests), ("devices", i, "groups", k))
            for i, device in enumerate(spec.devices)
            if device.link == link.id
            for k, group in enumerate(device.groups)
            if (plan := plans.get((device.id, group.id))) is not None
        ]
        share = sum(seconds / period for period, seconds, _ in groups)
        if share <= BUSY:
            continue
        # Told where most of the time goes.
        period, _seconds, at = max(groups, key=lambda group: group[1] / group[0])
        path: Path_ = (*at, "period")
        params: dict[str, object] = {"link": link.id, "share": round(100 * share)}
        if share > 1:
            params |= {"needed": f"{share * period:.3g}", "period": f"{period:g}"}
            faults.append(Problem(merged.mark(path), path, "settings.slow_line", tuple(params.items())))
        else:
            warnings.append(Problem(merged.mark(path), path, "settings.busy_line", tuple(params.items())))
    return faults, warnings
