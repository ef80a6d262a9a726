"""A scan: what one cycle of one poll group of one device brought, as columns.

The scan is the unit of work from the driver to the disk. Columns follow the read plan, that is
the order of the group's tags in the settings; objects per sample exist only where people look.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import Final

NOTHING_EXACT: Final[Mapping[int, int | str]] = MappingProxyType({})


class Origin(IntEnum):
    """Where a scan comes from. Stored on disk, never renumbered."""

    LIVE = 0
    BACKFILL = 1
    """Late data: history read after a gap. Never raises, clears or dates an alarm."""
    ENGINE = 2
    """What the engine concluded; stored, never fed back."""
    MANUAL = 3
    """A person's reading."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier value of the same cycle of a subscribed tag, in order of arrival."""

    column: int
    value: float
    quality: int
    source_ns: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One cycle of one plan.

    device, group: name the plan; the columns are `StationSpec.columns(device, group)`.
    due_ns: when the cycle was due on the absolute grid; received_ns: when its last byte was here.
        Both station time, integer nanoseconds UTC, whole milliseconds.
    values: float64, NaN wherever the quality is bad. qualities: one `Quality` code a column.
    source_ns: the device's own time stamps, one a column, or None where the protocol has none
        (then the receive time is the source time).
    exact: {column: int or str} for what a float64 cannot hold.
    input_seq: 0 until the station numbers it; gapless over all inputs of the station.
    """

    device: str
    group: str
    due_ns: int
    received_ns: int
    values: array[float]
    qualities: bytes
    source_ns: array[int] | None = None
    exact: Mapping[int, int | str] = field(default_factory=lambda: NOTHING_EXACT)
    between: tuple[Earlier, ...] = ()
    origin: Origin = Origin.LIVE
    input_seq: int = 0

    @property
    def plan(self) -> str:
        """The plan's key, ``device/group``."""
        return f"{self.device}/{self.group}"
