"""What was lived, for back-test and fit: from our own record or from a table by a column map."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from statistics import median
from zoneinfo import ZoneInfo

from heatmon.catalogue import language_of, render
from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec

SECOND = 1_000_000_000
EACH_NS = 600 * SECOND


def add_source(parser: argparse.ArgumentParser) -> None:
    """Where the record is."""
    language = language_of()
    parser.add_argument(
        "--state", type=Path, default=Path("var/state"), help=render("replay.arg.state", language)
    )
    parser.add_argument("--table", type=Path, metavar="FILE", help=render("replay.arg.table", language))
    parser.add_argument("--map", type=Path, metavar="MAP.yaml", help=render("replay.arg.map", language))


def lived(args: argparse.Namespace, spec: StationSpec) -> Iterator[tuple[float, float, dict[str, float]]]:
    """(hours since the epoch, hour of the local day, good values by tag), one each ten minutes at most.

    Raises MapError, OSError.
    """
    zone = ZoneInfo(spec.station.timezone)
    values: dict[str, float] = {}
    last = 0
    for scan in _scans(args, spec):
        tags = spec.columns(scan.device, scan.group)
        for tag, value, quality in zip(tags, scan.values, scan.qualities, strict=False):
            if quality < FIRST_UNCERTAIN:
                values[tag.id] = value
            else:
                values.pop(tag.id, None)
        if scan.received_ns - last >= EACH_NS:
            last = scan.received_ns
            local = datetime.fromtimestamp(last // SECOND, zone)
            yield last / 3.6e12, local.hour + local.minute / 60.0, dict(values)


def _scans(args: argparse.Namespace, spec: StationSpec) -> Iterator[Scan]:
    from heatmon.replay.recorded import Recorded
    from heatmon.replay.source import Source
    from heatmon.replay.table import MapError, Table, read_map

    source: Source = Recorded(args.state, spec.station.id)
    if args.table is not None:
        if args.map is None:
            raise MapError(render("replay.needs_map", language_of()))
        source = Table(args.table, read_map(args.map), spec)
    elif not (args.state / "history").is_dir():
        raise MapError(render("replay.nothing", language_of(), path=args.state))
    for step in source.steps(0, 1 << 62, commands=False):
        if isinstance(step.item, Scan):
            yield step.item


def room_of(spec: StationSpec, values: dict[str, float]) -> float | None:
    """The median of the room sensors of the curve's trim; None without any."""
    trim = None if spec.curve is None else spec.curve.room_trim
    rooms = [values[tag] for tag in (trim.tags if trim else ()) if tag in values]
    return median(rooms) if rooms else None
