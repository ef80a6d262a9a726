"""Status codes of OPC UA (Part 4, 7.39; Part 8, 6.3.2) as qualities; the code itself is kept for people."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from heatmon.core.quality import Quality

MEANING: Final = 0xFFFF0000
"""The lower half holds flags (limits, overflow) that change nothing about good or bad."""

GOOD_LOCAL_OVERRIDE: Final = 0x00960000
BAD_TIMEOUT: Final = 0x800A0000
BAD_NODE_ID_INVALID: Final = 0x80330000
BAD_NODE_ID_UNKNOWN: Final = 0x80340000
BAD_ATTRIBUTE_ID_INVALID: Final = 0x80350000
BAD_NO_MATCH: Final = 0x806F0000
BAD_TYPE_MISMATCH: Final = 0x80740000
BAD_TOO_MANY_OPERATIONS: Final = 0x80100000
BAD_WAITING: Final = 0x80320000
BAD_INDEX_RANGE_NO_DATA: Final = 0x80370000

TABLE: Final = {
    # Somebody has set the value by hand at the server: good, but not measured.
    GOOD_LOCAL_OVERRIDE: Quality.MANUAL,
    0x408F0000: Quality.HELD,  # UncertainNoCommunicationLastUsableValue
    0x40900000: Quality.HELD,  # UncertainLastUsableValue
    0x40910000: Quality.SUBSTITUTED,  # UncertainSubstituteValue
    BAD_TIMEOUT: Quality.TIMEOUT,
    0x800B0000: Quality.GATEWAY_FAILURE,  # BadServiceUnsupported: the service behind is missing
    0x80100000: Quality.DEVICE_BUSY,  # BadTooManyOperations
    0x801F0000: Quality.DEVICE_REFUSED,  # BadUserAccessDenied
    0x80310000: Quality.GATEWAY_FAILURE,  # BadNoCommunication
    BAD_WAITING: Quality.NOT_YET_READ,
    BAD_NODE_ID_INVALID: Quality.NO_SUCH_ADDRESS,
    BAD_NODE_ID_UNKNOWN: Quality.NO_SUCH_ADDRESS,
    BAD_ATTRIBUTE_ID_INVALID: Quality.NO_SUCH_ADDRESS,
    0x80360000: Quality.NO_SUCH_ADDRESS,  # BadIndexRangeInvalid
    BAD_INDEX_RANGE_NO_DATA: Quality.NO_SUCH_ADDRESS,
    0x803A0000: Quality.DEVICE_REFUSED,  # BadNotReadable
    BAD_NO_MATCH: Quality.NO_SUCH_ADDRESS,
    BAD_TYPE_MISMATCH: Quality.WRONG_TYPE,
    0x80710000: Quality.DEVICE_REFUSED,  # BadHistoryOperationInvalid
    0x80720000: Quality.DEVICE_REFUSED,  # BadHistoryOperationUnsupported
    0x80890000: Quality.DEVICE_FAILURE,  # BadConfigurationError
    0x808A0000: Quality.GATEWAY_FAILURE,  # BadNotConnected
    0x808B0000: Quality.DEVICE_FAILURE,  # BadDeviceFailure
    0x808C0000: Quality.DEVICE_FAILURE,  # BadSensorFailure
    0x808D0000: Quality.OUT_OF_SERVICE,  # BadOutOfService
}


def quality_of(status: int) -> int:
    """What a status code says of a value."""
    if not status:
        return Quality.GOOD
    found = TABLE.get(status & MEANING)
    if found is not None:
        return found
    severity = status >> 30
    return Quality.GOOD if severity == 0 else Quality.UNCERTAIN if severity == 1 else Quality.BAD


def qualities_of(statuses: Iterable[int]) -> bytes:
    """As `quality_of`, for a column."""
    return bytes(map(quality_of, statuses))


NOT_THERE: Final = frozenset({Quality.NO_SUCH_ADDRESS, Quality.WRONG_TYPE, Quality.DEVICE_REFUSED})
"""Faults of the settings or of the server's program, not of the plant: told once, tried again."""
