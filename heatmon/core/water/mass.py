"""How much water is in the system: pipes, emitters and vessel, from temperatures and pressure.

m_leak = ρ_mk·ΔN − [M(t1) − M(t0)] − [M_vessel(t1) − M_vessel(t0)]: only this difference is a loss. Cooling by
10 K takes 0.42 m³ of makeup for 100 m³ of content and nothing has leaked.
"""

from __future__ import annotations

import base64
import math
from array import array
from typing import Any, Final

from heatmon.core.spec.water import Compensation, Vessel
from heatmon.core.waterprops import liquid
from heatmon.core.windows import MISSING, pack, unpack

STEEL_PER_K: Final = 3.5e-5
"""Three times the linear expansion of steel: pipes and emitters grow with their water."""
REFERENCE_C: Final = 15.0
MAKEUP_C: Final = 15.0
KEPT_MIN: Final = 1441
HISTORY_MIN: Final = 150
LONGEST_LAG_MIN: Final = 60
LEAST_FLOW_SHARE: Final = 0.1
KG: Final = 10.0
"""Cells hold tenths of a kilogram."""
NEAR_MIN: Final = 3
MOST_KG: Final = 2e8
"""What fits into a cell of 32 bits in tenths of a kilogram; larger systems are none of ours."""


def content_kg(volume_m3: float, t_c: float) -> float:
    """Mass of the water in a part of the system that holds `volume_m3` at 15 °C; NaN outside 0…150 °C."""
    return volume_m3 * (1.0 + STEEL_PER_K * (t_c - REFERENCE_C)) * liquid().density_kg_m3(t_c)


def vessel_m3(vessel: Vessel, p_mpa: float, atmosphere_mpa: float) -> float:
    """Water in a membrane vessel at gauge pressure p, by Boyle; 0 at or below the precharge."""
    if p_mpa <= vessel.precharge_mpa:
        return 0.0
    return vessel.volume_m3 * (1.0 - (vessel.precharge_mpa + atmosphere_mpa) / (p_mpa + atmosphere_mpa))


def stiffness_l_kpa(vessel: Vessel, p_mpa: float, atmosphere_mpa: float) -> float:
    """C_h = V_gas / p_abs: litres that move the pressure by 1 kPa; 0 at or below the precharge."""
    if p_mpa <= vessel.precharge_mpa:
        return 0.0
    absolute = p_mpa + atmosphere_mpa
    return vessel.volume_m3 * (vessel.precharge_mpa + atmosphere_mpa) / absolute**2


class MinuteMean:
    """Mean of what is seen between two minutes; None where nothing good was."""

    __slots__ = ("_count", "_sum")

    def __init__(self) -> None:
        self._sum, self._count = 0.0, 0

    def add(self, value: float | None) -> None:
        """A value of a tick."""
        if value is not None:
            self._sum += value
            self._count += 1

    def take(self) -> float | None:
        """The mean, and start again."""
        mean = self._sum / self._count if self._count else None
        self._sum, self._count = 0.0, 0
        return mean

    def dump(self) -> list[float]:
        """State as JSON."""
        return [self._sum, self._count]

    def load(self, state: list[float]) -> None:
        """Take a dumped state over."""
        self._sum, self._count = float(state[0]), int(state[1])


class MassBook:
    """Mass of water by minute for the last day, reckoned with the transit through pipes and emitters.

    What leaves the emitters now is measured at the return sensor a return pipe's transit later, so the
    mass of a minute is known that much later: `lag` minutes.
    """

    __slots__ = ("_back", "_cells", "_design_m3h", "_head", "_parts", "_supply", "_vessel", "lag")

    def __init__(self, settings: Compensation, volume_m3: float, design_m3h: float) -> None:
        shares = (settings.supply_pipe_pct, settings.emitter_pct, settings.return_pipe_pct)
        total = sum(shares) or 1.0
        self._design_m3h = design_m3h
        self._parts = tuple(volume_m3 * share / total for share in shares)
        self._cells = array("i", [MISSING]) * KEPT_MIN
        self._head = -1
        self.lag = 0
        self._forget()

    def _forget(self) -> None:
        self._supply, self._back, self._vessel = (array("f", [math.nan]) * HISTORY_MIN for _ in range(3))

    def close(
        self,
        minute: int,
        supply_c: float | None,
        return_c: float | None,
        vessel_kg: float | None,
        flow_m3h: float,
    ) -> None:
        """Minute number `minute` is complete: its mean temperatures, water in the vessel, circulation."""
        if minute <= self._head:
            return
        if self._head < 0 or minute - self._head >= KEPT_MIN:
            self._cells = array("i", [MISSING]) * KEPT_MIN
            self._forget()
        else:
            for empty in range(self._head + 1, minute):
                self._write(empty, None, None, None)
        self._write(minute, supply_c, return_c, vessel_kg)
        self._head = minute
        if flow_m3h >= LEAST_FLOW_SHARE * self._design_m3h:
            self._reckon(minute, flow_m3h)

    def _write(self, minute: int, supply: float | None, back: float | None, vessel: float | None) -> None:
        at = minute % HISTORY_MIN
        self._cells[minute % KEPT_MIN] = MISSING
        for column, value in ((self._supply, supply), (self._back, back), (self._vessel, vessel)):
            column[at] = math.nan if value is None else value

    def _reckon(self, minute: int, flow_m3h: float) -> None:
        to_supply, to_emitter, to_return = (part / flow_m3h * 60.0 for part in self._parts)
        self.lag = lag = min(LONGEST_LAG_MIN, round(to_return))
        left = lag + round(min(to_supply, LONGEST_LAG_MIN))
        reached = min(HISTORY_MIN - 1, left + round(to_emitter))
        supply = self._mean(self._supply, minute - left, minute - lag)
        inlet = self._mean(self._supply, minute - reached, minute - left)
        outlet = self._mean(self._back, minute - min(LONGEST_LAG_MIN, round(to_emitter / 2.0)), minute)
        back = self._mean(self._back, minute - lag, minute)
        # A value that is not known is NaN, and so is every sum with it.
        kg = (
            content_kg(self._parts[0], supply)
            + content_kg(self._parts[1], 0.5 * (inlet + outlet))
            + content_kg(self._parts[2], back)
            + self._vessel[(minute - lag) % HISTORY_MIN]
        )
        if abs(kg) < MOST_KG:
            self._cells[(minute - lag) % KEPT_MIN] = round(kg * KG)

    @staticmethod
    def _mean(column: array[float], first: int, last: int) -> float:
        start, end = first % HISTORY_MIN, last % HISTORY_MIN
        if start <= end:
            return sum(column[start : end + 1]) / (end + 1 - start)
        return (sum(column[start:]) + sum(column[: end + 1])) / (HISTORY_MIN - start + end + 1)

    def at(self, minute: int) -> float | None:
        """Mass in kg at the end of a minute, or of one of the three before; None where it is not known."""
        for near in range(minute, minute - NEAR_MIN - 1, -1):
            if self._head - KEPT_MIN < near <= self._head:
                cell = self._cells[near % KEPT_MIN]
                if cell != MISSING:
                    return cell / KG
        return None

    def vessel_change_kg(self, first: int, last: int) -> float | None:
        """Change of the vessel's water between two minutes of the last two hours; None where not known."""
        if not self._head - HISTORY_MIN < first <= last <= self._head:
            return None
        change = self._vessel[last % HISTORY_MIN] - self._vessel[first % HISTORY_MIN]
        return None if math.isnan(change) else change

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 10 kB."""
        recent = [base64.b64encode(c.tobytes()).decode() for c in (self._supply, self._back, self._vessel)]
        return {"head": self._head, "lag": self.lag, "cells": pack(self._cells), "recent": recent}

    def load(self, state: dict[str, Any]) -> None:
        """Take a dumped state over."""
        self._head, self.lag = state["head"], state["lag"]
        self._cells = array("i", unpack(state["cells"]))
        self._supply, self._back, self._vessel = (array("f", unpack(text)) for text in state["recent"])
