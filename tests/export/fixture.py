"""A store with real rows, and forwarders over it with time in the test's hand."""

from __future__ import annotations

import hashlib
import json
import random
from array import array
from pathlib import Path
from typing import Any

from heatmon.core.effect import Event
from heatmon.core.scan import Scan
from heatmon.core.spec import Destination
from heatmon.export.forwarder import Forwarder
from heatmon.export.ledger import Ledger
from heatmon.export.source import Source, journal_file
from heatmon.export.transport import InfluxTransport, Transport
from heatmon.store.claims import Claims
from heatmon.store.history import History
from heatmon.store.journal import Journal

SECOND = 1_000_000_000
START = 1_764_028_800 * SECOND
"""2025-11-25 00:00 UTC."""
TAGS = tuple(f"t{n}" for n in range(10))


def settings(**more: Any) -> dict[str, Any]:
    """The smallest station with ten tags, as it stands in a bundle."""
    words = {"en": "x", "zh": "x"}
    return {
        "station": {"id": "S1", "name": words},
        "links": [{"id": "lan", "driver": "memory"}],
        "devices": [{"id": "plc", "link": "lan", "groups": [{"id": "fast", "period": "1 s"}]}],
        "tags": [
            {"id": tag, "device": "plc", "group": "fast", "name": words, "unit": "°C", "address": {}}
            for tag in TAGS
        ],
        **more,
    }


class Store:
    """A state directory with one station, written as the daemon writes it."""

    def __init__(self, state: Path, data: dict[str, Any] | None = None, station: str = "S1") -> None:
        self.state, self.station = state, station
        self.history = History(state / "history")
        self.journal = Journal(journal_file(state, station), station)
        content = json.dumps(
            data if data is not None else settings(), ensure_ascii=False, sort_keys=True
        ).encode()
        self.bundle = hashlib.sha256(content).hexdigest()
        self.journal.put_bundle(self.bundle, content)
        self._random = random.Random(7)
        self._walk = [50.0 + n for n in range(len(TAGS))]
        self.input_seq = self.event_seq = 0
        self.event("service.started", START, cause="first start")

    def event(self, code: str, at_ns: int, **payload: Any) -> None:
        self.event_seq += 1
        event = Event(self.event_seq, at_ns, code, "heatmon@system/none", self.input_seq, payload)
        checkpoint = {
            "version": 1, "input_seq": self.input_seq, "event_seq": self.event_seq, "now_ns": at_ns,
            "bundle": self.bundle,
        }  # fmt: skip
        self.journal.append([event], checkpoint, at_ns)

    def scan(self, at_ns: int, **more: Any) -> Scan:
        """One more cycle of ten tags, quantised as a PLC does."""
        self._walk = [value + self._random.gauss(0, 0.05) for value in self._walk]
        self.input_seq += 1
        values = array("d", [round(value, 1) for value in self._walk])
        scan = Scan("plc", "fast", at_ns, at_ns, values, bytes(len(TAGS)), input_seq=self.input_seq, **more)
        self.history.append(self.station, scan, TAGS)
        return scan

    def fill(self, first_ns: int, count: int, step_s: float = 1.0) -> int:
        """So many cycles; the time behind the last."""
        for n in range(count):
            self.scan(first_ns + int(n * step_s * SECOND))
        self.history.commit()
        return first_ns + int(count * step_s * SECOND)

    def text(self) -> str:
        """Every line that should arrive."""
        source = Source(self.state, [self.station])
        from heatmon.store.cursor import Cursor

        lines, at = "", Cursor()
        while True:
            batch = source.front(at, 5000)
            lines, at = lines + batch.text, batch.to
            if not batch.rows:
                break
        after = 0
        while (events := source.events(self.station, after)).rows:
            lines, after = lines + events.text, events.to.position
        source.close()
        return lines


def destination(url: str, **more: Any) -> Destination:
    return Destination.model_validate(
        {"id": "tsdb", "kind": "victoriametrics", "url": url, "every": "0.5 s", **more}
    )


class Hand:
    """Time in the test's hand: monotonic seconds and UTC."""

    def __init__(self, wall_ns: int) -> None:
        self.wall_ns, self.steady_s = wall_ns, 0.0

    def pass_s(self, seconds: float) -> None:
        self.steady_s += seconds
        self.wall_ns += int(seconds * SECOND)


class Path_:  # noqa: N801  a path of the test, not pathlib's
    """A forwarder over a state directory, as its process has it; `reopen` is what a kill leaves."""

    def __init__(self, state: Path, to: Destination, hand: Hand, transport: Transport | None = None) -> None:
        self._state, self.to, self.hand, self._transport = state, to, hand, transport
        self.forwarder = self._open()

    def _open(self) -> Forwarder:
        self.ledger = Ledger(self._state)
        self.claims = Claims(self._state)
        return Forwarder(
            self.to,
            Source(self._state, ["S1"]),
            self.ledger,
            self.claims,
            self._transport or InfluxTransport(self.to),
            wall_ns=lambda: self.hand.wall_ns,
            steady_s=lambda: self.hand.steady_s,
            chance=lambda: 0.5,
        )

    async def reopen(self) -> None:
        await self.close()
        self.forwarder = self._open()

    async def close(self) -> None:
        await self.forwarder.close()
        self.ledger.close()
        self.claims.close()

    async def run(self, turns: int = 1000, until_idle: bool = True) -> int:
        """Turns, each wait passed at once in the test's time; until nothing is left. The number of turns."""
        idle = 0
        for n in range(turns):
            before = self.forwarder.progress.past, len(self.forwarder.progress.islands), self.sent
            pause = await self.forwarder.turn()
            self.hand.pass_s(max(pause, 0.001))
            after = self.forwarder.progress.past, len(self.forwarder.progress.islands), self.sent
            idle = idle + 1 if before == after else 0
            asked = self.ledger.asked_hour(self.to.id)
            if until_idle and idle > 8 and self.forwarder.idle and asked is None:
                return n
        return turns

    @property
    def sent(self) -> int:
        return self.ledger.accepted(self.to.id).rows
