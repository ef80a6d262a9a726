"""The dashboards: as they are made, and every query finds what a station really writes."""

from __future__ import annotations

import importlib.util
import json
import re
import sys
from array import array
from pathlib import Path
from types import ModuleType

import pytest

from heatmon.core.checks import build
from heatmon.core.compile import signal_infos
from heatmon.core.scan import Scan
from heatmon.driver import installed
from heatmon.settings import load
from tests.export.fixture import SECOND, START, Hand, Path_, Store, destination
from tests.export.victoria import needs_victoria, victoria

CONFIG = Path(__file__).resolve().parents[2] / "config"
FOLDER = CONFIG / "grafana"


def made() -> ModuleType:
    spec = importlib.util.spec_from_file_location("grafana_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["grafana_make"] = module
    spec.loader.exec_module(module)
    return module


def queries(kind: str) -> list[tuple[str, str]]:
    found = []
    for file in sorted(FOLDER.glob(f"{kind}-*.json")):
        for panel in json.loads(file.read_text())["panels"]:
            (target,) = panel["targets"]
            found.append((f"{file.stem}: {panel['title']}", target.get("expr") or target["query"]))
    return found


def test_the_files_are_what_is_made() -> None:
    content = made().everything()
    assert {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")} == content
    assert len(content) == 8


def signals() -> dict[str, str]:
    spec = load(CONFIG / "stations" / "hx-example", installed()).spec
    assert spec is not None
    return {info.id: info.unit for info in signal_infos(spec, build(spec))}


@pytest.mark.parametrize("kind", ["victoriametrics", "influxdb"])
def test_every_signal_and_unit_in_a_query_is_one_of_the_shipped_station(kind: str) -> None:
    known = signals()
    for title, query in queries(kind):
        for names in re.findall(r'tag(?:=~| == )"([^"]+)"', query):
            assert set(names.split("|")) <= known.keys(), title
        for unit in re.findall(r'unit(?:=| == )"([^"]+)"', query):
            assert unit in known.values(), title
        for field in re.findall(r'r._field == "([^"]+)"', query):
            assert field in ("value", "quality", "state", "code"), title
        for measurement in re.findall(r'r._measurement == "([^"]+)"', query):
            assert measurement in ("heatmon", "heatmon_alarm"), title


@needs_victoria
async def test_every_query_finds_rows_in_a_real_database(tmp_path: Path) -> None:
    """Every signal of the shipped station, as the daemon stores them, and an alarm's life."""
    known = signals()
    content = load(CONFIG / "stations" / "hx-example", installed()).content
    store = Store(tmp_path / "state", json.loads(content))
    names = tuple(known)
    for n in range(30):
        at = START + n * SECOND
        scan = Scan("plc", "fast", at, at, array("d", [1.5] * len(names)), bytes(len(names)), input_seq=n + 1)
        store.history.append("S1", scan, names)
    store.history.commit()
    for second, code in ((5, "alarm.raised"), (9, "alarm.acknowledged")):
        store.event(code, START + second * SECOND, alarm="P2R_HH", priority="P1")
    with victoria(tmp_path / "vm") as server:
        path = Path_(store.state, destination(server.url), Hand(START + 60 * SECOND))
        await path.run()
        await path.close()
        server.get("/internal/force_flush")
        for title, query in queries("victoriametrics"):
            asked = query.replace("$station", "S1").replace("$__interval", "60s")
            answer = server.get("/api/v1/query", query=asked, time=str(START // SECOND + 30))
            result = json.loads(answer)
            assert result["status"] == "success", title
            assert result["data"]["result"], f"{title}: {asked}"
