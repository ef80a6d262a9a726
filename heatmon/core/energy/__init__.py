"""Heat: flow and balance, exchanger, degree days, what a day of this weather should take."""

from heatmon.core.energy.check import EnergyCheck

__all__ = ["EnergyCheck"]
