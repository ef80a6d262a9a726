"""`heatmon import`: exported samples into the history of a fresh state directory."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import default_state
from heatmon.cli.export import Progress


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """File and state directory."""
    language = language_of()
    parser.add_argument("file", type=Path, metavar="FILE", help=render("cli.import.file", language))
    parser.add_argument("--state", type=Path, default=default_state(), help=render("cli.arg.state", language))


def run(args: argparse.Namespace) -> int:
    """0 done; 1 with one line when the file is not right or the store not fresh."""
    import sqlite3

    from heatmon.export.files import FileError
    from heatmon.export.intake import NotFreshError, take_in
    from heatmon.store.errors import StoreError

    language, show = language_of(), Progress()
    try:
        rows = take_in(args.file, args.state, show)
    except NotFreshError:
        print(render("cli.import.not_fresh", language, path=args.state), file=sys.stderr)
        return 1
    except (FileError, StoreError, sqlite3.Error, OSError) as error:
        print(f"\n{error}" if show.shown else error, file=sys.stderr)
        return 1
    show.end()
    print(render("cli.import.done", language, rows=rows, path=args.state), file=sys.stderr)
    return 0
