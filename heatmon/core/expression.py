"""Conditions as text: ``cp1_run == 0 and not alarm.POWER_FAIL``, over signals and alarms.

    or   := and ("or" and)*          compare := name (">" | ">=" | "<" | "<=" | "==" | "!=") number
    and  := not ("and" not)*         name    := signal id, or alarm.ID (1 while it is active)
    not  := "not" not | atom         atom    := "(" or ")" | compare | name     (a name alone: is not 0)

Numbers are in the signal's own unit. A signal that is not good is unknown, and unknown stays unknown
through the logic as far as it matters (Kleene): ``True or unknown`` is true, ``True and unknown`` is
unknown. Whoever asks says what unknown means for them.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from heatmon.core.quality import FIRST_UNCERTAIN
from heatmon.core.quantity import decimal
from heatmon.core.signals import Signals

ALARM: Final = "alarm."
MOST_CHARACTERS: Final = 500
MOST_DEPTH: Final = 30
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>[-+]?\d+(?:\.\d+)?)|(?P<name>[A-Za-z][A-Za-z0-9_.-]*)|(?P<sign>>=|<=|==|!=|>|<|\(|\)))"
)
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}


class ExpressionError(ValueError):
    """The text is no condition, or names what is not there."""


class Active(Protocol):
    """An alarm as a condition sees it."""

    @property
    def active(self) -> bool:
        """Whether its condition holds."""


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a condition: ``or``, ``and``, ``not`` over parts, or a comparison of a name."""

    kind: str
    parts: tuple[Node, ...] = ()
    name: str = ""
    number: float = 0.0


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition that was read."""

    text: str
    root: Node

    def names(self) -> frozenset[str]:
        """Signals and alarms that it names."""
        return frozenset(_names(self.root))

    def alarms(self) -> frozenset[str]:
        """The ids of the alarms that it names."""
        return frozenset(name.removeprefix(ALARM) for name in self.names() if name.startswith(ALARM))

    def check(self, signals: Collection[str], alarms: Collection[str]) -> None:
        """Raises ExpressionError for names that are not there."""
        for name in sorted(self.names()):
            if name.startswith(ALARM):
                if name.removeprefix(ALARM) not in alarms:
                    raise ExpressionError(f"there is no alarm {name.removeprefix(ALARM)}")
            elif name not in signals:
                raise ExpressionError(f"there is no signal {name}")

    def value(self, table: Signals, alarms: Mapping[str, Active]) -> bool | None:
        """True, False, or None for unknown."""
        return _value(self.root, table, alarms)

    def readings(self, table: Signals) -> str:
        """The signals that it names with their present values, ``t2s 52.3 °C``."""
        words = []
        for name in sorted(self.names()):
            if name in table.index:
                i = table.index[name]
                unit = table.infos[i].unit
                words.append(f"{name} {decimal(table.values[i])}{'' if unit == '1' else ' ' + unit}")
        return ", ".join(words)


def parse(text: str) -> Expression:
    """Read a condition. Raises ExpressionError with the place."""
    if len(text) > MOST_CHARACTERS:
        raise ExpressionError(f"longer than {MOST_CHARACTERS} characters")
    return Expression(text, _Reader(text).whole())


class _Reader:
    def __init__(self, text: str) -> None:
        self._text, self._at, self._depth = text, 0, 0
        self._kind, self._word = "", ""
        self._next()

    def whole(self) -> Node:
        node = self._or()
        if self._kind:
            raise self._wrong("and, or, or the end")
        return node

    def _next(self) -> None:
        found = _TOKEN.match(self._text, self._at)
        if found is None:
            if self._text[self._at :].strip():
                raise ExpressionError(f"column {self._at + 1}: {self._text[self._at :].strip()[:10]!r}")
            self._kind, self._word = "", ""
            return
        self._at = found.end()
        self._kind = found.lastgroup or ""
        self._word = found[self._kind]

    def _wrong(self, wanted: str) -> ExpressionError:
        return ExpressionError(f"column {self._at}: {self._word or 'the end'!r} where {wanted} is due")

    def _took(self, word: str) -> bool:
        if self._word == word and self._kind in ("name", "sign"):
            self._next()
            return True
        return False

    def _or(self) -> Node:
        parts = [self._and()]
        while self._took("or"):
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else Node("or", tuple(parts))

    def _and(self) -> Node:
        parts = [self._not()]
        while self._took("and"):
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else Node("and", tuple(parts))

    def _not(self) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ExpressionError(f"deeper than {MOST_DEPTH} levels")
        node = Node("not", (self._not(),)) if self._took("not") else self._atom()
        self._depth -= 1
        return node

    def _atom(self) -> Node:
        if self._took("("):
            node = self._or()
            if not self._took(")"):
                raise self._wrong("a closing bracket")
            return node
        if self._kind != "name" or self._word in ("and", "or"):
            raise self._wrong("a signal or alarm")
        name = self._word
        self._next()
        if self._word not in _COMPARE:
            return Node("!=", name=name)
        sign = self._word
        self._next()
        if self._kind != "number":
            raise self._wrong("a number")
        number = float(self._word)
        self._next()
        return Node(sign, name=name, number=number)


def _names(node: Node) -> list[str]:
    return [node.name] if node.name else [name for part in node.parts for name in _names(part)]


def _value(node: Node, table: Signals, alarms: Mapping[str, Active]) -> bool | None:
    if node.kind == "not":
        inner = _value(node.parts[0], table, alarms)
        return None if inner is None else not inner
    if node.kind in ("or", "and"):
        decides = node.kind == "or"
        values = [_value(part, table, alarms) for part in node.parts]
        return decides if decides in values else None if None in values else not decides
    reading = _reading(node.name, table, alarms)
    return None if reading is None else _COMPARE[node.kind](reading, node.number)


def _reading(name: str, table: Signals, alarms: Mapping[str, Active]) -> float | None:
    if name.startswith(ALARM):
        point = alarms.get(name.removeprefix(ALARM))
        return None if point is None else float(point.active)
    i = table.index.get(name)
    if i is None or table.qualities[i] >= FIRST_UNCERTAIN:
        return None
    return table.values[i]
