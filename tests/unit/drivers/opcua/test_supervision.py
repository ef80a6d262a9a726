"""Whatever happens to the server or to the wire: values are bad with a reason, and good again soon after."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest

from heatmon.core.quality import Quality
from heatmon.driver import DriverError, ReadPlan, Session
from heatmon_drivers.opcua import DRIVER
from heatmon_simulators.opcua.proxy import OpcUaProxy
from heatmon_simulators.opcua.server import NAMESPACE
from tests.opcua_server import ServerThread
from tests.unit.drivers.opcua.watching import link, named, plan, watching

NAMES = ("a", "b", "c")
PATIENCE_S = 180.0
BOTH = pytest.mark.parametrize("mode", ["poll", "subscribe"])


@pytest.fixture
async def there(opcua_server: ServerThread) -> ServerThread:
    for n, name in enumerate(NAMES):
        if name not in opcua_server.server.nodes:
            await opcua_server.doing(opcua_server.server.add(name, 10.0 + n))
        await opcua_server.doing(opcua_server.server.set(name, 10.0 + n))
    return opcua_server


@pytest.fixture
async def proxy(there: ServerThread) -> AsyncIterator[OpcUaProxy]:
    async with OpcUaProxy("127.0.0.1", there.server.port) as made:
        yield made


@BOTH
async def test_a_server_restarts_with_other_namespace_numbers(mode: str, there: ServerThread) -> None:
    wire = link(there.server.url)
    addresses = [*named("a", "b"), {"path": [f"nsu={NAMESPACE};Plant", "c"]}]
    async with watching(wire, plan(wire, addresses, mode=mode)) as seen:
        await seen.good()
        before = there.server.nodes["a"].NamespaceIndex
        await there.doing(there.server.offline())
        assert await seen.bad() == Quality.LINK_DOWN
        await there.doing(there.server.online(shuffle=True))
        await seen.good()
        assert there.server.nodes["a"].NamespaceIndex != before
        assert list(seen.last.values) == [10.0, 11.0, 12.0]
        assert [up for up, _ in seen.changes] == [False, True]


@pytest.mark.parametrize(
    ("mode", "step", "why"),
    [
        ("poll", "HEL", Quality.LINK_DOWN),
        ("poll", "OPN", Quality.LINK_DOWN),
        ("poll", "CreateSession", Quality.LINK_DOWN),
        ("poll", "ActivateSession", Quality.LINK_DOWN),
        ("poll", "Read", Quality.LINK_DOWN),
        ("subscribe", "CreateSubscription", Quality.TIMEOUT),
        ("subscribe", "CreateMonitoredItems", Quality.TIMEOUT),
    ],
)
async def test_a_server_that_hangs_in_any_step(mode: str, step: str, why: Quality, proxy: OpcUaProxy) -> None:
    proxy.stalled = step
    wire = link(proxy.url)
    async with watching(wire, plan(wire, named(*NAMES), mode=mode)) as seen:
        await seen.until(lambda: bool(seen.changes))
        assert seen.changes[0][1].code.startswith("opcua.timeout.")
        assert why in {Quality(seen.last.qualities[0]), await seen.bad()}
        proxy.heal()
        await seen.good()


async def test_a_server_that_falls_silent_while_it_is_read(proxy: OpcUaProxy) -> None:
    wire = link(proxy.url)
    async with watching(wire, plan(wire, named(*NAMES), mode="poll")) as seen:
        await seen.good()
        proxy.stalled = "Read"
        await seen.bad()
        proxy.heal()
        await seen.good()


async def test_a_subscription_that_falls_silent_is_found_by_its_age(
    proxy: OpcUaProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heatmon_drivers.opcua.groups.KEEP_ALIVE_S", 0.2)
    wire = link(proxy.url)
    async with watching(wire, plan(wire, named(*NAMES), mode="subscribe")) as seen:
        await seen.good()
        proxy.stalled = "Publish"
        await seen.until(lambda: bool(seen.changes))
        assert seen.changes[0][1].code == "opcua.trouble.silent"
        proxy.heal()
        await seen.good()


async def test_lost_publish_answers_are_asked_for_again(there: ServerThread, proxy: OpcUaProxy) -> None:
    wire = link(proxy.url)
    async with watching(wire, plan(wire, named("a"), mode="subscribe", verify="1 h")) as seen:
        await seen.good()
        sent = [100.0 + n for n in range(12)]
        for n, value in enumerate(sent):
            if n in (3, 7):
                proxy.swallow["Publish"] = 1
            await there.doing(there.server.set("a", value))
            await asyncio.sleep(0.12)
        await seen.until(lambda: seen.last.values[0] == sent[-1])
        came = [
            v for _, block in seen.blocks for v in (*(one.value for one in block.between), block.values[0])
        ]
        assert set(sent) <= set(came)
        assert proxy.asked["Republish"]
        assert not seen.changes


@BOTH
async def test_a_node_that_is_deleted_and_comes_back(mode: str, there: ServerThread) -> None:
    wire = link(there.server.url)
    made = plan(wire, named("a", "gone"), mode=mode, verify="1 s", retry="300 ms")
    await there.doing(there.server.add("gone", 1.0))
    async with watching(wire, made) as seen:
        await seen.good()
        await there.doing(there.server.remove("gone"))
        await seen.until(lambda: seen.last.qualities == bytes([0, Quality.NO_SUCH_ADDRESS]))
        await there.doing(there.server.add("gone", 2.0))
        await seen.good()
        await there.doing(there.server.set("gone", 3.0))
        await seen.until(lambda: seen.last.values[1] == 3.0)
        assert [notice.tags for notice in seen.told("opcua.wrong_nodes")] == [("t1",)]
        assert [notice.tags for notice in seen.told("opcua.nodes_back")] == [("t1",)]
        assert not seen.changes
    await there.doing(there.server.remove("gone"))


async def test_what_is_no_longer_published_is_found_and_subscribed_again(there: ServerThread) -> None:
    wire = link(there.server.url)
    async with watching(wire, plan(wire, named("a", "b"), mode="subscribe", verify="2 s")) as seen:
        await seen.good()
        await there.doing(_forget_items(there))
        await asyncio.sleep(1.5)
        await there.doing(there.server.set("b", 77.0))
        await seen.until(lambda: seen.last.values[1] == 77.0)
        assert [notice.tags for notice in seen.told("opcua.dead_items")] == [("t1",)]
        await there.doing(there.server.set("b", 78.0))
        await seen.until(lambda: seen.last.values[1] == 78.0, 1.0)


async def _forget_items(there: ServerThread) -> None:
    """The server drops all monitored items in silence, as some do after a download of their program."""
    service = there.server.inner.subscription_service
    for subscription in service.subscriptions.values():
        subscription.monitored_item_srv.delete_all_monitored_items()


async def test_a_server_with_a_wrong_clock_is_told_and_its_times_are_left_out(proxy: OpcUaProxy) -> None:
    wire = link(proxy.url)
    async with watching(wire, plan(wire, named("a"), mode="poll")) as seen:
        await seen.good()
        assert seen.last.source_ns is not None
        proxy.clock_off_s = -7200.0
        await seen.until(lambda: seen.last.source_ns is None)
        assert not any(seen.last.qualities)
        assert [notice.params for notice in seen.told("opcua.clock")] == [{"seconds": -7200}]
        proxy.clock_off_s = 0.0
        await seen.until(lambda: bool(seen.told("opcua.clock_right")))


async def faults(there: ServerThread, count: int, seed: int) -> None:
    """So many faults at random steps against a server that has room for two sessions."""
    steps = ["HEL", "OPN", "CreateSession", "ActivateSession", "Read", "CreateSubscription", "Publish"]
    random_ = random.Random(seed)  # a story that can be told again
    there.server.limit(sessions=2)
    try:
        async with OpcUaProxy("127.0.0.1", there.server.port) as proxy:
            wire = link(proxy.url, timeout="50 ms", connect_timeout="500 ms")
            session = DRIVER.open(wire)
            made = [plan(wire, named(*NAMES), mode=mode) for mode in ("poll", "subscribe")]
            most = 0
            for n in range(count):
                step = random_.choice(steps)
                if random_.random() < 0.5:
                    proxy.broken = step
                else:
                    proxy.stalled = step
                await _once(session, made[n % 2])
                proxy.heal()
                if random_.random() < 0.5:
                    proxy.cut()
                await asyncio.sleep(0)
                most = max(most, there.server.sessions)
            # Left-over sessions of steps whose answers were lost can only time out.
            async with asyncio.timeout(PATIENCE_S):
                while not await _once(session, made[0]):  # noqa: ASYNC110  a session has no event
                    await asyncio.sleep(0.2)
            await session.close()
            assert most <= 2
    finally:
        there.server.limit(sessions=100)


async def _once(session: Session, made: ReadPlan) -> bool:
    try:
        await session.connect()
        block = await session.read(made)
    except DriverError:
        return False
    return not any(block.qualities)


async def test_no_session_is_left_behind_by_faults(there: ServerThread) -> None:
    await faults(there, 60, seed=5)


@pytest.mark.soak
async def test_no_session_is_left_behind_by_thousands_of_faults(there: ServerThread) -> None:
    await faults(there, 5000, seed=6)
