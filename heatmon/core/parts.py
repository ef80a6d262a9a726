"""The parts of an engine, in the order in which they are asked at one instant."""

from __future__ import annotations

from heatmon.core.cases import Cases
from heatmon.core.conduct import Conduct
from heatmon.core.drill import Drills
from heatmon.core.escalation import EscalationBook
from heatmon.core.first_out import FirstOuts
from heatmon.core.link import Links
from heatmon.core.notebook import Notebook
from heatmon.core.orders import Orders
from heatmon.core.part import Host, Part
from heatmon.core.path import Paths
from heatmon.core.permit import PermitBook
from heatmon.core.service import Service
from heatmon.core.shelf import Shelf
from heatmon.core.shifts import Shifts
from heatmon.core.suppression import Suppressions


def build_parts(host: Host) -> tuple[Part, ...]:
    """Everything that lives in an engine beside tags, calculators and alarms."""
    return (
        Service(host),
        PermitBook(host),
        Links(host),
        Paths(host),
        Notebook(host),
        # Before whoever tells: what suppresses comes first.
        Suppressions(host),
        Shelf(host),
        FirstOuts(host),
        Conduct(host),
        EscalationBook(host),
        Cases(host),
        Orders(host),
        Drills(host),
        Shifts(host),
    )
