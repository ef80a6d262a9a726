"""What is wrong with rules over alarms: names that are not there, and the set that is never suppressed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from heatmon.core.expression import ExpressionError, parse
from heatmon.core.rationale import ENOUGH, SHARES, derived, gravest
from heatmon.core.spec import StationSpec
from heatmon.core.spec.rules import EVERYTHING
from heatmon.settings.marks import Mark, Path_, Problem

NOWHERE: Final = Mark("", 0, 0)


def check_rules(spec: StationSpec, signals: Mapping[str, str]) -> Iterator[Problem]:
    """Faults of ``suppressions`` and ``first_outs``. signals: id -> unit of everything that can be named."""
    own = {alarm.id: alarm for alarm in spec.alarms}
    # Every tag has an instrument alarm, every device one of communication; they can be causes and children.
    known = {*own, *(f"SENSOR_{tag.id}" for tag in spec.tags)} | {f"COMM_{d.id}" for d in spec.devices}
    safe = {alarm.id for alarm in spec.alarms if alarm.on_bad == "fail_to_alarm"}
    for section in ("suppressions", "first_outs"):
        seen: set[str] = set()
        for i, rule in enumerate(getattr(spec, section)):
            if rule.id in seen:
                yield _problem((section, i, "id"), "settings.id_twice", id=rule.id)
            seen.add(rule.id)
            for k, alarm in enumerate(rule.alarms):
                if alarm != EVERYTHING and alarm not in known:
                    names = ", ".join(own) or "–"
                    path: Path_ = (section, i, "alarms", k)
                    yield _problem(path, "settings.unknown_id", what="alarm", id=alarm, known=names)
    for i, rule in enumerate(spec.suppressions):
        try:
            parse(rule.when).check(signals, known)
        except ExpressionError as error:
            yield _problem(("suppressions", i, "when"), "settings.rule.condition", why=str(error))
        for k, alarm in enumerate(rule.alarms):
            if alarm in safe:
                yield _problem(("suppressions", i, "alarms", k), "settings.rule.safe", alarm=alarm)


def doubts(spec: StationSpec) -> Iterator[Problem]:
    """Warnings: a priority that consequence and urgency do not bear out, shares that are off."""
    for i, alarm in enumerate(spec.alarms):
        if alarm.severity is not None and alarm.respond_within_s is not None:
            wanted, has = derived(alarm.severity, alarm.respond_within_s), gravest(alarm)
            if wanted != has:
                yield _problem(("alarms", i), "settings.rationale.priority", has=has, wanted=wanted)
    total = len(spec.alarms)
    for priority, share in SHARES.items():
        count = sum(gravest(alarm) == priority for alarm in spec.alarms)
        if total >= ENOUGH and 100.0 * count / total > 2 * share:
            yield _problem(
                ("alarms",),
                "settings.rationale.share",
                priority=priority,
                share=f"{100.0 * count / total:.0f}",
                target=f"{share:g}",
            )


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(NOWHERE, path, key, tuple(params.items()))
