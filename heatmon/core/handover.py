"""One handover between two shifts: its states, what blocks it, what goes over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from heatmon.core.alarms import Alarms
from heatmon.core.input import JsonScalar
from heatmon.core.lifecycle import State
from heatmon.core.part import Host
from heatmon.core.permit import KINDS

SECOND: Final = 1_000_000_000
AGAIN_NS: Final = 1800 * SECOND
"""An overdue handover is told again after this time."""
UNSEEN: Final = frozenset({State.UNACK, State.RTNUN, State.LAT_U})


TABLE: Final[Mapping[tuple[str, str], str]] = {
    ("open", "take"): "signed_in",
    ("refused", "take"): "signed_in",
    ("open", "refuse"): "refused",
    ("refused", "refuse"): "refused",
    ("signed_in", "refuse"): "refused",
    ("signed_in", "give"): "signed_out",
}
"""(state, what a person does) -> state. A pair that is missing is refused; signed_out is the end."""


@dataclass(slots=True)
class Handover:
    """One handover. shift, day: whose end it is. due_ns: that end, UTC of the wall clock.

    incoming: who has signed, or empty.
    again_ns: station time at which it is told next as overdue, 0 before the boundary.
    carried: occurrences that are stabilised and go over to the next shift open.
    """

    shift: str
    day: str
    due_ns: int
    state: str = "open"
    incoming: str = ""
    again_ns: int = 0
    carried: list[str] = field(default_factory=list)

    @property
    def id(self) -> str:
        """``handover#2027-01-31-night``: named after its shift, so that no two are ever named alike."""
        return f"handover#{self.day}-{self.shift}"


def incidents(alarms: Alarms, handover: Handover) -> list[str]:
    """Occurrences that block: P1, acknowledged by nobody, neither silenced, tested nor carried over."""
    return [
        point.occurrence
        for point in alarms.points
        if point.state in UNSEEN
        and point.infos[point.spoken].priority == "P1"
        and not point.overlays.marks()
        and point.occurrence not in handover.carried
    ]


def package(host: Host) -> dict[str, JsonScalar]:
    """What goes over, as counts."""
    points = [point for point in host.alarms.points if point.state is not State.NORM]
    table = host.table
    return {
        "alarms": len(points),
        "unacknowledged": sum(point.state in UNSEEN for point in points),
        "silenced": sum(point.overlays.silent for point in host.alarms.points),
        "permits": sum(table.values[table.index[f"permit.{kind}"]] == 1.0 for kind in KINDS),
    }
