"""Rules over several alarms: suppression by design, groups of which the first counts."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, Field, Strict, StringConstraints

from heatmon.core.spec.base import Id, Listed, Model, Words

EVERYTHING: Final = "*"
AlarmOrAll = Annotated[str, StringConstraints(pattern=r"^(\*|[A-Za-z][A-Za-z0-9_-]{0,63})$")]


def _condition(text: str) -> str:
    from heatmon.core.expression import parse

    parse(text)
    return text


Condition = Annotated[str, Strict(), AfterValidator(_condition)]
"""A condition over signals and alarms, ``cp1_run == 0 and cp2_run == 0`` (`heatmon.core.expression`)."""


class Suppression(Model):
    """While `when` holds, `alarms` (``*``: all but the safety set) are silent. reason: why that is right."""

    id: Id
    when: Condition
    alarms: Annotated[Listed[AlarmOrAll], Field(min_length=1)]
    reason: Words


class FirstOut(Model):
    """Alarms that trip together: which of them was first is what the shift must know."""

    id: Id
    name: Words
    alarms: Annotated[Listed[Id], Field(min_length=2)]
