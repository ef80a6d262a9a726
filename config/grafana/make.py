"""Makes the Grafana dashboards beside this file: `python config/grafana/make.py`. A test holds them equal.

Four pages (station, water, curve, alarms) for two kinds of database. A panel is a title and its
series; what the query looks like is the database's business.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

HERE: Final = Path(__file__).parent
KINDS: Final = ("victoriametrics", "influxdb")
SOURCES: Final = {"victoriametrics": "prometheus", "influxdb": "influxdb"}


@dataclass(frozen=True)
class Series:
    """Samples by tag (all of one unit when `unit` is given), or a field of the alarms' measurement."""

    tags: tuple[str, ...] = ()
    unit: str = ""
    field: str = "value"


@dataclass(frozen=True)
class Panel:
    """One picture. kind: Grafana's own name."""

    title: str
    series: Series
    unit: str = "none"
    kind: str = "timeseries"
    width: int = 12


PAGES: Final[dict[str, tuple[str, tuple[Panel, ...]]]] = {
    "station": (
        "heatmon · station 站点",
        (
            Panel("temperatures 温度", Series(unit="°C"), "celsius", width=24),
            Panel("pressures 压力", Series(unit="MPa"), "none"),
            Panel("flows 流量", Series(unit="m3/h"), "none"),
            Panel("heat 热功率", Series(unit="kW"), "kwatt"),
            Panel("quality, 128 and above is bad 质量码（≥128 为坏值）", Series(field="quality"), "none"),
        ),
    ),
    "curve": (
        "heatmon · heating curve 供热曲线",
        (
            Panel(
                "target and setpoint 目标与设定", Series(("curve.target_c", "curve.setpoint_c")), "celsius"
            ),
            Panel("outdoor temperature in use 采用的室外温度", Series(("curve.outdoor_c",)), "celsius"),
            Panel(
                "deviation 偏差",
                Series(("curve.deviation_k", "curve.deviation_15min_k", "curve.deviation_30min_k")),
                "kelvin",
            ),
            Panel(
                "compliance of the day 当日达标率", Series(("curve.compliance_day_pct",)), "percent", "stat"
            ),
            Panel("degree hours short and over 欠供与超供", Series(("curve.deficit_kh", "curve.surplus_kh"))),
        ),
    ),
    "water": (
        "heatmon · water loss 失水",
        (
            Panel(
                "loss of circulation 失水率",
                Series(("water.loss_1h_pct", "water.loss_24h_pct", "water.loss_comp_24h_pct")),
                "percent",
            ),
            Panel("makeup 补水", Series(("water.makeup_10min_m3h", "water.baseline_m3h"))),
            Panel("leak estimate 泄漏估计", Series(("water.leak_m3h", "water.night_m3h"))),
            Panel("filled since the season began 本季补水量", Series(("water.filled_m3",)), "m3", "stat"),
            Panel("return pressure margin 回水压力余量", Series(("pressure.empty_margin_mpa",))),
        ),
    ),
    "alarms": (
        "heatmon · alarms 报警",
        (
            Panel("standing alarms 未消除报警", Series(field="standing"), "none", "stat", 24),
            Panel(
                "state: 1 acknowledged, 2 unacknowledged, 3 returned 状态：1 已确认，2 未确认，3 已恢复",
                Series(field="state"),
                "none",
                "state-timeline",
                24,
            ),
            Panel("raised in the interval 时段内触发次数", Series(field="raised"), "none", "timeseries", 24),
        ),
    ),
}


def prometheus(series: Series) -> str:
    """The query for VictoriaMetrics (MetricsQL is a superset of this)."""
    if series.field == "standing":
        return 'count(last_over_time(heatmon_alarm_state{station="$station"}[30d]) > 0) by (station)'
    if series.field == "state":
        return 'last_over_time(heatmon_alarm_state{station="$station"}[30d])'
    if series.field == "raised":
        return (
            'sum(count_over_time((heatmon_alarm_code{station="$station"} == 10)[$__interval:1s])) by (alarm)'
        )
    chosen = f',tag=~"{"|".join(series.tags)}"' if series.tags else ""
    unit = f',unit="{series.unit}"' if series.unit else ""
    name = f"heatmon_{series.field}"
    return f'{name}{{station="$station"{chosen}{unit}}}'


def flux(series: Series) -> str:
    """The query for InfluxDB 2."""
    head = 'from(bucket: "heatmon") |> range(start: v.timeRangeStart, stop: v.timeRangeStop)'
    station = 'r.station == "${station}"'
    if series.field in ("standing", "state", "raised"):
        field = "code" if series.field == "raised" else "state"
        chosen = f'r._measurement == "heatmon_alarm" and r._field == "{field}" and {station}'
        rows = f"{head} |> filter(fn: (r) => {chosen})"
        if series.field == "standing":
            return f"{rows} |> last() |> filter(fn: (r) => r._value > 0) |> group() |> count()"
        if series.field == "raised":
            counted = "aggregateWindow(every: v.windowPeriod, fn: count)"
            return f"{rows} |> filter(fn: (r) => r._value == 10) |> {counted}"
        return rows
    parts = ['r._measurement == "heatmon"', f'r._field == "{series.field}"', station]
    if series.tags:
        parts.append("(" + " or ".join(f'r.tag == "{tag}"' for tag in series.tags) + ")")
    if series.unit:
        parts.append(f'r.unit == "{series.unit}"')
    fn = "mean" if series.field == "value" else "max"
    every = f"aggregateWindow(every: v.windowPeriod, fn: {fn}, createEmpty: false)"
    return f"{head} |> filter(fn: (r) => {' and '.join(parts)}) |> {every}"


def dashboard(kind: str, page: str) -> dict[str, Any]:
    """One dashboard as Grafana imports it."""
    title, panels = PAGES[page]
    source = {"type": SOURCES[kind], "uid": "${source}"}
    return {
        "uid": f"heatmon-{kind}-{page}",
        "title": title,
        "tags": ["heatmon"],
        "timezone": "browser",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-24h", "to": "now"},
        "templating": {"list": _variables(kind, source)},
        "panels": [_panel(kind, source, n, panel, panels) for n, panel in enumerate(panels)],
    }


def _variables(kind: str, source: dict[str, str]) -> list[dict[str, Any]]:
    query = (
        "label_values(heatmon_quality, station)"
        if kind == "victoriametrics"
        else 'import "influxdata/influxdb/schema"\n\nschema.tagValues(bucket: "heatmon", tag: "station")'
    )
    station = {"name": "station", "type": "query", "datasource": source, "query": query, "refresh": 2}
    return [{"name": "source", "type": "datasource", "query": SOURCES[kind]}, station]


def _panel(
    kind: str, source: dict[str, str], n: int, panel: Panel, panels: Sequence[Panel]
) -> dict[str, Any]:
    before = sum(other.width for other in panels[:n])
    target: dict[str, Any] = {"refId": "A", "datasource": source}
    if kind == "victoriametrics":
        target |= {"expr": prometheus(panel.series), "legendFormat": _legend(panel.series)}
    else:
        target |= {"query": flux(panel.series)}
    return {
        "id": n + 1,
        "title": panel.title,
        "type": panel.kind,
        "datasource": source,
        "gridPos": {"x": before % 24, "y": before // 24 * 8, "w": panel.width, "h": 8},
        "fieldConfig": {"defaults": {"unit": panel.unit}, "overrides": []},
        "targets": [target],
    }


def _legend(series: Series) -> str:
    return "{{alarm}}" if series.field in ("state", "raised") else "{{tag}}"


def everything() -> dict[str, str]:
    """File name -> content."""
    return {
        f"{kind}-{page}.json": json.dumps(dashboard(kind, page), ensure_ascii=False, indent=1) + "\n"
        for kind in KINDS
        for page in PAGES
    }


if __name__ == "__main__":
    for name, content in everything().items():
        (HERE / name).write_text(content, encoding="utf-8")
