"""docs/simulator.md tells what the models take, and its example is a scenario."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from heatmon_simulators.scenario import load_scenario
from heatmon_simulators.scenario.events import WireFault
from heatmon_simulators.scenario.reference import BEGIN, written

PAGE = Path(__file__).resolve().parents[3] / "docs" / "simulator.md"


def test_the_reference_in_the_page_is_that_of_the_models() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == written(page), "run: python -m heatmon_simulators.scenario.reference docs/simulator.md"


def test_the_example_of_the_page_is_a_scenario(tmp_path: Path) -> None:
    example = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    file = tmp_path / "story.yaml"
    file.write_text(example[1], encoding="utf-8")
    assert len(load_scenario(file).events) == 4


def test_every_wire_fault_is_explained() -> None:
    text = PAGE.read_text(encoding="utf-8").partition(BEGIN)[0]
    assert [fault for fault in get_args(WireFault) if f"`{fault}`" not in text] == []
