"""What the judgement of water loss needs to know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from heatmon.core.spec.base import (
    M3,
    Id,
    Kelvin,
    M3h,
    Metres,
    Model,
    Mpa,
    Percent,
    Positive,
    Seconds,
    written,
)
from heatmon.core.spec.curve import TimeOfDay

Share = Annotated[Percent, Field(ge=0, le=100)]


class Vessel(Model):
    """The membrane vessel: its volume and the gas pressure in it when it is empty of water (gauge)."""

    volume_m3: Annotated[M3, Positive]
    precharge_mpa: Annotated[Mpa, Positive]


class Compensation(Model):
    """How thermal expansion is taken out of the loss.

    supply, return_: temperatures of the loop; those of the curve when left out. Shares: how the
    system's content lies in supply pipes, emitters and return pipes. vessel: without it the stiffness
    is identified from the makeup pulses.
    """

    supply: Id | None = None
    return_: Annotated[Id | None, Field(alias="return")] = None
    supply_pipe_pct: Share = written("25 %")
    emitter_pct: Share = written("50 %")
    return_pipe_pct: Share = written("25 %")
    vessel: Vessel | None = None
    makeup_temperature: Id | None = None


class PumpCurve(Model):
    """H = head·n² − k·Q² in m, Q in m³/h, n = frequency / 50 Hz, of the circulation pumps together."""

    head_m: Annotated[Metres, Positive]
    k: Annotated[float, Field(gt=0, le=1)]
    frequency: Id | None = None
    supply_pressure: Id
    return_pressure: Id


class Detection(Model):
    """Thresholds of the ladder, in % of circulation unless they say otherwise.

    smallest: the leak that the cumulative sum is tuned for; h: its limit in standard deviations.
    venting: how long after the season's start air is still being let out; `venting_limit` holds then.
    """

    advisory_pct: Percent = written("0.5 %")
    advisory_floor_pct: Percent = written("0.1 %")
    baseline_factor: Annotated[float, Field(gt=1, le=10)] = 2.0
    smallest_pct: Annotated[Percent, Positive] = written("0.1 %")
    least_sigma_pct: Annotated[Percent, Positive] = written("0.02 %")
    h: Annotated[float, Field(ge=4, le=50)] = 8.0
    learn_s: Seconds = written("72 h")
    negative_volume_pct: Annotated[Percent, Positive] = written("0.2 %")
    rising_kpa_min: Annotated[float, Field(gt=0, alias="rising_kpa_min")] = 1.0
    starts_per_h: Annotated[float, Field(gt=0)] = 6.0
    duty_pct: Annotated[Percent, Positive] = written("30 %")
    no_makeup_s: Annotated[Seconds, Positive] = written("14 d")
    venting_s: Seconds = written("10 d")
    venting_limit_pct: Annotated[Percent, Positive] = written("2 %")
    night_from: TimeOfDay = "02:00"
    night_to: TimeOfDay = "05:00"


class Water(Model):
    """Makeup water and the base its loss is a share of.

    base: ``circulation`` (makeup ÷ circulated volume) or ``volume`` (% of the system's content per hour).
    circulation: tag of the circulation flow; without it, or when it is not good or stands still,
    heat balance, pump curve, and at last `design_circulation` are taken and the result is marked
    estimated.
    """

    makeup_totaliser: Id
    makeup_running: Id | None = None
    makeup_capacity_m3h: Annotated[M3h, Positive] | None = None
    circulation: Id | None = None
    heat: Id | None = None
    pump_curve: PumpCurve | None = None
    design_circulation_m3h: Annotated[M3h, Positive]
    design_difference_k: Annotated[Kelvin, Positive] | None = None
    design_load_w_m2: Annotated[
        Annotated[float, Field(gt=0, le=500)] | None, Field(alias="design_load_w_m2")
    ] = None
    system_volume_m3: Annotated[M3, Positive]
    base: Literal["circulation", "volume"] = "circulation"
    coverage_pct: Annotated[Percent, Field(gt=0, le=100)] = written("90 %")
    compensation: Compensation = Compensation()
    detection: Detection = Detection()
    relief: Id | None = None
