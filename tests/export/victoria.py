"""Debian's victoria-metrics as a part of a test: started, asked, killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PROGRAM = shutil.which("victoria-metrics")
needs_victoria = pytest.mark.skipif(
    PROGRAM is None and "CI" not in os.environ, reason="apt-get install victoria-metrics"
)
Row = tuple[tuple[tuple[str, str], ...], int, float]
"""Labels, milliseconds, value."""


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


class Victoria:
    """One server; `start` and `kill` as often as wanted, on the same data and port."""

    def __init__(self, folder: Path, dedup: bool = True) -> None:
        self.port = free_port()
        self._folder, self._dedup = folder, dedup
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        assert PROGRAM is not None, "victoria-metrics must be installed where CI is set"
        command = [
            PROGRAM,
            f"-storageDataPath={self._folder}",
            f"-httpListenAddr=127.0.0.1:{self.port}",
            "-retentionPeriod=100y",
            "-search.latencyOffset=0s",
            "-memory.allowedBytes=64MB",
            "-loggerLevel=ERROR",
            *(["-dedup.minScrapeInterval=1ms"] if self._dedup else []),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while True:
            try:
                self.get("/health")
                return
            except OSError:
                assert time.monotonic() < deadline, "victoria-metrics does not start"
                assert self._process.poll() is None, "victoria-metrics ended"
                time.sleep(0.02)

    def kill(self) -> None:
        """SIGKILL, as a loss of power would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def get(self, path: str, **params: str) -> str:
        query = f"?{urllib.parse.urlencode(params)}" if params else ""
        with urllib.request.urlopen(f"{self.url}{path}{query}", timeout=10) as reply:
            return str(reply.read().decode())

    def rows(self, match: str = '{__name__=~"heatmon.*"}') -> list[Row]:
        """Everything that is stored, raw, in order."""
        self.get("/internal/force_flush")
        found: list[Row] = []
        for line in self.get("/api/v1/export", **{"match[]": match, "reduce_mem_usage": "0"}).splitlines():
            series: dict[str, Any] = json.loads(line)
            labels = tuple(sorted((k, v) for k, v in series["metric"].items() if k != "db"))
            found += [
                (labels, t, float(v)) for t, v in zip(series["timestamps"], series["values"], strict=True)
            ]
        return sorted(found)


@contextlib.contextmanager
def victoria(folder: Path, *, dedup: bool = True) -> Iterator[Victoria]:
    server = Victoria(folder, dedup)
    server.start()
    try:
        yield server
    finally:
        server.stop()


async def settled(server: Victoria, count: int, match: str = '{__name__=~"heatmon.*"}') -> list[Row]:
    """The rows, as soon as there are so many (the server shows what it took a little later)."""
    async with asyncio.timeout(30):
        while True:
            rows = await asyncio.to_thread(server.rows, match)
            if len(rows) >= count:
                return rows
            await asyncio.sleep(0.1)


def expected(text: str) -> list[Row]:
    """What a server must hold after it was sent these lines: one row for each field."""
    rows: list[Row] = []
    for line in text.splitlines():
        key, fields, ms = line.rsplit(" ", 2)
        measurement, *tags = key.split(",")
        labels = [tuple(tag.split("=", 1)) for tag in tags]
        for pair in fields.split(","):
            name, value = pair.split("=")
            named = [("__name__", f"{measurement}_{name}"), *labels]
            rows.append((tuple(sorted((k, v) for k, v in named)), int(ms), float(value.rstrip("i"))))
    return sorted(rows)
