"""History: bytes on disk, bytes written, CPU a sample; plots and backlogs. `python bench/history.py`.

Data: the physics of the simulated plant over a day, each station at another hour of it, with noise; heat
meter values at their resolution, analog inputs as a PLC makes them (raw 0 to 27648, scaled, float32).
With HEATMON_DATA the temperatures follow a real substation. Disk: packed days and summaries. Written:
/proc/self/io. CPU: append, commit, packing of everything. The baseline in the same run: one row a sample.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import os
import random
import sqlite3
import statistics
import struct
import tempfile
import time
from array import array
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.history import BEGIN, History
from heatmon_simulators.scenario import load_scenario

DAY_S = 86_400
SECOND = 1_000_000_000
START = 20_000 * DAY_S * SECOND
STEP_S = 10
"""The physics is kept at this step."""
ANALOG = {"t2s": 150, "t2r": 150, "tout": 100, "p1s": 1.6, "p1r": 1.6, "p2s": 1.0, "p2r": 1.0, "ltk": 4.0}
"""Span of what comes over a PLC's analog inputs, with noise of two units of 27648."""
METER = {"t1s": 1, "t1r": 1, "f1": 2, "q1": 1, "f2": 1, "fmk": 2, "cv_fb": 1, "cv_cmd": 1, "sp_plc": 1}
"""Decimals of what a meter or a controller says."""
COUNTERS = {"vmk": 2, "e1": 2, "kwh": 0}
STATES = ("cp1_run", "cp1_flt", "cp2_run", "cp2_flt", "mp1_run", "mp1_flt", "pwr_ok", "flood")
SETTINGS = (70.0, 60.0, 0.6, 0.3, 1.0, 120.0, 25.0, 0.45, 2.0, 1.0, 0.0, 8.0)
NAMES = (*ANALOG, *METER, *COUNTERS, *STATES, *(f"set{n}" for n in range(len(SETTINGS))))
POOL = 1 << 16


def physics() -> dict[str, list[float]]:
    """A day of the simulated plant."""
    world = load_scenario(Path(__file__).parents[1] / "config" / "scenarios" / "demo.yaml").world(0)
    found: dict[str, list[float]] = {name: [] for name in (*ANALOG, *METER, *COUNTERS, *STATES)}
    for second in range(DAY_S):
        world.step()
        if second % STEP_S == 0:
            values = world.process.values()
            for name, column in found.items():
                column.append(values[name])
    return found


def recorded(folder: Path) -> dict[str, list[float]]:
    """Temperatures of a real substation, three winter days of quarter hours stretched to one."""
    columns = {
        "t1s": "t_sup_prim",
        "t1r": "t_ret_prim",
        "t2s": "t_sup_sec",
        "t2r": "t_ret_sec",
        "tout": "t_amb",
    }
    found: dict[str, list[float]] = {name: [] for name in columns}
    with gzip.open(folder / "substation_nis" / "quarter_hour_2024_25_L4.csv.gz", "rt") as file:
        rows = [row for row in csv.DictReader(file) if row["datetime"][:7] == "2025-01"][: 3 * 96 + 1]
    steps = DAY_S // STEP_S // (len(rows) - 1)
    for name, column in columns.items():
        for now, later in pairwise(float(row[column]) for row in rows):
            found[name] += [now + (later - now) * step / steps for step in range(steps)]
    return found


class Fleet:
    """Stations of 40 tags each."""

    def __init__(self, stations: int) -> None:
        self.day = physics()
        if data := os.environ.get("HEATMON_DATA"):
            self.day.update(recorded(Path(data)))
        chance = random.Random(1)
        self._noise = [chance.gauss(0, 1) for _ in range(POOL)]
        self._late = [chance.randrange(2, 30) * 1_000_000 for _ in range(POOL)]
        self._shift = [chance.randrange(DAY_S) for _ in range(stations)]

    def scan(self, station: int, second: int, number: int, at_ns: int) -> Scan:
        day, noise = self.day, self._noise
        at = (second + self._shift[station]) % DAY_S // STEP_S
        seed = (second * 131 + station * 7919) % (POOL - 64)
        values = [
            round(day[name][at] * 27648 / span + 2 * noise[seed + n]) * span / 27648
            for n, (name, span) in enumerate(ANALOG.items())
        ]
        values += [
            round(day[name][at] + 0.05 * noise[seed + 20 + n], digits)
            for n, (name, digits) in enumerate(METER.items())
        ]
        values += [round(day[name][at], digits) for name, digits in COUNTERS.items()]
        values += [day[name][at] for name in STATES]
        values += SETTINGS
        column = array("d", array("f", values))
        return Scan(
            "plc", "fast", at_ns, at_ns + self._late[seed], column, bytes(len(column)), input_seq=number
        )


def written_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


def size(folder: Path, pattern: str) -> int:
    return sum(file.stat().st_size for file in folder.glob(pattern))


def baseline(fleet: Fleet, stations: int, folder: Path) -> tuple[float, float]:
    """CPU in ns and bytes written a sample of one row a sample, in order of time, one commit a second."""
    db = sqlite3.connect(folder / "baseline.db", isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    db.execute("create table sample(ts integer, tag integer, value real, primary key(ts, tag)) without rowid")
    cpu, before, seconds = 0, written_bytes(), max(20, 1000 // stations)
    for second in range(seconds):
        scans = [fleet.scan(station, second, 1, START + second * SECOND) for station in range(stations)]
        begin = time.process_time_ns()
        db.execute("begin")
        for station, scan in enumerate(scans):
            db.executemany(
                "insert into sample values (?, ?, ?)",
                [(scan.received_ns, station * 100 + n, value) for n, value in enumerate(scan.values)],
            )
        db.execute("commit")
        cpu += time.process_time_ns() - begin
    db.close()
    samples = seconds * stations * len(NAMES)
    return cpu / samples, (written_bytes() - before) / samples


def run(fleet: Fleet, stations: int, seconds: int, days: int, folder: Path) -> None:
    row_ns, row_bytes = baseline(fleet, stations, folder)
    history = History(folder / "history")
    cpu_append = cpu_commit = cpu_pack = longest = 0
    before = written_bytes()
    for day in range(days + 1):
        for second in range(seconds if day < days else 1):
            number, at_ns = 1 + day * seconds + second, START + (day * DAY_S + second) * SECOND
            scans = [fleet.scan(station, second, number, at_ns) for station in range(stations)]
            begin = time.process_time_ns()
            for station, scan in enumerate(scans):
                history.append(f"s{station}", scan, NAMES)
            middle = time.process_time_ns()
            history.commit()
            cpu_commit += time.process_time_ns() - middle
            cpu_append += middle - begin
        while (day and size(history.directory, "*.packed") == 0) or len(
            list(history.directory.glob("*.db"))
        ) > 1:
            begin = time.process_time_ns()
            history.maintain(START)
            took = time.process_time_ns() - begin
            cpu_pack, longest = cpu_pack + took, max(longest, took)
    n = stations * len(NAMES) * seconds * days
    packed, months = size(history.directory, "*.packed"), size(history.directory / "summaries", "*.db")
    cpu, wrote = (cpu_append + cpu_commit + cpu_pack) / n, (written_bytes() - before) / n
    print(
        f"{stations * len(NAMES)} tags, {days} x {seconds} s, {n / 1e6:.1f} M samples:\n"
        f"  disk {packed / n:.2f} B a sample, with summaries {(packed + months) / n:.2f}\n"
        f"  written {wrote:.0f} B a sample, {wrote / row_bytes:.2f} of one row a sample ({row_bytes:.0f} B)\n"
        f"  CPU {cpu / 1e3:.2f} us a sample, {cpu / row_ns:.2f} of one row a sample ({row_ns / 1e3:.2f} us):"
        f" append {cpu_append / n / 1e3:.3f}, commit {cpu_commit / n / 1e3:.2f},"
        f" pack {cpu_pack / n / 1e3:.2f};\n  longest slice {longest / 1e6:.0f} ms"
    )
    backlog(history, n)
    history.close()


def backlog(history: History, samples: int) -> None:
    """What an outward path pays to read everything."""
    readers: tuple[tuple[str, Callable[..., tuple[Sequence[object], object]]], ...] = (
        ("scans", history.read_after),
        ("columns", history.read_columns_after),
    )
    for what, read in readers:
        cursor: object = BEGIN
        begin = time.process_time_ns()
        while True:
            part, cursor = read(None, cursor, 2000)
            if not part:
                break
        print(f"  backlog read as {what}: {(time.process_time_ns() - begin) / samples / 1e3:.2f} us a sample")


def plots(fleet: Fleet, folder: Path) -> None:
    """A month and six hours of one station, two scans a minute: as many summaries as at one a second."""
    history, pause_s = History(folder / "month"), 30
    for number, at in enumerate(range(0, 31 * DAY_S + 6 * 3600, pause_s), 1):
        history.append("s0", fleet.scan(0, at, number, START + at * SECOND), NAMES)
        if number % 360 == 0:
            history.commit()
    history.commit()
    while len(list(history.directory.glob("*.db"))) > 1:
        history.maintain(START)
    end = START + (31 * DAY_S + 6 * 3600) * SECOND
    for what, days in (("24 h", 1), ("a month", 30)):
        took = []
        for name in NAMES[:20]:
            begin = time.process_time_ns()
            plot = history.plot("s0", name, end - days * DAY_S * SECOND, end, 1000)
            took.append(time.process_time_ns() - begin)
            assert sum(map(bool, plot.n)) > 900
        median_ms = statistics.median(took) / 1e6
        print(f"one tag over {what} as 1,000 points: {median_ms:.1f} ms of CPU (median of 20 tags)")
    begin, before_ns = time.process_time_ns(), 2 * DAY_S * SECOND
    series = history.read_range("s0", "t2s", end - before_ns - 3600 * SECOND, end - before_ns)
    took_ms = (time.process_time_ns() - begin) / 1e6
    print(f"an hour of every sample ({len(series)}): {took_ms:.1f} ms of CPU")
    history.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stations", type=int, default=50, help="of 40 tags")
    parser.add_argument("--seconds", type=int, default=1200, help="of each day")
    parser.add_argument("--days", type=int, default=7)
    parser.add_argument("--plots", action="store_true", help="a month of plots instead")
    parser.add_argument("--directory", type=Path, help="on the disk to measure; never tmpfs")
    asked = parser.parse_args()
    fleet = Fleet(asked.stations)
    assert struct.calcsize("d") * len(NAMES) == 320, "40 tags"
    with tempfile.TemporaryDirectory(dir=asked.directory) as folder:
        if asked.plots:
            plots(fleet, Path(folder))
        else:
            run(fleet, asked.stations, asked.seconds, asked.days, Path(folder))


if __name__ == "__main__":
    main()
