"""argparse in the reader's language: its own words and complaints come from the catalogue too."""

from __future__ import annotations

import argparse
import re
import sys
from typing import Final, NoReturn

from heatmon.catalogue import language_of, render

# What argparse says, as it says it, and the catalogue's key for the same.
_COMPLAINTS: Final = (
    (re.compile(r"the following arguments are required: (?P<names>.*)"), "cli.usage.required"),
    (re.compile(r"unrecognized arguments: (?P<names>.*)"), "cli.usage.unknown"),
    (re.compile(r"argument (?P<name>.*): expected one argument"), "cli.usage.value"),
    (re.compile(r"argument (?P<name>.*): invalid \S+ value: (?P<value>.*)"), "cli.usage.invalid"),
    (
        re.compile(r"argument (?P<name>.*): invalid choice: (?P<value>.*) \(choose from (?P<allowed>.*)\)"),
        "cli.usage.choice",
    ),
)
_WORDS: Final = (
    ("usage: ", "cli.usage.usage"),
    ("positional arguments:", "cli.usage.positional"),
    ("options:", "cli.usage.options"),
    ("show this help message and exit", "cli.usage.help"),
    ("show program's version number and exit", "cli.usage.version"),
)


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks both languages."""

    def format_help(self) -> str:
        """The help text."""
        return _translated(super().format_help())

    def format_usage(self) -> str:
        """The usage line."""
        return _translated(super().format_usage())

    def error(self, message: str) -> NoReturn:
        """What is wrong with the command line, in one sentence; exit code 2."""
        self.print_usage(sys.stderr)
        self.exit(2, f"{self.prog}: {_complaint(message)}\n")


def _translated(text: str) -> str:
    language = language_of()
    for word, key in _WORDS:
        text = text.replace(word, render(key, language))
    return text


def _complaint(message: str) -> str:
    for pattern, key in _COMPLAINTS:
        if (found := pattern.fullmatch(message)) is not None:
            return render(key, language_of(), **found.groupdict())
    return message
