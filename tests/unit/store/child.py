"""A process to be killed: a tiny engine behind the real writer and journal. Run by `test_kills.py`.

Arguments: directory, number of inputs, step to die at (or -), how many times the step passes first.
It says ``E n`` when event n is known to be on disk, ``S`` when it has started.
"""

from __future__ import annotations

import asyncio
import os
import sys
from array import array
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.writer import Writer
from tests.unit.store.story import START, FileHistory, TinyEngine

STATION = "hx-1"


def say(line: str) -> None:
    os.write(1, (line + "\n").encode())


class Death:
    """Ends the process, without any clean-up, when a step is passed for the nth time."""

    def __init__(self, step: str, passes: int) -> None:
        self._step, self._left = step, passes

    def __call__(self, name: str) -> None:
        if name == self._step:
            self._left -= 1
            if self._left < 0:
                os._exit(9)


def recovered(writer: Writer, directory: Path, history: FileHistory) -> TinyEngine:
    """Checkpoint, then the later inputs the history knows; what they bring is committed again."""
    journal = writer.open_journal(STATION, directory / "journal.db")
    found = journal.recover()
    assert found.notices == (), found.notices
    engine = TinyEngine(found.checkpoint)
    for number in history.inputs(STATION):
        if number == engine.input_seq + 1 and (events := engine.step()):
            journal.append(events, engine.checkpoint(), START)
            say(f"E {engine.event_seq}")
    return engine


async def main(directory: Path, inputs: int, step: str, passes: int) -> None:
    history = FileHistory(directory / "history.txt")
    writer = Writer(history, commit_s=0.01, now_ns=lambda: START, at_step=Death(step, passes))
    writer.start()
    engine = recovered(writer, directory, history)
    say("S")
    while engine.input_seq < inputs:
        events = engine.step()
        empty = array("d")
        writer.record(STATION, Scan("d", "g", 0, 0, empty, b"", input_seq=engine.input_seq), ())
        if events or engine.input_seq % 5 == 0:
            await writer.commit(STATION, events, engine.checkpoint())
            for event in events:
                say(f"E {event.event_seq}")
    await writer.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
