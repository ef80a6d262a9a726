"""The reference of scenario files, written from the models themselves, so that it cannot go stale.

`python -m heatmon_simulators.scenario.reference docs/simulator.md` puts it between the marks of that page.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from heatmon_simulators.scenario.base import Kept
from heatmon_simulators.scenario.events import Event, PersonEvent, SensorEvent, WireEvent
from heatmon_simulators.scenario.model import PLANTS, Instrument, Recorded, Scenario, SyntheticYear

BEGIN: Final = "<!-- from here on written by heatmon_simulators.scenario.reference -->"


def reference() -> str:
    """All tables."""
    parts: list[str] = [BEGIN, ""]
    parts += _section("The head of the file", Scenario)
    parts += _section("`weather`, synthetic", SyntheticYear)
    parts += _section("`weather`, recorded", Recorded)
    parts += _section("`sensors`, each", Instrument)
    parts += _section("Every line of `events`", Event)
    for name, kind in PLANTS.items():
        parts += _section(f"Lines for the plant `{name}`", kind.events, Event)
        values = ", ".join(
            f"`{value}`" if unit == "1" else f"`{value}` ({unit})" for value, unit in kind.units.items()
        )
        parts += [f"Values of `{name}` (those without unit are 0 or 1): {values}.", ""]
    parts += _section("Lines for a sensor", SensorEvent, Event)
    parts += _section("Lines for a wire", WireEvent, Event)
    parts += _section("Lines for a person", PersonEvent, Event)
    return "\n".join(parts)


def _section(title: str, model: type[BaseModel], base: type[BaseModel] | None = None) -> list[str]:
    known = set() if base is None else set(base.model_fields)
    doc = " ".join((model.__doc__ or "").split())
    rows = [_row(info, name) for name, info in model.model_fields.items() if name not in known]
    return [f"### {title}", "", doc, "", "| key | takes | meaning |", "|---|---|---|", *rows, ""]


def _row(info: FieldInfo, name: str) -> str:
    takes = " or ".join(dict.fromkeys(_takes([info.annotation, *info.metadata])))
    if info.default_factory is None and not info.is_required() and info.default not in (None, ()):
        shown = str(info.default).lower() if isinstance(info.default, bool) else info.default
        takes += f"; {shown} unless given"
    return f"| `{info.alias or name}` | {takes} | {info.description or ''} |".replace("  ", " ")


def _takes(parts: list[Any]) -> Iterator[str]:
    """What may stand there, in words, from an annotation and its metadata."""
    kept = next((part for part in parts if isinstance(part, Kept)), None)
    if kept is not None:
        yield f"{kept.low:g} to {kept.high:g} {kept.unit}"
        return
    annotation = parts[0]
    if get_origin(annotation) is Literal:
        yield ", ".join(f"`{str(word).lower() if word is True else word}`" for word in get_args(annotation))
    elif annotation in _WORDS:
        yield _WORDS[annotation]
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield {"Words": "`{en: …, zh: …}`"}.get(annotation.__name__, "see below")
    elif get_origin(annotation) is dict:
        yield "a mapping"
    elif get_origin(annotation) is tuple:
        yield "a list"
    else:
        arguments = get_args(annotation)
        if hasattr(annotation, "__metadata__"):
            yield from _takes([arguments[0], *annotation.__metadata__])
            return
        for argument in arguments:
            if argument is not type(None):
                yield from _takes([argument])


_WORDS: Final[dict[Any, str]] = {
    AwareDatetime: "a date and time with its zone, in quotes",
    bool: "`true` or `false`",
    int: "a whole number",
    float: "a number",
    str: "text",
    Any: "anything",
}


def written(page: str) -> str:
    """A page with the present reference behind its own text."""
    return page.partition(BEGIN)[0] + reference()


if __name__ == "__main__":
    file = Path(sys.argv[1])
    file.write_text(written(file.read_text(encoding="utf-8")), encoding="utf-8")
