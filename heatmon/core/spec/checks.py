"""What the three checks of the mission need to know: heating curve, water loss, pressure."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, Strict

from heatmon.core.spec.base import (
    M3,
    Celsius,
    Id,
    Kelvin,
    KelvinPerHour,
    Line,
    Listed,
    M3h,
    Metres,
    Model,
    Mpa,
    Percent,
    Positive,
    Seconds,
    written,
)


class CurvePoint(Model):
    """One row of the filed table."""

    outdoor_c: Celsius
    supply_c: Celsius
    return_c: Celsius | None = None


class Filing(Model):
    """How the curve was filed with the command centre."""

    version: Line
    by: Line | None = None
    at: Annotated[AwareDatetime, Strict(False)] | None = None
    receipt: Line | None = None


class Outdoor(Model):
    """The outdoor temperature the curve is read at: its tag and the filter of the building.

    filter: ``exponential`` takes the filtered value; ``composite`` the weighted mean of the actual
    and the filtered one (a pure 24-h filter reacts too late to a cold wave).
    """

    tag: Id
    filter: Literal["none", "exponential", "composite"] = "composite"
    time_constant_s: Annotated[Seconds, Positive] = written("24 h")
    weight_actual_pct: Annotated[Percent, Field(le=100)] = written("50 %")
    fallback_c: Celsius = written("-5 °C")
    max_hold_s: Seconds = written("2 h")


class CurveLimits(Model):
    """Clamps of the setpoint and how fast it may move. The upper clamp always wins."""

    min_c: Celsius
    max_c: Celsius
    rate_up_k_h: KelvinPerHour = written("10 K/h")
    rate_down_k_h: KelvinPerHour = written("10 K/h")


class Curve(Model):
    """The filed table of supply temperature over outdoor temperature.

    supply, return_: the secondary tags it is judged with. pumps: run feedback of the circulation
    pumps; without a running pump the deviation is not evaluated. Band of compliance in K.
    """

    filed: Filing
    outdoor: Outdoor
    supply: Id
    return_: Annotated[Id | None, Field(alias="return")] = None
    pumps: Listed[Id] = ()
    emitters: Literal["radiators", "floor"] = "radiators"
    points: Annotated[Listed[CurvePoint], Field(min_length=2)]
    limits: CurveLimits
    settle_s: Seconds = written("20 min")
    """How long a pump must have been running before a deviation counts."""
    band_k: Kelvin = written("2 K")


class Water(Model):
    """Makeup water and the base its loss is a share of.

    base: ``circulation`` (makeup ÷ circulated volume) or ``volume`` (% of the system's content per hour).
    circulation: tag of the circulation flow; without it, or when it is not good or stands still,
    `design_circulation` is taken and the result is marked estimated.
    """

    makeup_totaliser: Id
    makeup_running: Id | None = None
    makeup_capacity_m3h: Annotated[M3h, Positive] | None = None
    circulation: Id | None = None
    design_circulation_m3h: Annotated[M3h, Positive]
    system_volume_m3: Annotated[M3, Positive]
    base: Literal["circulation", "volume"] = "circulation"
    coverage_pct: Annotated[Percent, Field(gt=0, le=100)] = written("90 %")


class SafetyValve(Model):
    """The set pressure on the nameplate or test certificate, never a formula."""

    set_mpa: Annotated[Mpa, Positive]
    source: Line


class Pressure(Model):
    """What the pressures of the secondary side must keep to.

    return_: the tag at the constant-pressure point. working: allowed working pressure at the gauge.
    highest_point, gauge: elevations; their difference gives the pressure below which the top runs
    empty. boiler_minimum: the boiler maker's lowest pressure, if higher.
    """

    return_: Annotated[Id, Field(alias="return")]
    supply: Id | None = None
    working_mpa: Annotated[Mpa, Positive]
    safety_valve: SafetyValve
    highest_point_m: Metres
    gauge_m: Metres = written("0 m")
    boiler_minimum_mpa: Mpa | None = None
    setpoint_mpa: Annotated[Mpa, Positive] | None = None
    band_mpa: Annotated[Mpa, Positive] = written("0.02 MPa")
