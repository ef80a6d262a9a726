"""`heatmon journal`: the last entries from a running daemon; a journal file read or verified without one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask

FILE = "journal.db"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What to do with which journal."""
    language = language_of()
    parser.add_argument(
        "what",
        choices=("show", "head", "verify"),
        nargs="?",
        default="show",
        help=render("cli.arg.journal", language),
    )
    parser.add_argument(
        "path", type=Path, nargs="?", metavar="JOURNAL.DB", help=render("cli.arg.journal_path", language)
    )
    parser.add_argument("--against", metavar="HEAD", help=render("cli.arg.against", language))
    parser.add_argument("--lines", type=_count, default=50, help=render("cli.arg.lines", language))
    parser.add_argument("--after", type=_count, metavar="N", help=render("cli.arg.after", language))
    add_daemon_arguments(parser)


def _count(text: str) -> int:
    """A whole number, not negative; argparse says what does not fit."""
    if not text.isdecimal():
        raise ValueError(text)
    return int(text)


def run(args: argparse.Namespace) -> int:
    """0 when the chain is whole, 1 when not or where there is nothing to read.

    `show` prints entries, `head` what to keep elsewhere for ``verify --against``.
    """
    from heatmon.store.errors import StoreError

    if args.path is None:
        if args.what == "show" and args.after is None:
            return _ask(args)
        print(render("cli.which_journal", language_of()), file=sys.stderr)
        return 1
    if args.path.is_dir():
        args.path = args.path / FILE
    try:
        return {"show": _show, "head": _head, "verify": _verify}[args.what](args)
    except StoreError as error:
        print(error, file=sys.stderr)
        return 1


def _ask(args: argparse.Namespace) -> int:
    from heatmon.view import entry_text

    answer = ask(args, "journal", {"lines": args.lines})
    if answer is None:
        return 1
    if not answer["ok"]:
        print(answer_text(answer), file=sys.stderr)
        return 1
    for entry in answer["data"]:
        print(entry_text(entry, language_of()))
    return 0


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
        after = args.after
        for entry in journal.tail(args.lines) if after is None else journal.entries(after, args.lines):
            print(entry_text(entry.as_dict(), language_of()))
    return 0


def _head(args: argparse.Namespace) -> int:
    from heatmon.store.journal import read_only

    with read_only(args.path) as journal:
        print(journal.head())
    return 0
