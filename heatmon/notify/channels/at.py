"""A conversation in AT commands over a serial line: one command, its lines, its end. Cancelled at once."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from typing import Final

import serial

UNASKED: Final = ("+CMTI:", "+CDS:", "+CMT:", "RING", "+CREG:", "^")
"""How lines begin that a modem sends of its own accord."""
QUEUE: Final = 200
"""Lines that nobody has asked for are kept up to this many, the oldest go first."""


class ModemError(Exception):
    """The modem says no, or nothing."""


class AtLine:
    """The serial line of a modem. Queue ``unasked``: bound 200, the oldest go first."""

    def __init__(self, port: str, baud: int) -> None:
        try:
            # pyserial sets the line up; reading and writing are the loop's, so that nothing blocks.
            self._serial = serial.Serial(port, baud, timeout=0, exclusive=True)
        except (serial.SerialException, OSError, ValueError) as error:
            raise ModemError(f"{port}: {error}") from None
        self._fd = self._serial.fileno()
        self._buffer = bytearray()
        self._arrived = asyncio.Event()
        self._broken = ""
        self.unasked: deque[str] = deque(maxlen=QUEUE)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._readable)

    def _readable(self) -> None:
        try:
            chunk = os.read(self._fd, 4096)
        except BlockingIOError:
            return
        except OSError as error:
            chunk, self._broken = b"", str(error.strerror or error)
        if not chunk:
            # Pulled out: without this the loop would be told "readable" for ever.
            self._broken = self._broken or "the line is gone"
            self._loop.remove_reader(self._fd)
        self._buffer += chunk
        self._arrived.set()

    def close(self) -> None:
        """Let go of the line."""
        self._loop.remove_reader(self._fd)
        self._serial.close()

    async def ask(self, command: str, timeout_s: float, data: str | None = None) -> list[str]:
        """Send a command, after its prompt `data`; the lines of the answer before OK.

        Raises ModemError for an error, silence, or a line that is gone.
        """
        await self._write(f"{command}\r".encode())
        lines: list[str] = []
        try:
            async with asyncio.timeout(timeout_s):
                if data is not None:
                    await self._prompt(lines)
                    await self._write(data.encode() + b"\x1a")
                while (line := await self._line()) != "OK":
                    self._sort(line, command, lines, (data or "",))
        except TimeoutError:
            await self._write(b"\x1b")
            raise ModemError(f"{command.split('=')[0]}: no answer within {timeout_s:g} s") from None
        return lines

    def _sort(self, line: str, command: str, lines: list[str], echoes: tuple[str, ...]) -> None:
        if line.startswith(("ERROR", "+CME ERROR", "+CMS ERROR")):
            raise ModemError(f"{command.split('=')[0]}: {line}")
        expected = line.startswith(command.removeprefix("AT").split("=")[0].split("?")[0] + ":")
        if line.startswith(UNASKED) and not expected:
            self.unasked.append(line)
        elif line != command and line not in echoes and line.rstrip("\x1a") not in echoes:
            lines.append(line)

    async def _prompt(self, lines: list[str]) -> None:
        while True:
            start = self._buffer.lstrip(b"\r\n")
            if start.startswith(b">"):
                self._buffer = bytearray(start[1:].lstrip(b" "))
                return
            if b"\n" in start or b"\r" in start:
                self._sort(await self._line(), "", lines, ())
                continue
            await self._more()

    async def _line(self) -> str:
        """The next line that is not empty."""
        while True:
            for end in range(len(self._buffer)):
                if self._buffer[end] in b"\r\n":
                    line = bytes(self._buffer[:end]).decode("ascii", "replace").strip()
                    del self._buffer[: end + 1]
                    if line:
                        return line
                    break
            else:
                await self._more()

    async def _more(self) -> None:
        if self._broken:
            raise ModemError(self._broken)
        self._arrived.clear()
        await self._arrived.wait()

    async def _write(self, data: bytes) -> None:
        try:
            while data:
                try:
                    data = data[os.write(self._fd, data) :]
                except BlockingIOError:
                    await asyncio.sleep(0.01)
        except OSError as error:
            raise ModemError(str(error.strerror or error)) from None
