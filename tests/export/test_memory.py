"""One station with a destination lives under a limit of 200 MB: daemon and forwarder together."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

from heatmon.control import ControlClient
from heatmon_simulators.modbus.tcp import ModbusServer
from tests.export.middle import middle
from tests.export.test_daemon import CONFIG, PATIENCE_S, child_of
from tests.plant_bank import bank_at_the_start

LIMIT = 200 << 20


@contextlib.contextmanager
def limited(pid: int) -> Iterator[Path | None]:
    """The kernel's own limit for a process and its children, where this machine lets us set one."""
    group = Path("/sys/fs/cgroup/memory") / f"heatmon-test-{uuid.uuid4().hex}"
    try:
        group.mkdir()
        (group / "memory.limit_in_bytes").write_text(str(LIMIT))
        (group / "cgroup.procs").write_text(str(pid))
    except OSError:
        yield None
        return
    try:
        yield group
    finally:
        with contextlib.suppress(OSError):
            group.rmdir()


def peak_bytes(pid: int) -> int:
    """The most memory a process has had in use."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    raise AssertionError("no VmHWM")


async def test_one_station_and_its_forwarder_fit_into_200_megabytes(tmp_path: Path) -> None:
    folder, bank = tmp_path / "hx", bank_at_the_start("demo", 0)
    async with ModbusServer({1: bank}) as server, middle(None) as database:
        shutil.copytree(CONFIG / "stations" / "hx-example", folder)
        devices = folder / "devices.yaml"
        devices.write_text(devices.read_text().replace("port: 502", f"port: {server.port}"))
        (folder / "out.yaml").write_text(
            f"destinations:\n  - {{id: tsdb, kind: victoriametrics, url: '{database.url}', every: 0.5 s}}\n"
        )
        places = ["--state", str(tmp_path / "state"), "--runtime", str(tmp_path / "run")]
        command = [sys.executable, "-m", "heatmon", "run", str(folder), *places]
        daemon = await asyncio.create_subprocess_exec(*command, stderr=asyncio.subprocess.DEVNULL)
        try:
            with limited(daemon.pid):
                client = ControlClient(tmp_path / "run" / "control.sock")
                async with asyncio.timeout(PATIENCE_S):
                    # Nobody tells: another process sends.
                    while sum(map(len, database.requests)) < 500:  # noqa: ASYNC110
                        await asyncio.sleep(0.1)
                answer = await client.ask("status", uuid.uuid4().hex)
                await client.close()
                assert answer["data"][0]["paths"][0]["trouble"] is None
                forwarder = child_of(tmp_path / "state")
                assert forwarder is not None
                used = peak_bytes(daemon.pid) + peak_bytes(forwarder)
                assert used < LIMIT, f"{used >> 20} MB"
                assert daemon.returncode is None
        finally:
            daemon.terminate()
            await daemon.wait()
