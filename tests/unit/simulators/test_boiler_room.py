"""The gas boiler room held to plausible figures: heat, gas, flue, interlocks, gas in the air."""

from __future__ import annotations

import copy
import math
from pathlib import Path

import pytest

from heatmon.driver import installed
from heatmon.settings import load
from heatmon_simulators.boiler.process import UNITS, GasBoilerRoom
from heatmon_simulators.boiler.room import BoilerRoom
from heatmon_simulators.scenario.boiler_events import BoilerEvent
from heatmon_simulators.scenario.model import Scenario
from heatmon_simulators.serve import stage

STATION = Path(__file__).resolve().parents[3] / "config" / "stations" / "boiler-example"


def room_at(t_outdoor_c: float) -> BoilerRoom:
    return copy.deepcopy(GasBoilerRoom(t_outdoor_c).room)


def run(room: BoilerRoom, seconds: float, dt: float = 1.0) -> None:
    for _ in range(int(seconds / dt)):
        room.step(dt)


@pytest.mark.parametrize(
    ("t_outdoor", "supply", "burning", "gas_nm3h"), [(-7, 95.0, 2, 914), (0, 77.1, 2, 655), (5, 63.5, 1, 475)]
)
def test_in_balance_the_gas_burnt_is_the_heat_the_network_takes(
    t_outdoor: float, supply: float, burning: int, gas_nm3h: float
) -> None:
    room = room_at(t_outdoor)
    before = room.gas_nm3, room.heat_gj
    run(room, 3600.0, 2.0)
    gas, heat_kwh = room.gas_nm3 - before[0], (room.heat_gj - before[1]) / 0.0036
    assert room.supply_c == pytest.approx(supply, abs=1.0)
    assert sum(boiler.burner.flame for boiler in room.boilers) == burning
    assert gas == pytest.approx(gas_nm3h, rel=0.03)
    assert heat_kwh == pytest.approx(room.network_kw(0.5 * (room.supply_c + room.return_c)), rel=0.02)
    assert heat_kwh / (gas * room.parameters.heating_value_kwh_nm3) == pytest.approx(0.925, abs=0.015)


def test_the_design_day_has_its_design_temperatures_and_difference() -> None:
    room = room_at(-7.0)
    assert room.return_c == pytest.approx(70.0, abs=0.5)
    assert room.supply_c - room.return_c <= 30.0


def test_flue_gas_oxygen_and_gas_pressure_are_those_of_a_sound_burner() -> None:
    room = room_at(-7.0)
    for boiler in room.boilers:
        assert 130.0 < boiler.burner.flue_c < 190.0
        assert 3.0 < boiler.burner.oxygen_pct() < 5.0
        assert boiler.burner.co_ppm() < 50.0
        assert 0.1 < boiler.burner.furnace_kpa() < 0.8
    assert 13.0 < room.gas_kpa < 15.0


def test_a_cold_start_purges_ignites_and_travels_up() -> None:
    room = room_at(5.0)
    boiler = next(boiler for boiler in room.boilers if not boiler.burner.flame)
    boiler.burner.asked = 1.0
    seen = []
    for _ in range(120):
        boiler.burner.step(60.0, gas_there=True, dt=1.0)
        seen.append(boiler.burner.phase)
    assert seen.count("purge") in (44, 45)
    assert seen.index("run") in (49, 50, 51)
    assert boiler.burner.modulation == 1.0


def test_no_flame_locks_out_until_somebody_resets() -> None:
    room = room_at(-7.0)
    first = room.boilers[0]
    first.burner.flame_blocked = True
    run(room, 600.0)
    assert first.burner.phase == "lockout"
    assert first.burner.fired_kw() == 0.0
    # Half of the water still goes through the cold boiler: the thermostat of the other one holds it back.
    assert 0.65 < room.boilers[1].burner.modulation < 1.0
    assert room.boilers[1].outlet_c < 102.0
    assert not room.boilers[1].trips
    first.burner.flame_blocked = False
    run(room, 600.0)
    assert first.burner.phase == "lockout"
    first.reset()
    run(room, 120.0)
    assert first.burner.flame


def test_lost_circulation_trips_the_burners_and_the_steel_stays_below_its_limit() -> None:
    room = room_at(-7.0)
    room.pump_on = False
    hottest = 0.0
    for _ in range(600):
        room.step(1.0)
        hottest = max(hottest, *(boiler.outlet_c for boiler in room.boilers))
    assert all("flow" in boiler.trips for boiler in room.boilers)
    assert 95.0 < hottest < 105.0


@pytest.mark.parametrize(("kpa", "trips"), [(15.0, False), (4.0, True), (30.0, True)])
def test_gas_pressure_outside_its_band_puts_the_fires_out(kpa: float, trips: bool) -> None:
    room = room_at(-7.0)
    room.gas_supply_kpa = kpa
    run(room, 30.0)
    assert all(("gas" in boiler.trips) == trips for boiler in room.boilers)


def test_low_pressure_puts_the_fires_out_before_water_boils() -> None:
    room = room_at(-7.0)
    room.pressure_loss_mpa = 0.25
    run(room, 5.0)
    assert all("pressure" in boiler.trips for boiler in room.boilers)
    assert room.pressure_mpa > 0.068  # saturation at 95 + 20 °C, MPa gauge


def test_gas_in_a_closed_house_reaches_the_cut_off_when_the_mixing_law_says() -> None:
    room = room_at(0.0)
    room.ventilation_on, room.gas_leak_m3h = False, 120.0
    minutes = 0.0
    while not room.gas_cut_off:
        run(room, 6.0, 2.0)
        minutes += 0.1
    # 120 m3/h into 1500 m3 at one change an hour would end at 160 % LEL.
    assert minutes == pytest.approx(-60.0 * math.log(1.0 - 50.0 / 160.0), abs=0.3)
    run(room, 10.0)
    assert room.gas_kpa == 0.0
    assert not any(boiler.burner.flame for boiler in room.boilers)


def test_ventilation_keeps_the_same_leak_below_the_alarm() -> None:
    room = room_at(0.0)
    room.gas_leak_m3h = 120.0
    run(room, 7200.0, 5.0)
    assert room.lel_pct == pytest.approx(13.3, abs=0.3)


def test_the_idle_boilers_valve_shuts_after_half_an_hour() -> None:
    room = room_at(5.0)
    idle = next(boiler for boiler in room.boilers if not boiler.burner.flame)
    assert idle.flow_m3h == 0.0
    assert sum(boiler.flow_m3h for boiler in room.boilers) == pytest.approx(room.flow_m3h)


def test_a_step_of_ten_seconds_tells_the_same_story() -> None:
    fine, coarse = room_at(-7.0), room_at(-7.0)
    for room, dt in ((fine, 1.0), (coarse, 10.0)):
        room.setpoint_shift_k = -10.0
        run(room, 3600.0, dt)
    assert coarse.supply_c == pytest.approx(fine.supply_c, abs=0.5)
    assert coarse.return_c == pytest.approx(fine.return_c, abs=0.5)
    with pytest.raises(ValueError, match="up to 10"):
        fine.step(11.0)


def test_every_knob_of_a_story_turns_something() -> None:
    for key in BoilerEvent.known():
        plant = GasBoilerRoom(0.0)
        name = next(name for name, info in BoilerEvent.model_fields.items() if info.alias == key)
        if name != "outdoor_c":
            plant.turn(name, True if BoilerEvent.model_fields[name].annotation in (bool | None,) else 1.0)
    with pytest.raises(KeyError):
        GasBoilerRoom(0.0).turn("leak_mm", 1.0)


async def test_the_shipped_boiler_room_is_served_whole_on_all_its_units() -> None:
    from heatmon.runtime.clock import Clock

    loaded = load(STATION, installed())
    assert loaded.spec is not None, loaded.faults
    scenario = Scenario.model_validate(
        {"name": {"en": "x", "zh": "x"}, "plant": "gas_boiler_room", "outdoor": "0 °C"}
    )
    clock = Clock(1.0, simulated=True)
    async with stage(scenario, loaded.spec, scenario.world(clock.now_ns()), clock) as served:
        assert served.missing == []
        found = load(STATION, installed(), overrides=served.overrides)
        assert found.spec is not None
        session = installed()["modbus"].open(found.spec.links[0])
        await session.connect()
        try:
            for plan in found.plans.values():
                block = await session.read(plan)
                assert set(block.qualities) == {0}, plan.tags
        finally:
            await session.close()
    assert {tag.id for tag in loaded.spec.tags} == set(UNITS)
