"""After a break: what the server recorded meanwhile is fetched, or a record says that nothing is known."""

from __future__ import annotations

import asyncio

import pytest

from heatmon.driver import Block, Late, ReadPlan
from heatmon.runtime.late import LateFetcher
from heatmon_simulators.opcua.proxy import OpcUaProxy
from tests.opcua_server import ServerThread
from tests.unit.drivers.opcua.watching import Watching, link, named, plan, watching


@pytest.fixture
def forgetful(opcua_server: ServerThread, monkeypatch: pytest.MonkeyPatch) -> ServerThread:
    """A server that keeps nothing."""
    if "forgotten" not in opcua_server.server.nodes:
        opcua_server.do(opcua_server.server.add("forgotten", 1.0))
    kept = opcua_server.server.history
    assert kept is not None
    monkeypatch.setattr(kept, "kept", {})
    return opcua_server


async def live(there: ServerThread, name: str, values: list[float]) -> None:
    for value in values:
        await there.doing(there.server.set(name, value))
        await asyncio.sleep(0.03)


def samples(blocks: list[tuple[int, Block]]) -> list[tuple[int, float]]:
    """(source time, value) of column 0, without repetitions."""
    found: list[tuple[int, float]] = []
    for _, block in blocks:
        assert block.source_ns is not None
        earlier = [(one.source_ns, one.value) for one in block.between if one.column == 0]
        found += [*earlier, (block.source_ns[0], block.values[0])]
    return sorted({(time, value) for time, value in found if time})


@pytest.mark.parametrize("mode", ["poll", "subscribe"])
async def test_a_break_is_filled_from_the_server_s_history(mode: str, opcua_server: ServerThread) -> None:
    there, name = opcua_server, f"filled_{mode}"
    await there.doing(there.server.add(name, 0.0))
    await there.doing(there.server.add(f"{name}_calm", 7.0))
    async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
        wire = link(proxy.url)
        made = plan(wire, named(name, f"{name}_calm"), mode=mode, sampling="0 s")
        async with watching(wire, made) as seen:
            await seen.good()
            await live(there, name, [1.0, 2.0, 3.0])
            await proxy.close()
            await seen.bad()
            lost = [10.0 + n for n in range(30)]
            await live(there, name, lost)
            await proxy.open()
            await seen.good()
            await seen.until(lambda: bool(seen.told("late.fetched")))
            after = samples(seen.late)
    kept = there.server.history
    assert kept is not None
    uncut = [value.Value.Value for value in kept.kept[there.server.nodes[name]]]
    assert set(lost) <= {value for _, value in after}
    assert {value for _, value in after} <= set(uncut)
    assert [value for _, value in after] == sorted(value for _, value in after)
    assert all(not any(block.qualities[:1]) for _, block in seen.late)
    due = [due for due, _ in seen.late]
    assert due == sorted(set(due))
    assert not seen.told("late.gap")


async def test_where_there_is_no_history_a_record_says_from_when_to_when_and_why(
    forgetful: ServerThread,
) -> None:
    async with OpcUaProxy("127.0.0.1", forgetful.server.port) as proxy:
        wire = link(proxy.url)
        async with watching(wire, plan(wire, named("forgotten"), mode="poll", history=False)) as seen:
            await seen.good()
            await proxy.close()
            await seen.bad()
            await asyncio.sleep(0.3)
            await proxy.open()
            await seen.until(lambda: bool(seen.told("late.gap")))
            assert_gap(seen, "opcua.history.off")


async def test_a_server_that_holds_nothing_of_the_time_is_told(forgetful: ServerThread) -> None:
    async with OpcUaProxy("127.0.0.1", forgetful.server.port) as proxy:
        wire = link(proxy.url)
        async with watching(wire, plan(wire, named("forgotten"), mode="poll")) as seen:
            await seen.good()
            await proxy.close()
            await seen.bad()
            await asyncio.sleep(0.3)
            await proxy.open()
            await seen.until(lambda: bool(seen.told("late.gap")))
            assert_gap(seen, "late.nothing")


def assert_gap(seen: Watching, why: str) -> None:
    (gap,) = seen.told("late.gap")
    assert gap.params["reason"] == why
    assert gap.priority == "P3"
    begin, end = int(gap.params["from_ns"]), int(gap.params["to_ns"])
    first_good = next(due for due, block in seen.blocks if not block.qualities[0])
    bad = [due for due, block in seen.blocks if block.qualities[0] and due > first_good]
    assert begin < min(bad)
    assert end > max(bad)
    assert not seen.late


async def test_a_long_break_is_fetched_in_slices_and_a_lost_link_only_interrupts_that(
    opcua_server: ServerThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heatmon_drivers.opcua.backfill.SLICE_CYCLES", 3)
    there, name = opcua_server, "sliced"
    await there.doing(there.server.add(name, 0.0))
    async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
        wire = link(proxy.url)
        async with watching(wire, plan(wire, named(name), mode="poll")) as seen:
            await seen.good()
            await proxy.close()
            await seen.bad()
            lost = [10.0 + n for n in range(50)]
            await live(there, name, lost)
            await proxy.open()
            await seen.until(lambda: len(seen.late) >= 3)
            proxy.broken = "HistoryRead"
            await seen.until(lambda: len(seen.changes) >= 1 or proxy.connections >= 3)
            proxy.heal()
            await seen.until(lambda: bool(seen.told("late.fetched")))
            assert set(lost) <= {value for _, value in samples(seen.late)}
            due = [due for due, _ in seen.late]
            assert due == sorted(set(due))


async def test_pages_of_a_history_are_followed_to_their_end(opcua_server: ServerThread) -> None:
    there, name = opcua_server, "paged"
    await there.doing(there.server.add(name, 0.0))
    kept = there.server.history
    assert kept is not None
    page, kept.max_history_data_response_size = kept.max_history_data_response_size, 4
    try:
        async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
            wire = link(proxy.url)
            async with watching(wire, plan(wire, named(name), mode="poll")) as seen:
                await seen.good()
                await proxy.close()
                await seen.bad()
                lost = [10.0 + n for n in range(25)]
                await live(there, name, lost)
                await proxy.open()
                await seen.until(lambda: bool(seen.told("late.fetched")))
                assert set(lost) <= {value for _, value in samples(seen.late)}
                assert proxy.asked["HistoryRead"] >= 5
    finally:
        kept.max_history_data_response_size = page


def test_a_break_is_only_what_missed_a_cycle() -> None:
    made, period_ns = plan(link("opc.tcp://x:1"), named("a")), 1000
    fetcher = LateFetcher(made, period_ns, Nothing(), lambda *_: None, lambda _: None)
    for due in (1000, 2000, 4000, 5000):
        fetcher.good(due)
    assert not fetcher.breaks
    fetcher.good(7001)
    assert [(one.from_ns, one.to_ns) for one in fetcher.breaks] == [(5000, 7001)]


def test_a_break_over_a_stop_of_the_daemon_is_one_too() -> None:
    made = plan(link("opc.tcp://x:1"), named("a"))
    fetcher = LateFetcher(made, 1000, Nothing(), lambda *_: None, lambda _: None, last_ns=1000)
    fetcher.good(9000)
    assert [(one.from_ns, one.to_ns) for one in fetcher.breaks] == [(1000, 9000)]


class Nothing:
    """A session that is never asked."""

    async def backfill(self, plan: ReadPlan, from_ns: int, to_ns: int) -> Late:
        raise AssertionError("nothing was to be fetched")
