"""A GSM modem behind a pseudo-terminal: takes PDUs, keeps messages, misbehaves when told to."""

from __future__ import annotations

import os
import re
import threading
import tty
from dataclasses import dataclass, field

from heatmon.notify.channels.pdu import submit_length


@dataclass
class GsmModem:
    """Serves on its own thread, like the device it stands for. trouble: answers by command, instead."""

    pin: str | None = None
    echo: bool = True
    trouble: dict[str, str] = field(default_factory=dict)
    stored: dict[int, str] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    silent: bool = False

    def __post_init__(self) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)
        self._reference = 40
        self._waiting = -1
        self._stop, self._wake = os.pipe()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Pull it out."""
        os.write(self._wake, b"x")
        self._thread.join(5)
        for handle in (self._master, self._slave, self._stop, self._wake):
            os.close(handle)

    def _run(self) -> None:
        import select

        buffer = b""
        while True:
            ready, _, _ = select.select([self._master, self._stop], [], [])
            if self._stop in ready:
                return
            buffer += os.read(self._master, 4096)
            while (match := re.search(rb"[\r\x1a\x1b]", buffer)) is not None:
                line, end = buffer[: match.start()].decode(), match[0]
                buffer = buffer[match.end() :]
                if not self.silent:
                    self._answer(line, end)

    def _say(self, *lines: str) -> None:
        os.write(self._master, "".join(f"\r\n{line}\r\n" for line in lines).encode())

    def _answer(self, line: str, end: bytes) -> None:
        if end == b"\x1b":
            self._waiting = -1
            return
        if end == b"\x1a":
            self._take(line)
            return
        self.commands.append(line)
        if self.echo:
            os.write(self._master, line.encode() + b"\r")
        if line == "ATE0":
            self.echo = False
        for command, answer in self.trouble.items():
            if line.startswith(command):
                if answer:
                    self._say(answer)
                return
        self._obey(line)

    def _obey(self, line: str) -> None:
        if line.startswith("AT+CMGS="):
            self._waiting = int(line.split("=")[1])
            # An unasked line between the command and its prompt, as real ones have them.
            self._say("+CREG: 1")
            os.write(self._master, b"\r\n> ")
        elif line == "AT+CPIN?":
            self._say("+CPIN: SIM PIN" if self.pin else "+CPIN: READY", "OK")
        elif line.startswith("AT+CPIN="):
            right = line == f'AT+CPIN="{self.pin}"'
            self.pin = None if right else self.pin
            self._say("OK" if right else "+CME ERROR: 16")
        elif line == "AT+CMGL=4":
            pairs = [f"+CMGL: {n},0,,24\r\n{pdu}" for n, pdu in sorted(self.stored.items())]
            self._say(*pairs, "OK")
        elif line.startswith("AT+CMGD="):
            self.stored.pop(int(line.split("=")[1]), None)
            self._say("OK")
        else:
            self._say("OK" if line.startswith(("ATE0", "AT+CMGF=0", "AT+CNMI")) else "ERROR")

    def _take(self, pdu: str) -> None:
        if submit_length(pdu) != self._waiting:
            self._say("+CMS ERROR: 304")
            return
        if (trouble := self.trouble.get("PDU")) is not None:
            self._say(trouble)
            return
        self.sent.append(pdu)
        self._reference += 1
        self._say(f"+CMGS: {self._reference}", "OK")


def deliver(sender: str, text: str) -> str:
    """The PDU of a reply."""
    units = text.encode("utf-16-be")
    digits = sender.removeprefix("+")
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[i + 1] + padded[i] for i in range(0, len(padded), 2))
    return f"0004{len(digits):02X}91{swapped}000862115221436523{len(units):02X}{units.hex().upper()}"


def report(reference: int, status: int) -> str:
    """The PDU of a status report."""
    stamp = "62115221436523"
    return f"0006{reference:02X}0D91683108108300F0{stamp}{stamp}{status:02X}"
