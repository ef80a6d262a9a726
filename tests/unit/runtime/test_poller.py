"""Links in virtual time: dead units, half-open connections, cuts, slow devices; hours pass in a moment."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heatmon.core.quality import Quality
from heatmon.runtime.clock import SECOND
from heatmon.runtime.ticker import Ticker
from heatmon_drivers.modbus.options import LinkOptions
from heatmon_drivers.modbus.session import ModbusSession
from heatmon_simulators.modbus import faults
from tests.unit.runtime.bench import TIMEOUT_S, Heard, Running, link, plan, poller, seconds, wire
from tests.virtual import clock, run

MINUTE = 60.0
HOUR = 3600.0


@pytest.mark.parametrize("framing", ["tcp", "rtu"])
@pytest.mark.parametrize(("units", "dead"), [(2, [2]), (5, [3]), (6, [1, 4, 6])])
def test_dead_units_cost_the_others_a_tenth_of_their_cadence(
    framing: str, units: int, dead: Sequence[int]
) -> None:
    async def story() -> None:
        async with Running(units, framing) as line:
            await asyncio.sleep(10)
            board = line.wire.faults
            for unit in dead:
                board.add(faults.dead_unit(unit))
            # The first silence of each is news and costs one timeout; from then on they share a budget.
            await asyncio.sleep(len(dead) * 2 * TIMEOUT_S + 2)
            asked = {unit: line.wire.record.units[unit] for unit in dead}
            began = line.now_ns()
            for minutes in (1, 9, 50):
                since = line.now_ns()
                await asyncio.sleep(minutes * MINUTE)
                for unit in set(range(1, units + 1)) - set(dead):
                    assert len(line.heard.good(f"u{unit}", since)) >= 0.9 * minutes * MINUTE
            spent_s = TIMEOUT_S * sum(line.wire.record.units[unit] - asked[unit] for unit in dead)
            assert spent_s <= 0.1 * (line.now_ns() - began) / SECOND
            assert all(line.heard.last(f"u{unit}") == Quality.TIMEOUT for unit in dead)
            # Every cycle of a dead unit was told too, and it is still asked now and then.
            assert len(line.heard.blocks[f"u{dead[0]}"]) >= 0.9 * HOUR
            assert all(line.wire.record.units[unit] > asked[unit] for unit in dead)
            if framing == "tcp":
                assert line.wire.record.connections == 1
            assert not line.heard.changes
            board.active.clear()
            for unit in dead:
                await line.until(lambda unit=unit: line.heard.last(f"u{unit}") == Quality.GOOD, 301)  # type: ignore[misc]

    run(story())


def test_units_that_fall_silent_together_come_back_together() -> None:
    async def story() -> None:
        async with Running(6) as line:
            await asyncio.sleep(5)
            with line.wire.faults.fault(faults.silence()):
                await asyncio.sleep(HOUR)
            longest = line.link.backoff.max_s + 7 * TIMEOUT_S
            for unit in range(1, 7):
                await line.until(lambda unit=unit: line.heard.last(f"u{unit}") == Quality.GOOD, longest)  # type: ignore[misc]
            assert [up for _, up, _ in line.heard.changes] == [False, True]

    run(story())


@pytest.mark.parametrize("units", [1, 2, 8])
@pytest.mark.parametrize("framing", ["tcp", "rtu"])
def test_a_half_open_link_is_found_within_two_requests(units: int, framing: str) -> None:
    async def story() -> None:
        async with Running(units, framing) as line:
            await asyncio.sleep(10)
            asked, made = line.wire.record.total, line.wire.record.connections
            line.wire.half_open = True
            await line.until(lambda: line.wire.record.connections > made, 1 + 3 * TIMEOUT_S)
            assert line.wire.record.total == asked
            since = line.now_ns()
            await line.until(lambda: all(line.heard.good(f"u{n + 1}", since) for n in range(units)), 3)
            assert not any(device.silent for device in line.poller.devices.values())

    run(story())


def test_a_server_that_closes_while_idle_makes_no_event_and_loses_no_cycle() -> None:
    async def story() -> None:
        async with Running(2) as line:
            await asyncio.sleep(5.5)
            since = line.now_ns()
            for _ in range(60):
                line.wire.cut()
                await asyncio.sleep(1)
            assert len(line.heard.good("u1", since)) == len(line.heard.good("u2", since)) == 60
            assert not line.heard.changes

    run(story())


def test_a_lost_link_is_tried_at_once_then_at_growing_intervals_for_ever() -> None:
    async def story() -> None:
        async with Running(1) as line:
            await asyncio.sleep(3)
            tries: list[float] = []
            original = line.wire.open

            async def counted(options: LinkOptions) -> object:
                tries.append(asyncio.get_running_loop().time())
                return await original(options)

            line.session._opener = counted  # type: ignore[assignment]
            line.wire.listening = False
            line.wire.cut()
            await asyncio.sleep(24 * HOUR)
            gaps = [b - a for a, b in pairwise(tries)]
            # The read itself tries once more, then the link: at once, 1, 2, 4, 8, 16, 30, 30 ...
            assert gaps[:7] == pytest.approx([0, 1, 2, 4, 8, 16, 30], abs=0.1)
            assert max(gaps) < 31
            assert len(tries) > 24 * HOUR / 31
            line.wire.listening = True
            await line.until(lambda: line.heard.last("u1") == Quality.GOOD, line.link.backoff.max_s + 2)
            assert [(up, why) for _, up, why in line.heard.changes] == [
                (False, "modbus.connect.refused"),
                (True, "driver.connected"),
            ]

    run(story())


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(0.01, 40), st.floats(0, 90), st.sampled_from(["cut", "refuse", "half", "mute"])),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_happens_to_the_link_it_is_read_again(troubles: list[tuple[float, float, str]]) -> None:
    async def story() -> None:
        async with Running(3) as line:
            for pause_s, length_s, kind in troubles:
                await asyncio.sleep(pause_s)
                line.wire.listening = kind != "refuse"
                line.wire.half_open = kind == "half"
                if kind in ("cut", "refuse"):
                    line.wire.cut()
                with line.wire.faults.fault(faults.silence(chance=1.0 if kind == "mute" else 0.0)):
                    await asyncio.sleep(length_s)
                line.wire.listening = True
            since = line.now_ns()
            longest = line.link.backoff.max_s + 8 * TIMEOUT_S + 3
            await line.until(lambda: all(line.heard.good(f"u{n}", since) for n in (1, 2, 3)), longest)
            assert line.poller.up

    run(story())


def test_a_slow_device_is_never_asked_twice_at_once_and_its_lost_cycles_are_counted() -> None:
    async def story() -> None:
        async with Running(1, timeout="10 s") as line:
            with line.wire.faults.fault(faults.delay(2.5)):
                await asyncio.sleep(0.5 + 100 * 2.5)
            (group,) = line.poller.groups
            asked = list(line.wire.record.requests)
            gaps = [b.at_s - a.at_s for a, b in pairwise(asked)]
            assert min(gaps) >= 2.5
            elapsed = round((group.due_ns - line.heard.blocks["u1"][0][0]) / SECOND)
            assert group.cycles + group.skipped == elapsed
            assert group.skipped > 0
            assert set(seconds([due for due, _ in line.heard.blocks["u1"]])) <= {2.0, 3.0}

    run(story())


def test_links_run_side_by_side() -> None:
    async def story() -> None:
        heard, lines, tasks = Heard(), [], []
        station = clock()
        ticker = Ticker(station)
        for number in range(1, 31):
            line, slow = link(f"l{number}", timeout="2 s"), wire(number)
            slow.faults.add(faults.delay(0.8))
            session = ModbusSession(LinkOptions.model_validate(line.options), slow.open)
            one = poller(line, session, [plan(line, number)], heard, station, ticker)
            lines.append(slow)
            tasks.append(asyncio.create_task(one.run()))
        await asyncio.sleep(60.5)
        for number in range(1, 31):
            assert len(heard.good(f"u{number}")) >= 58
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        for slow in lines:
            await slow.close()

    run(story())


def test_a_driver_that_breaks_while_connecting_does_not_leave_the_link_dead() -> None:
    async def story() -> None:
        async with Running(1) as line:
            await asyncio.sleep(2)
            original, broken = line.wire.open, [3]

            async def breaks(options: LinkOptions) -> object:
                broken[0] -= 1
                if broken[0] >= 0:
                    raise RuntimeError("a bug")
                return await original(options)

            line.session._opener = breaks  # type: ignore[assignment]
            with line.wire.faults.fault(faults.hang_up(times=1)):
                await asyncio.sleep(20)
            assert line.heard.last("u1") == Quality.GOOD
            codes = [why for _, up, why in line.heard.changes if not up]
            assert codes in (["driver.internal"], [])

    run(story())


def test_cancelled_at_any_moment_it_ends_at_once_and_closes_the_link() -> None:
    async def story() -> None:
        for moment in range(40):
            line = Running(2)
            async with line:
                line.wire.faults.add(faults.delay(0.3))
                await asyncio.sleep(moment * 0.05)
                began = asyncio.get_running_loop().time()
            assert asyncio.get_running_loop().time() == began
            assert not line.wire.ends

    run(story())


def test_slow_groups_do_not_wait_for_their_next_cycle_to_connect_again() -> None:
    async def story() -> None:
        async with Running(1, period="5 min") as line:
            await line.until(lambda: bool(line.heard.good("u1")), 301)
            line.wire.listening = False
            line.wire.cut()
            await asyncio.sleep(400)
            line.wire.listening = True
            await line.until(lambda: line.poller.up, 31)

    run(story())
