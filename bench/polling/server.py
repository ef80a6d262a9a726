"""The PLCs of the polling benches: one port a station, 80 holding registers with floats that move.

    python bench/polling/server.py STATIONS

A process of its own with frames made by hand; it shares no code with either client. Prints its ports as
one JSON line; answers a line ``report`` on standard input with what has arrived since the line ``reset``.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import math
import random
import struct
import sys
import time
from functools import partial
from typing import Any

TAGS = 40
SHAPES = 64


def frames(seed: int) -> list[bytes]:
    """Answers to "80 holding registers from 0" (unit 1), without transaction id, one a step of a walk."""
    walk = random.Random(seed)
    values = [20.0 + n for n in range(TAGS)]
    made = []
    for step in range(SHAPES):
        for n in range(TAGS):
            values[n] = 20.0 + n + math.sin(step / SHAPES * math.tau) + walk.gauss(0.0, 0.02)
        # Station signals keep to their own ranges; the makeup meter only rises.
        values[:7] = [50.0, 40.0, 0.42, 0.30, -3.0, 262.0, 1000.0 + step * 1e-4]
        words = struct.pack(f">{TAGS}f", *values)
        made.append(struct.pack(">HHBBB", 0, 3 + len(words), 1, 3, len(words)) + words)
    return made


class Plc(asyncio.Protocol):
    """One connection. Requests may come in pieces or together."""

    def __init__(self, station: int, log: list[tuple[int, int]], answers: list[bytes]) -> None:
        self._station, self._log, self._answers, self._data = station, log, answers, b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        self._data += data
        while len(self._data) >= 12:
            request, self._data = self._data[:12], self._data[12:]
            self._log.append((self._station, now))
            answer = self._answers[(now // 1_000_000_000) % SHAPES]
            self._transport.write(request[:2] + answer)


async def serve(stations: int) -> None:
    loop = asyncio.get_running_loop()
    log: list[tuple[int, int]] = []
    ports = []
    for n in range(stations):
        server = await loop.create_server(partial(Plc, n, log, frames(n)), "127.0.0.1", 0)
        ports.append(server.sockets[0].getsockname()[1])
    print(json.dumps(ports), flush=True)
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := (await reader.readline()).strip():
        if line == b"reset":
            log.clear()
        else:
            print(json.dumps(report(log, stations)), flush=True)


def report(log: list[tuple[int, int]], stations: int) -> dict[str, Any]:
    """Polls that came, and how far the intervals of a station lie from their median, in ms."""
    times: list[list[int]] = [[] for _ in range(stations)]
    for station, at in log:
        times[station].append(at)
    intervals = [b - a for one in times for a, b in itertools.pairwise(one)]
    if not intervals:
        return {"polls": len(log), "jitter_ms": [0.0, 0.0], "seconds": 0.0}
    intervals.sort()
    middle = intervals[len(intervals) // 2]
    off = sorted(abs(interval - middle) / 1e6 for interval in intervals)
    span = (max(at for _, at in log) - min(at for _, at in log)) / 1e9
    return {
        "polls": len(log),
        "jitter_ms": [off[len(off) // 2], off[min(len(off) - 1, len(off) * 99 // 100)]],
        "seconds": span,
        "fewest": min(len(one) for one in times),
    }


if __name__ == "__main__":
    try:
        import uvloop
    except ImportError:
        asyncio.run(serve(int(sys.argv[1])))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(int(sys.argv[1])))
