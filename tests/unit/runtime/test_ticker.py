"""One timer for everybody who waits for the same instant, and a grid that does not drift."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heatmon.runtime.clock import MS, SECOND, Clock
from heatmon.runtime.ticker import PHASES, Ticker, next_due, phase_ns
from tests.virtual import START_NS, clock, run


@given(st.integers(0, 10**19), st.integers(1, 86_400_000), st.integers(0, 86_400_000))
def test_the_next_instant_lies_on_the_grid_and_less_than_a_period_ahead(
    now: int, ms: int, shift: int
) -> None:
    period, offset = ms * MS, shift * MS % (ms * MS)
    due = next_due(now, period, offset)
    assert now < due <= now + period
    assert (due - offset) % period == 0


def test_neighbours_start_on_different_phases_of_the_second() -> None:
    phases = [phase_ns(number) for number in range(PHASES)]
    assert sorted(phases) == [k * SECOND // PHASES for k in range(PHASES)]


@pytest.mark.parametrize("factor", [0.5, 1.0, 60.0])
def test_everybody_wakes_at_the_instant_and_shares_the_wake_up(factor: float) -> None:
    async def story() -> None:
        station = clock(factor)
        ticker, woken, loop = Ticker(station), list[tuple[int, int]](), asyncio.get_running_loop()
        timers = 0
        call_later = loop.call_later

        def counted(*args: object) -> object:
            nonlocal timers
            timers += 1
            return call_later(*args)  # type: ignore[arg-type]

        loop.call_later = counted  # type: ignore[method-assign, assignment]

        async def waiter(number: int) -> None:
            for k in range(1, 11):
                instant = START_NS + k * SECOND
                await ticker.until(instant)
                woken.append((number, station.now_ns() - instant))

        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(waiter(number))
        assert len(woken) == 1000
        assert all(0 <= late <= 2 * MS * max(1.0, factor) for _, late in woken)
        assert timers <= 12

    run(story())


def test_an_instant_that_has_passed_is_now_and_an_earlier_one_is_not_kept_waiting() -> None:
    async def story() -> None:
        station = clock()
        ticker = Ticker(station)
        assert ticker.until(START_NS - 1).done()
        late = ticker.until(START_NS + 10 * SECOND)
        soon = ticker.until(START_NS + 1 * SECOND)
        await soon
        assert not late.done()
        assert asyncio.get_running_loop().time() == pytest.approx(1.0, abs=0.01)
        late.cancel()
        await asyncio.sleep(20)  # a waiter that went away wakes nobody and breaks nothing
        assert ticker.until(START_NS).done()

    run(story())


def test_a_day_at_one_second_neither_drifts_nor_misses() -> None:
    async def story() -> None:
        station = clock()
        ticker, due = Ticker(station), START_NS
        for _ in range(86_400):
            due = next_due(station.now_ns(), SECOND, 350 * MS)
            await ticker.until(due)
        assert due - START_NS == 86_399 * SECOND + 350 * MS

    run(story())


def test_a_clock_tells_steps_of_the_wall_clock_and_never_goes_back() -> None:
    wall, ticks = [100 * SECOND], [0]
    station = Clock(1.0, None, utc=lambda: wall[0], monotonic=lambda: ticks[0])
    # Small steps are slewed by NTP; they count once they have added up.
    for moved, told in ((1, None), (5, 6), (-3600, -3600), (0, None), (2, None), (1, 3)):
        wall[0] += moved * SECOND + SECOND
        ticks[0] += SECOND
        before = station.now_ns()
        assert station.step() == (None if told is None else told * SECOND)
        assert station.now_ns() >= before
