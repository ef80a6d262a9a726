"""Reading a device without doing it any harm: one request at a time, slowly, and never what it refused twice.

Each answer is written to the notebook at once, so that a scan that was stopped goes on where it was.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from heatmon.driver import DriverError
from heatmon_drivers.modbus.block import BlockRead, Manner
from heatmon_drivers.modbus.framing import DeviceRefusedError, ForeignReplyError
from heatmon_drivers.modbus.line import Line, close_line, open_line
from heatmon_drivers.modbus.options import LinkOptions

Area = Literal["holding", "input"]
FUNCTION: Final = {"holding": 3, "input": 4}
SILENT_AFTER: Final = 2
"""A unit that does not answer so many requests in a row is not there."""
PASSES: Final = 2
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Window:
    """Neighbouring registers of one unit, asked for at once."""

    unit: int
    area: Area
    first: int
    count: int

    @property
    def key(self) -> str:
        """Its name in the notebook."""
        return f"{self.unit}/{self.area}/{self.first}+{self.count}"

    def halves(self) -> tuple[Window, Window]:
        """Two windows that are this one."""
        half = self.count // 2
        return (
            Window(self.unit, self.area, self.first, half),
            Window(self.unit, self.area, self.first + half, self.count - half),
        )


@dataclass(slots=True)
class Notebook:
    """What has been found. words: per pass, "unit/area" and register; done: windows by pass and key."""

    file: Path
    words: list[dict[str, dict[int, int]]] = field(default_factory=lambda: [{} for _ in range(PASSES)])
    done: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, file: Path) -> Notebook:
        """As it was left, or empty. Raises OSError, ValueError for a file that is none."""
        if not file.exists():
            return cls(file)
        data = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("heatmon_probe") != VERSION:
            raise ValueError(f"{file} is no notebook of a probe")
        words = [
            {place: {int(register): word for register, word in found.items()} for place, found in one.items()}
            for one in data["words"]
        ]
        return cls(file, words, data["done"])

    def note(self, number: int, window: Window, outcome: str, words: Sequence[int] = ()) -> None:
        """Write down an answer, on disk before the next question."""
        self.done[f"{number}:{window.key}"] = outcome
        if words:
            found = self.words[number].setdefault(f"{window.unit}/{window.area}", {})
            found.update({window.first + n: word for n, word in enumerate(words)})
        half = self.file.with_suffix(".part")
        data: dict[str, Any] = {"heatmon_probe": VERSION, "words": self.words, "done": self.done}
        half.write_text(json.dumps(data), encoding="utf-8")
        half.replace(self.file)


class Scan:
    """Reads all windows twice. rest_s: pause between requests; told(done, all): progress."""

    def __init__(
        self, options: LinkOptions, notebook: Notebook, rest_s: float, told: Callable[[int, int], None]
    ) -> None:
        self._options, self._notebook, self._rest_s, self._told = options, notebook, rest_s, told
        self._line: Line | None = None
        self._silent: dict[int, int] = {}
        self.requests = 0

    async def run(self, windows: Sequence[Window], between_s: float) -> None:
        """Both passes, with a pause so that values can move. Raises DriverError when the line is gone."""
        try:
            for number in range(PASSES):
                wanted = windows if number == 0 else list(self._found())
                for n, window in enumerate(wanted):
                    await self._window(number, window)
                    self._told(number * len(windows) + n + 1, len(windows) + len(wanted))
                if number == 0:
                    await asyncio.sleep(between_s)
        finally:
            await close_line(self._line)

    def _found(self) -> Iterator[Window]:
        """Windows that were answered in the first pass, as they were asked."""
        for key, outcome in tuple(self._notebook.done.items()):
            if key.startswith("0:") and outcome == "read":
                unit, area, span = key[2:].split("/")
                first, count = span.split("+")
                yield Window(int(unit), "input" if area == "input" else "holding", int(first), int(count))

    async def _window(self, number: int, window: Window) -> None:
        if (
            f"{number}:{window.key}" in self._notebook.done
            or self._silent.get(window.unit, 0) >= SILENT_AFTER
        ):
            if self._notebook.done.get(f"{number}:{window.key}") == "split":
                for half in window.halves():
                    await self._window(number, half)
            return
        try:
            words = await self._ask(window)
        except DeviceRefusedError:
            self._silent[window.unit] = 0
            if window.count == 1:
                self._notebook.note(number, window, "refused")
                return
            self._notebook.note(number, window, "split")
            for half in window.halves():
                await self._window(number, half)
        except (TimeoutError, ForeignReplyError, ConnectionError):
            # Whatever is in doubt ends the connection: a late answer must not become the next one.
            self._silent[window.unit] = self._silent.get(window.unit, 0) + 1
            await close_line(self._line)
            self._line = None
        else:
            self._silent[window.unit] = 0
            self._notebook.note(number, window, "read", words)

    async def _ask(self, window: Window) -> tuple[int, ...]:
        if self._line is None:
            self._line = await self._opened()
        await asyncio.sleep(self._rest_s)
        self.requests += 1
        read = BlockRead(
            Manner(window.unit), FUNCTION[window.area], window.first, window.count, (), (), None,
            window.unit, 2 * window.count, 0.0,
        )  # fmt: skip
        data = await self._line.ask(read, self._options.timeout_s)
        return struct.unpack(f">{window.count}H", data)

    async def _opened(self) -> Line:
        try:
            return await open_line(self._options)
        except ConnectionRefusedError as error:
            raise DriverError("connect", "refused", str(error)) from None
        except TimeoutError:
            raise DriverError("connect", "timeout", "nobody answers") from None
        except (OSError, ValueError) as error:
            raise DriverError("connect", "unreachable", str(error)) from None


async def heard_on(device: str, baudrate: int, seconds: float) -> int:
    """Bytes that others send on a serial line within so many seconds; nothing is sent. Raises OSError."""
    import serial

    def listen() -> int:
        with serial.Serial(device, baudrate, timeout=seconds) as port:
            return len(port.read(1))

    return await asyncio.to_thread(listen)


def windows_of(
    units: Sequence[int], areas: Sequence[Area], registers: range, size: int, skipped: Sequence[range]
) -> list[Window]:
    """Windows of at most `size` registers over the range, none of which touches a skipped one."""
    made = []
    for unit in units:
        for area in areas:
            first: int | None = None
            for register in [*registers, registers.stop]:
                allowed = register in registers and not any(register in span for span in skipped)
                full = first is not None and register - first >= size
                if first is not None and (not allowed or full):
                    made.append(Window(unit, area, first, register - first))
                    first = None
                if allowed and first is None:
                    first = register
    return made
