"""The rationalisation table of a station: each alarm with cause, consequence, action, time, class, owner."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Final

from heatmon.catalogue import Language, render
from heatmon.core.checks import named_limits
from heatmon.core.spec import Alarm, Level, StationSpec, Words

COLUMNS: Final = (
    "id", "name", "signal", "when", "level", "limit", "deadband", "on_delay", "off_delay", "priority",
    "on_bad", "latching", "cause", "consequence", "response", "respond_within", "severity", "category",
    "owner",
)  # fmt: skip
Row = dict[str, str]


def rows(spec: StationSpec, language: Language) -> list[Row]:
    """A row for each level of each alarm, in the order of the settings."""
    limits = named_limits(spec)
    return [_row(alarm, level, limits, language) for alarm in spec.alarms for level in alarm.levels]


def _row(alarm: Alarm, level: Level, limits: Mapping[str, float], language: Language) -> Row:
    limit = "" if level.limit is None else str(level.limit)
    if isinstance(level.limit, str) and level.limit in limits:
        limit = f"{level.limit} = {limits[level.limit]:g}"

    def words(text: Words | None) -> str:
        return "" if text is None else text.in_language(language)

    return {
        "id": alarm.id,
        "name": alarm.name.in_language(language),
        "signal": level.signal or alarm.signal,
        "when": alarm.when,
        "level": level.name,
        "limit": limit,
        "deadband": "" if level.deadband is None else str(level.deadband),
        "on_delay": f"{level.on_delay_s:g} s",
        "off_delay": f"{level.off_delay_s:g} s",
        "priority": level.priority,
        "on_bad": alarm.on_bad,
        "latching": "×" if alarm.latching else "",
        "cause": words(alarm.cause),
        "consequence": words(alarm.consequence),
        "response": alarm.response.in_language(language),
        "respond_within": "" if alarm.respond_within_s is None else f"{alarm.respond_within_s / 60:g} min",
        "severity": alarm.severity or "",
        "category": alarm.category,
        "owner": alarm.owner or "",
    }


def _titles(language: Language) -> list[str]:
    return [render(f"sheet.{name}", language) for name in COLUMNS]


def as_html(spec: StationSpec, table: list[Row], language: Language) -> str:
    """One page that prints; everything in it is text."""
    title = escape(render("sheet.title", language, station=spec.station.name.in_language(language)))
    head = "".join(f"<th>{escape(name)}</th>" for name in _titles(language))
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(row[name])}</td>" for name in COLUMNS) + "</tr>" for row in table
    )
    return (
        f'<!doctype html><html lang="{"zh-CN" if language == "zh" else "en"}"><meta charset="utf-8">'
        f"<title>{title}</title><style>body{{font:10pt sans-serif}}table{{border-collapse:collapse}}"
        "th,td{border:1px solid #999;padding:2px 4px;vertical-align:top;text-align:left}"
        f"@page{{size:A3 landscape}}</style><h1>{title}</h1>"
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def write_xlsx(path: Path, spec: StationSpec, table: list[Row], language: Language) -> None:
    """A workbook with a header that stays and a filter. Raises ImportError without xlsxwriter, OSError."""
    import xlsxwriter

    # What an operator wrote never becomes a formula or a link.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet(spec.station.id[:31])
        bold = book.add_format({"bold": True, "bg_color": "#dddddd"})
        wrap = book.add_format({"text_wrap": True})
        page.write_row(0, 0, _titles(language), bold)
        for number, row in enumerate(table, start=1):
            page.write_row(number, 0, [row[name] for name in COLUMNS], wrap)
        page.freeze_panes(1, 1)
        page.autofilter(0, 0, max(len(table), 1), len(COLUMNS) - 1)
        page.set_column(0, len(COLUMNS) - 1, 14)
        page.set_column(COLUMNS.index("cause"), COLUMNS.index("response"), 40)
