"""One batch on its way: whole, then in halves where the server wants that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from heatmon.export.ledger import Outcome
from heatmon.export.line import MEASUREMENT
from heatmon.export.progress import Progress
from heatmon.export.sieve import Refused, Sieve
from heatmon.export.source import Batch, hour_of
from heatmon.store.cursor import Cursor

Lane = Literal["front", "past", "events", "parked", "again"]


@dataclass(slots=True)
class Job:
    """A batch, where it belongs, and how far it has come.

    stream: of the events. number: of the parked line, or of the hour that is sent once more.
    """

    lane: Lane
    batch: Batch
    stream: str = ""
    number: int = 0
    sieve: Sieve | None = None

    @property
    def text(self) -> str:
        """What to send next."""
        return self.batch.text if self.sieve is None else "".join(self.sieve.part)

    @property
    def rows(self) -> int:
        """How many lines that is."""
        return self.batch.rows if self.sieve is None else len(self.sieve.part)

    def accepted(self) -> bool:
        """What was sent is taken; whether the whole batch is done."""
        if self.sieve is None:
            return True
        self.sieve.accepted()
        return self.sieve.done

    def refused(self, why: str) -> bool:
        """What was sent is refused for ever, or too large; whether the whole batch is done."""
        if self.sieve is None:
            self.sieve = Sieve(self.batch.text.splitlines(keepends=True))
        self.sieve.refused(why)
        return self.sieve.done

    @property
    def hopeless(self) -> bool:
        """Whether the server seems to refuse everything."""
        return self.sieve is not None and self.sieve.hopeless

    @property
    def taken(self) -> int:
        """Lines accepted so far, once the batch is sifted."""
        return 0 if self.sieve is None else self.sieve.taken

    @property
    def parked(self) -> list[Refused]:
        """Lines that were refused for good."""
        return [] if self.sieve is None else self.sieve.refusals

    def outcome(self, at_ns: int, history: Progress | None) -> Outcome:
        """What the ledger is to record now that the batch is done."""
        batch, hours = self.batch, dict(self.batch.hours)
        for refusal in self.parked:
            if is_sample(refusal.line):
                hours[hour_of(refusal.line)] -= 1
        places: Mapping[str, Cursor] = {self.stream: batch.to} if self.stream else {}
        return Outcome(
            at_ns,
            batch.rows - len(self.parked),
            batch.moved,
            batch.merged,
            {hour: count for hour, count in hours.items() if count},
            self.parked,
            history,
            places,
        )


def is_sample(line: str) -> bool:
    """Whether a line is a sample, which the hours count."""
    return line.startswith(f"{MEASUREMENT},")


def parked_job(number: int, line: str) -> Job:
    """A line that was set aside and is to be sent once more."""
    hours = {hour_of(line): 1} if is_sample(line) else {}
    text = line if line.endswith("\n") else line + "\n"
    return Job("parked", Batch(text, 1, Cursor(), hours=hours), number=number)
