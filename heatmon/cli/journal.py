"""`heatmon journal`: read a station's journal, or verify its chain, with or without a daemon."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from heatmon.catalogue import language_of, render


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which journal file."""
    language = language_of()
    parser.add_argument("what", choices=("show", "verify"))
    parser.add_argument("path", type=Path, metavar="JOURNAL.DB")
    parser.add_argument("--against", metavar="HEAD", help=render("cli.arg.against", language))
    parser.add_argument("--lines", type=int, default=50, help=render("cli.arg.lines", language))


def run(args: argparse.Namespace) -> int:
    """0 when the chain is whole, 1 when not; `show` prints the last entries."""
    from heatmon.store.errors import StoreError

    try:
        return _verify(args) if args.what == "verify" else _show(args)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1


def _verify(args: argparse.Namespace) -> int:
    from heatmon.store.verify import verify

    found = verify(args.path, against=args.against)
    language = language_of()
    if found.broken is not None:
        what = render(found.broken.code, language, **found.broken.params)
        print(render("cli.broken", language, path=args.path, what=what), file=sys.stderr)
        return 1
    print(render("cli.verified", language, path=args.path, entries=found.entries, head=found.head))
    return 0


def _show(args: argparse.Namespace) -> int:
    from heatmon.store.journal import read_only
    from heatmon.view import entry_text

    with read_only(args.path) as journal:
        for entry in journal.tail(args.lines):
            print(entry_text(entry.as_dict(), language_of()))
    return 0
