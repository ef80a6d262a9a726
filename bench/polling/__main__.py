"""heatmon beside a bare pymodbus client that only reads and unpacks the same blocks.

    python -m bench.polling [--stations 200] [--period 1] [--rounds 5] [--seconds 15]

--period 0: as fast as it goes (heatmon's shortest period, late cycles skipped). CPU is the clients' own,
from /proc/PID/task/*/schedstat; jitter and polls are what the PLCs saw. Rounds are interleaved; ratios are
taken inside a round. heatmon is what is installed (uvloop), with decoding, quality, conditions, curve,
loss, pressure, alarm states, journal and history on disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.polling import fleet

HERE = Path(__file__).parent
TAGS = 40
SHORTEST = "0.01 s"


@dataclass(frozen=True)
class Measured:
    cpu_us_tag: float
    tags_s: float
    jitter_ms: float
    lost: int
    rss_mb: float


class Server:
    def __init__(self, stations: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), str(stations)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        self.ports: list[int] = json.loads(self._process.stdout.readline())

    def say(self, word: str) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline()) if word == "report" else None

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


def cpu_s(pid: int) -> float:
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def wait_until_polled(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Until every station has been asked twice: reading many folders of settings takes its time."""
    server.say("reset")
    for _ in range(600):
        if process.poll() is not None:
            sys.exit(f"{process.args!r} ended with {process.returncode}")
        if server.say("report").get("fewest", 0) >= 2:
            return
        time.sleep(0.5)
    sys.exit("not every station was polled within five minutes")


def measure(command: list[str], server: Server, warm_s: float, seconds: float, period: float) -> Measured:
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_until_polled(server, process)
        time.sleep(warm_s)
        before = cpu_s(process.pid)
        server.say("reset")
        began = time.monotonic()
        time.sleep(seconds)
        seen = server.say("report")
        elapsed, used = time.monotonic() - began, cpu_s(process.pid) - before
        rss = rss_mb(process.pid)
    finally:
        process.terminate()
        process.wait(20)
    polls = seen["polls"]
    expected = int(elapsed / period) * len(server.ports) if period else polls
    return Measured(
        used / (polls * TAGS) * 1e6,
        polls * TAGS / elapsed,
        seen["jitter_ms"][1],
        max(0, expected - polls),
        rss,
    )


def rounds(server: Server, args: argparse.Namespace) -> list[tuple[Measured, Measured]]:
    ports = [str(port) for port in server.ports]
    done = []
    for _ in range(args.rounds):
        with tempfile.TemporaryDirectory(dir=args.directory) as work:
            folder = Path(work)
            fleet.write(folder / "stations", server.ports, f"{args.period} s" if args.period else SHORTEST)
            bare = [sys.executable, str(HERE / "bare.py"), str(args.period), *ports]
            heatmon = [sys.executable, "-m", "heatmon", "run", str(folder / "stations"),
                       "--state", str(folder / "state"), "--runtime", str(folder / "run")]  # fmt: skip
            one = measure(bare, server, 3.0, args.seconds, args.period)
            two = measure(heatmon, server, 5.0, args.seconds, args.period)
            shutil.rmtree(folder / "state", ignore_errors=True)
        done.append((one, two))
        print(
            f"  bare    {line(one)}\n  heatmon {line(two)}, lost {two.lost}, RSS {two.rss_mb:.0f} MB",
            flush=True,
        )
    return done


def line(one: Measured) -> str:
    return f"{one.cpu_us_tag:6.2f} us/tag, {one.tags_s:9,.0f} tags/s, jitter p99 {one.jitter_ms:6.1f} ms"


def spread(ratios: list[float]) -> str:
    return f"median {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stations", type=int, default=200)
    parser.add_argument("--period", type=float, default=1.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--directory", help="where the state is kept; default: the system's temporary folder")
    args = parser.parse_args()
    server = Server(args.stations)
    try:
        done = rounds(server, args)
    finally:
        server.stop()
    jitter = statistics.median(two.jitter_ms - 2 * one.jitter_ms for one, two in done)
    print(f"{args.stations} stations x {TAGS} tags, period {args.period} s, {args.rounds} rounds")
    print(f"CPU a tag, heatmon / bare: {spread([two.cpu_us_tag / one.cpu_us_tag for one, two in done])}")
    print(f"tags a second, heatmon / bare: {spread([two.tags_s / one.tags_s for one, two in done])}")
    print(f"jitter p99 of heatmon beyond 2 x bare: median {jitter:+.1f} ms")
    print(f"polls lost {sum(two.lost for _, two in done)}, RSS {max(two.rss_mb for _, two in done):.0f} MB")


if __name__ == "__main__":
    main()
