"""Scenario files: how a plant starts, what happens to it, to its sensors and to its wires, and when."""

from heatmon_simulators.scenario.load import ScenarioError, load_scenario
from heatmon_simulators.scenario.model import Scenario

__all__ = ["Scenario", "ScenarioError", "load_scenario"]
