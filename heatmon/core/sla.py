"""The clocks of service and penalty rules as one table: limits, warnings, what starts and stops them.

Rules: company regulations (seed clauses R01-4.5, 5.2, 5.3, 9.3, 9.10, 9.11, R17-8d); limits are the
regulations' own, but for `followup` overdue (72 h), which is a setting of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

MINUTE: Final = 60_000_000_000
HOUR: Final = 60 * MINUTE


@dataclass(frozen=True, slots=True)
class ClockRule:
    """One kind of clock. limit_ns: to the breach; warn_ns: warnings on the way, from the start.

    workdays: the limit is the end of this many working days instead. priority: of its breach.
    """

    kind: str
    limit_ns: int
    warn_ns: tuple[int, ...] = ()
    workdays: int = 0
    priority: str = "P2"


_RULES: Final = (
    ClockRule("dispatch_reply", HOUR, (40 * MINUTE,)),
    ClockRule("superior_reply", HOUR, (40 * MINUTE,)),
    ClockRule("leak_onsite", 30 * MINUTE, (20 * MINUTE,)),
    ClockRule("repair_contact", 30 * MINUTE, (20 * MINUTE,)),
    ClockRule("repair_onsite", 2 * HOUR, (90 * MINUTE,)),
    ClockRule("repair_close", 24 * HOUR, (20 * HOUR,)),
    # Not earlier than 48 h after closing: that is when it is due; 72 h is overdue.
    ClockRule("followup", 72 * HOUR, (48 * HOUR,), priority="P3"),
    ClockRule("loss_unhandled", 6 * HOUR, (2 * HOUR, 4 * HOUR, 5 * HOUR), priority="P1"),
    # The notice is a task at once; eight hours are the hard limit.
    ClockRule("stoppage_notice", 8 * HOUR, (0,), priority="P1"),
    ClockRule("application_reply", 0, workdays=3, priority="P3"),
    ClockRule("connection", 0, workdays=5, priority="P3"),
)
RULES: Final[Mapping[str, ClockRule]] = {rule.kind: rule for rule in _RULES}

OPENS: Final[Mapping[str, tuple[str, ...]]] = {
    "dispatch": ("dispatch_reply",),
    "superior": ("superior_reply",),
    "leak": ("leak_onsite", "repair_close"),
    "repair": ("repair_contact", "repair_onsite", "repair_close"),
    "loss": ("loss_unhandled",),
    "stoppage": ("stoppage_notice",),
    "application": ("application_reply",),
    "connection": ("connection",),
}
"""Kind of a case -> the clocks that start with it."""
STOPS: Final[Mapping[str, tuple[str, ...]]] = {
    "replied": ("dispatch_reply", "superior_reply", "application_reply"),
    "contacted": ("repair_contact",),
    "on_site": ("leak_onsite", "repair_onsite"),
    "isolated": ("loss_unhandled",),
    "contained": ("loss_unhandled",),
    "repaired": ("loss_unhandled",),
    "notice_sent": ("stoppage_notice",),
    "connected": ("connection",),
    "followed_up": ("followup",),
}
"""What is recorded on a case -> the clocks that it stops."""
CLOSES: Final = ("fixed", "user_confirmed", "attempt")
"""Recorded on the way to closing a leak or repair: fixed, and the user's word or two attempts to get it."""
ATTEMPTS: Final = 2
NOTES: Final = ("delayed",)
"""Recorded, stops nothing: the clock goes on and the reason stands beside it."""
RESULT_NEEDED: Final = frozenset({"replied"})
"""These need a text: no matter without an outcome."""
EARLIEST_NS: Final[Mapping[str, int]] = {"followup": 48 * HOUR}
"""A follow-up before its time is none."""
STEPS: Final = (*STOPS, *CLOSES, *NOTES)

RATE_STOP_NS: Final = 30 * MINUTE
"""A loss clock that an alarm started stops when the alarm has been gone for this long."""
RESUME_NS: Final = 2 * HOUR
"""A new loss alarm within this time of such a stop goes on with the same clock."""
LOSS_SIGNALS: Final = "water.loss"
STOPPAGE_SIGNALS: Final = ("curve.heat_loss",)
