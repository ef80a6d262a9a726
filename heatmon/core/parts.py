"""The parts of an engine, in the order in which they are asked at one instant."""

from __future__ import annotations

from heatmon.core.link import Links
from heatmon.core.notebook import Notebook
from heatmon.core.part import Host, Part
from heatmon.core.path import Paths
from heatmon.core.permit import PermitBook
from heatmon.core.service import Service


def build_parts(host: Host) -> tuple[Part, ...]:
    """Everything that lives in an engine beside tags, calculators and alarms."""
    return (Service(host), PermitBook(host), Links(host), Paths(host), Notebook(host))
