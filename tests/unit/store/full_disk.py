"""A process whose files may not grow: the kernel refuses for real. Run by `test_full_disk.py`.

The limit on file size stands for the disk; giving up a reserve file raises it, as freed room would.
Prints one JSON object with what happened.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from array import array
from pathlib import Path

from heatmon.core.effect import Event
from heatmon.core.scan import Scan
from heatmon.store.entry import Notice
from heatmon.store.errors import JournalNotWritable
from heatmon.store.reserve import Reserve
from heatmon.store.writer import Writer
from tests.unit.store.story import FileHistory, checkpoint, event

STEP = 120_000


class LimitReserve(Reserve):
    """A reserve whose release lets files grow."""

    def give_up(self) -> bool:
        if (released := super().give_up()) is True:
            limit_files(resource.getrlimit(resource.RLIMIT_FSIZE)[0] + STEP)
        return released

    def ample(self) -> bool:
        return resource.getrlimit(resource.RLIMIT_FSIZE)[0] == resource.RLIM_INFINITY


def limit_files(size: int) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


async def main(directory: Path) -> dict[str, object]:
    said: list[str] = []
    recovered = asyncio.Event()

    def hear(notice: Notice) -> None:
        said.append(notice.code)
        if notice.code == "store.disk.good":
            recovered.set()

    reserve = LimitReserve(directory, events_bytes=4096, last_bytes=4096)
    writer = Writer(
        FileHistory(directory / "history.txt"), reserve=reserve, commit_s=0.01, regain_s=0.01, on_trouble=hear
    )
    writer.start()
    journal = writer.open_journal("hx-1", directory / "journal.db")
    await writer.commit("hx-1", [event(1)], checkpoint(1))
    limit_files(STEP)
    seq, counted_from, stages = 1, 0, []
    refused: list[Event] = []
    while not refused:
        seq += 1
        stages.append(writer.stage)
        # Long texts, so that the end comes soon. One in two may wait.
        kind = "P3" if seq % 2 else "P1"
        one = event(seq, alarm="a", priority=kind, text="x" * 2000)
        if writer.stage == "last" and not counted_from:
            counted_from = seq
        try:
            await writer.commit("hx-1", [one], checkpoint(seq))
        except JournalNotWritable:
            refused.append(one)
    on_disk_when_refused = journal.head().event_seq
    scans = writer.dropped_scans
    writer.record("hx-1", Scan("d", "g", 0, 0, array("d"), b"", input_seq=1), ())
    stage_when_refused, dropped = writer.stage, writer.dropped_scans - scans
    # Somebody makes room; the caller still has what was refused.
    limit_files(resource.RLIM_INFINITY)
    await writer.commit("hx-1", [*refused, event(seq + 1)], checkpoint(seq + 1))
    await recovered.wait()
    await writer.stop()
    return {
        "said": said,
        "stages": sorted(set(stages)),
        "counted_from": counted_from,
        "on_disk_when_refused": on_disk_when_refused,
        "stage_when_refused": stage_when_refused,
        "dropped": dropped,
        "last": seq + 1,
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
