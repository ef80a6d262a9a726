"""Reload (contract 8) through the engine: windows of a totaliser, the rate limiter's last output."""

from __future__ import annotations

from array import array
from typing import Any

from heatmon.core.engine import Engine
from heatmon.core.input import ConfigChange
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec
from tests.unit.core.station_spec import ENGINEER, SECOND, START, spec, tag

S = SECOND
WATER = {"makeup_totaliser": "vmk", "design_circulation": "262 m3/h", "system_volume": "100 m3"}
TEMPERATURE = ("°C", "-60 °C", "150 °C")


def curve(**changes: Any) -> dict[str, Any]:
    return {
        "filed": {"version": "1"},
        "outdoor": {"tag": "tout", "filter": "none"},
        "supply": "t2s",
        "points": [{"outdoor": "5 °C", "supply": "40 °C"}, {"outdoor": "-10 °C", "supply": "64 °C"}],
        "limits": {"min": "30 °C", "max": "70 °C"},
    } | changes


def station(scale: float = 0.01, **changes: Any) -> StationSpec:
    totaliser = {"rollover": "10000 m3"}
    vmk = tag("vmk", "m3", "0 m3", "10000 m3", totaliser=totaliser, address={"register": 0, "scale": scale})
    tags = [vmk, tag("tout", *TEMPERATURE), tag("t2s", *TEMPERATURE)]
    return spec(tags=tags, alarms=[], water=WATER, curve=curve(**changes))


def run(engine: Engine, seconds: int, start: int, outdoor_c: float) -> int:
    """Scans each 10 s; makeup of 2 m3/h."""
    now = start
    for n in range(1, seconds // 10 + 1):
        now = start + n * 10 * S
        values = array("d", [100 + 2 * (now - START) / S / 3600, outdoor_c, 50.0])
        engine.step(Scan("plc", "fast", now, now, values, bytes(3), input_seq=engine.input_seq + 1), now)
    return now


def reload(engine: Engine, new: StationSpec, now: int) -> list[tuple[str, object]]:
    change = ConfigChange(new, "c", ENGINEER, ("x",), engine.input_seq + 1)
    return [(event.code, event.payload.get("what")) for event in engine.step(change, now).events]


def value(engine: Engine, signal: str) -> float:
    return engine.table.values[engine.table.index[signal]]


def test_another_scale_of_the_totaliser_restarts_its_windows_with_an_entry() -> None:
    engine = Engine(station(), "b", START)
    now = run(engine, 7200, START, 0.0)
    assert round(value(engine, "water.loss_1h_pct"), 2) == round(100 * 2 / 262, 2)
    assert ("config.restarted", "water.windows") in reload(engine, station(scale=0.1), now)
    run(engine, 60, now, 0.0)
    assert engine.table.qualities[engine.table.index["water.loss_1h_pct"]] != 0


def test_windows_go_on_when_only_words_and_limits_change() -> None:
    engine = Engine(station(), "b", START)
    now = run(engine, 7200, START, 0.0)
    told = reload(engine, station(settle="30 min"), now)
    assert ("config.restarted", "water.windows") not in told
    run(engine, 60, now, 0.0)
    assert round(value(engine, "water.loss_1h_pct"), 2) == round(100 * 2 / 262, 2)


def test_the_rate_limiter_goes_on_from_its_last_output() -> None:
    engine = Engine(station(), "b", START)
    now = run(engine, 3600, START, 5.0)
    before = value(engine, "curve.setpoint_c")
    higher = [{"outdoor": "5 °C", "supply": "60 °C"}, {"outdoor": "-10 °C", "supply": "69 °C"}]
    reload(engine, station(points=higher), now)
    now = run(engine, 360, now, 5.0)
    # At most 10 K/h: a tenth of an hour is one kelvin, not the twenty of the new table.
    assert before < value(engine, "curve.setpoint_c") <= before + 1.01
