"""Forwarding: CPU a sample of lines and of the whole path, rate of draining, and what polling feels of it.

`python bench/forward.py` needs victoria-metrics on the PATH. Baselines in the same run: influxdb-client's
`Point` for lines, its batching writer for the path, the same daemon without a backlog for jitter.
CPU is that of this process (the server's is not counted, but shares the machine).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import hashlib
import json
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from array import array
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from heatmon.core.scan import Scan
from heatmon.core.spec import Destination
from heatmon.export.forwarder import Forwarder
from heatmon.export.ledger import Ledger
from heatmon.export.source import Source, journal_file
from heatmon.export.transport import InfluxTransport
from heatmon.store.claims import Claims
from heatmon.store.cursor import Cursor
from heatmon.store.history import History
from heatmon.store.history.reader import HistoryReader
from heatmon.store.journal import Journal
from heatmon_simulators.modbus.bank import Area, RegisterBank
from heatmon_simulators.modbus.tcp import ModbusServer

SECOND = 1_000_000_000
TAGS = 40
NAMES = tuple(f"t{n}" for n in range(TAGS))


class Plant:
    """40 tags of a station at a PLC's resolution: 22 walks, 4 noisy, 4 counters, 10 that stand still."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._walk = [50.0 + n for n in range(22)]
        self._count = 0

    def scan(self, second: int, number: int, start_ns: int) -> Scan:
        """The scan of a second."""
        noise = self._random.gauss
        walk = self._walk = [value + noise(0, 0.05) for value in self._walk]
        self._count += self._random.random() < 0.3
        values = [round(value, 1) for value in walk[:16]] + [round(value / 40, 2) for value in walk[16:]]
        values += [20 + noise(0, 1) for _ in range(4)] + [float(self._count + n) for n in range(4)]
        values += [70.0, 60.0, 0.6, 0.3, 1.0, 120.0, 1.0, 0.0, 1.0, float(second // 3600 % 2)]
        due = start_ns + second * SECOND
        received = due + self._random.randrange(2, 30) * 1_000_000
        column = array("d", array("f", values))
        return Scan("plc", "fast", due, received, column, bytes(TAGS), input_seq=number)


@contextlib.contextmanager
def victoria(folder: Path) -> Iterator[str]:
    program = shutil.which("victoria-metrics")
    if program is None:
        sys.exit("victoria-metrics is not installed (apt-get install victoria-metrics)")
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    address = f"127.0.0.1:{port}"
    server = subprocess.Popen(
        [
            *(program, f"-storageDataPath={folder}", f"-httpListenAddr={address}", "-retentionPeriod=100y"),
            *("-dedup.minScrapeInterval=1ms", "-loggerLevel=ERROR"),
        ]
    )
    try:
        while True:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://{address}/health", timeout=5):
                break
            time.sleep(0.05)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def settings(station: str, port: int = 502, **more: Any) -> dict[str, Any]:
    words = {"en": station, "zh": station}
    transport = {"kind": "tcp", "host": "127.0.0.1", "port": port}
    return {
        "station": {"id": station, "name": words},
        "links": [{"id": "lan", "driver": "modbus", "options": {"transport": transport}}],
        "devices": [
            {"id": "plc", "link": "lan", "options": {"unit": 1}, "groups": [{"id": "fast", "period": "1 s"}]}
        ],
        "tags": [
            {
                "id": name, "device": "plc", "group": "fast", "name": words, "unit": "°C",
                "address": {"register": 2 * n, "type": "float32"},
            }
            for n, name in enumerate(NAMES)
        ],
        **more,
    }  # fmt: skip


def fill(state: Path, stations: int, seconds: int, journals: bool = True) -> int:
    """A backlog of so many seconds that ends a quarter of an hour ago; the number of samples."""
    history = History(state / "history")
    for n in range(stations if journals else 0):
        station = f"S{n}"
        content = json.dumps(settings(station), sort_keys=True).encode()
        journal = Journal(journal_file(state, station), station)
        journal.put_bundle(hashlib.sha256(content).hexdigest(), content)
        checkpoint = {"version": 1, "input_seq": seconds, "event_seq": 0, "now_ns": 0}
        checkpoint["bundle"] = hashlib.sha256(content).hexdigest()  # type: ignore[assignment]  # a mixed record
        journal.append([], checkpoint, 0)
        journal.close(clean=True)
    plants = [Plant(n) for n in range(stations)]
    start = time.time_ns() // SECOND * SECOND - (seconds + 900) * SECOND
    for second in range(seconds):
        for n, plant in enumerate(plants):
            scan = plant.scan(second, second + 1, start)
            history.append(f"S{n}", Scan("plc", "fast", scan.due_ns, scan.received_ns, scan.values,
                                         scan.qualities, input_seq=second + 1), NAMES)  # fmt: skip
        history.commit()
    history.close()
    return stations * seconds * TAGS


def lines(state: Path, stations: int) -> tuple[float, float]:
    """CPU us a sample from the files to line protocol, and of the reading in it."""
    reader, at, n = HistoryReader(state / "history"), Cursor(), 0
    begin = time.process_time_ns()
    while True:
        stored, at = reader.read_after(None, at, 125)
        if not stored:
            break
        n += sum(len(one.tags) for one in stored)
    reading = (time.process_time_ns() - begin) / n / 1000
    reader.close()
    source = Source(state, [f"S{n}" for n in range(stations)])
    at, rows = Cursor(), 0
    begin = time.process_time_ns()
    while (batch := source.front(at, 5000)).rows:
        at, rows = batch.to, rows + batch.rows
    used = time.process_time_ns() - begin
    source.close()
    return used / rows / 1000, reading


def points(count: int) -> float:
    """CPU us a sample of influxdb-client's Point."""
    from influxdb_client.client.write.point import Point

    scan = Plant(1).scan(0, 1, SECOND)
    begin = time.process_time_ns()
    for n in range(count // TAGS):
        for tag, value in zip(NAMES, scan.values, strict=True):
            point = (
                Point("heatmon").tag("device", "plc").tag("station", "S1").tag("tag", tag).tag("unit", "°C")
            )
            point.field("value", value).field("quality", 0).time(SECOND + n).to_line_protocol()
    return (time.process_time_ns() - begin) / count / 1000


async def drain(state: Path, url: str, stations: int, samples: int) -> tuple[float, float]:
    """CPU us a sample and samples a second of the whole path."""
    to = Destination.model_validate(
        {"id": "bench", "kind": "victoriametrics", "url": url, "drain_share": "100 %", "every": "3600 s"}
    )
    ledger, claims = Ledger(state), Claims(state)
    source = Source(state, [f"S{n}" for n in range(stations)])
    forwarder = Forwarder(to, source, ledger, claims, InfluxTransport(to))
    await forwarder.turn()
    begin, cpu, already = time.monotonic(), time.process_time_ns(), ledger.accepted("bench").rows
    while not (forwarder.idle and forwarder.progress.past >= source.end()):
        if pause := await forwarder.turn():
            await asyncio.sleep(pause)
    used, took = time.process_time_ns() - cpu, time.monotonic() - begin
    sent = ledger.accepted("bench").rows - already
    await forwarder.close()
    ledger.close()
    claims.close()
    assert sent <= samples
    return used / sent / 1000, sent / took


def batching_writer(url: str, count: int) -> tuple[float, float]:
    """The same of influxdb-client's own batching writer with Points."""
    from influxdb_client.client.influxdb_client import InfluxDBClient
    from influxdb_client.client.write.point import Point
    from influxdb_client.client.write_api import WriteOptions

    plant, start = Plant(1), time.time_ns() - 86_400 * SECOND
    scans = [plant.scan(n, n, start) for n in range(count // TAGS)]
    begin, cpu = time.monotonic(), time.process_time_ns()
    with (
        InfluxDBClient(url=url, token="", org="heatmon") as client,
        client.write_api(WriteOptions(batch_size=5000, flush_interval=1000)) as writer,
    ):
        for scan in scans:
            for tag, value in zip(NAMES, scan.values, strict=True):
                point = Point("points").tag("device", "plc").tag("station", "P").tag("tag", tag)
                point.tag("unit", "°C").field("value", value).field("quality", 0).time(scan.received_ns)
                writer.write("heatmon", record=point)
    return (time.process_time_ns() - cpu) / count / 1000, count / (time.monotonic() - begin)


async def polled(
    folder: Path, stations: int, seconds: float, url: str | None, backlog_s: int
) -> tuple[float, float, float]:
    """Jitter of polls in ms, p50 and p99, as the PLCs see it, and rows drained a second meanwhile."""
    state = folder / "state"
    if url is not None:
        fill(state, stations, backlog_s, journals=False)
    bank = RegisterBank()
    bank.set_registers(Area.HOLDING, 0, [0x4248, 0] * TAGS)
    async with contextlib.AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(ModbusServer({1: bank})) for _ in range(stations)]
        for n, server in enumerate(servers):
            more: dict[str, Any] = {}
            if url is not None:
                more["destinations"] = [
                    {"id": "tsdb", "kind": "victoriametrics", "url": url, "drain_share": "100 %"}
                ]
            station = folder / "stations" / f"S{n}"
            station.mkdir(parents=True)
            content = json.dumps(settings(f"S{n}", server.port, **more), ensure_ascii=False)
            (station / "station.yaml").write_text(content)
        daemon = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "heatmon", "run", str(folder / "stations")),
            *("--state", str(state), "--runtime", str(folder / "run")),
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            ledger = Ledger(state)
            # Nobody tells: other processes poll and drain.
            while min(len(server.record.requests) for server in servers) < 3:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            while url is not None and not ledger.accepted("tsdb").rows:  # noqa: ASYNC110
                await asyncio.sleep(0.2)
            before, since = ledger.accepted("tsdb").rows, time.monotonic()
            for server in servers:
                server.record.requests.clear()
            await asyncio.sleep(seconds)
            rate = (ledger.accepted("tsdb").rows - before) / (time.monotonic() - since)
            ledger.close()
        finally:
            daemon.terminate()
            await daemon.wait()
        late = array("d")
        for server in servers:
            times = [asked.at_s for asked in server.record.requests]
            late.extend(abs(b - a - 1.0) * 1000 for a, b in pairwise(times))
    cuts = statistics.quantiles(late, n=100)
    return cuts[49], cuts[98], rate


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stations", type=int, default=10)
    parser.add_argument("--seconds", type=int, default=2000, help="of backlog at 1 Hz")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--poll", type=float, default=20.0, help="seconds of watching the polls")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with victoria(folder / "vm") as url:
            state = folder / "state"
            samples = fill(state, asked.stations, asked.seconds)
            made = [lines(state, asked.stations) for _ in range(asked.rounds)]
            ours, reading = (statistics.median(column) for column in zip(*made, strict=True))
            theirs = statistics.median(points(20_000) for _ in range(asked.rounds))
            print(
                f"line protocol from history: {ours:.2f} us CPU a sample ({reading:.2f} of it reading);"
                f" Point {theirs:.2f}; ratio {ours / theirs:.3f}"
            )
            cpu, rate = asyncio.run(drain(state, url, asked.stations, samples))
            base_cpu, base_rate = batching_writer(url, 80_000)
            print(
                f"whole path: {cpu:.2f} us CPU a sample, {rate:,.0f} samples/s draining {samples:,};"
                f" batching writer {base_cpu:.2f} us, {base_rate:,.0f}/s;"
                f" ratios {cpu / base_cpu:.3f}, {rate / base_rate:.1f}"
            )
            calm, busy = [], []
            for n in range(2):
                calm.append(asyncio.run(polled(folder / f"calm{n}", asked.stations, asked.poll, None, 0)))
                busy.append(asyncio.run(polled(folder / f"busy{n}", asked.stations, asked.poll, url, 12_000)))
            for label, k in (("p50", 0), ("p99", 1)):
                a, b = statistics.median(r[k] for r in calm), statistics.median(r[k] for r in busy)
                print(
                    f"jitter of polls {label}: {a:.2f} ms alone, {b:.2f} ms while draining; ratio {b / a:.2f}"
                )
            print(f"drained meanwhile: {statistics.median(r[2] for r in busy):,.0f} samples/s")


if __name__ == "__main__":
    main()
