"""An OPC UA server written by others, in another language: node-opcua, as a process of its own.

Its packages are installed once into a folder outside the project, from the pinned list beside this
file. Without npm the tests that need it are skipped, except where CI is set: there they fail.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
START_S = 60.0


def installed() -> Path:
    """The folder that holds the packages; installs them when they are not there yet."""
    lock = HERE / "package-lock.json"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "heatmon"
    folder = cache / f"node-opcua-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    with _one_at_a_time(cache):
        if (folder / "done").exists():
            return folder
        if shutil.which("npm") is None or shutil.which("node") is None:
            if os.environ.get("CI"):
                pytest.fail("npm is not installed; .ci/run installs it")
            pytest.skip("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, folder)
        done = subprocess.run(
            ["npm", "ci", "--ignore-scripts"], cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            if os.environ.get("CI"):
                pytest.fail(f"npm ci failed:\n{done.stderr}")
            pytest.skip("npm could not install node-opcua (no network?)")
        (folder / "done").touch()
    return folder


@contextlib.contextmanager
def _one_at_a_time(cache: Path) -> Iterator[None]:
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "node-opcua.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


class NodeServer:
    """The process; orders go in as lines, answers come back as lines."""

    def __init__(self, folder: Path, **options: Any) -> None:
        defaults = {
            "port": 0,
            "folder": str(folder),
            "policies": ["None"],
            "anonymous": True,
            "maxSessions": 10,
            "maxNodesPerRead": 400,
            "users": {},
            "before": [],
            "count": 20,
        }
        environment = os.environ | {"NODE_PATH": str(installed() / "node_modules")}
        self._process = subprocess.Popen(
            ["node", str(HERE / "server.js"), json.dumps(defaults | options)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        self.port = int(self._answer("ready"))
        self.pid = self._process.pid

    @property
    def url(self) -> str:
        return f"opc.tcp://127.0.0.1:{self.port}/"

    def _answer(self, word: str) -> str:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            # The library talks too; our answers begin with a word of ours.
            if line.split(" ")[0].strip() == word:
                return line[len(word) :].strip()
        raise AssertionError(f"node-opcua ended with {self._process.poll()}")

    def order(self, line: str, answer: str = "done") -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer(answer)

    async def ordering(self, line: str, answer: str = "done") -> str:
        """As `order`, while the test's own loop goes on."""
        return await asyncio.to_thread(self.order, line, answer)

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
