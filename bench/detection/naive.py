"""What a user would configure elsewhere: an instantaneous ratio, a daily ratio, a fixed band.

Each has one free limit, which the campaign moves until the rule set has as many false alarms as heatmon.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass
class InstantRatio:
    """makeup flow ÷ circulation above a limit for `delay_min` minutes."""

    limit_pct: float
    delay_min: int = 10
    _since: int = 0
    active: bool = False

    def minute(self, shown: dict[str, float]) -> bool:
        """Whether it alarms now (edge)."""
        ratio = 100.0 * shown["fmk"] / shown["f2"] if shown["f2"] > 5.0 else 0.0
        self._since = self._since + 1 if ratio > self.limit_pct else 0
        before, self.active = self.active, self._since >= self.delay_min
        return self.active and not before


@dataclass
class DailyRatio:
    """Makeup of the last 24 h ÷ circulation of the last 24 h, looked at once an hour."""

    limit_pct: float
    _rows: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=1441))
    _minutes: int = 0
    active: bool = False

    def minute(self, shown: dict[str, float]) -> bool:
        """Whether it alarms now (edge)."""
        before_total = self._rows[-1][1] if self._rows else 0.0
        self._rows.append((shown["vmk"], before_total + shown["f2"] / 60.0))
        self._minutes += 1
        if self._minutes % 60 or len(self._rows) < 1441:
            return False
        (first, flow0), (last, flow1) = self._rows[0], self._rows[-1]
        ratio = 100.0 * (last - first) / (flow1 - flow0) if flow1 > flow0 else 0.0
        before, self.active = self.active, ratio > self.limit_pct
        return self.active and not before


@dataclass
class FixedBand:
    """|supply − setpoint of the controller| beyond a band for `delay_min` minutes."""

    band_k: float = 3.0
    delay_min: int = 15
    _since: int = 0
    active: bool = False

    def minute(self, shown: dict[str, float]) -> bool:
        """Whether it alarms now (edge)."""
        self._since = self._since + 1 if abs(shown["t2s"] - shown["sp_plc"]) > self.band_k else 0
        before, self.active = self.active, self._since >= self.delay_min
        return self.active and not before
