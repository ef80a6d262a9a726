"""Tags per second of the engine alone: 40 tags, 40 alarms, the checks, one scan a second.

    python bench/engine.py [scans]

Prints CPU time per scan and tag, and its ratio to a plain loop that compares the same floats with
two limits each. Nothing crosses a limit; every tenth scan is a tick of the calculators.
"""

from __future__ import annotations

import sys
import time
from array import array
from typing import Any

from heatmon.core.engine import Engine
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND
TAGS = 40


def words(text: str) -> dict[str, str]:
    return {"en": text, "zh": text}


def tag(n: int) -> dict[str, Any]:
    return {
        "id": f"t{n}", "device": "plc", "group": "fast", "name": words(f"t{n}"), "unit": "MPa",
        "address": {"register": 2 * n}, "range": {"min": "0 MPa", "max": "1.6 MPa"}, "max_rate_per_s": 0.5,
    }  # fmt: skip


def alarm(n: int) -> dict[str, Any]:
    high = {
        "name": "H", "limit": "1.0 MPa", "deadband": "0.01 MPa", "on_delay": "30 s", "off_delay": "60 s",
        "priority": "P3",
    }  # fmt: skip
    higher = high | {"name": "HH", "limit": "1.2 MPa", "on_delay": "5 s", "priority": "P1"}
    return {
        "id": f"A{n}", "name": words("high"), "signal": f"t{n}", "when": "above", "levels": [high, higher],
        "response": words("look"),
    }  # fmt: skip


def station() -> StationSpec:
    return StationSpec.model_validate({
        "station": {"id": "bench", "name": words("bench")},
        "links": [{"id": "lan", "driver": "memory"}],
        "devices": [{"id": "plc", "link": "lan", "groups": [{"id": "fast", "period": "1 s"}]}],
        "tags": [tag(n) for n in range(TAGS)],
        "alarms": [alarm(n) for n in range(TAGS)],
        "pressure": {
            "return": "t0", "supply": "t1", "working": "1.0 MPa",
            "safety_valve": {"set": "1.1 MPa", "source": "nameplate"}, "highest_point": "30 m",
        },
    })  # fmt: skip


def scans(count: int) -> list[Scan]:
    made = []
    for n in range(count):
        at = START + (n + 1) * SECOND
        values = array("d", [0.4 + ((n * 7 + k) % 50) * 1e-4 for k in range(TAGS)])
        made.append(Scan("plc", "fast", at, at, values, bytes(TAGS), input_seq=n + 1))
    return made


def judged(inputs: list[Scan]) -> float:
    engine = Engine(station(), "b" * 64, START)
    began = time.process_time()
    for scan in inputs:
        engine.step(scan, scan.received_ns)
    return time.process_time() - began


def compared(inputs: list[Scan]) -> float:
    low, high, beyond = [0.0] * TAGS, [1.0] * TAGS, 0
    began = time.process_time()
    for scan in inputs:
        for value, least, most in zip(scan.values, low, high, strict=True):
            if value < least or value > most:
                beyond += 1
    return time.process_time() - began


def main() -> None:
    inputs = scans(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
    rounds = [(judged(inputs), compared(inputs)) for _ in range(5)]
    engine = sorted(one for one, _ in rounds)[2]
    ratios = sorted(one / other for one, other in rounds)
    samples = len(inputs) * TAGS
    print(f"engine: {samples / engine:,.0f} tags/s, {engine / len(inputs) * 1e6:.1f} us a scan of {TAGS},"
          f" {engine / samples * 1e9:.0f} ns a tag")  # fmt: skip
    print(f"ratio to a plain loop: {ratios[2]:.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f}), five rounds")


if __name__ == "__main__":
    main()
