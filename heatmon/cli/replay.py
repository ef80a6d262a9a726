"""`heatmon replay`: what a configuration would have said about recorded data."""

from __future__ import annotations

import argparse
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from heatmon.catalogue import Language, language_of, render
from heatmon.core.quantity import QuantityError, parse_quantity
from heatmon.driver import installed
from heatmon.settings import Loaded, load

if TYPE_CHECKING:
    from heatmon.replay import Outcome
    from heatmon.replay.source import Extent, Source

SECOND = 1_000_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The configuration, the recording, the period."""
    language = language_of()

    def text(name: str) -> str:
        return render(f"replay.arg.{name}", language)

    parser.add_argument("dir", type=Path, metavar="DIR", help=render("cli.arg.dir", language))
    parser.add_argument("--state", type=Path, default=Path("var/state"), metavar="DIR", help=text("state"))
    parser.add_argument("--table", type=Path, metavar="FILE", help=text("table"))
    parser.add_argument("--map", type=Path, metavar="MAP.yaml", help=text("map"))
    parser.add_argument("--from", dest="from_", metavar="MOMENT", help=text("from"))
    parser.add_argument("--to", metavar="MOMENT", help=text("to"))
    parser.add_argument("--warm-up", default="3 d", metavar="TIME", help=text("warm_up"))
    parser.add_argument("--against", type=Path, metavar="DIR2", help=text("against"))
    parser.add_argument("--no-commands", action="store_true", help=text("no_commands"))
    parser.add_argument("--quiet", action="store_true", help=text("quiet"))


def run(args: argparse.Namespace) -> int:
    """Replay; 1 for faults in what was asked, or where our own recording comes out unlike its journal."""
    language = language_of()
    loaded = [_load(directory, language) for directory in (args.dir, args.against) if directory is not None]
    if any(one is None or one.spec is None for one in loaded):
        return 1
    configurations = [one for one in loaded if one is not None]
    from heatmon.replay.table import MapError

    try:
        return _Replay(args, configurations, language).run()
    except (MapError, QuantityError, ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _load(directory: Path, language: Language) -> Loaded | None:
    loaded = load(directory, installed(), language)
    for fault in loaded.faults:
        print(fault, file=sys.stderr)
    return loaded if loaded.spec is not None else None


class _Replay:
    def __init__(self, args: argparse.Namespace, configurations: list[Loaded], language: Language) -> None:
        self._args, self._configurations, self._language = args, configurations, language
        spec = configurations[0].spec
        assert spec is not None
        self._spec = spec
        self._zone = ZoneInfo(spec.station.timezone)

    def run(self) -> int:
        source = self._source()
        extent = source.extent()
        if extent is None:
            print(self._text("replay.nothing", path=self._args.table or self._args.state), file=sys.stderr)
            return 1
        first = self._moment(self._args.from_, extent.first_ns)
        last = self._moment(self._args.to, extent.last_ns + SECOND)
        warm = int(parse_quantity(self._args.warm_up).to("s") * SECOND)
        start = max(extent.first_ns, first - warm)
        exact = start == extent.first_ns and extent.from_the_start
        self._say("replay.period", first=self._shown(first), last=self._shown(last), start=self._shown(start))
        outcomes = [self._one(one, source, first, last, start) for one in self._configurations]
        self._report(outcomes)
        return self._verify(outcomes[0], extent, exact, first, last)

    def _source(self) -> Source:
        args = self._args
        if args.table is not None:
            from heatmon.replay.table import MapError, Table, read_map

            if args.map is None:
                raise MapError(self._text("replay.needs_map"))
            return Table(args.table, read_map(args.map), self._spec)
        from heatmon.replay.recorded import Recorded

        self._recorded = Recorded(args.state, self._spec.station.id)
        if not self._recorded.exists():
            raise ValueError(self._text("replay.nothing", path=args.state))
        return self._recorded

    def _moment(self, text: str | None, default: int) -> int:
        if text is None:
            return default
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=self._zone)
        return int(moment.timestamp() * 1e9)

    def _one(self, loaded: Loaded, source: Source, first: int, last: int, start: int) -> Outcome:
        from rich.progress import Progress

        from heatmon.replay import replay

        what_if = len(self._configurations) > 1 or self._args.table is not None
        spec, bundle = loaded.spec, loaded.bundle
        assert spec is not None
        if not what_if and (recorded := self._recorded.bundle_at_start()) is not None:
            spec, bundle = recorded
        with Progress(transient=True, disable=self._args.quiet) as bar:
            task = bar.add_task(spec.station.id, total=(last - start) / 1e9)
            return replay(
                source, spec, bundle, first, last,
                start_ns=start,
                commands=not self._args.no_commands,
                keep_settings=what_if,
                progress=lambda now: bar.update(task, completed=(now - start) / 1e9),
            )  # fmt: skip

    def _report(self, outcomes: list[Outcome]) -> None:
        from rich.console import Console
        from rich.table import Table

        from heatmon.replay.compare import side_by_side

        console = Console()
        if len(outcomes) == 1:
            for event in outcomes[0].events:
                if event.code in ("alarm.raised", "curve.effective", "water.account"):
                    text = self._text_of(event.code, dict(event.payload))
                    console.print(f"{self._shown(event.time_ns)}  {text}", markup=False, highlight=False)
        table = Table(box=None, header_style="bold")
        names = [str(self._args.dir), *([str(self._args.against)] if self._args.against else [])]
        for name in ("", *names):
            table.add_column(name)
        pairs = side_by_side(outcomes[0], outcomes[-1])
        for what, one, other in pairs:
            table.add_row(what, one, *([other] if len(outcomes) > 1 else []))
        console.print(table)
        for outcome in outcomes:
            self._say("replay.done", inputs=outcome.inputs, hours=f"{outcome.span_s / 3600:.1f}")

    def _text_of(self, code: str, fields: dict[str, object]) -> str:
        from heatmon.catalogue import render_fields

        return render_fields(code, self._language, fields)

    def _verify(self, outcome: Outcome, extent: Extent, exact: bool, first: int, last: int) -> int:
        """Equal to the journal? Claimed only where the replay began with the recording."""
        args = self._args
        if args.table is not None or len(self._configurations) > 1 or args.no_commands:
            return 0
        excluded = [*extent.lost, *(f"{code} x{n}" for code, n in sorted(self._recorded.unknown.items()))]
        if excluded:
            self._say("replay.excluded", what=", ".join(excluded))
        if not exact:
            self._say("replay.blank")
            return 0
        from heatmon.replay.compare import first_difference, lived

        equal, difference = first_difference(
            lived(args.state, self._spec.station.id, first, min(last, outcome.to_ns)),
            (event for event in outcome.events if event.time_ns < min(last, outcome.to_ns)),
        )
        if difference is None:
            self._say("replay.equal", count=equal)
            return 0
        self._say("replay.differs", count=equal, lived=difference.lived, replayed=difference.replayed)
        return 1

    def _text(self, key: str, **params: object) -> str:
        return render(key, self._language, **params)

    def _say(self, key: str, **params: object) -> None:
        print(self._text(key, **params))

    def _shown(self, moment_ns: int) -> str:
        return datetime.fromtimestamp(moment_ns // SECOND, self._zone).isoformat(sep=" ", timespec="seconds")
