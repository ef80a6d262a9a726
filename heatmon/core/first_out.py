"""Which alarm of a group came first: by the device's own time where it gives one, else when it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from heatmon.core.effect import Event
from heatmon.core.input import JsonScalar
from heatmon.core.part import Host, Part

SECOND = 1_000_000_000


@dataclass(slots=True)
class Trip:
    """The trip of a group: who was first, at what time, whether that is certain."""

    first: str
    at_ns: int
    resolved: bool = True


class FirstOuts(Part):
    """The groups of the settings. A trip is over when every alarm of the group is normal again."""

    name = "first_out"
    hears = ("alarm.raised",)

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self._groups: dict[str, list[str]] = {}
        self._members: dict[str, tuple[str, ...]] = {}
        self._period_ns: dict[str, int] = {}
        self._trips: dict[str, Trip] = {}

    def configure(self) -> None:
        """The groups of each alarm, and how often its tag is read: what is closer than that has no order."""
        spec = self.host.spec
        self._members = {group.id: group.alarms for group in spec.first_outs}
        self._groups = {}
        for group in spec.first_outs:
            for alarm in group.alarms:
                self._groups.setdefault(alarm, []).append(group.id)
        periods = {(d.id, g.id): int(g.period_s * SECOND) for d in spec.devices for g in d.groups}
        of_tag = {tag.id: periods.get((tag.device, tag.group), 0) for tag in spec.tags}
        self._period_ns = {alarm.id: of_tag.get(alarm.signal, 10 * SECOND) for alarm in spec.alarms}

    def heard(self, event: Event, now: int) -> None:
        """An alarm was raised: the first of its group, or one that follows."""
        alarm = str(event.payload["alarm"])
        for group in self._groups.get(alarm, ()):
            self._raised(group, alarm, int(str(event.payload.get("source_ns") or now)), now)

    def _raised(self, group: str, alarm: str, at_ns: int, now: int) -> None:
        trip = self._trips.get(group)
        by_id = self.host.alarms.by_id
        others = [by_id[one] for one in self._members[group] if one != alarm and one in by_id]
        if trip is None or not any(point.active for point in others):
            self._trips[group] = Trip(alarm, at_ns)
            self._tell("first_out.first", group, alarm)
            return
        near = max(self._period_ns.get(alarm, 0), self._period_ns.get(trip.first, 0))
        if abs(at_ns - trip.at_ns) < near and trip.resolved:
            trip.resolved = False
            self._tell("first_out.unresolved", group, alarm, other=trip.first)
        elif at_ns < trip.at_ns - near:
            # It was read later, but its device says that it was there before.
            self._trips[group] = Trip(alarm, at_ns)
            self._tell("first_out.first", group, alarm, instead_of=trip.first)

    def _tell(self, code: str, group: str, alarm: str, **more: str) -> None:
        fields: dict[str, JsonScalar] = {"group": group, "alarm": alarm}
        self.host.emit(code, {**fields, **more})

    def shown(self) -> list[Mapping[str, Any]]:
        """Trips whose alarms are not all normal yet."""
        by_id = self.host.alarms.by_id
        return [
            {"group": group, "first": trip.first, "resolved": trip.resolved}
            for group, trip in self._trips.items()
            if any(by_id[one].active for one in self._members.get(group, ()) if one in by_id)
        ]

    def dump(self) -> dict[str, list[Any]] | None:
        """State for the checkpoint."""
        return {group: [t.first, t.at_ns, t.resolved] for group, t in self._trips.items()} or None

    def load(self, state: Mapping[str, list[Any]]) -> None:
        """From a dumped state."""
        self._trips = {group: Trip(*one) for group, one in state.items()}
