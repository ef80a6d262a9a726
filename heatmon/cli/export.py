"""`heatmon export`: samples of a period as CSV or Parquet, with their qualities, beside a running daemon."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import default_state

SHOW_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """File, period, stations."""
    language = language_of()
    parser.add_argument("file", type=Path, metavar="FILE", help=render("cli.export.file", language))
    parser.add_argument("--from", dest="first", help=render("cli.export.from", language))
    parser.add_argument("--to", dest="end", help=render("cli.export.to", language))
    parser.add_argument("--station", action="append", help=render("cli.export.station", language))
    parser.add_argument("--state", type=Path, default=default_state(), help=render("cli.arg.state", language))


def run(args: argparse.Namespace) -> int:
    """0 done; 1 with one line when file, period or store cannot be used."""
    import sqlite3

    from heatmon.export.files import FileError, writer_for
    from heatmon.export.period import period
    from heatmon.export.sheet import rows_of
    from heatmon.store.errors import StoreError

    language = language_of()
    try:
        first, end = _moment(args.first, 0), _moment(args.end, time.time_ns())
    except ValueError as error:
        print(render("cli.export.no_moment", language, text=error), file=sys.stderr)
        return 1
    if end <= first:
        print(render("cli.export.no_period", language), file=sys.stderr)
        return 1
    if not (args.state / "history").is_dir():
        print(render("cli.export.no_history", language, path=args.state), file=sys.stderr)
        return 1
    show, rows = Progress(), 0
    try:
        with writer_for(args.file) as out:
            for one, units in period(args.state, args.station, first, end, show):
                rows += len(one.tags) + len(one.scan.between)
                out.write(rows_of(one, units))
    except (FileError, StoreError, sqlite3.Error, OSError) as error:
        print(f"\n{error}" if show.shown else error, file=sys.stderr)
        return 1
    show.end()
    print(render("cli.export.done", language, rows=rows, path=args.file), file=sys.stderr)
    return 0


def _moment(text: str | None, default_ns: int) -> int:
    """UTC nanoseconds of a date or time; one without a zone is UTC. Raises ValueError."""
    if text is None:
        return default_ns
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(text) from None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000) * 1_000_000


class Progress:
    """A percentage on standard error, once a second, where a person looks at it."""

    def __init__(self) -> None:
        self.shown = False
        self._last = time.monotonic()

    def __call__(self, share: float) -> None:
        """Show it, now and then."""
        if sys.stderr.isatty() and time.monotonic() - self._last >= SHOW_S:
            self._last, self.shown = time.monotonic(), True
            sys.stderr.write(f"\r{share:6.1%}")
            sys.stderr.flush()

    def end(self) -> None:
        """The line is over."""
        if self.shown:
            sys.stderr.write("\r100.0%\n")
