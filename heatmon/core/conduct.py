"""How alarms behave: floods, chattering, standing too long. Measured at the announcements people get."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.condition import NEVER
from heatmon.core.effect import Event
from heatmon.core.part import Host, Part

MINUTE: Final = 60_000_000_000
FLOOD_STARTS: Final = 10
FLOOD_ENDS: Final = 5
FLOOD_NS: Final = 10 * MINUTE
"""A flood starts with ten announcements in ten minutes and ends when fewer than five are (EEMUA 191)."""
CHATTER_TIMES: Final = 3
CHATTER_NS: Final = MINUTE
CHATTER_CALM_NS: Final = 10 * MINUTE
"""Raised three times within a minute is chattering, until ten minutes without."""
STALE_NS: Final = 24 * 60 * MINUTE


class Conduct(Part):
    """Bound: the last ten announcements, three times an alarm that chatters, one an alarm that stands."""

    name = "conduct"
    hears = ("alarm.",)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._last: deque[int] = deque(maxlen=FLOOD_STARTS)
        self._flood_since = 0
        self._count = 0
        self._raised: dict[str, deque[int]] = {}
        self._chatters: dict[str, int] = {}
        self._standing: dict[str, tuple[str, int]] = {}

    def heard(self, event: Event, now: int) -> None:
        """Count announcements; remember what stands."""
        code, payload = event.code, event.payload
        alarm = str(payload.get("alarm", ""))
        if code in ("alarm.raised", "alarm.reannounced"):
            quiet = "silent" in payload or "test" in payload
            if code == "alarm.raised":
                if not quiet:
                    self._chatter(alarm, now)
                self._standing[alarm] = (str(payload["occurrence"]), now)
            if not quiet:
                self._announced(now)
        elif code in ("alarm.returned", "alarm.closed"):
            self._standing.pop(alarm, None)

    def _announced(self, now: int) -> None:
        self._last.append(now)
        self._count += 1
        within = sum(now - at < FLOOD_NS for at in self._last)
        if not self._flood_since and within >= FLOOD_STARTS:
            self._flood_since, self._count = now, within
            self.host.emit("flood.started", {"count": within, "priority": "P2"})

    def _chatter(self, alarm: str, now: int) -> None:
        times = self._raised.setdefault(alarm, deque(maxlen=CHATTER_TIMES))
        times.append(now)
        if alarm in self._chatters:
            self._chatters[alarm] = now + CHATTER_CALM_NS
        elif len(times) == CHATTER_TIMES and now - times[0] < CHATTER_NS:
            self._chatters[alarm] = now + CHATTER_CALM_NS
            self.host.emit("alarm.chattering", {"alarm": alarm, "count": CHATTER_TIMES})

    def _flood_ends(self) -> int:
        """When fewer than five announcements lie within the last ten minutes."""
        if not self._flood_since or len(self._last) < FLOOD_ENDS:
            return NEVER
        return self._last[-FLOOD_ENDS] + FLOOD_NS

    def deadline(self) -> int:
        """When a flood ends, an alarm is calm again, or has stood for a day."""
        return min(
            self._flood_ends(),
            min(self._chatters.values(), default=NEVER),
            min((since + STALE_NS for _, since in self._standing.values()), default=NEVER),
        )

    def pass_time(self, now: int) -> None:
        """Tell what is due."""
        if self._flood_ends() <= now:
            took = (now - self._flood_since) // 1_000_000_000
            self.host.emit("flood.ended", {"count": self._count, "duration_s": took, "priority": "P3"})
            self._flood_since, self._count = 0, 0
        for alarm, calm in tuple(self._chatters.items()):
            if calm <= now:
                del self._chatters[alarm]
                self._raised.pop(alarm, None)
                self.host.emit("alarm.calm", {"alarm": alarm})
        for alarm, (occurrence, since) in tuple(self._standing.items()):
            if since + STALE_NS <= now:
                del self._standing[alarm]
                self.host.emit("alarm.stale", {"alarm": alarm, "occurrence": occurrence})

    def shown(self) -> list[Mapping[str, Any]]:
        """Whether there is a flood, and which alarms chatter."""
        flood = [{"flood_since_ns": self._flood_since, "count": self._count}] if self._flood_since else []
        return [*flood, *({"chattering": alarm} for alarm in self._chatters)]

    def dump(self) -> list[Any]:
        """State for the checkpoint."""
        raised = {alarm: list(times) for alarm, times in self._raised.items()}
        return [
            list(self._last), self._flood_since, self._count, raised, self._chatters,
            {alarm: list(one) for alarm, one in self._standing.items()},
        ]  # fmt: skip

    def load(self, state: list[Any]) -> None:
        """From a dumped state."""
        last, self._flood_since, self._count, raised, chatters, standing = state
        self._last = deque(last, maxlen=FLOOD_STARTS)
        self._raised = {alarm: deque(times, maxlen=CHATTER_TIMES) for alarm, times in raised.items()}
        self._chatters = dict(chatters)
        self._standing = {alarm: (one[0], one[1]) for alarm, one in standing.items()}
