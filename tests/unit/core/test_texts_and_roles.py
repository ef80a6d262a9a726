"""Whatever the engine says has a text in both languages; who may do what, whole."""

from __future__ import annotations

import ast
from itertools import product
from pathlib import Path
from string import Formatter

import pytest

from heatmon.catalogue import engine as engine_texts
from heatmon.catalogue import shift as shift_texts
from heatmon.core import alarm, alarms, commands, engine, link, notebook, path, permit, service, shifts
from heatmon.core.authority import ALL, ENGINE_VERBS, SHELL_VERBS, may
from heatmon.core.lifecycle import Act, State

TEXTS = engine_texts.TEXTS | shift_texts.TEXTS

# A line a verb, written down a second time as a person reads it.
MAY = """
ack            operator engineer dispatcher admin
ack_all        operator engineer dispatcher admin
reset          operator engineer dispatcher admin
disable        engineer admin
enable         engineer admin
enter_reading  operator engineer dispatcher admin
permit         operator engineer dispatcher admin
end_permit     operator engineer dispatcher admin
note           operator engineer dispatcher admin
status         viewer operator engineer dispatcher admin
journal        viewer operator engineer dispatcher admin
reload         engineer admin
forward        engineer admin
paths          viewer operator engineer dispatcher admin
shelve         operator engineer dispatcher admin
unshelve       operator engineer dispatcher admin
out_of_service engineer admin
in_service     engineer admin
test_alarm     operator engineer dispatcher admin
end_test       operator engineer dispatcher admin
confirm        operator engineer dispatcher admin
drill          operator engineer dispatcher admin
answer_drill   viewer operator engineer dispatcher admin
test_message   operator engineer dispatcher admin
open_case      operator engineer dispatcher admin
record         operator engineer dispatcher admin
expect         operator engineer dispatcher admin
close_case     operator engineer dispatcher admin
order          engineer dispatcher admin
receive_order  operator engineer dispatcher admin
accept_order   operator engineer dispatcher admin
refuse_order   operator engineer dispatcher admin
execute_order  operator engineer dispatcher admin
withdraw_order engineer dispatcher admin
log            operator engineer dispatcher admin
correct        operator engineer dispatcher admin
handover_take  operator engineer dispatcher admin
handover_refuse operator engineer dispatcher admin
handover_give  operator engineer dispatcher admin
handover_carry_over engineer dispatcher admin
notify         viewer operator engineer dispatcher admin
"""
ALLOWED = {line.split()[0]: set(line.split()[1:]) for line in MAY.strip().splitlines()}


def test_the_table_of_verbs_is_whole() -> None:
    assert set(ALLOWED) == set(ENGINE_VERBS) | set(SHELL_VERBS)


@pytest.mark.parametrize(("verb", "role"), list(product([*ALLOWED, "fly"], ALL)))
def test_every_verb_and_role(verb: str, role: str) -> None:
    assert may(role, verb) == (role in ALLOWED.get(verb, set()))  # type: ignore[arg-type]  # from the table


def emitted() -> set[str]:
    """Every literal that looks like a code in the rooms that emit."""
    codes = {f"alarm.{act.value}" for act in Act if act is not Act.SUPERSEDE}
    codes |= {f"alarm.state.{state.value}" for state in State}
    codes |= {"service.started", "service.stopped", "done", "gap", "note"}
    for module in (alarm, alarms, commands, engine, link, notebook, path, permit, service, shifts):
        for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in ("emit", "RefusedError"):
                    codes.add(str(node.args[0].value))
    return codes


def test_every_code_has_its_text_and_no_text_is_left_over() -> None:
    assert emitted() == set(TEXTS)


def test_every_event_code_is_explained_in_the_nomenclature() -> None:
    page = (Path(__file__).parents[3] / "docs" / "nomenclature.md").read_text(encoding="utf-8")
    events = {key for key in TEXTS if not key.startswith(("refused.", "alarm.state.")) and key != "done"}
    assert {key for key in events if f"`{key}`" not in page} == set()


@pytest.mark.parametrize("key", TEXTS)
def test_both_languages_fill_the_same_fields(key: str) -> None:
    english, chinese = ({name for _, name, _, _ in Formatter().parse(text) if name} for text in TEXTS[key])
    assert english == chinese
