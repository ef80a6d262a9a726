"""The memory of the shipped station's PLC, as the simulated plant fills it at one moment."""

from __future__ import annotations

from pathlib import Path

from heatmon.driver import installed
from heatmon.settings import load
from heatmon_simulators.modbus.bank import RegisterBank
from heatmon_simulators.modbus.image import Image
from heatmon_simulators.plant.process import UNITS
from heatmon_simulators.scenario import load_scenario

CONFIG = Path(__file__).resolve().parents[1] / "config"


def bank_at_the_start(scenario: str, now_ns: int) -> RegisterBank:
    """What the PLC of the shipped station shows as a shipped scenario begins; it stands still."""
    spec = load(CONFIG / "stations" / "hx-example", installed()).spec
    assert spec is not None
    image = Image(spec.devices[0], spec.tags, UNITS, {})
    image.show(load_scenario(CONFIG / "scenarios" / f"{scenario}.yaml").world(now_ns).values(now_ns))
    return image.bank
