"""Whether a command may be carried out, and its outcome; the doing is the business of the parts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from heatmon.core.authority import ENGINE_VERBS, may
from heatmon.core.input import Command
from heatmon.core.part import Handler, Params, RefusedError

Outcome = tuple[str, Params, bool]
TEXT_MAX: Final = 4000


def carry_out(handlers: Mapping[str, Handler], command: Command, now: int) -> Outcome:
    """Code, parameters and success of a command; a refusal is an answer, never an exception."""
    verb = ENGINE_VERBS.get(command.verb)
    try:
        if verb is None:
            raise RefusedError("refused.verb", verb=command.verb, known=", ".join(ENGINE_VERBS))
        if not may(command.actor.role, command.verb):
            needed = " / ".join(verb.roles)
            raise RefusedError("refused.role", verb=command.verb, role=command.actor.role, needed=needed)
        return "done", handlers[command.verb](_arguments(command), command, now), True
    except RefusedError as refused:
        return refused.code, refused.params, False


def _arguments(command: Command) -> dict[str, str]:
    known = {argument.name: argument for argument in ENGINE_VERBS[command.verb].arguments}
    for name, value in command.args.items():
        if name not in known:
            raise RefusedError("refused.argument", argument=name, known=", ".join(known) or "-")
        if not isinstance(value, str) or len(value) > TEXT_MAX:
            raise RefusedError("refused.text", argument=name, most=TEXT_MAX)
    for name, argument in known.items():
        if argument.required and not command.args.get(name):
            raise RefusedError("refused.missing", argument=name)
    return {name: str(value) for name, value in command.args.items()}
