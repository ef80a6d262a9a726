"""How much faster than real time a recorded station of 40 tags at 1 Hz is replayed, all judgements on.

    python bench/replay.py [minutes]

Records the minutes first (history and journal on disk, as the daemon writes them), then replays them and
prints station seconds for each second of CPU, beside reading the same history without judging.
"""

from __future__ import annotations

import math
import sys
import tempfile
import time
from array import array
from pathlib import Path
from typing import Any

import yaml

from heatmon.core.engine import Engine
from heatmon.core.input import Lifecycle
from heatmon.core.scan import Scan
from heatmon.core.spec import StationSpec
from heatmon.replay import replay
from heatmon.replay.recorded import Recorded
from heatmon.store.history import History
from heatmon.store.journal import Journal

SECOND = 1_000_000_000
START = 1_796_083_200 * SECOND
STATION = Path(__file__).resolve().parents[1] / "config" / "stations" / "hx-example"
CALM = {"t1s": 105.0, "t1r": 47.0, "p1s": 0.9, "p1r": 0.8, "f1": 42.0, "q1": 2800.0, "t2s": 50.2, "t2r": 39.4,
        "p2s": 0.45, "p2r": 0.29, "f2": 262.0, "ltk": 2.0, "cv_fb": 70.0, "cv_cmd": 70.0, "sp_plc": 50.2,
        "cp1_run": 1.0, "pwr_ok": 1.0}  # fmt: skip


def station() -> StationSpec:
    raw: dict[str, Any] = {}
    for file in sorted(STATION.glob("*.yaml")):
        raw |= yaml.safe_load(file.read_text(encoding="utf-8"))
    raw["devices"][0]["groups"] = [{"id": "fast", "period": "1 s"}, {"id": "normal", "period": "1 s"}]
    while len(raw["tags"]) < 40:
        n = len(raw["tags"])
        name = {"en": f"extra {n}", "zh": f"备用 {n}"}
        raw["tags"].append({"id": f"x{n}", "device": "plc", "group": "normal", "name": name, "unit": "°C",
                            "address": {"register": 200 + 2 * n, "type": "float32"}})  # fmt: skip
    return StationSpec.model_validate(raw)


def record(state: Path, spec: StationSpec, seconds: int) -> None:
    name = spec.station.id
    (state / "stations" / name).mkdir(parents=True)
    journal, history = Journal(state / "stations" / name / "journal.db", name), History(state / "history")
    engine = Engine(spec, "b" * 64, START)
    effects = engine.step(Lifecycle("started", START, START, "bench", 1), START)
    journal.append(effects.events, engine.checkpoint(), START)
    number = 1
    plans = [(d, g, spec.columns(d, g)) for d, g in spec.plans()]
    for k in range(seconds):
        now = START + (k + 1) * SECOND
        for device, group, tags in plans:
            number += 1
            waver = [0.01 * math.sin(k + n) * (tag.unit != "1") for n, tag in enumerate(tags)]
            cells = array("d", [CALM.get(tag.id, 0.0) + w for tag, w in zip(tags, waver, strict=True)])
            scan = Scan(device, group, now, now, cells, bytes(len(tags)), input_seq=number)
            history.append(name, scan, tuple(tag.id for tag in tags))
        if k % 60 == 0:
            history.commit()
    history.commit()
    history.close()
    journal.close()


def main() -> None:
    seconds = 60 * (int(sys.argv[1]) if len(sys.argv) > 1 else 60)
    spec = station()
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder)
        record(state, spec, seconds)
        recorded = Recorded(state, spec.station.id)
        began = time.process_time()
        steps = sum(1 for _ in recorded.steps(0, 1 << 62, commands=True))
        reading = time.process_time() - began
        began = time.process_time()
        outcome = replay(recorded, spec, "b" * 64, START, START + (seconds + 10) * SECOND)
        judging = time.process_time() - began
    size = f"{len(spec.tags)} tags, {len(spec.alarms)} alarms, {seconds} s, {steps} inputs"
    print(f"{size}, {len(outcome.events)} events")
    speed, alone = seconds / judging, seconds / reading
    print(f"replay {speed:,.0f} x real time; reading alone {alone:,.0f} x; ratio {judging / reading:.1f}")


if __name__ == "__main__":
    main()
