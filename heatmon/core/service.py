"""What the journal says of the daemon itself: start, stop, time without watch, clock, disk."""

from __future__ import annotations

from typing import Final

from heatmon.core.input import ClockStepped, Input, JsonScalar, Lifecycle, SystemNotice
from heatmon.core.part import Part

UNWATCHED_P2_S: Final = 300
"""Nobody watching for longer than this in the season is an alarm of its own."""


class Service(Part):
    """Entries about the daemon; it keeps no state."""

    name = "service"
    takes = (Lifecycle, ClockStepped, SystemNotice)

    def take(self, item: Input, now: int) -> None:
        """Write what happened."""
        match item:
            case ClockStepped():
                self.host.clock_trusted = item.trusted
                offset_ms = item.offset_ns // 1_000_000
                self.host.emit("clock.stepped", {"offset_ms": offset_ms, "trusted": item.trusted})
            case SystemNotice():
                self.host.emit(item.code, item.fields)
            case Lifecycle(what="gap"):
                self._gap(item)
            case Lifecycle():
                self.host.emit(f"service.{item.what}", {"cause": item.cause})

    def _gap(self, item: Lifecycle) -> None:
        seconds = max(0, (item.to_ns - item.from_ns) // 1_000_000_000)
        fields: dict[str, JsonScalar] = {
            "from_ns": item.from_ns,
            "to_ns": item.to_ns,
            "duration_s": seconds,
            "cause": item.cause,
            "priority": "P2" if seconds > UNWATCHED_P2_S and self._in_season(item.to_ns) else "P3",
        }
        if item.to_ns < item.from_ns:
            fields["clock"] = "went back"
        self.host.emit("gap", fields)

    def _in_season(self, now: int) -> bool:
        season = self.host.spec.station.season
        return season is None or season.start.timestamp() * 1e9 <= now < season.end.timestamp() * 1e9
