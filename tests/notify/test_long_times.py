"""Minutes and hours in virtual time: losing dispatch, climbing to the next person."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from heatmon.notify.channel import Message, Outcome
from heatmon.runtime.clock import SECOND, Clock
from tests.notify.station import START, Station, settings
from tests.notify.virtual import VirtualLoop, run_virtually

HOUR = 3600 * SECOND


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory where there is one: durability is not the subject here, and fsyncs are real time."""
    memory = Path("/dev/shm")
    if not memory.is_dir():
        yield tmp_path
        return
    with TemporaryDirectory(dir=memory) as folder:
        yield Path(folder)


class Robot:
    """A provider in this loop: takes at most 20 in any minute, and is dead when told so."""

    def __init__(self, clock: Clock, per_minute: int = 20) -> None:
        self.kind, self.per_minute, self.per_second, self.limit_bytes = "wecom", per_minute, None, 2048
        self._clock = clock
        self.dead = False
        self.attempts: list[int] = []
        self.taken: list[tuple[int, Message]] = []

    async def send(self, message: Message) -> Outcome:
        now = self._clock.now_ns()
        self.attempts.append(now)
        if self.dead:
            return Outcome("broken", "no connection")
        self.taken.append((now, message))
        assert sum(now - at < 60 * SECOND for at, _ in self.taken) <= self.per_minute
        return Outcome("confirmed", "errcode 0")

    async def close(self) -> None:
        """Nothing to close."""


Tale = Callable[[Station, dict[str, Robot], VirtualLoop], Awaitable[None]]


def told(
    path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tale: Tale,
    channels: tuple[str, ...] = ("a",),
    look_ns: int = 600 * SECOND,
    **changes: Any,
) -> None:
    """Tell a tale in virtual time about a station with these channels."""

    # Nothing here needs a look around more often; days would take minutes.
    monkeypatch.setattr("heatmon.notify.dispatcher.LOOK_NS", look_ns)

    async def story(loop: VirtualLoop) -> None:
        clock = Clock(1.0, START, monotonic=lambda: int(loop.time() * 1e9))
        robots = {name: Robot(clock) for name in channels}
        monkeypatch.setattr("heatmon.notify.ways.open_channel", lambda one: robots[one.token.name])
        specs = [{"kind": "wecom", "id": name, "token": f"${{env:{name}}}"} for name in channels]
        alarms = changes.pop("alarms", None)
        more = {"alarms": alarms} if alarms is not None else {}
        station = Station(path, clock, settings(specs, **changes), **more)
        await station.start()
        try:
            await tale(station, robots, loop)
        finally:
            await station.stop()

    run_virtually(story)


async def passes(ns: int) -> None:
    """Virtual time goes by."""
    await asyncio.sleep(ns / SECOND)


def test_losing_dispatch_raises_the_local_path_and_its_return_is_told(
    room: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def tale(station: Station, robots: dict[str, Robot], _loop: VirtualLoop) -> None:
        robots["a"].dead = robots["b"].dead = True
        station.feed(0.3, 90.0)
        await passes(20 * 60 * SECOND)
        assert station.codes("dispatch.") == ["dispatch.lost"]
        robots["b"].dead = False
        await passes(30 * 60 * SECOND)
        assert station.codes("dispatch.") == ["dispatch.lost", "dispatch.restored"]
        lost = station.entries("dispatch.lost")[0].fields
        assert lost["channels"] == "a, b"

    told(room, monkeypatch, tale, ("a", "b"), 30 * SECOND, dispatch="dispatch")


def test_an_alarm_climbs_to_the_next_person_in_time(room: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = [{"after": "0 s", "to": ["dispatch"]}, {"after": "2 min", "to": ["shift"]}]
    escalation = [{"priority": "P1", "steps": steps}, {"priority": "P3", "steps": steps[:1]}]

    async def tale(station: Station, robots: dict[str, Robot], _loop: VirtualLoop) -> None:
        station.feed(0.7)
        for _ in range(6):
            await passes(30 * SECOND)
            station.feed(0.7)
            station.shell.tick()
        to = [(row.kind, row.recipient) for row in station.rows() if row.kind == "escalated"]
        assert to == [("escalated", "li"), ("escalated", "zhang")]
        text = next(m.text for _, m in robots["a"].taken if "无人处置" in m.text)
        assert "已通知：Li Si (a)" in text

    told(room, monkeypatch, tale, escalation=escalation)
