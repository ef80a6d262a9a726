"""A station in a terminal: one page of tags, setpoint and deviation, water loss, alarms and journal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from heatmon.catalogue import Language, render, render_fields, texts

# Colour only for what is abnormal, and never colour alone: priority has a shape and a number too.
PRIORITY: Final = {
    "P1": ("■ 1", "bold white on red"),
    "P2": ("▲ 2", "bold yellow"),
    "P3": ("▼ 3", "cyan"),
    "P4": ("● 4", ""),
}


SHOWN: Final = frozenset(
    {
        "curve.outdoor_c",
        "curve.setpoint_c",
        "curve.deviation_15min_k",
        "curve.deviation_30min_k",
        "curve.compliance_pct",
        "pressure.empty_margin_mpa",
        "pressure.slope_1min_kpa_min",
        "water.makeup_10min_m3h",
        "water.loss_1h_pct",
        "water.loss_comp_1h_pct",
        "water.loss_24h_pct",
        "water.leak_m3h",
        "water.circulation_m3h",
    }
)
"""Computed signals on a station's page."""


def station_view(
    status: Mapping[str, Any],
    entries: Iterable[Mapping[str, Any]],
    language: Language,
    *,
    whole: bool = False,
) -> RenderableType:
    """One station from the data of the `status` verb and the journal's last entries.

    Of what is computed only the few figures that an operator looks at, unless `whole`: dozens of them
    would push alarms and journal off the screen.
    """
    zone = zone_of(status)
    now = datetime.fromtimestamp(status["now_ns"] / 1e9, zone)
    links = ", ".join(
        render(
            "view.link_up" if link["up"] else "view.link_down",
            language,
            link=link["id"],
            reason=message_text(link["reason"], language),
        )
        for link in status["links"]
    )
    if paths := status.get("paths", ()):
        links = " · ".join([links, *(_path(path, language) for path in paths)])
    title = f"{status['station']} {status['name'][language]} · {now:%Y-%m-%d %H:%M:%S %Z} · {links}"
    derived = [signal for signal in status["derived"] if whole or signal["id"] in SHOWN]
    columns = Table.grid(padding=(0, 3))
    # Alarms first: they are what the page is looked at for.
    right = Group(_alarms(status["alarms"], language, zone), Text(), _signals(derived, language))
    columns.add_row(_signals(status["tags"], language), right)
    return Panel(Group(columns, Text(), _journal(entries, language, zone)), title=title, title_align="left")


def _path(path: Mapping[str, Any], language: Language) -> str:
    """A destination in the title: fine, or how far behind."""
    key = "view.path_behind" if path["alarms"] or path["trouble"] else "view.path_up"
    hours, rows = f"{path['backlog_hours']:.1f}", path["backlog_rows"]
    return render(key, language, path=path["id"], hours=hours, rows=rows, parked=path["parked"])


def message_text(message: Mapping[str, Any] | None, language: Language) -> str:
    """A text that travels as code and params (reasons, requests, notices), in the reader's language."""
    if message is None:
        return "–"
    code = message.get("code", "")
    return render_fields(code, language, message["params"]) if code in texts() else message.get("text", code)


def stations_view(stations: Iterable[Mapping[str, Any]], language: Language) -> RenderableType:
    """Many stations, a line each: the gravest alarm, how many there are, and what does not answer."""
    table = Table(box=None, padding=(0, 1))
    for key in ("view.station", "view.name", "view.alarms", "view.links", "view.journal"):
        table.add_column(render(key, language))
    for status in stations:
        count, style = _gravest(status["alarms"])
        down = ", ".join(link["id"] for link in status["links"] if not link["up"])
        links = render("view.down", language, links=down) if down else render("view.all_up", language)
        trouble = status["journal_trouble"] or render("view.journal_good", language)
        table.add_row(status["station"], status["name"][language], count, links, trouble, style=style)
    return table


def _gravest(alarms: Sequence[Mapping[str, Any]]) -> tuple[str, str]:
    """The gravest alarm and how many there are besides, with its style."""
    if not alarms:
        return "–", ""
    mark, style = PRIORITY.get(alarms[0]["priority"], ("", ""))
    more = f" +{len(alarms) - 1}" if len(alarms) > 1 else ""
    return f"{mark} {alarms[0]['id']}{more}", style


def tag_view(signal: Mapping[str, Any], language: Language) -> RenderableType:
    """Everything that is known about one signal; of a tag also why its value is old."""
    name = signal["name"][language] if "name" in signal else signal_name(signal["id"], language)
    table = Table.grid(padding=(0, 2))
    table.add_row(signal["id"], name)
    table.add_row(render("view.value", language), f"{value_text(signal, language)} {_unit(signal)}")
    table.add_row(render("view.quality", language), quality_text(signal, language))
    table.add_row(render("view.age", language), since_text(signal["age_s"]))
    if "request" in signal:
        error = message_text(signal["last_error"], language)
        if signal["last_error_age_s"] is not None:
            error = render("view.ago", language, what=error, age=since_text(signal["last_error_age_s"]))
        table.add_row(render("view.last_good", language), since_text(signal["last_good_age_s"]))
        table.add_row(render("view.last_error", language), error)
        table.add_row(render("view.request", language), message_text(signal["request"], language))
        table.add_row(render("view.next_attempt", language), since_text(signal["next_attempt_s"]))
    return table


def _signals(signals: Iterable[Mapping[str, Any]], language: Language) -> Table:
    table = Table(box=None, padding=(0, 1))
    for key in ("view.tag", "view.name"):
        table.add_column(render(key, language))
    table.add_column(render("view.value", language), justify="right")
    for key in ("view.unit", "view.quality", "view.age"):
        table.add_column(render(key, language))
    for signal in signals:
        style = "" if signal["quality"] < 64 else "yellow" if signal["quality"] < 128 else "magenta"
        name = signal["name"][language] if "name" in signal else signal_name(signal["id"], language)
        value, age = value_text(signal, language), since_text(signal["age_s"])
        quality = quality_text(signal, language)
        table.add_row(signal["id"], name, value, _unit(signal), quality, age, style=style)
    return table


def _unit(signal: Mapping[str, Any]) -> str:
    return "" if signal["unit"] == "1" else str(signal["unit"])


def signal_name(signal: str, language: Language) -> str:
    """The name of a computed signal; its id where it has none."""
    key = f"signal.{signal}"
    return render(key, language) if key in texts() else signal


def value_text(signal: Mapping[str, Any], language: Language) -> str:
    """A value as people read it: the word of an enumeration, a text, or a number with its decimals."""
    value = signal["value"]
    if value is None:
        # A bad value is shown as such, never as a blank or a zero.
        return "?"
    if "state" in signal:
        return f"{signal['state'][language]} ({value:.0f})"
    # Whole numbers here are those that no float holds.
    return str(value) if isinstance(value, str | int) else f"{value:.{signal['digits']}f}"


def quality_text(signal: Mapping[str, Any], language: Language) -> str:
    """A quality in words."""
    key = f"quality.{signal['reason']}"
    return render(key, language) if key in texts() else signal["reason"]


def since_text(seconds: float | None) -> str:
    """An age as people say it; a dash where there is none."""
    if seconds is None:
        return "–"
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _alarms(alarms: Iterable[Mapping[str, Any]], language: Language, zone: tzinfo) -> RenderableType:
    table = Table(box=None, padding=(0, 1), title=render("view.alarms", language), title_justify="left")
    rows = 0
    for alarm in alarms:
        mark, style = PRIORITY.get(alarm["priority"], ("", ""))
        key = f"alarm.state.{alarm['state']}"
        state = render(key, language) if key in texts() else alarm["state"]
        since = datetime.fromtimestamp(alarm["since_ns"] / 1e9, zone)
        if alarm.get("stale"):
            state += render("view.stale", language)
        table.add_row(mark, alarm["id"], alarm["name"][language], state, f"{since:%H:%M:%S}", style=style)
        rows += 1
    return table if rows else Text(render("view.no_alarms", language), style="dim")


def _journal(entries: Iterable[Mapping[str, Any]], language: Language, zone: tzinfo) -> RenderableType:
    lines = [Text(render("view.journal", language), style="bold")]
    lines.extend(
        Text(entry_text(entry, language, zone), overflow="ellipsis", no_wrap=True) for entry in entries
    )
    return Group(*lines)


def zone_of(status: Mapping[str, Any]) -> tzinfo:
    """The station's zone: people read its clock on the wall, not UTC."""
    try:
        return ZoneInfo(status.get("timezone", "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def entry_text(entry: Mapping[str, Any], language: Language, zone: tzinfo = UTC) -> str:
    """A journal entry in words: rendered from its code and fields, never stored as text."""
    moment = datetime.fromtimestamp(entry["time_ns"] / 1e9, zone)
    code, payload = entry["code"], entry["payload"]
    if code in texts():
        if (why := payload.get("why")) in texts():
            # A cause with a text of its own, filled by the same fields.
            payload = {**payload, "why": render_fields(why, language, payload)}
        words = render_fields(code, language, payload)
    else:
        words = f"{code} " + ", ".join(f"{key}={value}" for key, value in payload.items())
    return f"{entry['event_seq']:>6} {moment:%m-%d %H:%M:%S} {words} · {entry['actor']}"
