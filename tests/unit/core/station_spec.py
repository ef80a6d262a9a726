"""A small station for tests: one device, a pressure with its alarms, a pump."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Any

from heatmon.core.input import Actor
from heatmon.core.quality import Quality
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND
OPERATOR = Actor("zhang", "operator", "socket", "uid")
ENGINEER = Actor("li", "engineer", "socket", "uid")


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def alarm(alarm_id: str = "P2R_HH", **changes: Any) -> dict[str, Any]:
    level = {
        "name": "HH",
        "limit": "0.6 MPa",
        "deadband": "0.01 MPa",
        "on_delay": "5 s",
        "off_delay": "60 s",
        "priority": "P1",
    }
    level |= changes.pop("level", {})
    return {
        "id": alarm_id,
        "name": words("overpressure"),
        "signal": "p2r",
        "when": "above",
        "levels": [level],
        "on_bad": "fail_to_alarm",
        "response": words("open the relief valve"),
    } | changes


def tag(tag_id: str, unit: str, low: str, high: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": tag_id,
        "device": "plc",
        "group": "fast",
        "name": words(tag_id),
        "unit": unit,
        "address": {"register": 0},
        "range": {"min": low, "max": high},
    } | changes


def content(**changes: Any) -> dict[str, Any]:
    return {
        "station": {"id": "hx1", "name": words("station")},
        "links": [{"id": "lan", "driver": "memory"}],
        "devices": [{"id": "plc", "link": "lan", "groups": [{"id": "fast", "period": "1 s"}]}],
        "tags": [tag("p2r", "MPa", "0 MPa", "1 MPa"), tag("t2s", "°C", "0 °C", "120 °C")],
        "alarms": [alarm()],
    } | changes


def spec(**changes: Any) -> StationSpec:
    return StationSpec.model_validate(content(**changes))


def scan(
    seq: int, at_ns: int, values: Sequence[float], qualities: Sequence[int] = (), **changes: Any
) -> Scan:
    codes = bytes(qualities) if qualities else bytes([Quality.GOOD]) * len(values)
    return Scan("plc", "fast", at_ns, at_ns, array("d", values), codes, input_seq=seq, **changes)
