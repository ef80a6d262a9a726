"""A station's servers on real wires, asked by the real driver; wire faults at their times; independence."""

from __future__ import annotations

import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from heatmon.core.spec import StationSpec
from heatmon.driver import Block, DriverError, installed
from heatmon.runtime.clock import Clock
from heatmon.settings import Loaded, load
from heatmon_simulators.modbus.link import ModbusLink
from heatmon_simulators.rehearse import rehearse
from heatmon_simulators.scenario import Scenario, load_scenario
from heatmon_simulators.scenario.events import WireEvent
from heatmon_simulators.serve import Stage, Transport, stage

STATION = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
STILL = {"name": {"en": "still", "zh": "静止"}, "instruments": "ideal"}


def loaded(overrides: dict[str, Any] | None = None) -> tuple[Loaded, StationSpec]:
    found = load(STATION, installed(), overrides=overrides)
    assert found.spec is not None
    return found, found.spec


def on_stage(transport: Transport | None = None, **scenario: Any) -> Stage:
    clock = Clock(1.0, simulated=True)
    told = Scenario.model_validate({**STILL, **scenario})
    return stage(told, loaded()[1], told.world(clock.now_ns()), clock, transport=transport)


def spoilt(line: dict[str, Any]) -> Scenario:
    return Scenario.model_validate({**STILL, "events": [WireEvent.model_validate(line)]})


async def read(served: Stage, group: str = "fast") -> dict[str, float]:
    """What the driver reads from the stage, under the settings that the stage names."""
    found, spec = loaded(served.overrides)
    plan = found.plans["plc", group]
    session = installed()["modbus"].open(spec.links[0])
    try:
        await session.connect()
        block: Block = await session.read(plan)
    finally:
        await session.close()
    assert set(block.qualities) == {0}
    return dict(zip(plan.tags, block.values, strict=True))


@pytest.mark.parametrize("transport", ["tcp", "rtu_over_tcp", "rtu", None])
async def test_the_stations_own_map_is_served_on_every_wire(transport: Transport | None) -> None:
    async with on_stage(transport) as served:
        fast, normal = await read(served), await read(served, "normal")
        assert served.missing == served.unserved == []
        assert isinstance(served.links[0], ModbusLink)
        assert not served.links[0].server.record.writes
    assert fast["t2s"] == pytest.approx(50.2, abs=0.1)
    assert fast["cp1_run"] == fast["pwr_ok"] == 1.0
    assert normal["tout"] == pytest.approx(0.0, abs=1e-6)
    assert normal["dpf2"] == pytest.approx(0.02, abs=0.001)


async def test_people_are_told_where_and_what() -> None:
    async with on_stage("rtu") as rtu, on_stage(signals={"t1s": 1.0}) as tcp:
        assert "/dev/pts/" in "\n".join(rtu.lines("en"))
        lines = "\n".join(tcp.lines("zh"))
        assert f"127.0.0.1:{tcp.overrides['links.plc_lan.options.transport']['port']}" in lines
        assert "holding 0..60" in lines
        assert (await read(tcp, "normal"))["t1s"] == 1.0


async def test_a_taken_port_is_an_error_and_leaves_nothing_open() -> None:
    async with on_stage() as served:
        port = served.overrides["links.plc_lan.options.transport"]["port"]
        clock = Clock(1.0, simulated=True)
        told = Scenario.model_validate(STILL)
        second = stage(told, loaded()[1], told.world(clock.now_ns()), clock, port=port)
        with pytest.raises(OSError, match="address"):
            async with second:
                raise AssertionError("two servers on one port")


async def test_an_offline_server_refuses_for_its_time_only() -> None:
    line = {"at": "0 s", "for": "1 h", "wire": "offline"}
    async with on_stage(events=[]) as served:
        async with AsyncExitStack() as stack:
            await served.links[0].spoil(WireEvent.model_validate(line), stack)
            with pytest.raises(DriverError):
                await read(served)
        await read(served)


WIRES = [
    ({"wire": "silence"}, True),
    ({"wire": "delay", "delay": "2 s"}, True),
    ({"wire": "late", "delay": "5 s"}, True),
    ({"wire": "trickle"}, False),
    ({"wire": "reset"}, True),
    ({"wire": "hang_up"}, True),
    ({"wire": "truncate", "keep": 20}, True),
    ({"wire": "exception", "code": 6}, True),
    ({"wire": "garbage", "keep": 12}, True),
    ({"wire": "noise_before"}, True),
    ({"wire": "wrong_transaction"}, True),
    ({"wire": "swapped_transactions"}, True),
    ({"wire": "foreign_protocol"}, True),
    ({"wire": "wrong_unit"}, True),
    ({"wire": "wrong_function"}, True),
    ({"wire": "resized"}, True),
    ({"wire": "wrong_byte_count"}, True),
    ({"wire": "duplicate"}, True),
    ({"wire": "refuse"}, False),
    ({"wire": "idle_close", "delay": "100 ms"}, False),
    ({"wire": "offline"}, True),
    ({"wire": "mixed", "chance": "60 %"}, True),
]


@pytest.mark.parametrize(("line", "noticed"), WIRES, ids=lambda value: str(value)[:40])
def test_each_wire_fault_comes_and_goes_at_its_time(line: dict[str, Any], noticed: bool) -> None:
    """Nothing before, told as what it is during, healed after; never a false number."""
    scenario = spoilt({"at": "1 min", "for": "60 s", **line})
    done = rehearse(scenario, STATION, length_s=260.0)
    told = [(entry.code, (entry.time_ns - done.start_ns) // 10**9, entry.payload) for entry in done.entries]
    comms = [each for each in told if each[0] not in ("service.started", "service.stopped")]
    if not noticed:
        assert comms == []
        return
    assert comms, "nobody noticed"
    assert all(60 <= second <= 200 for _, second, _ in comms), comms
    raised = {str(p["alarm"]) for code, _, p in comms if code == "alarm.raised"}
    returned = {str(p["alarm"]) for code, _, p in comms if code == "alarm.returned"}
    assert raised == returned
    assert all(alarm.startswith(("COMM_", "SENSOR_")) for alarm in raised), raised


def test_a_fault_of_the_story_strikes_the_link_it_names() -> None:
    line = {"at": "1 min", "for": "1 min", "wire": "silence", "link": "elsewhere"}
    scenario = spoilt(line)
    codes = {entry.code for entry in rehearse(scenario, STATION, length_s=300.0).entries}
    assert codes == {"service.started", "service.stopped"}


def test_the_fault_server_shares_no_code_with_the_client() -> None:
    """Neither the client's library nor our driver: what the two sides agree on is the protocol."""
    names = ["frames", "bank", "faults", "record", "session", "tcp", "serial"]
    imports = "; ".join(f"import heatmon_simulators.modbus.{name}" for name in names)
    alien = (
        "{name.split('.')[0] for name in sys.modules} & {'pymodbus', 'heatmon_drivers', 'serial', 'heatmon'}"
    )
    program = f"import sys; {imports}; print(sorted({alien}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_shipped_flap_invents_no_value() -> None:
    """Whatever the wire does, no limit alarm comes of it."""
    file = STATION.parents[1] / "scenarios" / "comms_flap.yaml"
    done = rehearse(load_scenario(file), STATION, length_s=3000.0)
    raised = {str(entry.payload["alarm"]) for entry in done.entries if entry.code == "alarm.raised"}
    assert raised
    assert all(alarm.startswith(("COMM_", "SENSOR_")) for alarm in raised), raised
