"""heatmon against a server that shares no code with it: node-opcua."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from heatmon.core.quality import Quality
from heatmon.driver import DriverError, ReadPlan, Session
from heatmon_drivers.opcua import DRIVER
from heatmon_drivers.opcua.certificates import Store
from tests.opcua.node_server import NodeServer
from tests.unit.drivers.opcua.watching import link, plan, watching

PLANT = "urn:plant"
COUNT = 500
LIMIT = 200


def nodes(count: int) -> list[dict[str, Any]]:
    return [{"node": f"nsu={PLANT};s=v{n}"} for n in range(count)]


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("node-pki")


@pytest.fixture(scope="module")
def node(pki: Path) -> Iterator[NodeServer]:
    made = NodeServer(
        pki,
        policies=["None", "Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"],
        users={"reader": "s3cret"},
        count=COUNT,
        maxNodesPerRead=LIMIT,
        maxSessions=3,
    )
    yield made
    made.end()


async def opened(node: NodeServer, folder: Path | None = None, **options: Any) -> Session:
    session: Session = DRIVER.open(link(node.url, timeout="4 s", connect_timeout="15 s", **options), folder)
    await session.connect()
    return session


def reading(node: NodeServer, count: int = COUNT, **how: Any) -> ReadPlan:
    return plan(link(node.url), nodes(count), **how)


async def test_five_hundred_nodes_are_read_under_the_server_s_limit(node: NodeServer) -> None:
    session = await opened(node)
    block = await session.read(reading(node, mode="poll"))
    facts = session.facts()  # type: ignore[attr-defined]  # what this driver tells beyond the contract
    await session.close()
    assert facts["nodes_per_read"] == LIMIT
    assert not any(block.qualities)
    assert list(block.values[2:]) == [float(n) for n in range(2, COUNT)]
    assert await node.ordering("sessions", "sessions") == "0"


async def test_one_wrong_node_of_five_hundred_spoils_only_itself(node: NodeServer) -> None:
    session = await opened(node)
    addresses = [*nodes(COUNT - 1), {"path": [f"nsu={PLANT};Plant", "nothing"]}]
    for mode in ("poll", "subscribe"):
        block = await session.read(plan(link(node.url), addresses, mode=mode))
        assert [n for n, quality in enumerate(block.qualities) if quality] == [COUNT - 1]
        assert block.qualities[-1] == Quality.NO_SUCH_ADDRESS
        await session.connect()
    await session.close()


@pytest.mark.parametrize("mode", ["poll", "subscribe"])
async def test_changes_and_states_arrive(mode: str, node: NodeServer) -> None:
    wire = link(node.url)
    async with watching(wire, plan(wire, nodes(2), mode=mode)) as seen:
        await seen.good()
        await node.ordering("set v0 70.5 UncertainLastUsableValue")
        await node.ordering("set v1 1 BadSensorFailure")
        await seen.until(lambda: seen.last.qualities == bytes([Quality.HELD, Quality.DEVICE_FAILURE]))
        assert seen.last.values[0] == 70.5
        await node.ordering("set v0 0")
        await node.ordering("set v1 1")
        await seen.good()


@pytest.mark.parametrize("policy", ["Basic256Sha256", "Aes128_Sha256_RsaOaep", "Aes256_Sha256_RsaPss"])
@pytest.mark.parametrize("mode", ["sign", "sign_and_encrypt"])
async def test_secured_with_a_user(
    policy: str, mode: str, node: NodeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLC_PASSWORD", "s3cret")
    options = {
        "security": {"policy": policy, "mode": mode},
        "user": {"name": "reader", "password": "${env:PLC_PASSWORD}"},
    }
    with pytest.raises(DriverError) as caught:
        await opened(node, tmp_path, **options)
    assert caught.value.message.code == "opcua.certificate.untrusted"
    (shown,) = (tmp_path / "seen").iterdir()
    Store(tmp_path).trust(x509.load_der_x509_certificate(shown.read_bytes()))
    session = await opened(node, tmp_path, **options)
    block = await session.read(reading(node, 2, mode="subscribe"))
    assert not any(block.qualities)
    await session.close()
    monkeypatch.setenv("PLC_PASSWORD", "guess")
    with pytest.raises(DriverError) as caught:
        await opened(node, tmp_path, **options)
    assert caught.value.kind == "authentication"


@pytest.mark.parametrize("mode", ["poll", "subscribe"])
async def test_a_restart_with_other_namespace_numbers(mode: str, node: NodeServer) -> None:
    wire = link(node.url)
    async with watching(wire, plan(wire, nodes(COUNT), mode=mode)) as seen:
        await seen.good()
        await node.ordering(f"restart urn:before:{mode} urn:and:{mode}", "ready")
        await seen.until(lambda: any(not up for up, _ in seen.changes))
        await seen.good()
        assert list(seen.last.values[2:]) == [float(n) for n in range(2, COUNT)]


async def test_no_session_stays_where_the_server_has_room_for_three(node: NodeServer) -> None:
    for _ in range(12):
        session = await opened(node)
        await session.read(reading(node, 3, mode="subscribe"))
        session._connection.client.transport.abort()  # type: ignore[attr-defined]
        await session.connect()
        await session.close()
    assert await node.ordering("sessions", "sessions") == "0"
