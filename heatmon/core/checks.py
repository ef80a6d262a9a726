"""The checks of the mission put together: the calculators of a station and its computed limits."""

from __future__ import annotations

from heatmon.core.calculator import Calculator
from heatmon.core.curve import CurveCheck
from heatmon.core.curve.diagnosis import CauseCheck
from heatmon.core.energy import EnergyCheck
from heatmon.core.limits import hard_supply_limit_c, pressure_ladder
from heatmon.core.pressure import PressureCheck
from heatmon.core.spec import StationSpec
from heatmon.core.water import WaterCheck


def build(spec: StationSpec) -> tuple[Calculator, ...]:
    """The calculators this station's settings ask for, in the order they are to tick.

    Pressure comes before water, because the rule for a burst reads the slope of the same tick; causes
    come last, because they read what all others have computed.
    """
    calculators: list[Calculator] = []
    if spec.pressure is not None:
        calculators.append(PressureCheck(spec, spec.pressure))
    if spec.curve is not None:
        calculators.append(CurveCheck(spec, spec.curve))
    if spec.water is not None:
        calculators.append(WaterCheck(spec, spec.water))
    if spec.energy is not None:
        calculators.append(EnergyCheck(spec, spec.energy))
        if spec.curve is not None:
            calculators.append(CauseCheck(spec, spec.curve, spec.energy))
    return tuple(calculators)


def named_limits(spec: StationSpec) -> dict[str, float]:
    """Limits that alarms name instead of a number: MPa for ``pressure.*``, °C for ``temperature.HH``.

    Only those whose section stands in the settings.
    """
    limits: dict[str, float] = {}
    if spec.pressure is not None:
        limits.update(pressure_ladder(spec.pressure))
    if spec.curve is not None:
        limits["temperature.HH"] = hard_supply_limit_c(spec.curve)
    return limits
