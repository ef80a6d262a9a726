"""The life of one message as one table.

    QUEUED     to be sent            SENT         the next hop has taken it; nobody says more yet
    HELD       waits for a digest    HANDED_OVER  given to a program that does not tell what becomes of it
               or for the morning    DELIVERED    the provider says that it is there
    SENDING    written down before   REFUSED      the provider said no to it
               the first byte goes   FAILED       given up here, passed on to the next channel
                                     FOLDED       stands in a digest
                                     ACKNOWLEDGED its alarm was acknowledged by this person

A pair that does not stand in the table changes nothing. SENDING is what a kill leaves behind: then
nobody knows whether it went out, and it goes again under the same idempotency key.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Where a message is."""

    QUEUED = "queued"
    HELD = "held"
    SENDING = "sending"
    SENT = "sent"
    HANDED_OVER = "handed_over"
    DELIVERED = "delivered"
    REFUSED = "refused"
    FAILED = "failed"
    FOLDED = "folded"
    ACKNOWLEDGED = "acknowledged"


class Trigger(StrEnum):
    """What can happen to a message."""

    SEND = "send"
    TAKEN = "taken"
    HANDED = "handed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    BUSY = "busy"
    BROKEN = "broken"
    GIVEN_UP = "given_up"
    FOLD = "fold"
    RELEASE = "release"
    ACKNOWLEDGED = "acknowledged"
    RESTART = "restart"


S, T = State, Trigger
TABLE: Final[dict[tuple[State, Trigger], State]] = {
    (S.QUEUED, T.SEND): S.SENDING,
    (S.QUEUED, T.FOLD): S.FOLDED,
    (S.QUEUED, T.GIVEN_UP): S.FAILED,
    (S.HELD, T.FOLD): S.FOLDED,
    (S.HELD, T.RELEASE): S.QUEUED,
    (S.SENDING, T.TAKEN): S.SENT,
    (S.SENDING, T.HANDED): S.HANDED_OVER,
    (S.SENDING, T.CONFIRMED): S.DELIVERED,
    (S.SENDING, T.REFUSED): S.REFUSED,
    (S.SENDING, T.BUSY): S.QUEUED,
    (S.SENDING, T.BROKEN): S.QUEUED,
    (S.SENDING, T.GIVEN_UP): S.FAILED,
    (S.SENDING, T.RESTART): S.QUEUED,
    (S.SENT, T.CONFIRMED): S.DELIVERED,
    (S.SENT, T.REFUSED): S.REFUSED,
    (S.SENT, T.ACKNOWLEDGED): S.ACKNOWLEDGED,
    (S.HANDED_OVER, T.ACKNOWLEDGED): S.ACKNOWLEDGED,
    (S.DELIVERED, T.ACKNOWLEDGED): S.ACKNOWLEDGED,
}

REACHED: Final = frozenset({S.SENT, S.HANDED_OVER, S.DELIVERED, S.ACKNOWLEDGED})
"""As far as anybody knows, the person has it."""
WAITING: Final = frozenset({S.QUEUED, S.HELD, S.SENDING})
SETTLED: Final = frozenset(S) - WAITING
"""Nothing more will be sent for such a message; the journal is told."""


def next_state(state: State, trigger: Trigger) -> State:
    """The table's answer; a pair that is not in it changes nothing."""
    return TABLE.get((state, trigger), state)
