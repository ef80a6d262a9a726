"""The lines of a story: something happens to the plant, to a sensor, on a wire, or a person acts.

The docstrings and descriptions here are the reference in docs/simulator.md; a test keeps the two alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import Field, model_validator

from heatmon.core.authority import ENGINE_VERBS
from heatmon.core.spec import Words
from heatmon.core.spec.told import told
from heatmon_simulators.instruments import FaultKind, SensorFault
from heatmon_simulators.scenario.base import (
    Duration,
    Kept,
    Millimetres,
    Moment,
    Outdoor,
    ScenarioModel,
    Share,
)


class Event(ScenarioModel):
    """When it happens, and what people are told of it."""

    at_s: Moment = Field(description="since the start of the story")
    every_s: Duration | None = Field(None, description="again and again after it")
    says: Words | None = Field(None, description="what it is, in words, shown when it happens")


class PlantEvent(Event):
    """Something happens to the plant. Several keys in one line happen at once."""

    over_s: Duration | None = Field(
        None, description="numbers go there in a straight line over this time, instead of at once"
    )
    _WHEN: ClassVar = frozenset(("at_s", "every_s", "says", "over_s"))

    @model_validator(mode="after")
    def _does_something(self) -> Self:
        turned = self.turned()
        if not turned:
            raise told("sim.nothing_happens", known=", ".join(self.known()))
        if self.over_s is not None and any(isinstance(value, bool) for value in turned.values()):
            raise told("sim.over_numbers")
        return self

    def turned(self) -> Mapping[str, float | bool]:
        """The knobs that are turned, with their values in the unit of their name."""
        return {
            name: value
            for name in type(self).model_fields
            if name not in self._WHEN and (value := getattr(self, name)) is not None
        }

    @classmethod
    def known(cls) -> list[str]:
        """The keys of everything that may happen."""
        return [info.alias or name for name, info in cls.model_fields.items() if name not in cls._WHEN]


class StationEvent(PlantEvent):
    """Something happens to the heat-exchange station."""

    outdoor_c: Outdoor | None = Field(None, description="the weather is this from now on")
    leak_mm: Millimetres | None = Field(None, description="a round hole in the return pipe; 0 is the repair")
    exchanger_leak_mm: Millimetres | None = Field(
        None, description="a hole in a plate: primary water enters the loop; 0 is the repair"
    )
    makeup_stuck: bool | None = Field(None, description="the makeup pump runs on, relief is blocked")
    makeup_enabled: bool | None = Field(None, description="false: the makeup pump is switched off")
    relief_blocked: bool | None = Field(None, description="the relief valve does not open")
    raw_water: bool | None = Field(None, description="false: no raw water into the softened-water tank")
    valve_stuck_pct: Share | None = Field(None, description="the control valve runs there and stays")
    valve_free: Literal[True] | None = Field(None, description="the control valve follows again")
    primary_supply_c: Annotated[float, Kept("°C", 20.0, 150.0)] | None = Field(
        None, description="temperature of the main"
    )
    primary_dp_mpa: Annotated[float, Kept("MPa", 0.0, 1.0)] | None = Field(
        None, description="available pressure difference"
    )
    primary_shut: bool | None = Field(None, description="a block valve in the primary, by hand")
    circulation_pct: Share | None = Field(None, description="commanded pump speed; 0 % = stopped")
    pump_1_fault: bool | None = Field(None, description="circulation pump 1 trips")
    pump_2_fault: bool | None = Field(None, description="circulation pump 2 trips")
    standby: bool | None = Field(None, description="the other pump starts by itself after 10 s")
    power: bool | None = Field(None, description="false: no mains; the PLC lives on its battery")
    strainer_clogged_pct: Annotated[float, Kept("%", 0.0, 2000.0)] | None = Field(
        None, description="growth of the loop's resistance by the strainer"
    )
    setpoint_c: Annotated[float, Kept("°C", 5.0, 95.0)] | None = Field(
        None, description="a setpoint entered by hand"
    )
    setpoint_by_curve: Literal[True] | None = Field(
        None, description="the controller follows its curve again"
    )
    setpoint_shift_k: Annotated[float, Kept("K", -60.0, 30.0)] | None = Field(
        None, description="added to the curve: a setback"
    )
    makeup_meter_m3: Annotated[float, Kept("m3", 0.0, 1e10)] | None = Field(
        None, description="the makeup meter reads this now"
    )
    standing_cold_c: Annotated[float, Kept("°C", 1.0, 40.0)] | None = Field(
        None, description="everything has stood still at this temperature"
    )
    water_missing_m3: Annotated[float, Kept("m3", 0.0, 100.0)] | None = Field(
        None, description="so much water is not in the loop"
    )
    flood: bool | None = Field(None, description="water on the floor")


class SensorEvent(Event):
    """A sensor begins to fail, or is repaired."""

    sensor: str = Field(description="name of the value whose instrument fails")
    fault: FaultKind = Field(
        description="stuck at its last value; reads a fixed value; offset or drift (an hour), sunlit (at full"
        " sun) by so much; broken: no value; swapped with another; none: repaired"
    )
    by: float | None = Field(
        None, description="a number in the unit of the value; for reads, offset, drift, sunlit"
    )
    with_: str | None = Field(None, description="the other instrument, for swapped")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.by is not None) != (self.fault in ("reads", "offset", "drift", "sunlit")):
            raise told("sim.goes_with", key="by", what="reads, offset, drift, sunlit")
        if (self.with_ is not None) != (self.fault == "swapped"):
            raise told("sim.goes_with", key="with", what="swapped")
        return self

    def failure(self) -> SensorFault:
        """For the instrument."""
        return SensorFault(self.fault, self.by or 0.0, self.with_ or "")


WireFault = Literal[
    "delay", "late", "trickle", "silence", "reset", "hang_up", "truncate", "exception", "garbage",
    "noise_before", "bad_crc", "wrong_transaction", "swapped_transactions", "foreign_protocol", "wrong_unit",
    "wrong_function", "resized", "wrong_byte_count", "duplicate", "refuse", "idle_close", "offline", "mixed",
]  # fmt: skip
PARAMETERS: Final[Mapping[str, str]] = {
    "delay": "delay_ms",
    "late": "delay_ms",
    "idle_close": "delay_ms",
    "exception": "code",
    "truncate": "keep",
    "garbage": "keep",
    "mixed": "chance_pct",
}
"""What a fault cannot do without."""


class WireEvent(Event):
    """Something is wrong on a wire, for a while. Delays are real time: a wire knows no other clock."""

    for_s: Duration = Field(description="how long")
    wire: WireFault = Field(description="what is wrong; docs/simulator.md says what each does")
    link: str | None = Field(None, description="on this link of the station; every link otherwise")
    unit: Annotated[int, Field(ge=0, le=255)] | None = Field(None, description="only this unit")
    function: Annotated[int, Field(ge=1, le=4)] | None = Field(None, description="only this function code")
    address: Annotated[int, Field(ge=0, le=65535)] | None = Field(
        None, description="only requests that touch this register, counted from 0"
    )
    every_nth: Annotated[int, Field(ge=1)] | None = Field(None, description="only each n-th exchange")
    chance_pct: Share | None = Field(
        None, description="only this share of the exchanges, by chance from the seed"
    )
    delay_ms: Annotated[float, Kept("ms", 0.0, 60000.0)] | None = Field(
        None, description="for delay, late and idle_close: how long"
    )
    code: Annotated[int, Field(ge=1, le=11)] | None = Field(None, description="for exception: its code")
    keep: Annotated[int, Field(ge=0, le=260)] | None = Field(
        None, description="for truncate: bytes that arrive; for garbage: how many"
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        needed = PARAMETERS.get(self.wire)
        if needed is not None and getattr(self, needed) is None:
            raise told("sim.needs", what=self.wire, key=str(type(self).model_fields[needed].alias))
        for field in ("delay_ms", "code", "keep"):
            takes = [wire for wire, parameter in PARAMETERS.items() if parameter == field]
            if getattr(self, field) is not None and self.wire not in takes:
                alias = str(type(self).model_fields[field].alias)
                raise told("sim.goes_with", key=alias, what=", ".join(takes))
        return self


class PersonEvent(Event):
    """A person does something, in a rehearsal; before a live station people act themselves."""

    person: str = Field(description="id in persons.yaml")
    does: str = Field(description="a command of the engine: ack_all, permit, note …")
    with_: dict[str, str] = Field(default_factory=dict, description="its arguments, as on the command line")

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.does not in ENGINE_VERBS:
            raise told("sim.no_command", does=self.does, known=", ".join(ENGINE_VERBS))
        return self
