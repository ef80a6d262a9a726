"""What the pressures of the secondary side must keep to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from heatmon.core.spec.base import Id, Line, Metres, Model, Mpa, Positive, written


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
