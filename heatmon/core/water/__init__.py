"""Water loss: totaliser windows, mass balance, detection ladder, signatures, bursts."""

from heatmon.core.water.check import WaterCheck

__all__ = ["WaterCheck"]
