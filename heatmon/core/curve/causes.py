"""Why the supply is off its curve: a table of rules over residuals of the last quarter of an hour.

Each rule answers with its evidence in numbers, or not at all; what is not measured cannot accuse. The
order of the table is the order of belief: a wrong sensor explains everything, demand only what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

OPEN_PCT: Final = 95.0
SHUT_PCT: Final = 1.0
DEVIATION_K: Final = 3.0
SOURCE_K: Final = 5.0
LEAST_AVAILABLE_MPA: Final = 0.05
VALVE_GAP_PCT: Final = 5.0
VALVE_MOVED_PCT: Final = 20.0
FLOW_MOVED: Final = 0.05
PASSING_SHARE: Final = 0.03
PASSING_K: Final = 2.0
SECOND_LAW_K: Final = 1.0
BALANCE_PCT: Final = 12.0
SMALL_FLOW: Final = 1.3
LARGE_FLOW: Final = 0.7
LEAST_DROP_K: Final = 3.0
FOULED_PCT: Final = 70.0
SETPOINT_K: Final = 2.0
ROOMS_K: Final = 1.0
SIGMA: Final = 2.0
CALM_K: Final = 2.0


class Cause(IntEnum):
    """The codes are the values of ``causes.code``; the order is the order of belief."""

    NONE = 0
    SENSOR = 1
    OUTDOOR = 2
    VALVE_STUCK = 3
    SOURCE_SHORT = 4
    WRONG_CURVE = 5
    VALVE_PASSING = 6
    FLOW_SMALL = 7
    FLOW_LARGE = 8
    FOULING = 9
    CURVE_UNFIT = 10
    DEMAND = 11


@dataclass(slots=True)
class Residuals:
    """Means over 15 min unless the name says otherwise; None where it is not measured.

    e_k: supply minus setpoint. valve_gap_pct: command minus feedback. flow_moved: relative change of the
    primary flow over 30 min; valve_moved_pct: of the command. source_k: primary supply below what it
    should be. difference_ratio: secondary ΔT over what the load asks for.
    """

    running: bool | None = None
    e_k: float | None = None
    command_pct: float | None = None
    feedback_pct: float | None = None
    valve_gap_pct: float | None = None
    valve_moved_pct: float | None = None
    flow_moved: float | None = None
    primary_flow_share: float | None = None
    available_mpa: float | None = None
    source_k: float | None = None
    t1s_c: float | None = None
    t1r_c: float | None = None
    t2s_c: float | None = None
    t2r_c: float | None = None
    balance_pct: float | None = None
    outdoor_suspect: bool = False
    outdoor_apart_k: float | None = None
    difference_ratio: float | None = None
    ua_share_pct: float | None = None
    setpoint_off_k: float | None = None
    rooms_off_k: float | None = None
    demand_sigma: float | None = None


Evidence = Mapping[str, float]
Rule = Callable[[Residuals], Evidence | None]


def _sensor(r: Residuals) -> Evidence | None:
    """Second law, or a balance that does not close: supply or return sensors, or a meter."""
    if not r.running or r.t2s_c is None or r.t2r_c is None:
        return None
    if r.t2s_c < r.t2r_c - SECOND_LAW_K:
        return {"t2s_c": r.t2s_c, "t2r_c": r.t2r_c}
    if r.t1s_c is not None and r.t2s_c > r.t1s_c + SECOND_LAW_K:
        return {"t2s_c": r.t2s_c, "t1s_c": r.t1s_c}
    if r.t1r_c is not None and r.t1r_c < r.t2r_c - SECOND_LAW_K:
        return {"t1r_c": r.t1r_c, "t2r_c": r.t2r_c}
    if r.balance_pct is not None and r.balance_pct > BALANCE_PCT:
        return {"balance_pct": r.balance_pct}
    return None


def _outdoor(r: Residuals) -> Evidence | None:
    if r.outdoor_suspect:
        return {"outdoor_apart_k": 0.0 if r.outdoor_apart_k is None else r.outdoor_apart_k}
    return None


def _valve_stuck(r: Residuals) -> Evidence | None:
    """The feedback does not follow the command, or the flow does not follow the valve."""
    if r.valve_gap_pct is not None and abs(r.valve_gap_pct) > VALVE_GAP_PCT:
        return {"valve_gap_pct": r.valve_gap_pct}
    moved = r.valve_moved_pct is not None and abs(r.valve_moved_pct) > VALVE_MOVED_PCT
    if moved and r.flow_moved is not None and abs(r.flow_moved) < FLOW_MOVED:
        return {"valve_moved_pct": r.valve_moved_pct or 0.0, "flow_moved_pct": 100.0 * r.flow_moved}
    return None


def _source_short(r: Residuals) -> Evidence | None:
    """Valve open, supply cold, and the primary side gives too little."""
    position = r.feedback_pct if r.feedback_pct is not None else r.command_pct
    if position is None or position < OPEN_PCT or r.e_k is None or r.e_k > -DEVIATION_K:
        return None
    evidence = {"valve_pct": position, "e_k": r.e_k}
    if r.source_k is not None and r.source_k > SOURCE_K:
        return {**evidence, "primary_below_k": r.source_k}
    if r.available_mpa is not None and r.available_mpa < LEAST_AVAILABLE_MPA:
        return {**evidence, "available_mpa": r.available_mpa}
    return None


def _wrong_curve(r: Residuals) -> Evidence | None:
    """The controller follows another setpoint than the filed curve gives: manual, or other numbers in it."""
    if r.setpoint_off_k is None or abs(r.setpoint_off_k) <= SETPOINT_K:
        return None
    return {"setpoint_off_k": r.setpoint_off_k}


def _valve_passing(r: Residuals) -> Evidence | None:
    """Shut, and yet primary water flows or the loop gets heat."""
    position = r.feedback_pct if r.feedback_pct is not None else r.command_pct
    commanded = r.command_pct if r.command_pct is not None else position
    if commanded is None or commanded > SHUT_PCT:
        return None
    if r.primary_flow_share is not None and r.primary_flow_share > PASSING_SHARE:
        return {"command_pct": commanded, "flow_share_pct": 100.0 * r.primary_flow_share}
    if r.running and r.t2s_c is not None and r.t2r_c is not None and r.t2s_c - r.t2r_c > PASSING_K:
        return {"command_pct": commanded, "difference_k": r.t2s_c - r.t2r_c}
    return None


def _flow_small(r: Residuals) -> Evidence | None:
    if r.running and r.difference_ratio is not None and r.difference_ratio > SMALL_FLOW:
        return {"difference_ratio": r.difference_ratio}
    return None


def _flow_large(r: Residuals) -> Evidence | None:
    calm = r.e_k is not None and abs(r.e_k) < CALM_K
    if r.running and calm and r.difference_ratio is not None and r.difference_ratio < LARGE_FLOW:
        return {"difference_ratio": r.difference_ratio}
    return None


def _fouling(r: Residuals) -> Evidence | None:
    if r.ua_share_pct is not None and r.ua_share_pct < FOULED_PCT:
        return {"ua_share_pct": r.ua_share_pct}
    return None


def _curve_unfit(r: Residuals) -> Evidence | None:
    calm = r.e_k is not None and abs(r.e_k) < CALM_K
    if calm and r.rooms_off_k is not None and abs(r.rooms_off_k) > ROOMS_K:
        return {"rooms_off_k": r.rooms_off_k}
    return None


def _demand(r: Residuals) -> Evidence | None:
    calm = r.e_k is not None and abs(r.e_k) < CALM_K
    if calm and r.demand_sigma is not None and abs(r.demand_sigma) > SIGMA:
        return {"day_residual_sigma": r.demand_sigma}
    return None


RULES: Final[tuple[tuple[Cause, Rule], ...]] = (
    (Cause.SENSOR, _sensor),
    (Cause.OUTDOOR, _outdoor),
    (Cause.VALVE_STUCK, _valve_stuck),
    (Cause.SOURCE_SHORT, _source_short),
    (Cause.WRONG_CURVE, _wrong_curve),
    (Cause.VALVE_PASSING, _valve_passing),
    (Cause.FLOW_SMALL, _flow_small),
    (Cause.FLOW_LARGE, _flow_large),
    (Cause.FOULING, _fouling),
    (Cause.CURVE_UNFIT, _curve_unfit),
    (Cause.DEMAND, _demand),
)


def diagnose(residuals: Residuals) -> list[tuple[Cause, Evidence]]:
    """Every cause that its evidence supports, the most believable first."""
    found = ((cause, rule(residuals)) for cause, rule in RULES)
    return [(cause, evidence) for cause, evidence in found if evidence is not None]
