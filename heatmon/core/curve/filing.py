"""Whether the curve is filed with the command centre, and when to remind: 7, 3 and 1 days before."""

from __future__ import annotations

from typing import Final

from heatmon.core.localtime import DAY_NS
from heatmon.core.spec.curve import Filing
from heatmon.core.spec.station import Season

REMIND_DAYS: Final = (7, 3, 1)


def is_filed(filing: Filing, now_ns: int) -> bool:
    """Filed: who, when and receipt are there, and the time of filing is not in the future."""
    return filing.complete and filing.at is not None and filing.at.timestamp() * 1e9 <= now_ns


def in_season(season: Season | None, now_ns: int) -> bool:
    """Without a season in the settings it is always the season."""
    return season is None or season.start.timestamp() * 1e9 <= now_ns < season.end.timestamp() * 1e9


def days_to_season(season: Season | None, now_ns: int) -> float | None:
    """Days until the season starts; None when it has started, is over, or none is set."""
    if season is None:
        return None
    left = season.start.timestamp() * 1e9 - now_ns
    return left / DAY_NS if left > 0.0 else None


def reminder_due(filing: Filing, season: Season | None, now_ns: int) -> int:
    """Which reminder is due: 7, 3 or 1 days before the season, 0 for none."""
    left = days_to_season(season, now_ns)
    if left is None or is_filed(filing, now_ns):
        return 0
    return min((days for days in REMIND_DAYS if left <= days), default=0)
