"""What follows from an outcome: sent, again later, by another way, given up. Pure, one table to read.

| verdict | another way left | no other way left |
|---|---|---|
| taken, handed, confirmed | settled | settled |
| refused (this message) | refused, passed on | refused |
| refused (the channel) | passed on at once | queued until the channel works again |
| busy | P1 passed on; others wait | waits as long as the provider wants |
| broken | P1 at once, others after a second attempt | again and again, slower and slower |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon.notify.channel import Outcome
from heatmon.notify.states import Trigger

SECOND: Final = 1_000_000_000
FIRST_WAIT_S: Final = 5.0
LONGEST_WAIT_S: Final = 600.0
REFUSED_WAIT_S: Final = 300.0
"""A refused channel (wrong token, expired signature) is asked again this often."""
BUSY_WAIT_S: Final = 60.0
ATTEMPTS: Final = 2
"""A broken attempt is made once more before the next way is taken; P1 does not wait for it."""
GIVE_UP_NS: Final = 7 * 86_400 * SECOND
"""What could not be told for a week is given up; the journal has it."""

_SETTLES: Final = {"taken": Trigger.TAKEN, "handed": Trigger.HANDED, "confirmed": Trigger.CONFIRMED}


@dataclass(frozen=True, slots=True)
class Next:
    """What to do: trigger for the row; pass_on: also by the next way; wait_s: before it is tried again.

    channel_failed: the channel itself does not work.
    """

    trigger: Trigger
    pass_on: bool = False
    wait_s: float = 0.0
    channel_failed: bool = False


def after(outcome: Outcome, *, priority: str, attempts: int, another: bool, age_ns: int) -> Next:
    """What follows. attempts: with this one; another: whether the person has a further way."""
    if outcome.verdict in _SETTLES:
        return Next(_SETTLES[outcome.verdict])
    if outcome.verdict == "refused" and not outcome.channel:
        return Next(Trigger.REFUSED, pass_on=another)
    if not another and age_ns > GIVE_UP_NS:
        return Next(Trigger.GIVEN_UP, channel_failed=outcome.verdict != "busy")
    if outcome.verdict == "busy":
        wait = outcome.wait_s or BUSY_WAIT_S
        passing = another and priority == "P1"
        return Next(Trigger.GIVEN_UP if passing else Trigger.BUSY, passing, wait)
    if outcome.verdict == "refused":
        return Next(Trigger.GIVEN_UP if another else Trigger.BROKEN, another, REFUSED_WAIT_S, True)
    if another and (priority == "P1" or attempts >= ATTEMPTS):
        return Next(Trigger.GIVEN_UP, True, FIRST_WAIT_S, True)
    return Next(Trigger.BROKEN, False, backoff_s(attempts), True)


def backoff_s(failures: int) -> float:
    """5 s, 10 s, 20 s … 10 min."""
    return min(FIRST_WAIT_S * 2.0 ** max(0, min(failures - 1, 20)), LONGEST_WAIT_S)
