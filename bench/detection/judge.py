"""heatmon's engine over the simulated station: one scan a minute, all judgements on."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from heatmon.core.engine import Engine
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec

SECOND = 1_000_000_000
STATION = Path(__file__).resolve().parents[2] / "config" / "stations" / "hx-example"
LOSS_ALARMS = ("LOSS_1PCT", "LOSS_24H", "LOSS_ADV", "LOSS_DRIFT", "LOSS_NEG", "BURST")


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that was raised: when (s since epoch), which, with its fields."""

    at_s: int
    alarm: str
    fields: dict[str, Any]


def spec(**changes: Any) -> StationSpec:
    """The shipped example, with the night setback in its schedule and one scan a minute."""
    raw: dict[str, Any] = {}
    for file in sorted(STATION.glob("*.yaml")):
        for section, value in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            raw[section] = raw[section] + value if section in raw else value
    for device in raw["devices"]:
        for group in device["groups"]:
            group["period"] = "60 s"
    raw["curve"]["schedule"] = [{"from": "22:00", "to": "04:00", "room_shift": "-2 K"}]
    raw["station"]["season"] = {"start": "2026-10-15T00:00:00+08:00", "end": "2027-04-15T00:00:00+08:00"}
    for path, value in changes.items():
        raw[path.split("__")[0]][path.split("__")[1]] = value
    return StationSpec.model_validate(raw)


class Judge:
    """An engine fed with what the sensors show."""

    def __init__(self, station: StationSpec, now_s: int) -> None:
        self.spec = station
        self.engine = Engine(station, "b" * 64, now_s * SECOND)
        self._plans = [(d, g, [tag.id for tag in station.columns(d, g)]) for d, g in station.plans()]
        self._good = {group: bytes(len(tags)) for _, group, tags in self._plans}

    def minute(self, now_s: int, shown: dict[str, float]) -> Iterator[Raised]:
        """The scans of one minute."""
        now = now_s * SECOND
        for device, group, tags in self._plans:
            values = array("d", [shown[tag] for tag in tags])
            qualities = self._good[group]
            if any(map(math.isnan, values)):
                qualities = bytes(138 if math.isnan(value) else 0 for value in values)
            scan = Scan(device, group, now, now, values, qualities, input_seq=self.engine.input_seq + 1)
            for event in self.engine.step(scan, now).events:
                if event.code == "alarm.raised":
                    fields = dict(event.payload)
                    yield Raised(event.time_ns // SECOND, str(fields["alarm"]), fields)

    def value(self, signal: str) -> float:
        """A derived signal."""
        return self.engine.table.values[self.engine.table.index[signal]]

    def copy(self) -> Judge:
        """The same judge, by way of its checkpoint."""
        other = Judge.__new__(Judge)
        other.spec, other._plans, other._good = self.spec, self._plans, self._good
        state = self.engine.checkpoint()
        other.engine = Engine.restore(self.spec, "b" * 64, state)
        return other
