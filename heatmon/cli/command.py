"""The engine's verbs on the command line: `heatmon ack P2R_HH`, all from one table."""

from __future__ import annotations

import argparse
import sys

from heatmon.catalogue import language_of, render, texts
from heatmon.cli.ask import add_daemon_arguments, answer_text, ask
from heatmon.core.authority import ENGINE_VERBS


class CommandVerb:
    """A verb of the engine; its arguments are those of the authority table."""

    def __init__(self, verb: str) -> None:
        self.verb = verb

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What must be said stands in its order, what may be said as options."""
        add_daemon_arguments(parser)
        known, language = texts(), language_of()
        for argument in ENGINE_VERBS[self.verb].arguments:
            key = f"cli.arg.{argument.name}"
            words = render(key, language) if key in known else None
            if argument.required:
                parser.add_argument(argument.name, metavar=argument.name.upper(), help=words)
            else:
                parser.add_argument(f"--{argument.name}", help=words)

    def run(self, args: argparse.Namespace) -> int:
        """Ask the daemon; 0 done, 1 refused or no daemon."""
        names = [argument.name for argument in ENGINE_VERBS[self.verb].arguments]
        values = {name: value for name in names if (value := getattr(args, name)) is not None}
        answer = ask(args, self.verb, values)
        if answer is None:
            return 1
        text = answer_text(answer)
        if not answer["ok"]:
            print(render("cli.refused", language_of(), text=text), file=sys.stderr)
            return 1
        print(text)
        return 0
