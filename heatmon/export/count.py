"""What a server says it stores: accepted is not stored, so each hour is counted once it is over.

One query for each kind of server: samples of our stations in one UTC hour.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from heatmon.core.spec.destination import Destination
from heatmon.export.line import MEASUREMENT
from heatmon.export.transport import Transport

HOUR_S: Final = 3600


@dataclass(frozen=True, slots=True)
class Question:
    """A query as HTTP."""

    method: str
    url: str
    params: Mapping[str, str]
    body: str | None = None


async def stored(
    transport: Transport, to: Destination, stations: Sequence[str], hour: int
) -> tuple[int | None, str]:
    """Samples the server holds of an hour; None with words for engineers when it does not say."""
    asked = question(to, stations, hour)
    answer = await transport.query(asked.method, asked.url, asked.params, asked.body)
    if answer.failure is not None:
        return None, answer.detail
    if answer.status != 200:
        return None, f"{answer.status}: {' '.join(answer.body[:200].split())}"
    try:
        return counted(to, answer.body), ""
    except (ValueError, KeyError, IndexError, TypeError):
        return None, f"not understood: {' '.join(answer.body[:200].split())}"


def question(to: Destination, stations: Sequence[str], hour: int) -> Question:
    """The query that counts one hour."""
    base = (to.query_url or to.url).rstrip("/")
    start, end = hour * HOUR_S, (hour + 1) * HOUR_S
    if to.kind == "victoriametrics":
        # The window of a range is open at its begin: one millisecond earlier it is [start, end).
        query = f'sum(count_over_time({MEASUREMENT}_quality{{station=~"{"|".join(stations)}"}}[1h]))'
        params = {"query": query, "time": f"{end - 1}.999", "nocache": "1"}
        return Question("GET", f"{base}/api/v1/query", params)
    since, until = _utc(start), _utc(end)
    if to.kind == "influxdb3":
        names = ", ".join(f"'{station}'" for station in stations)
        query = (
            f"select count(quality) as n from {MEASUREMENT} where time >= '{since}' and time < '{until}'"  # noqa: S608  ids have no quotes
            f" and station in ({names})"
        )
        return Question("GET", f"{base}/api/v3/query_sql", {"db": to.bucket, "q": query, "format": "json"})
    wanted = " or ".join(f'r.station == "{station}"' for station in stations)
    flux = (
        f"from(bucket: {json.dumps(to.bucket, ensure_ascii=False)}) |> range(start: {since}, stop: {until})"
        f' |> filter(fn: (r) => r._measurement == "{MEASUREMENT}" and r._field == "quality" and ({wanted}))'
        " |> group() |> count()"
    )
    return Question("POST", f"{base}/api/v2/query", {"org": to.org}, flux)


def counted(to: Destination, body: str) -> int:
    """The number in an answer; an hour without rows gives 0. Raises ValueError and its like."""
    if to.kind == "victoriametrics":
        result = json.loads(body)["data"]["result"]
        return int(float(result[0]["value"][1])) if result else 0
    if to.kind == "influxdb3":
        rows = json.loads(body)
        return int(rows[0]["n"]) if rows else 0
    rows = [row for row in csv.reader(io.StringIO(body)) if row and not row[0].startswith("#")]
    if len(rows) < 2:
        return 0
    return int(rows[1][rows[0].index("_value")])


def _utc(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
