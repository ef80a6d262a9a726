"""The real process as systemd starts it: what it tells, what it logs, and that it ends."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from heatmon.store.journal import read_only
from heatmon.store.verify import verify
from heatmon_simulators.modbus.faults import silence
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.e2e.house import PATIENCE_S, make_folder
from tests.plant_bank import bank_at_the_start

COMMAND = [sys.executable, "-c", "import sys; from heatmon.cli import main; sys.exit(main())"]
LONGER_THAN_ANY_END = "timeout: 10 min"
"""A request that takes this long must not hold up SIGTERM."""


@dataclass
class Service:
    """A heatmon process with the manager's end of its notify socket."""

    process: asyncio.subprocess.Process
    notify: socket.socket
    server: ModbusServer
    folder: Path
    state: Path
    told: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    async def until_told(self, wanted: str) -> str:
        """The first line told to the manager that begins with `wanted`."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.told:
                    if line.startswith(wanted):
                        return line
                self.told.extend((await loop.sock_recv(self.notify, 4096)).decode().splitlines())

    async def until_logged(self, wanted: str) -> str:
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE_S):
            while True:
                for line in self.log:
                    if wanted in line:
                        return line
                line = (await self.process.stderr.readline()).decode()
                assert line, self.log
                self.log.append(line.rstrip("\n"))

    async def end(self) -> int:
        """SIGTERM; the exit code. The rest of the log is read."""
        assert self.process.stderr is not None
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(PATIENCE_S):
            self.log.extend((await self.process.stderr.read()).decode().splitlines())
            return await self.process.wait()

    @property
    def journal(self) -> Path:
        return self.state / "stations" / "HX-000" / "journal.db"

    def entries(self) -> list[str]:
        with read_only(self.journal) as journal:
            return [entry.header.code for entry in journal.entries()]


@asynccontextmanager
async def service(tmp_path: Path, **edits: str) -> AsyncIterator[Service]:
    bank = bank_at_the_start("demo", 0)
    # Names of Unix sockets are short; those of test folders may not be.
    with tempfile.TemporaryDirectory(prefix="hm-") as short:
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(f"{short}/notify")
        notify.setblocking(False)
        async with ModbusServer({1: bank}) as server:
            folder = make_folder(tmp_path / "station", 0, server.port)
            for old, new in edits.items():
                file = folder / "devices.yaml"
                file.write_text(file.read_text("utf-8").replace(old.replace("_", " "), new), "utf-8")
            environment = {**os.environ, "NOTIFY_SOCKET": f"{short}/notify", "WATCHDOG_USEC": "1500000"}
            environment.pop("WATCHDOG_PID", None)
            process = await asyncio.create_subprocess_exec(
                *COMMAND, "run", str(folder), "--state", str(tmp_path / "state"), "--runtime", short,
                env=environment, stderr=asyncio.subprocess.PIPE,
            )  # fmt: skip
            try:
                yield Service(process, notify, server, folder, tmp_path / "state")
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.communicate()
                notify.close()


async def test_ready_watchdog_links_reload_and_the_end(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        await one.until_told("READY=1")
        assert await one.until_told("STATUS=") == "STATUS=1 stations, 1 links"
        await one.until_told("WATCHDOG=1")
        async with one.server.offline():
            await one.until_logged("link plc_lan lost")
            await one.until_told("STATUS=1 stations, 1 links; no answer from plc_lan")
        await one.until_logged("link plc_lan is back")
        curve = one.folder / "curve.yaml"
        good = curve.read_text("utf-8")
        curve.write_text("curve: ]\n", "utf-8")
        one.process.send_signal(signal.SIGHUP)
        line = await one.until_logged("curve.yaml:1:8:")
        assert line.startswith("<3>heatmon: ")
        curve.write_text(good.replace("supply: 64.0 °C", "supply: 64.5 °C"), "utf-8")
        one.process.send_signal(signal.SIGHUP)
        await one.until_logged("curve.points")
        assert await one.end() == 0
        await one.until_told("STOPPING=1")
        assert all(line[:3] in ("<3>", "<4>", "<6>") for line in one.log), one.log
        assert sum("plc_lan lost" in line for line in one.log) == 1
        assert sum("plc_lan is back" in line for line in one.log) == 1
        entries = one.entries()
        assert entries[-1] == "service.stopped"
        assert {"link.lost", "link.restored", "config.changed"} <= set(entries)
        assert verify(one.journal).ok


async def test_ready_although_the_plc_hangs_and_it_is_named(tmp_path: Path) -> None:
    async with service(tmp_path) as one:
        with one.server.fault(silence()):
            await one.until_told("READY=1")
            assert await one.until_told("STATUS=") == "STATUS=1 stations, 1 links; not yet read: plc_lan"
            assert await one.end() == 0
    assert "service.stopped" in one.entries()


async def test_sigterm_ends_a_read_that_would_hang_for_minutes(tmp_path: Path) -> None:
    async with service(tmp_path, timeout_1_s="timeout: 10 min") as one:
        with one.server.fault(silence()):
            async with asyncio.timeout(PATIENCE_S):
                while not one.server.record.functions:  # noqa: ASYNC110  the record tells nobody
                    await asyncio.sleep(0.05)
            assert await one.end() == 0
        assert one.entries()[-1] == "service.stopped"
        assert verify(one.journal).ok


async def run_to_the_end(*arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, "run", *arguments, stderr=asyncio.subprocess.PIPE, env={**os.environ, "HEATMON_LANG": "en"}
    )
    async with asyncio.timeout(PATIENCE_S):
        _, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, err.decode()


@pytest.mark.parametrize("what", ["faulty", "nothing", "state", "runtime"])
async def test_what_cannot_run_says_why_and_ends_with_1(tmp_path: Path, what: str) -> None:
    folder = make_folder(tmp_path / "station", 0, 1)
    state, runtime = tmp_path / "state", tmp_path / "run"
    if what == "faulty":
        (folder / "curve.yaml").write_text("curve: ]\n", "utf-8")
        words = "curve.yaml:1:8:"
    elif what == "nothing":
        folder, words = tmp_path, "no station folder here"
        (tmp_path / "station" / "station.yaml").unlink()
    elif what == "state":
        state.write_text("a file")
        words = "the state directory must be writable"
    else:
        runtime.write_text("a file")
        words = "--runtime"
    code, err = await run_to_the_end(str(folder), "--state", str(state), "--runtime", str(runtime))
    assert code == 1, err
    assert words in err
    assert "Traceback" not in err


SWALLOWING = """
import asyncio, logging, sys, threading, time
from heatmon.cli.run import log_to_stderr, run_loop

async def swallows():
    while True:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            pass

async def main():
    asyncio.create_task(swallows(), name="poll deaf")
    if "thread" in sys.argv:
        asyncio.get_running_loop().run_in_executor(None, time.sleep, 3600)
    await asyncio.sleep(0.1)

log_to_stderr()
run_loop(main())
"""


@pytest.mark.parametrize("also", ["", "thread"])
async def test_what_swallows_its_end_does_not_keep_the_process(also: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SWALLOWING, also, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(PATIENCE_S):
        _, err = await process.communicate()
    assert process.returncode == 0
    assert b"left behind at the end: poll deaf" in err
    assert (b"heatmon-worker" in err) == bool(also)
