"""Text becomes YAML nodes, by libyaml where it is there (seven times faster), else by Python.

Only the safe loaders are used: no tag of a document can name a class or a function. libyaml's
composer calls itself without a limit, so the depth of a text is looked at before it is composed.
"""

from __future__ import annotations

from typing import Final

import yaml

MAX_DEPTH: Final = 40
_OPENING: Final = (yaml.SequenceStartEvent, yaml.MappingStartEvent)
_CLOSING: Final = (yaml.SequenceEndEvent, yaml.MappingEndEvent)

FAST: Final[type[yaml.SafeLoader]] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
chosen = FAST


class TooDeepError(Exception):
    """The text nests deeper than any settings do. line, column: where, from 1."""

    def __init__(self, line: int, column: int) -> None:
        super().__init__("too deep")
        self.line, self.column = line, column


def compose(text: str) -> tuple[yaml.SafeLoader, yaml.Node | None]:
    """The text's one document as nodes, with the loader that makes values of scalars.

    Raises TooDeepError, yaml.YAMLError, and from odd characters ValueError.
    """
    depth, events = 0, chosen(text)
    while events.check_event():
        # The stubs know no types here.
        event: yaml.Event = events.get_event()  # type: ignore[no-untyped-call]
        if isinstance(event, _OPENING):
            depth += 1
            if depth > MAX_DEPTH:
                mark = event.start_mark
                raise TooDeepError(mark.line + 1, mark.column + 1) if mark else TooDeepError(1, 1)
        elif isinstance(event, _CLOSING):
            depth -= 1
    nodes = chosen(text)
    return nodes, nodes.get_single_node()
