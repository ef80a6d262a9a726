"""A plant behind the simulated OPC UA server: its values by name, through heatmon's own driver."""

from __future__ import annotations

import asyncio
from pathlib import Path

from heatmon.runtime.clock import Clock
from heatmon_simulators.opcua.server import follow
from heatmon_simulators.scenario import load_scenario
from tests.opcua_server import ServerThread
from tests.unit.drivers.opcua.watching import link, named, plan, watching

SCENARIOS = Path(__file__).resolve().parents[3] / "config" / "scenarios"


async def test_a_plant_is_read_by_the_names_of_its_tags(opcua_server: ServerThread) -> None:
    clock = Clock()
    world = load_scenario(SCENARIOS / "demo.yaml").world(clock.now_ns())
    shown = world.values(clock.now_ns())
    following = asyncio.create_task(opcua_server.doing(follow(opcua_server.server, world, clock)))
    wire = link(opcua_server.server.url)
    names = ("t1s", "p2r", "f2", "vmk")
    async with watching(wire, plan(wire, named(*names), mode="subscribe", retry="200 ms")) as seen:
        await seen.good()
        for name, value in zip(names, seen.last.values, strict=True):
            assert abs(value - shown[name]) <= 0.05 * max(abs(shown[name]), 1.0)
        assert seen.last.source_ns is not None
        assert min(seen.last.source_ns) > 0
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
