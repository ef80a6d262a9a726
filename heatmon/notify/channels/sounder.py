"""The horn at the station: a program named in the settings, with its arguments, never a shell."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import suppress
from typing import Final

from heatmon.core.spec.channel import Sounder
from heatmon.notify.channel import Message, Outcome, shortened

LIMIT_S: Final = 10.0
OUTPUT_MOST: Final = 2000
GENTLE_S: Final = 0.5


class SounderChannel:
    """Delivered when the program ends with 0 within 10 s; what hangs is ended with all its children."""

    def __init__(self, settings: Sounder, limit_s: float = LIMIT_S) -> None:
        self.kind, self.per_minute, self.per_second = "sounder", settings.per_minute, None
        self.limit_bytes = 0
        self._argv, self._limit_s = settings.argv, limit_s

    async def send(self, message: Message) -> Outcome:
        """Run it once. Nothing of the message but its kind and priority reaches the program."""
        environment = {
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
            "HEATMON_PRIORITY": message.priority,
            "HEATMON_KIND": message.fields.get("kind", ""),
        }
        try:
            process = await asyncio.create_subprocess_exec(
                *self._argv,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.PIPE,
                env=environment,
                start_new_session=True,
            )
        except OSError as error:
            return Outcome("broken", shortened(f"{self._argv[0]}: {error.strerror or error}"))
        try:
            async with asyncio.timeout(self._limit_s):
                said = await _read_some(process)
                await process.wait()
        except TimeoutError:
            return Outcome("broken", f"still running after {self._limit_s:g} s, ended")
        finally:
            await _end(process)
        if process.returncode == 0:
            return Outcome("confirmed", "exit 0")
        return Outcome("broken", shortened(f"exit {process.returncode} {said}"))

    async def close(self) -> None:
        """Nothing to let go of."""


async def _read_some(process: asyncio.subprocess.Process) -> str:
    """The first of what it says on stderr; the rest is read and forgotten, so that it never blocks."""
    assert process.stderr is not None
    kept = b""
    while chunk := await process.stderr.read(4096):
        kept = (kept + chunk)[:OUTPUT_MOST]
    return kept.decode("utf-8", "replace")


async def _end(process: asyncio.subprocess.Process) -> None:
    """End what is left of the program and its children: first asked, then killed."""
    with suppress(ProcessLookupError):
        if process.returncode is None:
            os.killpg(process.pid, signal.SIGTERM)
            with suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), GENTLE_S)
        os.killpg(process.pid, signal.SIGKILL)
    await process.wait()
