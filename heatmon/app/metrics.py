"""What the daemon tells Prometheus about itself. Labels: station, link, destination; never a tag.

Values are read from the running parts at each scrape; nothing is counted on the way of a sample.
`prometheus_client` is imported only when the page is asked for in the settings of the service.
"""

from __future__ import annotations

import platform
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from heatmon import __version__
from heatmon.app.shared import Running, Shared
from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN
from heatmon.runtime.clock import SECOND
from heatmon.runtime.poller import Poller

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PRIORITIES: Final = ("P1", "P2", "P3", "P4")
ALARM_LABELS: Final = ("station", "priority", "state")
STAGES: Final = ("good", "events", "last", "refused")


def page_of(shared: Shared) -> Callable[[], bytes]:
    """Makes the page, in Prometheus' text form."""
    from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector, generate_latest

    registry = CollectorRegistry()
    registry.register(_Collector(shared))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return lambda: generate_latest(registry)


class _Collector:
    """Reads the daemon's parts when Prometheus asks."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared

    def describe(self) -> Iterable[Metric]:
        """Nothing is looked at before the first scrape."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Everything."""
        from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily

        build = {"version": __version__, "python": platform.python_version()}
        yield InfoMetricFamily("heatmon_build", "version of heatmon and of Python", value=build)
        left_out = GaugeMetricFamily("heatmon_stations_left_out", "stations with faults")
        left_out.add_metric((), len(self._shared.left_out))
        yield left_out
        yield from _links(self._shared)
        yield from _stations(self._shared)
        yield from _store(self._shared)
        yield from _paths(self._shared.paths)


def _pollers(shared: Shared) -> Iterator[tuple[str, Poller]]:
    for name, running in shared.stations.items():
        for watched in running.watched.values():
            yield name, watched.poller


def _links(shared: Shared) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    labels = ("station", "link")
    up = GaugeMetricFamily("heatmon_link_up", "1 while the link answers", labels=labels)
    cycles = CounterMetricFamily("heatmon_cycles", "cycles polled", labels=labels)
    skipped = CounterMetricFamily(
        "heatmon_cycles_skipped", "cycles skipped, the one before was late", labels=labels
    )
    late = GaugeMetricFamily("heatmon_cycle_late_seconds", "worst lateness since the start", labels=labels)
    age = GaugeMetricFamily("heatmon_good_age_seconds", "age of the last good scan", labels=labels)
    now = shared.clock.now_ns()
    for station, poller in _pollers(shared):
        key = (station, poller.link.id)
        up.add_metric(key, float(poller.up))
        cycles.add_metric(key, sum(group.cycles for group in poller.groups))
        skipped.add_metric(key, sum(group.skipped for group in poller.groups))
        late.add_metric(key, max(group.worst_late_ns for group in poller.groups) / SECOND)
        good = [group.last_good_ns for group in poller.groups]
        if None not in good:
            age.add_metric(key, max((now - at) / SECOND for at in good if at is not None))
    yield from (up, cycles, skipped, late, age)


def _stations(shared: Shared) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    alarms = GaugeMetricFamily("heatmon_alarms", "alarms not normal", labels=ALARM_LABELS)
    signals = GaugeMetricFamily("heatmon_signals", "signals by quality", labels=("station", "grade"))
    inputs = CounterMetricFamily("heatmon_inputs", "inputs of the engine, over restarts", labels=("station",))
    events = CounterMetricFamily("heatmon_events", "journal entries, over restarts", labels=("station",))
    unwritten = GaugeMetricFamily("heatmon_journal_trouble", "1: not writable", labels=("station",))
    for name, running in shared.stations.items():
        engine = running.shell.engine
        inputs.add_metric((name,), engine.input_seq)
        events.add_metric((name,), engine.event_seq)
        unwritten.add_metric((name,), float(running.shell.failed is not None))
        for (priority, state), count in _alarm_counts(running).items():
            alarms.add_metric((name, priority, state), count)
        for grade, count in _grades(engine.view().signals.qualities).items():
            signals.add_metric((name, grade), count)
    yield from (alarms, signals, inputs, events, unwritten)


def _alarm_counts(running: Running) -> Mapping[tuple[str, str], int]:
    """Every priority is there, so that a missing series never means no alarm."""
    counts = Counter({(priority, "unack"): 0 for priority in PRIORITIES})
    counts.update((a["priority"], a["state"]) for a in running.shell.engine.view().alarms)
    return counts


def _grades(qualities: Iterable[int]) -> Mapping[str, int]:
    grades = Counter({"good": 0, "uncertain": 0, "bad": 0})
    for code in qualities:
        grades["good" if code < FIRST_UNCERTAIN else "uncertain" if code < FIRST_BAD else "bad"] += 1
    return grades


def _store(shared: Shared) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, StateSetMetricFamily

    writer = shared.writer
    queue = GaugeMetricFamily("heatmon_queue_depth", "what waits for the writer", labels=("queue",))
    queue.add_metric(("history",), shared.history.waiting)
    queue.add_metric(("journal",), writer.waiting)
    dropped = CounterMetricFamily("heatmon_scans_dropped", "scans dropped because the disk was full")
    dropped.add_metric((), writer.dropped_scans)
    free = GaugeMetricFamily("heatmon_disk_free_bytes", "room on the disk of the state directory")
    free.add_metric((), shutil.disk_usage(shared.state).free)
    stage = StateSetMetricFamily("heatmon_disk_stage", "how full the disk is: good, events, last, refused")
    stage.add_metric((), {name: name == writer.stage for name in STAGES})
    yield from (queue, dropped, free, stage)


def _paths(paths: Mapping[str, Mapping[str, Any]]) -> Iterator[Metric]:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    labels = ("destination",)
    gauges = {
        "up": ("heatmon_forward_up", "1 while the destination takes what is sent"),
        "backlog_rows": ("heatmon_forward_backlog_rows", "samples that were not accepted yet"),
        "backlog_bytes": ("heatmon_forward_backlog_bytes", "what they take on disk"),
        "backlog_seconds": ("heatmon_forward_backlog_seconds", "age of the oldest of them"),
        "parked": ("heatmon_forward_parked_lines", "lines set aside"),
        "accepted_seconds": (
            "heatmon_forward_last_accepted_timestamp_seconds",
            "when a batch was accepted",
        ),
    }
    families = {key: GaugeMetricFamily(*names, labels=labels) for key, names in gauges.items()}
    accepted = CounterMetricFamily(
        "heatmon_forward_accepted_rows", "lines accepted, over restarts", labels=labels
    )
    for name, path in paths.items():
        values = {
            "up": float(path["trouble"] is None),
            "backlog_seconds": path["backlog_hours"] * 3600,
            "accepted_seconds": path["accepted_ns"] / SECOND,
        }
        for key, family in families.items():
            family.add_metric((name,), values[key] if key in values else path[key])
        accepted.add_metric((name,), path["accepted_rows"])
    yield from (*families.values(), accepted)
