"""1,000 OPC UA variables that change at 1 Hz, from a node-opcua server: what a value costs, in CPU.

    python bench/opcua.py [--seconds 20] [--rounds 5] [--restarts 5]

Each figure of heatmon (the driver behind its poller, blocks delivered) stands beside a bare asyncua
client in the same run, one after the other in alternation: polled, a client that calls
`read_attributes` once for all each second; subscribed, an asyncua subscription whose handler stores
value, status and source time. CPU is that of a child process, start-up left out. Then the server is
killed and started again: the time until all values are good, beside asyncua with auto-reconnect.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.opcua.node_server import NodeServer
from tests.unit.drivers.opcua.watching import link, plan, watching

COUNT = 1000
URI = "urn:plant"


async def heatmon(url: str, mode: str, seconds: float) -> tuple[float, int]:
    """CPU seconds and values delivered."""
    wire = link(url, timeout="4 s", connect_timeout="15 s")
    nodes = [{"node": f"nsu={URI};s=v{n}"} for n in range(COUNT)]
    made = plan(wire, nodes, period="1 s", mode=mode, publishing="500 ms", sampling="500 ms")
    async with watching(wire, made, 1.0) as seen:
        await seen.good()
        count, cpu = len(seen.blocks), time.process_time()
        await asyncio.sleep(seconds)
        spent = time.process_time() - cpu
        return spent, COUNT * (len(seen.blocks) - count)


async def bare_polled(url: str, seconds: float) -> tuple[float, int]:
    from asyncua import Client

    async with Client(url, timeout=4) as client:
        index = await client.get_namespace_index(URI)
        nodes = [client.get_node(f"ns={index};s=v{n}") for n in range(COUNT)]
        await client.read_attributes(nodes)
        cpu, values, due = time.process_time(), 0, time.monotonic()
        end = due + seconds
        while due < end:
            values += len(await client.read_attributes(nodes))
            due += 1.0
            await asyncio.sleep(due - time.monotonic())
        return time.process_time() - cpu, values


class Handler:
    def __init__(self) -> None:
        self.count = 0
        self.latest: dict[Any, Any] = {}

    def datachange_notification(self, node: Any, value: Any, data: Any) -> None:
        self.count += 1
        shown = data.monitored_item.Value
        self.latest[node.nodeid] = (value, shown.StatusCode, shown.SourceTimestamp)


async def bare_subscribed(url: str, seconds: float) -> tuple[float, int]:
    from asyncua import Client

    async with Client(url, timeout=4) as client:
        index = await client.get_namespace_index(URI)
        nodes = [client.get_node(f"ns={index};s=v{n}") for n in range(COUNT)]
        handler = Handler()
        subscription = await client.create_subscription(500, handler)
        await subscription.subscribe_data_change(nodes, sampling_interval=500)
        await asyncio.sleep(1.5)
        cpu, count = time.process_time(), handler.count
        await asyncio.sleep(seconds)
        return time.process_time() - cpu, handler.count - count


WAYS = {
    "heatmon polled": lambda url, seconds: heatmon(url, "poll", seconds),
    "asyncua polled": bare_polled,
    "heatmon subscribed": lambda url, seconds: heatmon(url, "subscribe", seconds),
    "asyncua subscribed": bare_subscribed,
}


def child(way: str, url: str, seconds: float) -> None:
    """Run by the bench itself in a process of its own."""
    logging.disable(logging.CRITICAL)
    cpu, values = asyncio.run(WAYS[way](url, seconds))
    print(json.dumps({"cpu": cpu, "values": values}))


def measured(way: str, url: str, seconds: float) -> float:
    """CPU in µs a value."""
    command = [sys.executable, __file__, "--child", way, "--url", url, "--seconds", str(seconds)]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = json.loads(out.splitlines()[-1])
    return 1e6 * float(found["cpu"]) / int(found["values"])


def costs(url: str, seconds: float, rounds: int) -> None:
    figures: dict[str, list[float]] = {way: [] for way in WAYS}
    for _ in range(rounds):
        for way in WAYS:
            figures[way].append(measured(way, url, seconds))
    for way, found in figures.items():
        print(
            f"{way:20} {statistics.median(found):6.1f} µs CPU a value ({min(found):.1f} to {max(found):.1f})"
        )
    for how in ("polled", "subscribed"):
        pairs = zip(figures[f"heatmon {how}"], figures[f"asyncua {how}"], strict=True)
        ratios = [ours / theirs for ours, theirs in pairs]
        spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
        print(f"ratio {how}: {statistics.median(ratios):.2f} ({spread}); the bar is 1.2")


async def recovery(folder: Path, restarts: int) -> None:
    """Seconds from the server's "ready" after a kill until all values are good."""
    node = NodeServer(folder, count=COUNT, maxNodesPerRead=0)
    port = node.port
    wire = link(node.url, timeout="4 s", connect_timeout="15 s")
    nodes = [{"node": f"nsu={URI};s=v{n}"} for n in range(COUNT)]
    ours, theirs, lost = [], [], 0
    logging.disable(logging.CRITICAL)
    from asyncua import Client

    handler = Handler()
    client = Client(node.url, timeout=4)
    await client.connect(auto_reconnect=True)
    index = await client.get_namespace_index(URI)
    subscription = await client.create_subscription(500, handler)
    await subscription.subscribe_data_change([client.get_node(f"ns={index};s=v{n}") for n in range(COUNT)])
    async with watching(wire, plan(wire, nodes, period="1 s", mode="subscribe"), 1.0) as seen:
        await seen.good()
        for _ in range(restarts):
            await asyncio.to_thread(node.end)
            await seen.bad()
            handler.latest.clear()
            node = await asyncio.to_thread(
                lambda: NodeServer(folder, count=COUNT, port=port, maxNodesPerRead=0)
            )
            began = time.monotonic()

            async def whole(began: float = began) -> float | None:
                while time.monotonic() - began < 40:
                    if len(handler.latest) == COUNT:
                        return time.monotonic() - began
                    await asyncio.sleep(0.02)
                return None

            waiting = asyncio.create_task(whole())
            await seen.until(lambda: not any(seen.last.qualities), 60)
            ours.append(time.monotonic() - began)
            if (found := await waiting) is None:
                lost += 1
            else:
                theirs.append(found)
    await client.disconnect()
    await asyncio.to_thread(node.end)
    times = f"median {statistics.median(ours):.2f} s, worst {max(ours):.2f} s"
    print(f"all {COUNT} good after a restart: heatmon {times}")
    if theirs:
        print(
            f"  asyncua auto-reconnect: median {statistics.median(theirs):.2f} s, worst {max(theirs):.2f} s"
        )
    print(f"  asyncua auto-reconnect: {lost} of {restarts} restarts never complete within 40 s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--child")
    parser.add_argument("--url")
    args = parser.parse_args()
    if args.child:
        child(args.child, args.url, args.seconds)
        return
    with tempfile.TemporaryDirectory() as folder:
        node = NodeServer(Path(folder), count=COUNT, maxNodesPerRead=0)
        node.order("every 1000")
        try:
            costs(node.url, args.seconds, args.rounds)
        finally:
            node.end()
        if args.restarts:
            asyncio.run(recovery(Path(folder), args.restarts))


if __name__ == "__main__":
    main()
