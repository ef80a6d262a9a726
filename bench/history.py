"""History: bytes on disk, bytes written and CPU a sample, over days of a fleet. `python bench/history.py`.

Data: float32 quantised to a PLC's resolution (random walks), float32 noise, constants, counters, states.
Disk: packed days with their indexes. Written: /proc/self/io. CPU: append, commit and packing of all.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from array import array
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.history import History

DAY_S = 86_400
SECOND = 1_000_000_000
TAGS = 40


def written_bytes() -> int:
    for line in Path("/proc/self/io").read_text().splitlines():
        if line.startswith("write_bytes:"):
            return int(line.split()[1])
    return 0


class Plant:
    """40 tags: 16 walks at 0.1, 6 at 0.01, 4 noisy float32, 4 counters, 6 constants, 4 states."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._walk = [50.0 + n for n in range(22)]
        self._count = 0

    def scan(self, second: int, number: int, start_ns: int) -> Scan:
        noise = self._random.gauss
        walk = self._walk = [value + noise(0, 0.05) for value in self._walk]
        self._count += self._random.random() < 0.3
        values = [round(value, 1) for value in walk[:16]] + [round(value / 40, 2) for value in walk[16:]]
        values += [20 + noise(0, 1) for _ in range(4)] + [float(self._count + n) for n in range(4)]
        values += [70.0, 60.0, 0.6, 0.3, 1.0, 120.0, 1.0, 0.0, 1.0, float(second // 3600 % 2)]
        due = start_ns + second * SECOND
        received = due + self._random.randrange(2, 30) * 1_000_000
        return Scan(
            "plc", "fast", due, received, array("d", array("f", values)), bytes(TAGS), input_seq=number
        )


def run(stations: int, seconds: int, days: int, folder: Path) -> None:
    history = History(folder)
    names = tuple(f"t{n}" for n in range(TAGS))
    plants = [Plant(n) for n in range(stations)]
    start = 20_000 * DAY_S * SECOND
    cpu_append = cpu_commit = cpu_pack = 0
    before = written_bytes()
    for day in range(days + 1):
        for second in range(seconds if day < days else 1):
            scans = [plant.scan(second, 1 + day * seconds + second, start) for plant in plants]
            begin = time.process_time_ns()
            for n, scan in enumerate(scans):
                history.append(f"s{n}", scan, names)
            middle = time.process_time_ns()
            history.commit()
            cpu_commit += time.process_time_ns() - middle
            cpu_append += middle - begin
        start += DAY_S * SECOND
    longest = 0
    while len(list(folder.glob("*.packed"))) < days:
        begin = time.process_time_ns()
        history.maintain(start)
        took = time.process_time_ns() - begin
        cpu_pack, longest = cpu_pack + took, max(longest, took)
    n = stations * TAGS * seconds * days
    history.close()
    disk = sum(file.stat().st_size for file in folder.glob("*.packed"))
    cpu = cpu_append + cpu_commit + cpu_pack
    print(
        f"{stations * TAGS} tags, {days} x {seconds} s, {n} samples: disk {disk / n:.2f} B a sample,"
        f" written {(written_bytes() - before) / n:.1f} B; CPU {cpu / n / 1e3:.2f} us"
        f" (append {cpu_append / n / 1e3:.3f}, commit {cpu_commit / n / 1e3:.2f},"
        f" pack {cpu_pack / n / 1e3:.2f});"
        f" longest slice {longest / 1e6:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stations", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=1200, help="of each day")
    parser.add_argument("--days", type=int, default=2)
    parser.add_argument("--directory", type=Path, help="on the disk to measure; never tmpfs")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.directory) as folder:
        run(asked.stations, asked.seconds, asked.days, Path(folder))


if __name__ == "__main__":
    main()
