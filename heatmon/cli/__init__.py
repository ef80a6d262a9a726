"""The command line: verbs, thin. Everything heavy is imported by the verb that needs it."""

from __future__ import annotations

import argparse
import sys
import traceback
from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points
from typing import Final, Protocol

from heatmon import __version__
from heatmon.catalogue import Language, language_of, render, texts
from heatmon.cli.parser import Parser

OK: Final = 0
FAULTS: Final = 1
USAGE: Final = 2
INTERNAL: Final = 70
"""EX_SOFTWARE of sysexits: our fault, with a traceback to report."""

# verb -> module, or thing inside one, that has `add_arguments` and `run`
BUILT_IN: Final[Mapping[str, str]] = {
    "run": "heatmon.cli.run",
    "check": "heatmon.cli.check",
    "init": "heatmon.cli.init",
    "export": "heatmon.cli.export",
    "import": "heatmon.cli.import_",
    "backup": "heatmon.cli.backup:backup",
    "restore": "heatmon.cli.backup:restore",
    "plan": "heatmon.cli.plan",
    "schema": "heatmon.cli.schema",
    "status": "heatmon.cli.status",
    "watch": "heatmon.cli.watch",
    "journal": "heatmon.cli.journal",
    "reload": "heatmon.cli.reload",
    "profiles": "heatmon.cli.profiles",
    "notify": "heatmon.cli.notify",
    "alarms": "heatmon.cli.alarms",
    "curve": "heatmon.cli.curve",
    "forward": "heatmon.cli.forward",
    "replay": "heatmon.cli.replay",
}


class Verb(Protocol):
    """A verb: ours are modules, those of other packages come by the entry point group heatmon.verbs."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the verb's arguments."""

    def run(self, args: argparse.Namespace) -> int:
        """Carry it out; the exit code."""


def main(argv: list[str] | None = None) -> int:
    """Run one verb; 0 done, 1 something is wrong with what was asked or found, 2 wrong usage."""
    argv = sys.argv[1:] if argv is None else argv
    language = language_of()
    parser = Parser(prog="heatmon", description=render("cli.about", language))
    parser.add_argument("--version", action="version", version=f"heatmon {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    wanted = next((word for word in argv if not word.startswith("-")), None)
    chosen: Verb | None = None
    names = _names(language)
    if wanted is not None and wanted not in names:
        near = get_close_matches(wanted, names, 1)
        key = "cli.unknown_verb_near" if near else "cli.unknown_verb"
        print(render(key, language, verb=wanted, near="".join(near), known=", ".join(names)), file=sys.stderr)
        return USAGE
    for name, help_text in names.items():
        sub = verbs.add_parser(name, help=help_text, description=help_text)
        if name == wanted:
            # Only the verb that is asked for is imported: `heatmon --help` stays quick.
            chosen = _verb(name)
            chosen.add_arguments(sub)
    args = parser.parse_args(argv)
    assert chosen is not None
    try:
        return chosen.run(args)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output has gone (`heatmon journal | head`): nothing left to say.
        sys.stderr.close()
        return OK
    except Exception as error:  # noqa: BLE001  the last line of defence; what happened is printed whole
        # Never a user's mistake: those are answered where they are found.
        traceback.print_exc()
        print(render("cli.internal", language, error=error), file=sys.stderr)
        return INTERNAL


def _names(language: Language) -> dict[str, str]:
    """Every verb with its help: ours, those of the engine, those of other packages."""
    from heatmon.core.authority import ENGINE_VERBS

    verbs = [*BUILT_IN, *(verb.replace("_", "-") for verb in ENGINE_VERBS if verb not in BUILT_IN)]
    verbs += sorted(point.name for point in entry_points(group="heatmon.verbs"))
    known = texts()
    return {name: render(f"cli.{name}", language) if f"cli.{name}" in known else name for name in verbs}


def _verb(name: str) -> Verb:
    if name in BUILT_IN:
        where, _, inside = BUILT_IN[name].partition(":")
        module = import_module(where)
        verb: Verb = getattr(module, inside) if inside else module
        return verb
    for point in entry_points(group="heatmon.verbs"):
        if point.name == name:
            loaded: Verb = point.load()
            return loaded
    from heatmon.cli.command import CommandVerb

    return CommandVerb(name.replace("-", "_"))
