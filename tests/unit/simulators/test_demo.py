"""`make run` in a terminal of its own: the page, a key, Ctrl-C, and nothing left behind."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

PATIENCE_S = 90.0


class Terminal:
    """A program in a pseudo-terminal of 24 lines, and everything it has drawn."""

    def __init__(self, language: str, folder: Path, *words: str) -> None:
        self._master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        program = "from heatmon.cli import main; raise SystemExit(main())"
        environment = {**os.environ, "HEATMON_LANG": language, "TERM": "xterm", "TMPDIR": str(folder)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, "demo", *words],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=environment,
            start_new_session=True,
        )
        os.close(slave)
        self.drawn = ""

    def until(self, word: str) -> None:
        """Read until a word has been drawn since the last call."""
        deadline = time.monotonic() + PATIENCE_S
        begin = len(self.drawn)
        while word not in self.drawn[begin:]:
            left = deadline - time.monotonic()
            assert left > 0, f"{word!r} never came:\n{self.drawn[-3000:]}"
            ready, _, _ = select.select([self._master], [], [], left)
            if ready:
                self._read()

    def _read(self) -> None:
        try:
            data = os.read(self._master, 65536).decode(errors="replace")
        except OSError:
            data = ""
        assert data, f"it ended:\n{self.drawn[-3000:]}"
        self.drawn += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", data)

    def press(self, key: str) -> None:
        os.write(self._master, key.encode())

    def end(self, number: int) -> int:
        """Send a signal, read to the end; the exit code."""
        self.process.send_signal(number)
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "it does not end"
            if select.select([self._master], [], [], 0.05)[0]:
                try:
                    os.read(self._master, 65536)
                except OSError:
                    break
        os.close(self._master)
        return self.process.wait(PATIENCE_S)


@pytest.mark.parametrize(
    ("language", "banner", "alarm", "answer"),
    [
        ("en", "SIMULATED", "return pressure above", "acknowledged"),
        ("zh", "模拟", "二次回水压力超过", "已确认"),
    ],
)
def test_a_newcomer_sees_the_overpressure_acknowledges_it_and_leaves(
    tmp_path: Path, language: str, banner: str, alarm: str, answer: str
) -> None:
    terminal = Terminal(language, tmp_path)
    try:
        terminal.until(banner)
        terminal.until(alarm)
        terminal.press("a")
        terminal.until(answer)
        assert terminal.end(signal.SIGINT) == 0
    finally:
        terminal.process.kill()
        terminal.process.wait()
    assert list(tmp_path.iterdir()) == []


def test_q_before_anything_and_an_end_by_itself_are_clean_too(tmp_path: Path) -> None:
    terminal = Terminal("en", tmp_path, "--seconds", "0.5")
    assert terminal.process.wait(PATIENCE_S) == 0
    os.close(terminal._master)
    assert list(tmp_path.iterdir()) == []
