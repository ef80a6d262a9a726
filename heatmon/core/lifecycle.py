"""The life cycle of an alarm (ISA-18.2 / IEC 62682) as one table.

    NORM   normal                          RTNUN  returned, not acknowledged
    UNACK  active, not acknowledged        LAT_U  latched after its return, not acknowledged
    ACKED  active, acknowledged            LAT_A  latched after its return, acknowledged

A pair that does not stand in the table changes nothing: a trigger of the plant is ignored, a
person's trigger is answered "not applicable". Overlays (shelved, suppressed, out of service, test)
are orthogonal to these states (`heatmon.core.overlay`); only their ends stand here.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class State(StrEnum):
    """Base states."""

    NORM = "norm"
    UNACK = "unack"
    ACKED = "acked"
    RTNUN = "rtnun"
    LAT_U = "lat_u"
    LAT_A = "lat_a"


class Trigger(StrEnum):
    """What can happen to an alarm. OFF of a latching alarm is OFF_LATCHED."""

    ON = "on"
    OFF = "off"
    OFF_LATCHED = "off_latched"
    ACK = "ack"
    RESET = "reset"
    REALARM = "realarm"
    PRIORITY_RAISED = "priority_raised"
    PRIORITY_LOWERED = "priority_lowered"
    HEARD_AGAIN = "heard_again"
    """The last silencing overlay has ended (or a test)."""
    WITHIN = "within"
    """A suppression has ended that held the whole occurrence."""


class Act(StrEnum):
    """What a transition does; the names are the ends of event codes."""

    RAISE = "raised"
    """A new occurrence begins and is announced."""
    SUPERSEDE = "superseded"
    """The old, never acknowledged occurrence is closed and a new one begins."""
    AGAIN = "reannounced"
    """The same occurrence is announced once more, count + 1."""
    ACKNOWLEDGE = "acknowledged"
    RETURN = "returned"
    CLOSE = "closed"
    RESET = "reset"
    PRIORITY = "priority_changed"


S, T, A = State, Trigger, Act
TABLE: Final[dict[tuple[State, Trigger], tuple[State, tuple[Act, ...]]]] = {
    (S.NORM, T.ON): (S.UNACK, (A.RAISE,)),
    (S.UNACK, T.ACK): (S.ACKED, (A.ACKNOWLEDGE,)),
    (S.UNACK, T.OFF): (S.RTNUN, (A.RETURN,)),
    (S.UNACK, T.OFF_LATCHED): (S.LAT_U, (A.RETURN,)),
    (S.ACKED, T.OFF): (S.NORM, (A.RETURN, A.CLOSE)),
    (S.ACKED, T.OFF_LATCHED): (S.LAT_A, (A.RETURN,)),
    (S.RTNUN, T.ACK): (S.NORM, (A.ACKNOWLEDGE, A.CLOSE)),
    (S.RTNUN, T.ON): (S.UNACK, (A.SUPERSEDE, A.RAISE)),
    (S.LAT_U, T.ACK): (S.LAT_A, (A.ACKNOWLEDGE,)),
    (S.LAT_A, T.RESET): (S.NORM, (A.RESET, A.CLOSE)),
    (S.LAT_U, T.ON): (S.UNACK, (A.AGAIN,)),
    (S.LAT_A, T.ON): (S.UNACK, (A.AGAIN,)),
    (S.ACKED, T.REALARM): (S.UNACK, (A.AGAIN,)),
    (S.UNACK, T.PRIORITY_RAISED): (S.UNACK, (A.PRIORITY, A.AGAIN)),
    (S.ACKED, T.PRIORITY_RAISED): (S.UNACK, (A.PRIORITY, A.AGAIN)),
    (S.UNACK, T.PRIORITY_LOWERED): (S.UNACK, (A.PRIORITY,)),
    (S.ACKED, T.PRIORITY_LOWERED): (S.ACKED, (A.PRIORITY,)),
    (S.UNACK, T.HEARD_AGAIN): (S.UNACK, (A.AGAIN,)),
    (S.ACKED, T.HEARD_AGAIN): (S.UNACK, (A.AGAIN,)),
    (S.RTNUN, T.WITHIN): (S.NORM, (A.CLOSE,)),
}

ACTIVE: Final = frozenset({State.UNACK, State.ACKED})


def next_state(state: State, trigger: Trigger) -> tuple[State, tuple[Act, ...]]:
    """The table's answer; a pair that is not in it changes nothing."""
    return TABLE.get((state, trigger), (state, ()))
