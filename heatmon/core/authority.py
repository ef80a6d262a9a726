"""Who may do what: one table of verbs, their arguments and the roles that may use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from heatmon.core.input import Role

ALL: Final[tuple[Role, ...]] = ("viewer", "operator", "engineer", "dispatcher", "admin")
WATCH: Final[tuple[Role, ...]] = ("operator", "engineer", "dispatcher", "admin")
CHANGE: Final[tuple[Role, ...]] = ("engineer", "admin")
ORDER: Final[tuple[Role, ...]] = ("dispatcher", "engineer", "admin")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a verb; its value is text, as on a command line."""

    name: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Verb:
    """What a verb takes and who may use it."""

    roles: tuple[Role, ...]
    arguments: tuple[Argument, ...] = ()


ENGINE_VERBS: Final[Mapping[str, Verb]] = {
    "ack": Verb(
        WATCH,
        (Argument("alarm"), Argument("occurrence", required=False), Argument("comment", required=False)),
    ),
    "ack_all": Verb(WATCH),
    "reset": Verb(WATCH, (Argument("alarm"),)),
    "disable": Verb(CHANGE, (Argument("alarm"), Argument("reason"))),
    "enable": Verb(CHANGE, (Argument("alarm"),)),
    "enter_reading": Verb(WATCH, (Argument("tag"), Argument("value"))),
    "permit": Verb(
        WATCH,
        (Argument("kind"), Argument("volume", required=False), Argument("duration"), Argument("reason")),
    ),
    "end_permit": Verb(WATCH, (Argument("kind", required=False),)),
    "note": Verb(WATCH, (Argument("text"),)),
    "shelve": Verb(
        WATCH,
        (
            Argument("alarm"),
            Argument("reason"),
            Argument("duration", required=False),
            Argument("one_shot", required=False),
        ),
    ),
    "unshelve": Verb(WATCH, (Argument("alarm"),)),
    "out_of_service": Verb(CHANGE, (Argument("alarm"), Argument("work_order"))),
    "in_service": Verb(CHANGE, (Argument("alarm"),)),
    "test_alarm": Verb(WATCH, (Argument("alarm"), Argument("task"), Argument("duration", required=False))),
    "end_test": Verb(WATCH, (Argument("alarm"),)),
    "confirm": Verb(WATCH, (Argument("alarm"),)),
    "drill": Verb(WATCH, (Argument("to", required=False),)),
    "answer_drill": Verb(ALL, (Argument("drill"),)),
    "test_message": Verb(WATCH, (Argument("person"), Argument("channel", required=False))),
    "open_case": Verb(WATCH, (Argument("kind"), Argument("text"), Argument("contact", required=False))),
    "record": Verb(WATCH, (Argument("case"), Argument("step"), Argument("text", required=False))),
    "expect": Verb(WATCH, (Argument("case"), Argument("duration"))),
    "close_case": Verb(WATCH, (Argument("case"), Argument("result"))),
    "order": Verb(
        ORDER, (Argument("text"), Argument("effect", required=False), Argument("within", required=False))
    ),
    "receive_order": Verb(WATCH, (Argument("order"),)),
    "accept_order": Verb(WATCH, (Argument("order"),)),
    "refuse_order": Verb(WATCH, (Argument("order"), Argument("reason"), Argument("reported_to"))),
    "execute_order": Verb(WATCH, (Argument("order"), Argument("text", required=False))),
    "withdraw_order": Verb(ORDER, (Argument("order"), Argument("reason"))),
    "log": Verb(WATCH, (Argument("text"), Argument("category", required=False))),
    "correct": Verb(WATCH, (Argument("entry"), Argument("field"), Argument("text"), Argument("reason"))),
    "handover_take": Verb(WATCH),
    "handover_refuse": Verb(WATCH, (Argument("reason"),)),
    "handover_give": Verb(WATCH),
    "handover_carry_over": Verb(ORDER, (Argument("reason"),)),
    "forward": Verb(
        CHANGE,
        (
            Argument("action"),
            Argument("destination"),
            Argument("lines", required=False),
            Argument("hour", required=False),
        ),
    ),
}
SHELL_VERBS: Final[Mapping[str, Verb]] = {
    "status": Verb(ALL),
    "journal": Verb(ALL, (Argument("lines", required=False),)),
    "paths": Verb(ALL),
    "notify": Verb(ALL),
    "reload": Verb(CHANGE, (Argument("language", required=False), Argument("only_show", required=False))),
}


def may(role: Role, verb: str) -> bool:
    """Whether a role may use a verb; an unknown verb nobody may use."""
    entry = ENGINE_VERBS.get(verb) or SHELL_VERBS.get(verb)
    return entry is not None and role in entry.roles
