"""Where samples and events are sent: time-series databases that take InfluxDB's v2 write API."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from heatmon.core.spec.alarm import Priority
from heatmon.core.spec.base import Id, Line, Model, Percent, Positive, Seconds, written
from heatmon.core.spec.secret import Secret

Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/?#@]+(:\d+)?(/[^\s?#]*)?$", max_length=500)]


class Destination(Model):
    """One database. Stations that name the same one, alike in every field, share one path to it.

    url: up to where ``/api/v2/write`` begins. query_url: where it answers queries, when elsewhere
    (a VictoriaMetrics cluster). token: by reference; `auth` says how it is shown (``basic``: user:password).
    begin: what a new destination gets first. rows: most of one request; every: a present sample waits
    at most this long. drain_share: of the link's time for the past while the present flows.
    backlog_alarm: an alarm when the oldest sample that was not accepted is older. count_check: compare
    each hour what was sent with what is stored.
    """

    id: Id
    kind: Literal["victoriametrics", "influxdb2", "influxdb3"]
    url: Url
    query_url: Url | None = None
    org: Line = "heatmon"
    bucket: Line = "heatmon"
    token: Secret | None = None
    auth: Literal["token", "bearer", "basic"] = "token"
    ca_file: Line | None = None
    proxy: Url | None = None
    begin: Literal["all", "now"] = "all"
    rows: Annotated[int, Field(ge=1, le=50_000)] = 5000
    every_s: Annotated[Seconds, Field(ge=0.5, le=3600)] = written("5 s")
    timeout_s: Annotated[Seconds, Field(ge=1, le=300)] = written("15 s")
    drain_share_pct: Annotated[Percent, Positive, Field(le=100)] = written("50 %")
    backlog_alarm_s: Annotated[Seconds, Positive] = written("1 h")
    priority: Priority = "P3"
    count_check: bool = True
