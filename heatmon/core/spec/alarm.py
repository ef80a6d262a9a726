"""Alarm definitions: which signal, which limit, how long, how important, and what to do."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Annotated, Final, Literal, get_args

from pydantic import BeforeValidator, Field, WithJsonSchema

from heatmon.core.quantity import Quantity
from heatmon.core.spec.base import (
    AnyQuantity,
    Id,
    Line,
    Listed,
    Model,
    Positive,
    Seconds,
    SignalId,
    Words,
    quantity,
    written,
)
from heatmon.core.spec.told import told

Priority = Literal["P1", "P2", "P3", "P4"]
When = Literal[
    "above",
    "below",
    "rising",
    "falling",
    "on",
    "off",
    "mismatch",
    "over_setpoint",
    "under_setpoint",
]
Severity = Literal["minor", "moderate", "major", "severe"]
Category = Literal["safety", "environmental", "quality", "system"]
# Values of the pressure ladder and the hard temperature limit, computed from the station's data.
NamedLimit = Literal["pressure.HH", "pressure.H", "pressure.L", "pressure.LL", "temperature.HH"]


LIMIT_SCHEMA: Final = WithJsonSchema(
    {"anyOf": [{"enum": [*get_args(NamedLimit), None]}, {"type": "string", "examples": ["0.6 MPa", "1 %"]}]}
)


def _limit(written: object) -> object:
    """One answer for a word that is no limit, whether it was meant as a name or as a quantity."""
    if isinstance(written, str) and written[:1].isalpha() and written not in get_args(NamedLimit):
        near = get_close_matches(written, get_args(NamedLimit), 1)
        allowed = ", ".join(near or get_args(NamedLimit))
        raise told("settings.limit", written=written[:40], allowed=allowed)
    if written is None or written in get_args(NamedLimit):
        return written
    return quantity(written)


class Level(Model):
    """One limit of an alarm. An alarm with several levels is one alarm whose priority moves.

    limit: a quantity in the signal's dimension, or the name of a computed limit; for ``rising`` and
    ``falling`` a rate (``100 kPa/min``); none for ``on``, ``off`` and ``mismatch``.
    signal: another signal for this level only (a longer mean, for instance).
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,16}$")]
    limit: Annotated[NamedLimit | Quantity | None, BeforeValidator(_limit), LIMIT_SCHEMA] = None
    deadband: AnyQuantity | None = None
    on_delay_s: Seconds = written("0 s")
    off_delay_s: Seconds = written("0 s")
    priority: Priority
    signal: SignalId | None = None


class Alarm(Model):
    """An alarm: something that needs a person to act in time.

    signal: a tag id or a derived signal. against: the feedback tag of ``mismatch``, the setpoint
    signal of ``over_setpoint`` and ``under_setpoint``. on_bad: what not-good input does, `hold`
    or, for the set that may never be suppressed, `fail_to_alarm`. latching: stays until reset.
    levels: from the mildest to the gravest. enabled: false takes the alarm away, with an event.
    respond_within: the time there is to act; with `severity` (of the consequence) it says what the
    priority should be. category: safety, environmental, quality or system. owner: who answers for it.
    """

    id: Id
    name: Words
    signal: SignalId
    when: When
    against: SignalId | None = None
    levels: Annotated[Listed[Level], Field(min_length=1)]
    on_bad: Literal["hold", "fail_to_alarm"] = "hold"
    latching: bool = False
    enabled: bool = True
    realarm_s: Annotated[Seconds, Positive] | None = None
    cause: Words | None = None
    consequence: Words | None = None
    response: Words
    respond_within_s: Annotated[Seconds, Positive] | None = None
    severity: Severity | None = None
    category: Category = "quality"
    owner: Line | None = None
    renamed_from: Id | None = None
