"""Heating curves: families, the order of the setpoint, deviation, causes, filing, fitting."""

from heatmon.core.curve.build import content_hash, family_of
from heatmon.core.curve.check import CurveCheck
from heatmon.core.curve.family import CurveValue, Family

__all__ = ["CurveCheck", "CurveValue", "Family", "content_hash", "family_of"]
