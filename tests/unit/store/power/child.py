"""A daemon's store at work while its calls are recorded: days that end, packing, claims, events.

Arguments: directory, number of inputs. It says ``R n`` before input n is recorded, ``H n`` when the
history is known to hold it, ``E n`` when event n is, in the file that `disk.SAID` names.
"""

from __future__ import annotations

import asyncio
import os
import sys
from array import array
from pathlib import Path

from heatmon.core.scan import Scan
from heatmon.store.claims import Claims
from heatmon.store.history import History
from heatmon.store.writer import Writer
from tests.unit.store.power.disk import SAID
from tests.unit.store.story import START, TinyEngine

STATION, TAGS = "hx-1", ("a", "b")
SECOND = 1_000_000_000
PER_DAY = 12


def moment(number: int) -> int:
    """A second from input to input, and a new day after each twelve."""
    return START + (number // PER_DAY * 86_400 + number % PER_DAY) * SECOND


def scan(number: int) -> Scan:
    at = moment(number)
    return Scan("d", "g", at, at, array("d", [number / 10, -number]), bytes(2), input_seq=number)


async def main(directory: Path, inputs: int) -> None:
    said = os.open(directory / SAID, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    claims = Claims(directory)
    history = History(directory / "history", claims)
    cursor = claims.claim("influx")
    now = START
    writer = Writer(history, commit_s=0.002, now_ns=lambda: now)
    writer.start()
    writer.open_journal(STATION, directory / "journal.db")
    engine = TinyEngine()
    for number in range(1, inputs + 1):
        events = engine.step()
        now = moment(number)
        os.write(said, f"R {number}\n".encode())
        writer.record(STATION, scan(number), TAGS)
        await writer.commit(STATION, events, engine.checkpoint())
        os.write(said, f"H {number}\n".encode())
        for event in events:
            os.write(said, f"E {event.event_seq}\n".encode())
        if number % 7 == 0:
            _, cursor = history.read_after(None, cursor, 5)
            claims.advance("influx", cursor)
    await writer.stop()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
