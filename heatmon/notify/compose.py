"""From a journal entry to the message a person reads, in that person's language."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from heatmon.catalogue import Language, render, render_fields, texts
from heatmon.core.spec import Alarm, Notify, StationSpec
from heatmon.core.spec.notify import Wording
from heatmon.core.wording import fill
from heatmon.notify.channel import Message
from heatmon.notify.row import Row

DIGEST_LINES: Final = 40
"""Lines of a digest; what is beyond is counted. The journal has them all."""


class Composer:
    """Words for one station's messages."""

    def __init__(self, spec: StationSpec, notify: Notify) -> None:
        self.spec, self.notify = spec, notify
        self._zone = ZoneInfo(spec.station.timezone)
        self._alarms = {alarm.id: alarm for alarm in spec.alarms}
        self._digits = {tag.id: tag.digits for tag in spec.tags}
        self._names = {tag.id: tag.name for tag in spec.tags}
        self._persons = {person.id: person for person in spec.persons}
        self._wordings: dict[str, Wording] = {wording.kind: wording for wording in notify.wordings}

    def language(self, person: str) -> Language:
        """The language a person reads; the station's for the local path and for strangers."""
        known = self._persons.get(person)
        return known.language if known is not None else self.spec.station.language

    def message(
        self,
        row: Row,
        *,
        told: Sequence[tuple[str, str]] = (),
        folded: Sequence[Row] = (),
        code: str = "",
        first: bool = True,
    ) -> Message:
        """The message of a row. told: (person, channel) before; folded: of a digest; code: the line."""
        language = self.language(row.recipient)
        fields = self._fields(row, language)
        fields |= {"told": self._told(told, language), "code": code}
        if row.kind == "digest":
            fields |= self._digest(folded, language)
        elif row.kind in ("heartbeat", "drill_report"):
            fields["what"] = self._listed(row, language)
        extra = {"pollers": row.entry["fields"]["pollers"]} if row.kind == "heartbeat" else {}
        text, short = self._templates(row.kind, language)
        full = fill(text, fields)
        return Message(
            key=row.key,
            to=row.address,
            subject=full.split("\n", 1)[0],
            text=full,
            short=" ".join(fill(short, fields).split()),
            thread=row.occurrence,
            first=first,
            priority=row.priority,
            fields={**fields, "kind": row.kind, "recipient": row.recipient, **extra},
        )

    def _templates(self, kind: str, language: Language) -> tuple[str, str]:
        own = self._wordings.get(kind)
        text, short = (
            render_raw(f"notify.text.{kind}", language),
            render_raw(f"notify.short.{kind}", language),
        )
        if own is not None:
            text = own.text.in_language(language)
            short = own.short.in_language(language) if own.short is not None else text
        return text, short

    def _fields(self, row: Row, language: Language) -> dict[str, str]:
        entry, station, code = row.entry, self.spec.station, row.entry["code"]
        told: Mapping[str, Any] = entry["fields"]
        alarm = self._alarms.get(str(told.get("alarm", "")))
        since_ns = int(told.get("since_ns") or entry["time_ns"])
        value, limit = self._number(told, "value", language), self._number(told, "limit", language)
        fields = {
            "mark": self._mark(row, language),
            "priority": row.priority,
            "station": station.name.in_language(language),
            "station_id": station.id,
            "alarm": str(told.get("alarm", "")),
            "name": self._name(told, alarm, language),
            "level": str(told.get("level", "")),
            "signal": str(told.get("signal", "")),
            "value": value,
            "limit": limit,
            "reading": self._reading(told, value, limit, language),
            "time": self.local(entry["time_ns"]),
            "since": self.local(since_ns),
            "duration": self.duration((entry["time_ns"] - since_ns) // 1_000_000_000, language),
            "by": self.person(str(entry["actor"]).split("@", 1)[0]),
            "comment": str(told.get("comment", "")),
            "console": self.notify.console_url or "",
            "head": entry["head"],
            "person": self.person(row.recipient),
            "what": render_fields(code, language, told) if code in texts() else code,
        }
        return fields | self._guidance(alarm, language)

    def _guidance(self, alarm: Alarm | None, language: Language) -> dict[str, str]:
        if alarm is None:
            return {}
        texts_of = {"cause": alarm.cause, "consequence": alarm.consequence, "action": alarm.response}
        return {name: words.in_language(language) if words else "" for name, words in texts_of.items()}

    def _name(self, told: Mapping[str, Any], alarm: Alarm | None, language: Language) -> str:
        if alarm is not None:
            return alarm.name.in_language(language)
        signal = self._names.get(str(told.get("signal", "")))
        name = str(told.get("alarm", ""))
        return f"{name} ({signal.in_language(language)})" if signal is not None else name

    def _number(self, told: Mapping[str, Any], name: str, language: Language) -> str:
        """A value with its unit; nothing for digital alarms, whose 0 or 1 tells nobody anything."""
        if told.get("unit") is None:
            return ""
        value = told.get(name)
        if value is None:
            quality = told.get("quality", "–")
            return render("notify.no_value", language, quality=quality) if name == "value" else ""
        digits = self._digits.get(str(told.get("signal", "")), 2)
        unit = "" if told["unit"] == "1" else f" {told['unit']}"
        return f"{float(value):.{digits}f}{unit}"

    def _reading(self, told: Mapping[str, Any], value: str, limit: str, language: Language) -> str:
        if not value:
            return ""
        signal = str(told.get("signal", ""))
        named = self._names.get(signal)
        name = named.in_language(language) if named is not None else signal
        key = "notify.reading_limit" if limit else "notify.reading"
        return render(key, language, name=name, value=value, limit=limit)

    @staticmethod
    def _mark(row: Row, language: Language) -> str:
        marks = []
        if row.entry.get("exercise"):
            marks.append("notify.mark.exercise")
        if row.entry["simulated"]:
            marks.append("notify.mark.simulated")
        if row.attempts > 1 and row.answer == UNSURE:
            marks.append("notify.mark.again")
        return "".join(render(mark, language) for mark in marks)

    def _digest(self, folded: Sequence[Row], language: Language) -> dict[str, str]:
        lines = [self._line(row, language) for row in folded[:DIGEST_LINES]]
        if len(folded) > DIGEST_LINES:
            lines.append(render("notify.lines_more", language, count=len(folded) - DIGEST_LINES))
        names = dict.fromkeys(self._fields(row, language)["name"] for row in folded[:DIGEST_LINES])
        return {"count": str(len(folded)), "lines": "\n".join(lines), "what": ", ".join(names)}

    def _listed(self, row: Row, language: Language) -> str:
        """How far each poller is, or who has answered an exercise and when."""
        told = row.entry["fields"]
        if row.kind == "heartbeat":
            return ", ".join(
                render("notify.poller_never", language, link=link)
                if age is None
                else render("notify.poller", language, link=link, age=self.duration(int(age), language))
                for link, age in json.loads(told["pollers"])
            )
        words = []
        for answer in filter(None, str(told.get("report", "")).split(",")):
            person, _, after = answer.partition(":")
            key = "notify.drill_answered" if after.isdigit() else "notify.drill_silent"
            took = self.duration(int(after), language) if after.isdigit() else ""
            words.append(render(key, language, person=self.person(person), after=took))
        return ", ".join(words)

    def _line(self, row: Row, language: Language) -> str:
        _, short = self._templates(row.kind, language)
        fields = self._fields(row, language) | {"code": "", "mark": "", "action": "", "station": ""}
        return f"{fields['time'][11:]} " + " ".join(fill(short, fields).split())

    def _told(self, told: Sequence[tuple[str, str]], language: Language) -> str:
        people: dict[str, list[str]] = {}
        for person, channel in told:
            people.setdefault(person, []).append(channel)
        local = render("notify.post_local", language)
        return ", ".join(
            f"{local if person == LOCAL else self.person(person)} ({', '.join(ways)})"
            for person, ways in people.items()
        )

    def person(self, person: str) -> str:
        """A person's name; the id of somebody who is not in the settings."""
        known = self._persons.get(person)
        return known.name if known is not None else person

    def local(self, time_ns: int) -> str:
        """A time as people at the station read it."""
        return datetime.fromtimestamp(time_ns / 1e9, UTC).astimezone(self._zone).strftime("%Y-%m-%d %H:%M:%S")

    @staticmethod
    def duration(seconds: int, language: Language) -> str:
        """A duration in words; seconds below two minutes."""
        if seconds < 120:
            return render("notify.duration_s", language, seconds=seconds)
        hours, minutes = divmod(seconds // 60, 60)
        if not hours:
            return render("notify.duration_short", language, minutes=minutes)
        return render("notify.duration", language, hours=hours, minutes=minutes)


LOCAL: Final = "station"
"""The recipient of the local path."""
UNSURE: Final = "a restart came between: perhaps sent"
"""The answer of a message of which nobody knows whether it went out."""


def render_raw(key: str, language: Language) -> str:
    """A template of the catalogue, its fields not yet filled."""
    english, chinese = texts()[key]
    return chinese if language == "zh" else english
