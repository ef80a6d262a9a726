"""Figures of alarm management for any period, from journal entries (ISA-18.2, EEMUA 191). Pure.

An announcement is what people were given: raised or announced again, neither silent nor as a test.
Times are nanoseconds; a period begins with its first instant and ends before its last.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

SECOND: Final = 1_000_000_000
TEN_MIN: Final = 600 * SECOND
HOUR: Final = 3600 * SECOND
DAY: Final = 24 * HOUR
FLEETING_NS: Final = 60 * SECOND
"""Returned within a minute without anybody's doing: fleeting."""
TOP: Final = 10

TARGETS: Final[Mapping[str, tuple[float, float | None]]] = {
    "per_day": (150.0, 300.0),
    "per_hour": (6.0, 12.0),
    "per_10_min": (1.0, 2.0),
    "hours_above_30_pct": (1.0, None),
    "ten_min_above_10_pct": (1.0, None),
    "most_in_10_min": (10.0, None),
    "flood_pct": (1.0, None),
    "top_10_pct": (5.0, None),
    "chattering": (0.0, None),
    "fleeting": (0.0, None),
    "stale_per_day": (5.0, None),
}
"""Figure -> (target, manageable maximum where there is one), per operating position."""
SHARES: Final[Mapping[str, float]] = {"P1": 5.0, "P2": 15.0, "P3": 80.0}


@dataclass(frozen=True, slots=True)
class Told:
    """What of a journal entry counts. time_ns; code; fields of the payload."""

    time_ns: int
    code: str
    fields: Mapping[str, Any]


@dataclass(slots=True)
class Kpi:
    """The figures of one period. bad_actors: (alarm, announcements, share in %)."""

    from_ns: int
    to_ns: int
    announced: int = 0
    figures: dict[str, float] = field(default_factory=dict)
    shares_pct: dict[str, float] = field(default_factory=dict)
    bad_actors: list[tuple[str, int, float]] = field(default_factory=list)
    shelved: int = 0
    standing: int = 0

    def met(self, figure: str) -> bool:
        """Whether a figure meets its target."""
        return self.figures[figure] <= TARGETS[figure][0]


def kpi(entries: Iterable[Told], from_ns: int, to_ns: int) -> Kpi:
    """The figures between two instants. Entries before the period tell what stands at its start."""
    if to_ns <= from_ns:
        raise ValueError("a period ends after it begins")
    count = _Count(from_ns, to_ns)
    for entry in entries:
        if entry.time_ns >= to_ns:
            break
        count.take(entry)
    return count.result()


class _Count:
    def __init__(self, from_ns: int, to_ns: int) -> None:
        self.from_ns, self.to_ns = from_ns, to_ns
        self.times: list[int] = []
        self.alarms: Counter[str] = Counter()
        self.priorities: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.raised: dict[str, int] = {}
        self.acked: set[str] = set()
        self.fleeting = 0
        self.flood_ns = 0
        self.flood_since: int | None = None

    def take(self, entry: Told) -> None:
        fields, code = entry.fields, entry.code
        inside = entry.time_ns >= self.from_ns
        if code in ("alarm.raised", "alarm.reannounced"):
            self._announced(entry, inside=inside)
        elif code == "alarm.acknowledged":
            self.acked.add(str(fields.get("occurrence")))
        elif code == "alarm.returned":
            self._returned(entry, inside=inside)
        elif code == "alarm.closed":
            self.raised.pop(str(fields.get("occurrence")), None)
        elif code == "flood.started":
            self.flood_since = entry.time_ns
        elif code == "flood.ended" and self.flood_since is not None:
            self.flood_ns += max(0, entry.time_ns - max(self.flood_since, self.from_ns))
            self.flood_since = None
        if inside:
            self.codes[code] += 1

    def _announced(self, entry: Told, *, inside: bool) -> None:
        fields = entry.fields
        if entry.code == "alarm.raised":
            self.raised[str(fields["occurrence"])] = entry.time_ns
        if not inside or "silent" in fields or "test" in fields or fields.get("priority") == "P4":
            return
        self.times.append(entry.time_ns)
        self.alarms[str(fields["alarm"])] += 1
        self.priorities[str(fields["priority"])] += 1

    def _returned(self, entry: Told, *, inside: bool) -> None:
        occurrence = str(entry.fields.get("occurrence"))
        since = self.raised.pop(occurrence, None)
        quick = since is not None and entry.time_ns - since < FLEETING_NS
        self.fleeting += inside and quick and occurrence not in self.acked

    def result(self) -> Kpi:
        span = self.to_ns - self.from_ns
        total = len(self.times)
        if self.flood_since is not None:
            self.flood_ns += self.to_ns - max(self.flood_since, self.from_ns)
        top = self.alarms.most_common(TOP)
        found = Kpi(self.from_ns, self.to_ns, total)
        found.figures = {
            "per_day": total * DAY / span,
            "per_hour": total * HOUR / span,
            "per_10_min": total * TEN_MIN / span,
            "hours_above_30_pct": self._above(HOUR, 30),
            "ten_min_above_10_pct": self._above(TEN_MIN, 10),
            "most_in_10_min": float(self._most()),
            "flood_pct": 100.0 * self.flood_ns / span,
            "top_10_pct": 100.0 * sum(n for _, n in top) / total if total else 0.0,
            "chattering": float(self.codes["alarm.chattering"]),
            "fleeting": float(self.fleeting),
            "stale_per_day": self.codes["alarm.stale"] * DAY / span,
        }
        found.shares_pct = {name: 100.0 * self.priorities[name] / total if total else 0.0 for name in SHARES}
        found.bad_actors = [(alarm, n, 100.0 * n / total) for alarm, n in top]
        found.shelved = self.codes["alarm.shelved"]
        found.standing = len(self.raised)
        return found

    def _above(self, width: int, most: int) -> float:
        """Share of the periods of this width, counted from the start, with more than `most`, in %."""
        periods = -(-(self.to_ns - self.from_ns) // width)
        counts = Counter((at - self.from_ns) // width for at in self.times)
        return 100.0 * sum(n > most for n in counts.values()) / periods

    def _most(self) -> int:
        """The most announcements in any ten minutes."""
        window: deque[int] = deque()
        most = 0
        for at in self.times:
            window.append(at)
            while at - window[0] >= TEN_MIN:
                window.popleft()
            most = max(most, len(window))
        return most
