"""Quality of a value: one byte that says good, uncertain or bad, and why.

A code travels with its value from the wire to the printed sheet. Codes are stored on disk and
must never be renumbered. The grade is a range of codes, so that a whole column is judged by one
C-speed comparison: 0..63 good, 64..127 uncertain, 128..255 bad.
"""

from __future__ import annotations

from enum import IntEnum

FIRST_UNCERTAIN = 64
FIRST_BAD = 128


class Quality(IntEnum):
    """Why a value may be trusted or not."""

    GOOD = 0
    MANUAL = 1
    """Entered by a person; good, but not measured."""

    UNCERTAIN = 64
    """The device says so without a reason."""
    IMPLAUSIBLE_RATE = 65
    """Changed faster than the plant can; at most two scans."""
    FROZEN = 66
    """Has not moved at all for longer than the tag's `frozen` time."""
    SUBSTITUTED = 67
    """Taken from another source of the fallback chain."""
    HELD = 68
    """Last good value, ageing."""
    CONTRADICTION = 69
    """Contradicts another reading (second law between supply and return)."""
    CLOCK_SKEW = 70
    """The device's time stamp is not to be trusted."""
    INCOMPLETE = 71
    """Computed from a window that is not covered well enough."""
    ESTIMATED = 72
    """Computed from a design value instead of a measurement."""

    BAD = 128
    """The device says so without a reason."""
    NOT_YET_READ = 129
    TIMEOUT = 130
    """The device did not answer."""
    LINK_DOWN = 131
    """There is no connection."""
    FOREIGN_REPLY = 132
    """The answer was not an answer to this request, or was garbled."""
    STALE = 133
    """No scan has come for longer than three periods."""
    SENTINEL = 134
    """The device's code for "no sensor"."""
    NOT_A_NUMBER = 135
    OVER_RANGE = 136
    """Beyond the upper end of what the sensor or the plant can give."""
    UNDER_RANGE = 137
    """Beyond the lower end of what the sensor or the plant can give."""
    WIRE_BREAK = 138
    """Current loop interrupted (below 3.6 mA) or short-circuited: says nothing about the plant."""
    NO_SUCH_ADDRESS = 139
    """The device refuses this address; isolated from its neighbours."""
    DEVICE_FAILURE = 140
    DEVICE_BUSY = 141
    DEVICE_REFUSED = 142
    """An exception code other than the ones named here."""
    GATEWAY_FAILURE = 143
    """A gateway could not reach the unit behind it (Modbus exceptions 10 and 11)."""
    NO_INPUT = 144
    """A computed value whose input is missing or not good."""
    OUT_OF_SERVICE = 145
    """Not evaluated now, by design (pump stopped, season off)."""
    WRONG_TYPE = 146
    """The device holds another data type than the settings say."""


GOOD = int(Quality.GOOD)


def is_good(code: int) -> bool:
    """Whether the value may be used without reserve."""
    return code < FIRST_UNCERTAIN


def is_uncertain(code: int) -> bool:
    """Whether the value may be used for the safety limits (HH, LL) only."""
    return FIRST_UNCERTAIN <= code < FIRST_BAD


def is_bad(code: int) -> bool:
    """Whether there is no value: it is NaN wherever this holds."""
    return code >= FIRST_BAD


def worst(*codes: int) -> int:
    """The worst of several codes: bad before uncertain before good."""
    return max(codes, default=GOOD)
