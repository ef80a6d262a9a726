"""Pressure: regime, slope, safety valve, pump and strainer signatures."""

from heatmon.core.pressure.check import PressureCheck, ValveWatch, slope_kpa_min

__all__ = ["PressureCheck", "ValveWatch", "slope_kpa_min"]
