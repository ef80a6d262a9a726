"""Station folders for the polling benches: 40 float32 tags with curve, water, pressure and alarms on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

TAGS = 40
NAMED = ("t2s", "t2r", "p2s", "p2r", "tout", "f2", "vmk")
UNITS = {"t2s": "°C", "t2r": "°C", "p2s": "MPa", "p2r": "MPa", "tout": "°C", "f2": "m3/h", "vmk": "m3"}
RANGES = {
    "°C": ("-45 °C", "150 °C"), "MPa": ("0 MPa", "1.6 MPa"), "m3/h": ("0 m3/h", "600 m3/h"),
    "m3": ("0 m3", "10000000 m3"),
}  # fmt: skip


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def tag(n: int) -> dict[str, Any]:
    name = NAMED[n] if n < len(NAMED) else f"t{n}"
    unit = UNITS.get(name, "°C")
    low, high = RANGES[unit]
    made: dict[str, Any] = {
        "id": name, "device": "plc", "group": "fast", "name": words(name), "unit": unit,
        "address": {"register": 2 * n, "type": "float32"}, "range": {"min": low, "max": high},
    }  # fmt: skip
    if name == "vmk":
        made["totaliser"] = {"rollover": "10000000 m3"}
    elif unit == "°C":
        made |= {"max_rate_per_s": 5.0, "frozen": "1 h"}
    return made


def level(name: str, limit: str, deadband: str, priority: str) -> dict[str, str]:
    return {
        "name": name, "limit": limit, "deadband": deadband, "on_delay": "30 s", "off_delay": "60 s",
        "priority": priority,
    }  # fmt: skip


def alarm(name: str, signal: str, when: str, *levels: dict[str, str], **more: Any) -> dict[str, Any]:
    return {
        "id": name, "name": words(name), "signal": signal, "when": when, "levels": list(levels),
        "response": words("look"),
    } | more  # fmt: skip


def alarms() -> list[dict[str, Any]]:
    made = []
    for n in range(len(NAMED), TAGS):
        high = (level("H", "100 °C", "2 K", "P3"), level("HH", "120 °C", "2 K", "P2"))
        made.append(alarm(f"T{n}_H", f"t{n}", "above", *high))
        made.append(alarm(f"T{n}_L", f"t{n}", "below", level("L", "5 °C", "2 K", "P3")))
    safe = {"on_bad": "fail_to_alarm"}
    made.append(alarm("P2R_HH", "p2r", "above", level("HH", "pressure.HH", "0.01 MPa", "P1"), **safe))
    made.append(alarm("P2R_LL", "p2r", "below", level("LL", "pressure.LL", "0.004 MPa", "P1"), **safe))
    made.append(alarm("T2S_HH", "t2s", "above", level("HH", "temperature.HH", "2 K", "P1"), **safe))
    made.append(alarm("DEV_L", "curve.deviation_15min_k", "below", level("L", "-3 K", "1 K", "P3")))
    made.append(alarm("LOSS", "water.loss_1h_pct", "above", level("H", "1 %", "0.2 %", "P2")))
    return made


def station(number: int, port: int, period: str) -> dict[str, Any]:
    return {
        "station": {"id": f"B{number:03}", "name": words(f"bench {number}")},
        "links": [{
            "id": "lan", "driver": "modbus",
            "options": {"transport": {"kind": "tcp", "host": "127.0.0.1", "port": port}, "timeout": "3 s"},
        }],
        "devices": [{
            "id": "plc", "link": "lan", "options": {"unit": 1},
            "groups": [{"id": "fast", "period": period}],
        }],
        "tags": [tag(n) for n in range(TAGS)],
        "alarms": alarms(),
        "curve": {
            "filed": {"version": "1"}, "outdoor": {"tag": "tout"}, "supply": "t2s", "return": "t2r",
            "points": [{"outdoor": "8 °C", "supply": "38 °C"}, {"outdoor": "-10 °C", "supply": "64 °C"}],
            "limits": {"min": "30 °C", "max": "70 °C"},
        },
        "water": {
            "makeup_totaliser": "vmk", "circulation": "f2", "design_circulation": "262 m3/h",
            "system_volume": "100 m3",
        },
        "pressure": {
            "return": "p2r", "supply": "p2s", "working": "0.6 MPa", "highest_point": "18 m",
            "safety_valve": {"set": "0.67 MPa", "source": "nameplate"},
        },
    }  # fmt: skip


def write(folder: Path, ports: list[int], period: str) -> list[Path]:
    """One folder a station."""
    folders = []
    for number, port in enumerate(ports):
        path = folder / f"B{number:03}"
        path.mkdir(parents=True)
        text = yaml.safe_dump(station(number, port, period), allow_unicode=True, sort_keys=False)
        (path / "station.yaml").write_text(text, encoding="utf-8")
        folders.append(path)
    return folders
