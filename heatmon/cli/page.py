"""The page of `heatmon watch`: one station fitted into the terminal it is shown in, 80 × 24 or a wall.

Pure: data of the `status` and `journal` verbs in, lines out. What needs a person comes first: what is
simulated or not written, links, alarms; then values, the computed ones before the measured; then the journal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Any, Final

from rich.cells import cell_len, set_cell_size
from rich.console import Group
from rich.text import Text

from heatmon.catalogue import Language, render, texts
from heatmon.core.input import SYSTEM
from heatmon.view import (
    PRIORITY,
    entry_text,
    message_text,
    quality_text,
    signal_name,
    since_text,
    value_text,
    zone_of,
)

COLUMN: Final = 38
"""A value with name, quality mark and age takes this many cells; where there is room for `WIDE`, its id and
the words of its quality too."""
WIDE: Final = 64
FIRST: Final = (
    "curve.setpoint_c", "curve.deviation_k", "curve.outdoor_c", "water.loss_1h_pct", "water.loss_24h_pct",
    "water.makeup_10min_m3h", "pressure.empty_margin_mpa",
)  # fmt: skip
"""What the three checks of the mission say comes before everything else."""
MARKS: Final = ("✓", "~", "?")


@dataclass(frozen=True, slots=True)
class Frame:
    """Where a page is shown. turn: which part of the values, when they do not fit at once."""

    width: int
    height: int
    turn: int = 0
    notice: str = ""


def page(
    status: Mapping[str, Any], entries: Sequence[Mapping[str, Any]], language: Language, frame: Frame
) -> Group:
    """The lines of one station; never more than fit."""
    zone = zone_of(status)
    head = _head(status, language, zone)
    alarms = _alarms(status["alarms"], language, zone, most=max(3, frame.height // 6))
    told = _journal(entries, language, zone, most=max(4, frame.height // 4))
    room = frame.height - len(head) - len(alarms) - len(told) - 1
    values, turns = _values(_ordered(status), language, frame, room)
    lines = [*head, *alarms, *values, *told, _foot(language, frame, turns, status)]
    for line in lines:
        line.truncate(frame.width, overflow="ellipsis")
    return Group(*lines[: frame.height])


def _head(status: Mapping[str, Any], language: Language, zone: tzinfo) -> list[Text]:
    now = datetime.fromtimestamp(status["now_ns"] / 1e9, zone)
    lines = []
    if status.get("simulated") or status["time_factor"] != 1:
        lines.append(Text(render("view.banner", language, factor=status["time_factor"]), style="reverse"))
    if status["journal_trouble"]:
        trouble = render("view.journal_trouble", language, why=status["journal_trouble"])
        lines.append(Text(trouble, style="bold white on red"))
    lines.append(
        Text(f"{status['station']} {status['name'][language]} · {now:%Y-%m-%d %H:%M:%S %Z}", style="bold")
    )
    for link in status["links"]:
        reason = message_text(link["reason"], language)
        key = "view.link_up" if link["up"] else "view.link_down"
        style = "dim" if link["up"] else "bold magenta"
        lines.append(Text(render(key, language, link=link["id"], reason=reason), style=style))
    return lines


def _alarms(alarms: Sequence[Mapping[str, Any]], language: Language, zone: tzinfo, most: int) -> list[Text]:
    if not alarms:
        return [Text(render("view.no_alarms", language), style="dim")]
    lines = [Text(render("view.alarms", language), style="bold")]
    for alarm in alarms[:most]:
        mark, style = PRIORITY.get(alarm["priority"], ("", ""))
        key = f"alarm.state.{alarm['state']}"
        state = render(key, language) if key in texts() else alarm["state"]
        since = datetime.fromtimestamp(alarm["since_ns"] / 1e9, zone)
        stale = render("view.stale", language) if alarm.get("stale") else ""
        words = f" {mark} {since:%H:%M:%S} {alarm['id']} {alarm['name'][language]} · {state}{stale}"
        lines.append(Text(words, style=style))
    if len(alarms) > most:
        lines.append(Text(render("view.more", language, count=len(alarms) - most), style="bold"))
    return lines


def _ordered(status: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The mission's signals, the tags, then whatever else is computed."""
    derived = {signal["id"]: signal for signal in status["derived"]}
    first = [derived.pop(name) for name in FIRST if name in derived]
    return [*first, *status["tags"], *derived.values()]


def _values(
    signals: Sequence[Mapping[str, Any]], language: Language, frame: Frame, room: int
) -> tuple[list[Text], int]:
    """The values in columns, one turn of them; how many turns there are."""
    columns = max(1, frame.width // WIDE if frame.width >= 2 * WIDE else frame.width // COLUMN)
    width = frame.width // columns
    rows = max(1, room)
    turns = -(-len(signals) // (rows * columns))
    begin = frame.turn % max(1, turns) * rows * columns
    shown = signals[begin : begin + rows * columns]
    rows = min(rows, -(-len(shown) // columns))
    lines = []
    for row in range(rows):
        line = Text()
        for signal in shown[row::rows]:
            line.append_text(_cell(signal, language, width))
        lines.append(line)
    return lines, turns


def _cell(signal: Mapping[str, Any], language: Language, width: int) -> Text:
    level = 0 if signal["quality"] < 64 else 1 if signal["quality"] < 128 else 2
    unit = "" if signal["unit"] == "1" else signal["unit"]
    value = f"{value_text(signal, language)} {unit}".rstrip()
    name = signal["name"][language] if "name" in signal else signal_name(signal["id"], language)
    tail = f" {MARKS[level]} {since_text(signal['age_s']):>6} "
    if width >= WIDE:
        name = f"{_fitted(signal['id'], 16)} {name}"
        quality = _fitted(quality_text(signal, language), 12)
        tail = f" {MARKS[level]} {quality}{since_text(signal['age_s']):>7} "
    space = max(4, width - cell_len(value) - cell_len(tail) - 1)
    return Text(f"{_fitted(name, space)} {value}{tail}", style=("", "yellow", "magenta")[level])


def _fitted(text: str, width: int) -> str:
    """Exactly so many cells, whatever script; what is cut off is marked."""
    return set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + "…"


def _journal(entries: Sequence[Mapping[str, Any]], language: Language, zone: tzinfo, most: int) -> list[Text]:
    lines = [Text(render("view.journal", language), style="bold")]
    for entry in entries[-most:]:
        words = entry_text(entry, language, zone).splitlines()[0].removesuffix(f" · {SYSTEM.label}")
        marked = render("view.simulated_entry", language) if entry.get("simulated") else ""
        lines.append(Text(f"{words}{marked}"))
    return lines


def _foot(language: Language, frame: Frame, turns: int, status: Mapping[str, Any]) -> Text:
    if frame.notice:
        return Text(frame.notice, style="bold")
    keys = [render("view.keys", language)]
    if turns > 1:
        keys.append(render("view.key_turn", language, turn=frame.turn % turns + 1, turns=turns))
    if status.get("stations", 1) > 1:
        keys.append(render("view.key_station", language))
    return Text(" · ".join(keys), style="dim")
