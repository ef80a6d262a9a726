"""A station with all three checks, and a bench that runs its calculators as the engine does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import pytest

from heatmon.core.calculator import TICK_NS, Calculator
from heatmon.core.checks import build
from heatmon.core.quality import GOOD
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import StationSpec

SECOND = 1_000_000_000


def tag(name: str, unit: str, **more: Any) -> dict[str, Any]:
    names = {"en": name, "zh": name}
    base = {"id": name, "device": "plc", "group": "g", "name": names, "unit": unit, "address": {"at": name}}
    return base | more


def settings() -> dict[str, Any]:
    points = [(-7, 60.0), (0, 50.0), (8, 38.0)]
    return {
        "station": {"id": "s", "name": {"en": "s", "zh": "s"}},
        "links": [{"id": "l", "driver": "memory"}],
        "devices": [{"id": "plc", "link": "l", "groups": [{"id": "g", "period": "1 s"}]}],
        "tags": [
            tag("tout", "°C"), tag("t2s", "°C"), tag("t2r", "°C"), tag("pump", "1"),
            tag("makeup", "m3", totaliser={"rollover": "100000 m3"}), tag("f2", "m3/h"),
            tag("mp", "1"), tag("p2s", "MPa"), tag("p2r", "MPa"),
        ],
        "curve": {
            "filed": {"version": "1"}, "outdoor": {"tag": "tout"}, "supply": "t2s", "return": "t2r",
            "pumps": ["pump"], "points": [{"outdoor": f"{x} °C", "supply": f"{y} °C"} for x, y in points],
            "limits": {"min": "30 °C", "max": "75 °C"},
        },
        "water": {
            "makeup_totaliser": "makeup", "makeup_running": "mp", "makeup_capacity": "5 m3/h",
            "circulation": "f2", "design_circulation": "262 m3/h", "system_volume": "100 m3",
        },
        "pressure": {
            "return": "p2r", "supply": "p2s", "working": "0.6 MPa", "highest_point": "18 m",
            "safety_valve": {"set": "0.67 MPa", "source": "nameplate"},
        },
    }  # fmt: skip


def spec_of(change: Callable[[dict[str, Any]], None] | None = None) -> StationSpec:
    raw = settings()
    if change is not None:
        change(raw)
    return StationSpec.model_validate(raw)


START: Final = {
    "tout": 0.0,
    "t2s": 50.0,
    "t2r": 40.0,
    "pump": 1.0,
    "makeup": 10.0,
    "f2": 262.0,
    "mp": 0.0,
    "p2s": 0.45,
    "p2r": 0.29,
}


class Bench:
    """The calculators over one table of signals; `run` feeds every second and ticks each 10 s."""

    def __init__(self, spec: StationSpec, now: int = 1_760_000_000 * SECOND) -> None:
        self.spec, self.now = spec, now
        self.calculators: tuple[Calculator, ...] = build(spec)
        infos = [SignalInfo(t.id, t.unit) for t in spec.tags]
        infos += [info for c in self.calculators for info in c.outputs]
        self.table = Signals([*infos, SignalInfo("permit.fill", "1", 0)])
        self.inputs = dict(START)
        self.qualities: dict[str, int] = {}
        for calculator in self.calculators:
            calculator.bind(self.table)

    def set(self, **values: float) -> None:
        self.inputs.update(values)

    def scan(self) -> None:
        for name, value in self.inputs.items():
            quality = self.qualities.get(name, GOOD)
            at = self.table.index[name]
            self.table.put(at, value, quality, self.now)
            for calculator in self.calculators:
                if name in calculator.inputs:
                    calculator.feed(at, self.table.values[at], quality, self.now)

    def tick(self) -> None:
        for calculator in self.calculators:
            calculator.tick(self.now)

    def run(self, seconds: int, each: Callable[[int], None] | None = None, step: int = 1) -> None:
        for k in range(0, seconds, step):
            self.now += step * SECOND
            if each is not None:
                each(k + step)
            self.scan()
            if self.now % TICK_NS == 0:
                self.tick()

    def value(self, signal: str) -> float:
        return self.table.values[self.table.index[signal]]

    def quality(self, signal: str) -> int:
        return self.table.qualities[self.table.index[signal]]

    def dump(self) -> Mapping[str, Any]:
        return {c.name: c.dump() for c in self.calculators}


@pytest.fixture
def bench() -> Bench:
    return Bench(spec_of())
