"""A process to be killed: plans messages from a journal of numbers, sends them to a file.

Arguments: directory, how many entries to add to the journal first at most. It says ``S`` when it has
started and a line for each message.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from heatmon.notify.outbox import Outbox
from heatmon.notify.row import Draft
from heatmon.notify.states import Trigger

ENTRY = {"time_ns": 0, "code": "c", "actor": "x", "head": "0", "simulated": False, "fields": {}}


def append(path: Path, line: str) -> None:
    """One line, whole or not at all, as a receiver sees it."""
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(handle, line.encode())
    os.close(handle)


def main(directory: Path, entries: int) -> None:
    outbox, journal = Outbox(directory / "outbox.db"), directory / "journal.txt"
    os.write(1, b"S\n")
    for unsure in outbox.restart("s", 0):
        send(outbox, directory, unsure.id)
    cursor = outbox.cursor("s", 0)
    written = int(journal.read_text().splitlines()[-1]) if journal.exists() else 0
    while True:
        if entries:
            entries, written = entries - 1, written + 1
            append(journal, f"{written}\n")
        if cursor < written:
            with outbox.writing():
                outbox.add([Draft("s", written, "p", "c", 0, "-", str(written), "raised", "P1", 0, ENTRY)], 0)
                outbox.add([Draft("s", n, "p", "c", 0, "-", str(n), "raised", "P1", 0, ENTRY)
                            for n in range(cursor + 1, written)], 0)  # fmt: skip
                outbox.advance("s", written)
            cursor = written
        while (row := outbox.next("s", "c", 0)) is not None:
            send(outbox, directory, row.id)
        if not entries:
            return


def send(outbox: Outbox, directory: Path, message: int) -> None:
    row = outbox.mark(outbox.row(message), Trigger.SEND, 0)
    append(directory / "sent.txt", f"{row.event_seq} {row.key}\n")
    outbox.mark(row, Trigger.CONFIRMED, 0)
    os.write(1, f"{row.event_seq}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
