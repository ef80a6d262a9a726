"""What every channel is: something that takes one message and says honestly what became of it.

A channel never raises for what the other side does: refusals, silence, half an answer are outcomes.
Cancellation ends it at once. It keeps no schedule and no queue; `per_minute` and `per_second` are
what its provider allows, kept by whoever calls it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

Verdict = Literal["taken", "confirmed", "handed", "refused", "busy", "broken"]
"""taken: the next hop has it. confirmed: it is there. handed: given to a program that says no more.
refused: no, and asking again would be no again. busy: too much for now. broken: no connection, no
answer, half an answer; whether it arrived is unknown."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message as a channel sends it.

    key: the same for every attempt at the same message, for those that can tell doubles by it.
    to: number, address or member, as the roster names it. thread: what belongs together (one
    occurrence); first: whether this is the thread's first message. fields: for templates.
    """

    key: str
    to: str
    subject: str
    text: str
    short: str
    thread: str = ""
    first: bool = True
    priority: str = "P3"
    fields: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. answer: what the other side said, short; ref: its name for the message.

    wait_s: how long a busy provider wants to be left alone. channel: whether the refusal is about
    the way itself (wrong token, expired signature, no right to send), not about this message.
    """

    verdict: Verdict
    answer: str
    ref: str = ""
    wait_s: float = 0.0
    channel: bool = False


class Channel(Protocol):
    """A way to a person. limit_bytes: the longest text in UTF-8; 0 where the short form is sent."""

    @property
    def kind(self) -> str:
        """As in the settings."""

    @property
    def per_minute(self) -> int:
        """How many messages the provider takes in any minute."""

    @property
    def per_second(self) -> int | None:
        """How many it takes in any second, where that is another limit."""

    @property
    def limit_bytes(self) -> int:
        """The longest text."""

    async def send(self, message: Message) -> Outcome:
        """Try once. Never raises for the other side's doings; cancelled at once."""

    async def close(self) -> None:
        """Let go of connections."""


ANSWER_MAX = 200


def shortened(answer: object) -> str:
    """An answer as it is kept: one line, at most 200 characters."""
    text = " ".join(str(answer).split())
    return text if len(text) <= ANSWER_MAX else text[: ANSWER_MAX - 1] + "…"
