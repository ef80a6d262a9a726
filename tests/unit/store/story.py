"""A made-up station for the store's tests: the same inputs always bring about the same events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from heatmon.core.effect import Event
from heatmon.core.input import SYSTEM, JsonScalar
from heatmon.core.scan import Scan
from heatmon.store.entry import Notice

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND


def event(seq: int, code: str = "alarm.raised", actor: str = SYSTEM.label, **payload: str | int) -> Event:
    fields: Mapping[str, JsonScalar] = payload or {
        "alarm": "overpressure",
        "priority": "P1",
        "value_mpa": "0.612",
        "occurrence": seq,
    }
    return Event(seq, START + seq * SECOND, code, actor, seq, fields)


def checkpoint(seq: int, input_seq: int | None = None, pad: str = "") -> dict[str, Any]:
    at = seq if input_seq is None else input_seq
    return {
        "version": 1,
        "input_seq": at,
        "event_seq": seq,
        "now_ns": START + at * SECOND,
        "bundle": "b",
        "pad": pad,
    }


class FileHistory:
    """A history of numbers of inputs: one line each, on disk after `commit`. Real files, no database."""

    def __init__(self, path: Path) -> None:
        self._path, self._buffer = path, list[str]()
        self.commits = 0

    def append(self, station: str, scan: Scan, tags: tuple[str, ...]) -> None:
        self._buffer.append(f"{station} {scan.input_seq}\n")

    def commit(self) -> None:
        taken, self._buffer = self._buffer, []
        with self._path.open("a") as file:
            file.write("".join(taken))
        self.commits += 1

    def maintain(self, now_ns: int) -> tuple[Notice, ...]:
        """Nothing to keep."""
        return ()

    def retain(self, now_ns: int) -> tuple[Notice, ...]:
        """Nothing to delete."""
        return ()

    def inputs(self, station: str) -> list[int]:
        lines = self._path.read_text().splitlines() if self._path.exists() else []
        # A torn last line is no input.
        pairs = [line.split(" ") for line in lines]
        return [int(pair[1]) for pair in pairs if len(pair) == 2 and pair[0] == station and pair[1]]


class TinyEngine:
    """Every third input brings one event, every ninth two; the state is what was counted."""

    def __init__(self, state: Mapping[str, Any] | None = None) -> None:
        self.input_seq = int(state["input_seq"]) if state else 0
        self.event_seq = int(state["event_seq"]) if state else 0
        self.total = int(state["total"]) if state else 0

    def step(self) -> list[Event]:
        self.input_seq += 1
        self.total += self.input_seq
        count = 2 if self.input_seq % 9 == 0 else 1 if self.input_seq % 3 == 0 else 0
        out = []
        for _ in range(count):
            self.event_seq += 1
            fields: dict[str, JsonScalar] = {"alarm": "loss", "total": self.total}
            out.append(
                Event(
                    self.event_seq,
                    START + self.input_seq * SECOND,
                    "alarm.raised",
                    SYSTEM.label,
                    self.input_seq,
                    fields,
                )
            )
        return out

    def checkpoint(self) -> dict[str, Any]:
        return checkpoint(self.event_seq, self.input_seq) | {"total": self.total}


def told(entry: Mapping[str, Any]) -> str:
    """An entry without what differs from run to run: written_at and the chain."""
    return json.dumps({k: v for k, v in entry.items() if k not in ("written_at_ns", "hash")}, sort_keys=True)
