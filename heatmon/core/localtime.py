"""Where the station's day and hour begin: its zone, used for what people live by and nowhere else."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

SECOND: Final = 1_000_000_000
HOUR_NS: Final = 3600 * SECOND
DAY_NS: Final = 24 * HOUR_NS
_QUARTER_NS: Final = 900 * SECOND
_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


class LocalClock:
    """Station time (ns UTC) as local days and hours. Offsets change on quarters of an hour only."""

    __slots__ = ("_offset_ns", "_quarter", "_zone")

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)
        self._quarter = -1
        self._offset_ns = 0

    def local_ns(self, now_ns: int) -> int:
        """Nanoseconds of the local wall clock since 1970-01-01 00:00 local."""
        quarter = now_ns // _QUARTER_NS
        if quarter != self._quarter:
            moment = datetime.fromtimestamp(quarter * 900, UTC).astimezone(self._zone)
            offset = moment.utcoffset()
            self._offset_ns = 0 if offset is None else int(offset.total_seconds()) * SECOND
            self._quarter = quarter
        return now_ns + self._offset_ns

    def day(self, now_ns: int) -> int:
        """Number of the local day (1970-01-01 is 0)."""
        return self.local_ns(now_ns) // DAY_NS

    def minute_of_day(self, now_ns: int) -> int:
        """0…1439 on the local wall clock."""
        return self.local_ns(now_ns) % DAY_NS // (60 * SECOND)


def date_of(day: int) -> date:
    """The date of a local day number."""
    return date.fromordinal(day + _EPOCH_ORDINAL)


def minutes_of(text: str) -> int:
    """``"22:30"`` as minutes of the day."""
    hours, minutes = text.split(":")
    return int(hours) * 60 + int(minutes)
