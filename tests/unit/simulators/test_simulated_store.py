"""What was simulated stays apart: the service refuses a store that holds such entries, and the other way."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from heatmon.app import Daemon
from heatmon.runtime.clock import Clock
from heatmon_simulators.rehearse import rehearse
from heatmon_simulators.scenario import Scenario

STATION = Path(__file__).resolve().parents[3] / "config" / "stations" / "hx-example"
STILL = Scenario.model_validate({"name": {"en": "still", "zh": "静止"}})


async def started(state: Path, runtime: Path, clock: Clock) -> Daemon:
    """A daemon on a state directory, run until it is ready and ended again."""
    daemon = Daemon([STATION], state=state, runtime=runtime, clock=clock)
    running = asyncio.create_task(daemon.run())
    ready = asyncio.create_task(daemon.ready.wait())
    async with asyncio.timeout(60.0):
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
    daemon.stop()
    ready.cancel()
    await running
    return daemon


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)])
async def test_real_and_simulated_entries_never_meet_in_one_store(
    tmp_path: Path, first: bool, second: bool
) -> None:
    """Also at a factor of one: what makes a store simulated is the plant, not the speed."""
    daemon = await started(tmp_path / "state", tmp_path / "run", Clock(1.0, simulated=first))
    assert daemon.faults == []
    journal = next((tmp_path / "state" / "stations").rglob("journal.db"))
    before = journal.read_bytes()
    refused = await started(tmp_path / "state", tmp_path / "run", Clock(1.0, simulated=second))
    assert any("simulated" in fault for fault in refused.faults)
    assert refused.stations == {}
    assert journal.read_bytes() == before


async def test_the_service_refuses_a_journal_that_a_rehearsal_has_left(tmp_path: Path) -> None:
    journal = tmp_path / "state" / "stations" / "HX-017" / "journal.db"
    await asyncio.to_thread(rehearse, STILL, STATION, length_s=60.0, journal=journal)
    refused = await started(tmp_path / "state", tmp_path / "run", Clock())
    assert any("simulated" in fault for fault in refused.faults)
