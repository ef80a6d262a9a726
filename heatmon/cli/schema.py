"""`heatmon schema`: the JSON Schema of station files, for editors."""

from __future__ import annotations

import argparse
import json

from heatmon.catalogue import language_of, render
from heatmon.driver import installed
from heatmon.settings import schema
from heatmon.settings.reference import reference


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For machines or for people."""
    parser.add_argument("--text", action="store_true", help=render("cli.arg.text_form", language_of()))


def run(args: argparse.Namespace) -> int:
    """Print it."""
    if args.text:
        print(reference(installed(), language_of()), end="")
        return 0
    print(json.dumps(schema(installed()), ensure_ascii=False, indent=2))
    return 0
