"""Who is told what, by which way, when: channels, contacts, duty, escalation, digests, drills."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, Strict, WithJsonSchema

from heatmon.core.spec.alarm import Priority
from heatmon.core.spec.base import Id, Line, Listed, Model, Positive, Seconds, Words, written
from heatmon.core.spec.channel import AbsolutePath, Channel, Port, Url
from heatmon.core.spec.secret import Secret
from heatmon.core.spec.told import told

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Kind = Literal[
    "raised", "reannounced", "escalated", "acknowledged", "returned", "closed",
    "notice", "digest", "drill", "drill_report", "test", "heartbeat",
]  # fmt: skip


def _clock_time(text: object) -> time:
    if isinstance(text, time):
        return text
    if isinstance(text, str):
        hour, colon, minute = text.partition(":")
        if colon and hour.isdigit() and minute.isdigit() and len(minute) == 2:
            if int(hour) < 24 and int(minute) < 60:
                return time(int(hour), int(minute))
            if (int(hour), int(minute)) == (24, 0):
                return time(0, 0)
    raise told("settings.clock_time")


ClockTime = Annotated[
    time,
    BeforeValidator(_clock_time),
    WithJsonSchema({"type": "string", "pattern": r"^\d{1,2}:\d{2}$", "examples": ["20:00"]}),
]
"""Time of day at the station, ``20:00``."""
Day = Annotated[date, Strict(False)]


class Way(Model):
    """One way to a person; the ways of a contact are tried in their order.

    to: number, address, or the member's mobile number that a robot shall mention.
    """

    channel: Id
    to: Line = "-"
    priorities: Annotated[Listed[Priority], Field(min_length=1)] = ("P1", "P2", "P3")


class Quiet(Model):
    """Hours in which a person hears of P1 only; the rest comes at their end."""

    start: ClockTime
    end: ClockTime


class Contact(Model):
    """How a person of ``persons`` is reached. together: for P1 all ways at once, not one after another."""

    person: Id
    ways: Annotated[Listed[Way], Field(min_length=1)]
    quiet: Quiet | None = None
    together: bool = False


class Turn(Model):
    """A stretch of duty that comes again: on these days from `start` to `end` (past midnight: next day)."""

    person: Id
    days: Annotated[Listed[Weekday], Field(min_length=1)] = WEEKDAYS
    start: ClockTime
    end: ClockTime
    since: Day | None = None
    until: Day | None = None


class Post(Model):
    """Whoever holds a post: persons who always do, or by turns.

    round_the_clock: gaps between the turns are a fault (24 h duty in the heating season).
    """

    id: Id
    name: Words
    always: Listed[Id] = ()
    turns: Listed[Turn] = ()
    round_the_clock: bool = True


class Step(Model):
    """Whom an alarm reaches that nobody has acknowledged for this long. to: posts or persons."""

    after_s: Seconds
    to: Annotated[Listed[Id], Field(min_length=1)]


class Escalation(Model):
    """The way up for one priority; the first step, after 0 s, is the announcement itself."""

    priority: Priority
    steps: Annotated[Listed[Step], Field(min_length=1)]


class Digest(Model):
    """Beyond `above` messages to one person `within` this time, the rest is told together each `every`."""

    above: Annotated[int, Field(ge=1, le=1000)] = 10
    within_s: Annotated[Seconds, Positive] = written("10 min")
    every_s: Annotated[Seconds, Positive] = written("10 min")
    priorities: Listed[Literal["P2", "P3", "P4"]] = ("P3", "P4")


class Heartbeat(Model):
    """A regular sign of life that says how far each poller is. to: posts or persons, or one channel."""

    every_s: Annotated[Seconds, Field(ge=10)]
    to: Listed[Id] = ()
    channel: Id | None = None


class DrillPlan(Model):
    """A weekly exercise of the whole way. answer_within: then the report of who acknowledged is written."""

    day: Weekday = "wed"
    at: ClockTime
    to: Annotated[Listed[Id], Field(min_length=1)]
    answer_within_s: Annotated[Seconds, Positive] = written("30 min")


class Listener(Model):
    """Where a page takes acknowledgements from outside. On loopback, behind a proxy, unless told otherwise.

    public_url: how people reach it; stands in the messages. certificate, key: TLS of its own, needed
    beyond loopback.
    """

    bind: Line = "127.0.0.1"
    port: Port = 8017
    public_url: Url
    certificate: AbsolutePath | None = None
    key: AbsolutePath | None = None


class Wording(Model):
    """A template of the company's own. text: the whole message; short: for short messages."""

    kind: Kind
    text: Words
    short: Words | None = None


class Notify(Model):
    """The section ``notify``.

    dispatch: the post whose being out of reach for `lost_after` raises the local path. local: the
    sounder of that path; it also sounds for P1. codes: whether messages carry a reply code.
    """

    channels: Annotated[Listed[Channel], Field(min_length=1)]
    contacts: Annotated[Listed[Contact], Field(min_length=1)]
    posts: Listed[Post] = ()
    escalation: Annotated[Listed[Escalation], Field(min_length=1)]
    dispatch: Id | None = None
    lost_after_s: Annotated[Seconds, Positive] = written("5 min")
    local: Id | None = None
    console_url: Url | None = None
    digest: Digest = Digest()
    heartbeats: Listed[Heartbeat] = ()
    drill: DrillPlan | None = None
    codes: bool = False
    listener: Listener | None = None
    wordings: Listed[Wording] = ()


__all__ = ["Notify", "Secret"]
