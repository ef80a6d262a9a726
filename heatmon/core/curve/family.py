"""What every heating curve is: outdoor temperature in, the temperatures of the loops out.

Moving the outdoor temperature and the room setpoint by the same amount moves the supply by that
amount too, so a room setpoint raised by δ gives f(t_w − δ) + δ: the (1 + s)·δ of the textbooks and
controller manuals, exact for curves of any bend. Families whose maker publishes another rule say so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, Protocol

Beyond = Literal["", "mild", "cold"]
"""Where the outdoor temperature lies outside what the curve was made for."""
SLOPE_STEP_K: Final = 0.05


@dataclass(frozen=True, slots=True)
class CurveValue:
    """What a curve asks for at one outdoor temperature.

    supply_c, return_c: secondary loop; None where the family says nothing of it. flow_share: of the
    design circulation. hours: heating hours a day. beyond: ``mild`` when there is no heating load or
    the table has ended, ``cold`` below the design temperature or the table.
    """

    supply_c: float
    return_c: float | None = None
    flow_share: float = 1.0
    hours: float = 24.0
    primary_supply_c: float | None = None
    primary_return_c: float | None = None
    beyond: Beyond = ""


class Family(Protocol):
    """A heating curve. Pure and without state; NaN in gives NaN out."""

    @property
    def stages(self) -> int:
        """How many stages of flow it has; 1 for all but staged regulation."""

    def at(self, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> CurveValue:
        """The curve at an outdoor temperature, with the room setpoint moved by `room_k`.

        stage: 0 is the full flow; numbers beyond the last stage count as the last.
        """

    def stage_wanted(self, outdoor_c: float) -> int:
        """The stage that belongs to a steady outdoor temperature."""


class Steady:
    """A family without stages of flow."""

    __slots__ = ()

    @property
    def stages(self) -> int:
        """One: the flow is not staged."""
        return 1

    def stage_wanted(self, outdoor_c: float) -> int:
        """Always the full flow."""
        del outdoor_c
        return 0


NOTHING: Final = CurveValue(math.nan, None)
"""The answer to an input that is no weather."""


def sensible(outdoor_c: float, room_k: float) -> bool:
    """Whether this can be an outdoor temperature and a change of a room setpoint at all."""
    return -100.0 <= outdoor_c <= 100.0 and -50.0 <= room_k <= 50.0


def slope(family: Family, outdoor_c: float, room_k: float = 0.0, stage: int = 0) -> float:
    """s = −dt_g/dt_w, K of supply per K of outdoor temperature, by a central difference; ≥ 0, NaN for NaN.

    (1 + s) turns a room difference into a supply difference.
    """
    warm = family.at(outdoor_c + SLOPE_STEP_K, room_k, stage).supply_c
    cold = family.at(outdoor_c - SLOPE_STEP_K, room_k, stage).supply_c
    rise = (cold - warm) / (2.0 * SLOPE_STEP_K)
    return rise if math.isnan(rise) else max(0.0, rise)


def room_response_k(deviation_k: float, s: float, tau_h: float, hours: float | None = None) -> float:
    """What a lasting supply deviation does to the rooms: e/(1+s), reached as 1 − e^(−t/τ_e).

    τ_e = τ·s/(1+s): the emitters give more heat as the room cools, so rooms follow the supply faster
    than they cool freely with the building's time constant `tau_h`. hours None: the final value.
    """
    final = deviation_k / (1.0 + s)
    if hours is None:
        return final
    tau_e = tau_h * s / (1.0 + s)
    return final if tau_e <= 0.0 else -final * math.expm1(-max(0.0, hours) / tau_e)
