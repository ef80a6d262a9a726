"""What readers of the history get: scans, or the same as columns, with the names that belong to them."""

from __future__ import annotations

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from heatmon.core.scan import Earlier, Scan
from heatmon.store.history.frame import decode


class PlanRow(NamedTuple):
    """A plan as a day's file knows it: whose columns these are."""

    id: int
    station: str
    device: str
    group: str
    tags: tuple[str, ...]

    @classmethod
    def of(cls, row: tuple[int, str, str, str, str]) -> PlanRow:
        """From a row of the table ``plan``."""
        return cls(row[0], row[1], row[2], row[3], tuple(json.loads(row[4])))


class Row(NamedTuple):
    """A scan as a file holds it; `data` is a frame (`heatmon.store.history.frame`)."""

    position: int
    input_seq: int
    due_ns: int
    received_ns: int
    data: bytes
    plan: int


@dataclass(frozen=True, slots=True)
class StoredScan:
    """A scan with its station and the names of its columns."""

    scan: Scan
    tags: tuple[str, ...]
    station: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Scans of one plan in input order, column by column; n of them.

    due_ns, received_ns, input_seq, origins: one a scan. values: one column a tag, NaN where bad.
    qualities: one column of n codes a tag. source_ns: one column a tag, or None where the protocol has none.
    exact, between: {row: as in `Scan`}, for the few rows that have any.
    """

    station: str
    device: str
    group: str
    tags: tuple[str, ...]
    input_seq: array[int]
    due_ns: array[int]
    received_ns: array[int]
    origins: bytes
    values: tuple[array[float], ...]
    qualities: tuple[bytes, ...]
    source_ns: tuple[array[int], ...] | None
    exact: Mapping[int, Mapping[int, int | str]]
    between: Mapping[int, tuple[Earlier, ...]]

    def __len__(self) -> int:
        return len(self.due_ns)

    @property
    def live(self) -> bool:
        """Whether all of it was read when it was due, nothing late, computed or entered by hand."""
        return not any(self.origins)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What lies behind a cursor. bytes: on disk, an estimate within a day. oldest_ns: None when nothing."""

    scans: int
    bytes: int
    oldest_ns: int | None


def scan_of(row: Row, plan: PlanRow) -> StoredScan:
    """The scan that was stored. Raises ValueError, struct.error for a damaged one."""
    scan = decode(row.data, plan.device, plan.group, row.due_ns, row.received_ns, row.input_seq)
    return StoredScan(scan, plan.tags, plan.station)


def columns_of(plan: PlanRow, scans: Sequence[Scan]) -> Columns:
    """Scans of one plan, all of one width, turned into columns."""
    width = len(plan.tags)
    flat = array("d", b"".join([scan.values.tobytes() for scan in scans]))
    codes = b"".join([scan.qualities for scan in scans])
    sources = None
    if any(scan.source_ns is not None for scan in scans):
        # Where one cycle brought no source times, the receive time is the source time.
        stamps = array("q")
        for scan in scans:
            stamps.extend(scan.source_ns if scan.source_ns is not None else [scan.received_ns] * width)
        sources = tuple(stamps[column::width] for column in range(width))
    return Columns(
        plan.station,
        plan.device,
        plan.group,
        plan.tags,
        array("q", [scan.input_seq for scan in scans]),
        array("q", [scan.due_ns for scan in scans]),
        array("q", [scan.received_ns for scan in scans]),
        bytes([scan.origin for scan in scans]),
        tuple(flat[column::width] for column in range(width)),
        tuple(codes[column::width] for column in range(width)),
        sources,
        {row: scan.exact for row, scan in enumerate(scans) if scan.exact},
        {row: scan.between for row, scan in enumerate(scans) if scan.between},
    )
