"""The primary side, meters and exchanger: what heat, its plausibility and the causes of deviation need."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from heatmon.core.spec.base import (
    Id,
    M3h,
    Model,
    Percent,
    Positive,
    written,
)


class PrimarySide(Model):
    """Tags of the primary side. flow_at: in which pipe the flow sensor sits: its density is taken there."""

    supply: Id
    return_: Annotated[Id, Field(alias="return")]
    flow: Id | None = None
    flow_at: Literal["return", "supply"] = "return"
    heat: Id | None = None
    supply_pressure: Id | None = None
    return_pressure: Id | None = None
    nominal_flow_m3h: Annotated[M3h, Positive] | None = None


class Valve(Model):
    """The control valve: command and feedback in %, and the setpoint that its controller follows."""

    command: Id
    feedback: Id | None = None
    setpoint: Id | None = None


class Exchanger(Model):
    """The plate exchanger when it was clean: UA at the design flows."""

    ua_kw_k: Annotated[float, Field(gt=0, alias="ua_kw_k")]
    primary_flow_m3h: Annotated[M3h, Positive]
    secondary_flow_m3h: Annotated[M3h, Positive]


class Energy(Model):
    """Heat of the station. fouling: share of the clean heat transfer below which it is fouled."""

    primary: PrimarySide
    valve: Valve | None = None
    exchanger: Exchanger | None = None
    fouling_pct: Annotated[Percent, Field(gt=0, lt=100)] = written("70 %")
