"""What may happen to the gas boiler room."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from heatmon_simulators.scenario.base import Kept, Outdoor
from heatmon_simulators.scenario.events import PlantEvent

Ppm = Annotated[float, Kept("ppm", 0.0, 5000.0)]


class BoilerEvent(PlantEvent):
    """Something happens to the gas boiler room."""

    outdoor_c: Outdoor | None = Field(None, description="the weather is this from now on")
    boiler_1_out: bool | None = Field(None, description="boiler 1 is taken out of service")
    boiler_2_out: bool | None = Field(None, description="boiler 2 is taken out of service")
    no_flame_1: bool | None = Field(None, description="burner 1 loses its flame and lights no more")
    no_flame_2: bool | None = Field(None, description="burner 2 loses its flame and lights no more")
    co_1_ppm: Ppm | None = Field(None, description="so much carbon monoxide more from burner 1")
    co_2_ppm: Ppm | None = Field(None, description="so much carbon monoxide more from burner 2")
    reset: Literal[True] | None = Field(None, description="interlocks, burners and the gas valve are reset")
    gas_pressure_kpa: Annotated[float, Kept("kPa", 0.0, 100.0)] | None = Field(
        None, description="pressure of the gas main; 15 kPa is sound"
    )
    gas_leak_m3h: Annotated[float, Kept("m3/h", 0.0, 5000.0)] | None = Field(
        None, description="gas escapes into the house; 0 is the repair"
    )
    ventilation: bool | None = Field(None, description="false: the ventilation stands")
    pump: bool | None = Field(None, description="false: the circulation pumps stand")
    power: bool | None = Field(None, description="false: no mains")
    pressure_loss_mpa: Annotated[float, Kept("MPa", 0.0, 0.4)] | None = Field(
        None, description="so much below the constant pressure"
    )
    setpoint_shift_k: Annotated[float, Kept("K", -40.0, 30.0)] | None = Field(
        None, description="added to the curve"
    )
