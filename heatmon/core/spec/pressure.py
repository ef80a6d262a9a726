"""What the pressures of the secondary side must keep to."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from heatmon.core.spec.base import Celsius, Id, Line, Listed, M3h, Metres, Model, Mpa, Positive, written


class SafetyValve(Model):
    """The set pressure on the nameplate or test certificate, never a formula."""

    set_mpa: Annotated[Mpa, Positive]
    source: Line


class CirculationPump(Model):
    """H = head·n² − k·Q² in m, Q in m³/h, n = frequency / 50 Hz."""

    head_m: Annotated[Metres, Positive]
    k: Annotated[float, Field(gt=0, le=1)]
    flow: Id
    frequency: Id | None = None


class Strainer(Model):
    """Differential pressure over a strainer, and what it was when clean at this flow."""

    tag: Id
    clean_mpa: Annotated[Mpa, Positive] = written("0.02 MPa")
    clean_flow_m3h: Annotated[M3h, Positive] | None = None


class Part(Model):
    """A part of the system: what it stands and how high it lies."""

    name: Line
    rating_mpa: Annotated[Mpa, Positive]
    height_m: Metres


class Pressure(Model):
    """What the pressures of the secondary side must keep to.

    return_: the tag at the constant-pressure point. working: allowed working pressure at the gauge.
    highest_point, gauge: elevations; their difference gives the pressure below which the top runs
    empty. boiler_minimum: the boiler maker's lowest pressure, if higher; boiler_max_temperature: of the
    outlet, for GB 50041's reserve. hottest: tag of the hottest water (the curve's supply when left out).
    """

    return_: Annotated[Id, Field(alias="return")]
    supply: Id | None = None
    working_mpa: Annotated[Mpa, Positive]
    safety_valve: SafetyValve
    highest_point_m: Metres
    gauge_m: Metres = written("0 m")
    boiler_minimum_mpa: Mpa | None = None
    boiler_max_temperature_c: Celsius | None = None
    setpoint_mpa: Annotated[Mpa, Positive] | None = None
    band_mpa: Annotated[Mpa, Positive] = written("0.02 MPa")
    hottest: Id | None = None
    pump: CirculationPump | None = None
    strainer: Strainer | None = None
    parts: Listed[Part] = ()
