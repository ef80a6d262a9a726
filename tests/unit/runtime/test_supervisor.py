"""What hangs or crashes is replaced, and the watchdog is only fed while something moves."""

from __future__ import annotations

import asyncio
import logging
from array import array
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from heatmon.core.quality import Quality
from heatmon.driver import Block, Notice, ReadPlan, Session
from heatmon.runtime.poller import Poller
from heatmon.runtime.supervisor import HELPED_WITHIN_S, LONGEST_WAIT_S, Supervisor, Watched
from tests.unit.runtime.bench import Heard, link, plan, poller
from tests.virtual import clock, run


class Scripted:
    """A driver's session that does what its test says in `read`."""

    def __init__(self, work: Callable[[], object]) -> None:
        self._work = work

    async def connect(self) -> None:
        """Always there."""

    async def read(self, plan: ReadPlan) -> Block:
        result = self._work()
        if asyncio.iscoroutine(result):
            await result
        n = len(plan.tags)
        return Block(array("d", [1.0]) * n, bytes(n))

    async def probe(self, plan: ReadPlan) -> None:
        await self.read(plan)

    async def close(self) -> None:
        """Nothing to close."""

    def notices(self) -> Sequence[Notice]:
        return ()


class Care:
    """A supervisor over one poller, checked once a second."""

    def __init__(self, sessions: Callable[[], Session]) -> None:
        self.supervisor, self.heard, self.told = Supervisor(), Heard(), list[str]()
        line = link()

        def make() -> Poller:
            return poller(line, sessions(), [plan(line, 1)], self.heard, clock())

        self.watched: Watched = self.supervisor.add(make, self.told.append)

    async def for_seconds(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            await asyncio.sleep(1)
            self.supervisor.check()


@asynccontextmanager
async def care(sessions: Callable[[], Session]) -> AsyncIterator[Care]:
    made = Care(sessions)
    try:
        yield made
    finally:
        await made.supervisor.stop()


async def for_ever() -> None:
    await asyncio.Event().wait()


def good() -> Scripted:
    return Scripted(lambda: None)


def test_one_that_waits_for_ever_is_replaced_after_three_cycles_and_ten_seconds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def story() -> None:
        sessions = iter([Scripted(for_ever), good()])
        async with care(lambda: next(sessions)) as it:
            await it.for_seconds(13)
            assert it.watched.restarts == 0
            await it.for_seconds(3)
            assert it.watched.restarts == 1
            assert it.told == ["no progress for 14 s"]
            assert it.heard.last("u1") == Quality.STALE
            await it.for_seconds(5)
            assert it.heard.last("u1") == Quality.GOOD
            assert it.watched.replaced_at is None
            assert not it.watched.abandoned

    with caplog.at_level(logging.ERROR):
        run(story())
    # The log says where it stood, down to the function that does not return.
    assert "in Poller.run" in caplog.text
    assert "in for_ever" in caplog.text
    assert "test_supervisor.py" in caplog.text


def test_one_that_swallows_its_cancellation_is_left_behind() -> None:
    async def story() -> None:
        let_go = asyncio.Event()

        async def stubborn() -> None:
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue

        sessions = iter([Scripted(stubborn), good()])
        async with care(lambda: next(sessions)) as it:
            await it.for_seconds(20)
            assert it.watched.restarts == 1
            assert len(it.watched.abandoned) == 1
            assert it.heard.last("u1") == Quality.GOOD
            began = asyncio.get_running_loop().time()
            await it.supervisor.stop()
            assert asyncio.get_running_loop().time() - began <= 1.0
            # When it lets go at last, it ends and does not poll beside its replacement.
            blocks = len(it.heard.blocks["u1"])
            let_go.set()
            await asyncio.sleep(10)
            assert not it.watched.abandoned
            assert len(it.heard.blocks["u1"]) == blocks

    run(story())


def test_a_link_whose_tasks_never_end_takes_only_so_many_connections() -> None:
    async def story() -> None:
        let_go = asyncio.Event()
        made = 0

        async def stubborn() -> None:
            while not let_go.is_set():
                try:
                    await let_go.wait()
                except asyncio.CancelledError:
                    continue

        def another() -> Session:
            nonlocal made
            made += 1
            return Scripted(stubborn)

        async with care(another) as it:
            await it.for_seconds(3600)
            assert made == 6
            assert not it.supervisor.healthy(1)
            let_go.set()

    run(story())


def test_a_crash_is_told_at_once_and_started_again_at_growing_intervals() -> None:
    async def story() -> None:
        made: list[float] = []

        def crash() -> None:
            raise RuntimeError("a bug of the driver")

        def another() -> Session:
            made.append(asyncio.get_running_loop().time())
            return Scripted(crash)

        async with care(another) as it:
            await it.for_seconds(600)
            assert it.told[0] == "it crashed: RuntimeError('a bug of the driver')"
            assert 10 < len(made) < 20
            assert made[-1] - made[-2] <= LONGEST_WAIT_S + 3
            assert it.heard.last("u1") == Quality.STALE

    run(story())


def test_a_long_read_that_moves_is_no_hang() -> None:
    async def story() -> None:
        class Long(Scripted):
            """Answers a request every second and needs a minute for its read."""

            answered = 0

            async def read(self, plan: ReadPlan) -> Block:
                for _ in range(60):
                    await asyncio.sleep(1)
                    self.answered += 1
                return await super().read(plan)

            def retry_s(self, _tag: str) -> float | None:
                return None

        async with care(lambda: Long(lambda: None)) as it:
            await it.for_seconds(200)
            assert it.watched.restarts == 0
            assert it.heard.last("u1") == Quality.GOOD

    run(story())


def test_with_one_station_the_watchdog_starves_when_replacing_does_not_help() -> None:
    async def story() -> None:
        async with care(lambda: Scripted(for_ever)) as it:
            await it.for_seconds(14)
            assert it.supervisor.healthy(1)
            await it.for_seconds(HELPED_WITHIN_S)
            assert it.supervisor.healthy(1)
            await it.for_seconds(2)
            assert not it.supervisor.healthy(1)
            # With many stations it is that station's alarm, and the others live on.
            assert it.supervisor.healthy(2)

    run(story())


def test_the_watchdog_is_fed_again_once_a_replacement_has_helped() -> None:
    async def story() -> None:
        broken = [True]

        async def perhaps() -> None:
            if broken[0]:
                await for_ever()

        async with care(lambda: Scripted(perhaps)) as it:
            await it.for_seconds(100)
            assert not it.supervisor.healthy(1)
            broken[0] = False
            await it.for_seconds(LONGEST_WAIT_S + 20)
            assert it.supervisor.healthy(1)

    run(story())
