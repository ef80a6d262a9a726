"""The heating curve in the settings: which family, how it is processed, and what it is judged with.

`kind` names the family (``table`` when it is left out). What is common to all kinds stands in
`Curve`; each kind adds the few numbers that its maker or its textbook asks for.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Discriminator, Field, Strict, StringConstraints, Tag

from heatmon.core.spec.base import (
    M3,
    Celsius,
    Id,
    Kelvin,
    KelvinPerHour,
    Line,
    Listed,
    Model,
    Percent,
    Positive,
    Seconds,
    SignalId,
    written,
)

Moment = Annotated[AwareDatetime, Strict(False)]
TimeOfDay = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""``"22:00"``, station time; quoted, because bare 22:00 is a number to YAML 1.1."""
PositiveKelvin = Annotated[Kelvin, Positive]


class Filing(Model):
    """How the curve was filed with the command centre.

    Filed means: `by`, `at` and `receipt` are all there. hash: the content hash that `heatmon curve
    explain` shows; once it stands here, a changed curve under the same version is a fault.
    """

    version: Line
    by: Line | None = None
    at: Moment | None = None
    receipt: Line | None = None
    hash: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")] | None = None
    reason: Line | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing for the curve to count as filed."""
        return self.by is not None and self.at is not None and self.receipt is not None


class Wind(Model):
    """t_w,eq = t_w − per·max(0, v − above), v in m/s from `tag`; per: K for each m/s."""

    tag: Id
    above_ms: Annotated[float, Strict(False), Field(ge=0, le=50, alias="above_ms")] = 4.0
    per_ms_k: Annotated[Kelvin, Field(gt=0, le=2, alias="per_ms")] = written("0.4 K")


class Sun(Model):
    """t_w,eq = t_w + per·I/100, I in W/m² from `tag` through a filter; night is dark by itself."""

    tag: Id
    per_100_k: Annotated[Kelvin, Field(gt=0, le=3, alias="per_100_w_m2")] = written("0.7 K")
    time_constant_s: Annotated[Seconds, Positive] = written("90 min")


class Outdoor(Model):
    """The outdoor temperature the curve is read at: its sources and the filter of the building.

    Sources in this order: `tag`, `second`, the median of `neighbours`, `forecast` (a tag that carries
    the forecast or the dispatcher's value), the last good one for `max_hold`, `fallback`.
    filter: ``exponential`` takes the filtered value; ``composite`` the weighted mean of the actual
    and the filtered one (a pure 24-h filter reacts too late to a cold wave); ``running_mean`` the
    weighted mean of the last seven days (EN 16798, α = 0.8).
    """

    tag: Id
    second: Id | None = None
    neighbours: Listed[Id] = ()
    forecast: Id | None = None
    filter: Literal["none", "exponential", "composite", "running_mean"] = "composite"
    time_constant_s: Annotated[Seconds, Positive] = written("24 h")
    weight_actual_pct: Annotated[Percent, Field(le=100)] = written("50 %")
    fallback_c: Celsius = written("-5 °C")
    max_hold_s: Seconds = written("2 h")
    wind: Wind | None = None
    sun: Sun | None = None


class CurveLimits(Model):
    """Clamps of the setpoint and how fast it may move. The upper clamp always wins."""

    min_c: Celsius
    max_c: Celsius
    rate_up_k_h: KelvinPerHour = written("10 K/h")
    rate_down_k_h: KelvinPerHour = written("10 K/h")


class ScheduleEntry(Model):
    """The room setpoint is moved by `room_shift` on these days between these times of day.

    days: ``all``, ``workday``, ``weekend``, ``holiday``, or a name of the calendar's special days.
    An entry over midnight belongs to the day it begins on. Later entries win.
    """

    days: Listed[Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]] = ("all",)
    from_: Annotated[TimeOfDay, Field(alias="from")]
    to: TimeOfDay
    room_shift_k: Annotated[Kelvin, Field(ge=-10, le=5)]


class RoomTrim(Model):
    """Correction from measured rooms: once a day, by the median of `tags`, in K of supply.

    Bounded by `max_day` a day and `max` in all. target: what rooms should have.
    """

    tags: Annotated[Listed[Id], Field(min_length=1)]
    target_c: Celsius = written("20 °C")
    share_pct: Annotated[Percent, Field(gt=0, le=100)] = written("50 %")
    max_day_k: PositiveKelvin = written("3 K")
    max_k: PositiveKelvin = written("5 K")
    at: TimeOfDay = "14:00"


class ReturnLimit(Model):
    """Correction = influence·(T_return − max), added; 0 while the return is at or below `max`.

    influence ≤ 0 (K of supply for each K of return); with `reset` a slow integral is added. Never
    below −`max_correction`, so that rooms are not pushed below 18 °C.
    """

    max_c: Celsius
    influence: Annotated[float, Strict(False), Field(ge=-10, le=0)] = -2.0
    max_correction_k: PositiveKelvin = written("5 K")
    reset_s: Annotated[Seconds, Positive] | None = None


class FlowStage(Model):
    """From this outdoor temperature upwards the circulation runs at this share of the design flow."""

    above_c: Celsius
    flow_pct: Annotated[Percent, Field(ge=20, lt=100)]


class PrimaryDesign(Model):
    """The primary side at its design point. flow: constant, or proportional to the load (Ḡ1 = Q̄)."""

    supply_c: Celsius
    return_c: Celsius
    flow: Literal["constant", "proportional"] = "constant"


class Curve(Model):
    """What all kinds share.

    supply, return_: the secondary tags it is judged with. pumps: run feedback of the circulation
    pumps; without a running pump the deviation is not evaluated. Band of compliance in K.
    return_volume: water between supply and return sensor, for the return that follows a loop later.
    building_time_constant: of free cooling, for what a deviation will do to the rooms.
    """

    filed: Filing
    outdoor: Outdoor
    supply: Id
    return_: Annotated[Id | None, Field(alias="return")] = None
    pumps: Listed[Id] = ()
    emitters: Literal["radiators", "floor"] = "radiators"
    limits: CurveLimits
    settle_s: Seconds = written("20 min")
    """How long a pump must have been running before a deviation counts."""
    grace_s: Seconds = written("2 h")
    """How long after a step of schedule, stage or table small deviations wait."""
    band_k: Kelvin = written("2 K")
    schedule: Listed[ScheduleEntry] = ()
    room_trim: RoomTrim | None = None
    return_limit: ReturnLimit | None = None
    heating_limit_c: Celsius | None = None
    loop_volume_m3: Annotated[M3, Positive] | None = None
    loop_flow: SignalId | None = None
    building_time_constant_s: Annotated[Seconds, Positive] = written("72 h")
    effective: Moment | None = None
    """When this version takes effect; only for `curve_next`."""


class CurvePoint(Model):
    """One row of the filed table."""

    outdoor_c: Celsius
    supply_c: Celsius
    return_c: Celsius | None = None
    primary_supply_c: Celsius | None = None
    primary_return_c: Celsius | None = None


class TableCurve(Curve):
    """The filed table of supply temperature over outdoor temperature, mildest first."""

    kind: Literal["table"] = "table"
    points: Annotated[Listed[CurvePoint], Field(min_length=2)]


class _Designed(Curve):
    room_c: Celsius = written("18 °C")
    design_outdoor_c: Celsius
    design_supply_c: Celsius
    design_return_c: Celsius
    exponent_b: Annotated[float, Strict(False), Field(ge=0, le=0.6)] | None = None
    """n − 1 of the emitters; 0.3 for radiators and 0.1 for floors when it is left out."""


class QualityCurve(_Designed):
    """Quality regulation (质调节), direct or, with `primary`, indirect connection."""

    kind: Literal["quality"]
    primary: PrimaryDesign | None = None


class StagedCurve(_Designed):
    """Quality regulation with the flow in stages (分阶段改变流量的质调节)."""

    kind: Literal["staged"]
    stages: Annotated[Listed[FlowStage], Field(min_length=1, max_length=4)]
    hysteresis_k: PositiveKelvin = written("1 K")
    dwell_s: Seconds = written("12 h")


class QuantityCurve(_Designed):
    """Quantity regulation (量调节): supply constant, the flow follows the load."""

    kind: Literal["quantity"]


class IntermittentCurve(_Designed):
    """Intermittent regulation (间歇调节): above `frozen_above` the supply stays, the hours shrink."""

    kind: Literal["intermittent"]
    frozen_above_c: Celsius


class ViessmannCurve(Curve):
    """Viessmann slope (Neigung) and level (Niveau)."""

    kind: Literal["viessmann"]
    slope: Annotated[float, Strict(False), Field(ge=0.1, le=3.5)]
    level_k: Annotated[Kelvin, Field(ge=-13, le=40)] = written("0 K")
    room_c: Celsius = written("20 °C")
    heat_pump: bool = False


class SiemensTiltCurve(Curve):
    """Siemens RVP/RVD: slope through the tilting point; the RVD's scale is ten times as large."""

    kind: Literal["siemens_tilt"]
    slope: Annotated[float, Strict(False), Field(ge=0.25, le=4.0)]
    bent: bool = True


class SiemensTwoPointCurve(Curve):
    """Siemens RVL: flow at −5 and +15 °C, and the parallel shift."""

    kind: Literal["siemens_two_point"]
    at_minus_5_c: Annotated[Celsius, Field(alias="at_minus_5")]
    at_plus_15_c: Annotated[Celsius, Field(alias="at_plus_15")]
    shift_k: Kelvin = written("0 K")


class DanfossCurve(Curve):
    """Danfoss ECL: the six flow temperatures at −30, −15, −5, 0, 5, 15 °C."""

    kind: Literal["danfoss"]
    flow: Annotated[Listed[Celsius], Field(min_length=6, max_length=6)]
    heat_curve: Annotated[float, Strict(False), Field(ge=0.1, le=4.0)] | None = None


class SamsonCurve(Curve):
    """Samson TROVIS: gradient and level."""

    kind: Literal["samson"]
    gradient: Annotated[float, Strict(False), Field(ge=0.2, le=3.2)] = 1.8
    level_k: Annotated[Kelvin, Field(ge=-30, le=30)] = written("0 K")
    room_c: Celsius = written("20 °C")


class SamsonPointsCurve(Curve):
    """Samson TROVIS: four points of flow and return; its factory points when left out."""

    kind: Literal["samson_points"]
    points: Annotated[Listed[CurvePoint], Field(min_length=4, max_length=4)] | None = None


class PowerCurve(Curve):
    """A power law through a design point: T_r + (T_des − T_r)·((T_r − T_out)/(T_r − T_out,des))^(1/n)."""

    kind: Literal["power"]
    room_c: Celsius = written("20 °C")
    design_outdoor_c: Celsius
    design_supply_c: Celsius
    exponent_n: Annotated[float, Strict(False), Field(ge=1.0, le=1.6)] = 1.3


class HeatPumpCurve(Curve):
    """The generic form of heat-pump controllers: T_r + 1.83 s (T_r − T_out)^0.83."""

    kind: Literal["heat_pump"]
    slope: Annotated[float, Strict(False), Field(ge=0.1, le=3.5)]
    room_c: Celsius = written("20 °C")


def _kind(value: Any) -> str:
    if isinstance(value, dict):
        kind = value.get("kind", "table")
        return kind if isinstance(kind, str) else str(kind)
    return str(getattr(value, "kind", "table"))


AnyCurve = Annotated[
    Annotated[TableCurve, Tag("table")]
    | Annotated[QualityCurve, Tag("quality")]
    | Annotated[StagedCurve, Tag("staged")]
    | Annotated[QuantityCurve, Tag("quantity")]
    | Annotated[IntermittentCurve, Tag("intermittent")]
    | Annotated[ViessmannCurve, Tag("viessmann")]
    | Annotated[SiemensTiltCurve, Tag("siemens_tilt")]
    | Annotated[SiemensTwoPointCurve, Tag("siemens_two_point")]
    | Annotated[DanfossCurve, Tag("danfoss")]
    | Annotated[SamsonCurve, Tag("samson")]
    | Annotated[SamsonPointsCurve, Tag("samson_points")]
    | Annotated[PowerCurve, Tag("power")]
    | Annotated[HeatPumpCurve, Tag("heat_pump")],
    Discriminator(_kind),
]
