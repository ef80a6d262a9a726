"""`heatmon backup` and `heatmon restore`: the store and the settings as one file, and back."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from heatmon.catalogue import language_of, render
from heatmon.cli.ask import default_state


class Backup:
    """`heatmon backup FILE --settings DIR…`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """File, state, settings."""
        language = language_of()
        parser.add_argument("file", type=Path, metavar="FILE.tar")
        parser.add_argument(
            "--state", type=Path, default=default_state(), help=render("cli.arg.state", language)
        )
        help_text = render("cli.backup.settings", language)
        parser.add_argument("--settings", type=Path, nargs="*", default=[], metavar="DIR", help=help_text)

    def run(self, args: argparse.Namespace) -> int:
        """0 done and checked; 1 with one line."""
        from heatmon.store.backup import back_up
        from heatmon.store.errors import StoreError

        language = language_of()
        try:
            made = back_up(args.state, args.settings, args.file)
        except (StoreError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        entries = sum(journal["entries"] for journal in made.journals.values())
        shown = {
            "path": args.file,
            "stations": len(made.journals),
            "entries": entries,
            "days": len(made.days),
        }
        print(render("cli.backup.done", language, **shown))
        return 0


class Restore:
    """`heatmon restore FILE --state DIR`."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """File, state, settings."""
        language = language_of()
        parser.add_argument("file", type=Path, metavar="FILE.tar")
        parser.add_argument(
            "--state", type=Path, default=default_state(), help=render("cli.arg.state", language)
        )
        parser.add_argument("--settings-to", type=Path, help=render("cli.restore.settings", language))
        parser.add_argument("--replace", action="store_true", help=render("cli.restore.replace", language))

    def run(self, args: argparse.Namespace) -> int:
        """0 done and checked; 1 with one line, and nothing was changed."""
        from heatmon.store.backup import restore
        from heatmon.store.errors import StoreError

        language = language_of()
        try:
            made, aside = restore(args.file, args.state, args.settings_to, replace=args.replace)
        except (StoreError, OSError) as error:
            print(error, file=sys.stderr)
            return 1
        shown = {"path": args.state, "made_at": made.made_at, "version": made.version}
        print(render("cli.restore.done", language, **shown))
        if aside is not None:
            print(render("cli.restore.aside", language, path=aside))
        return 0


backup, restore = Backup(), Restore()
