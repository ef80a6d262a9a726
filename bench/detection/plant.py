"""The simulated station as a monitoring system sees it: noisy, quantised sensors, one scan a minute.

Physics in steps of 10 s. The PLC follows its curve with a night setback; weather and sun are random
from a seed. Faults act on the plant (leaks, valve, source) or on what the sensors show.
"""

from __future__ import annotations

import copy
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

from heatmon_simulators.plant.curve import DesignCurve
from heatmon_simulators.plant.process import values_of
from heatmon_simulators.plant.settling import settled
from heatmon_simulators.plant.station import Station
from heatmon_simulators.plant.water import area_for_flow_m2
from heatmon_simulators.plant.weather import Weather, WeatherSpec

STEP_S = 10.0
MINUTE_S = 60
CHINA = timezone(timedelta(hours=8))
BACKGROUND_M3H = 0.15
"""What a sound network loses all the time (0.06 % of circulation)."""
NOMINAL_MPA = 0.29
SETBACK_K = 5.0
ATTENUATION_S = 24 * 3600.0

NOISE = {"t1s": 0.1, "t1r": 0.1, "t2s": 0.1, "t2r": 0.1, "tout": 0.1, "p1s": 0.001,
         "p1r": 0.001, "p2s": 0.001, "p2r": 0.001, "f1": 0.3, "f2": 0.8, "fmk": 0.02,
         "ltk": 0.005, "cv_fb": 0.3}  # fmt: skip
STEPS = {"t1s": 0.1, "t1r": 0.1, "t2s": 0.1, "t2r": 0.1, "tout": 0.1, "p1s": 0.001, "p1r": 0.001,
         "p2s": 0.001, "p2r": 0.001, "f1": 0.1, "f2": 0.1, "fmk": 0.01, "ltk": 0.01, "cv_fb": 0.1,
         "cv_cmd": 0.1, "sp_plc": 0.1, "q1": 1.0, "kwh": 1.0, "e1": 0.01}  # fmt: skip


@dataclass
class Faults:
    """What is wrong; the defaults are a sound station."""

    leak_m3h: float = 0.0
    exchanger_m3h: float = 0.0
    valve_at: float | None = None
    valve_passes: float = 0.0
    primary_c: float = 0.0
    dp_share: float = 1.0
    curve_k: float = 0.0
    strainer: float = 0.0
    show: dict[str, Callable[[float], float]] = field(default_factory=dict)


class Plant:
    """One station, moved on minute by minute."""

    def __init__(self, seed: int, start: datetime, pulse_m3: float = 0.01, setback: bool = True) -> None:
        self.random = random.Random(seed)
        self.now = int(start.timestamp())
        self.start = self.now
        self.weather = Weather(WeatherSpec(), seed)
        self.curve = DesignCurve()
        self.pulse_m3, self.setback = pulse_m3, setback
        outdoor = self._outdoor()
        self.filtered = outdoor
        self.station: Station = settled(outdoor, self.curve.supply_c(outdoor))
        self.setpoint = self.curve.supply_c(outdoor)
        self.faults = Faults()
        self.day_factor = 1.0

    def copy(self) -> Plant:
        """The same plant, to go on another way."""
        return copy.deepcopy(self)

    def _local(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC).astimezone(CHINA)

    def _outdoor(self) -> float:
        local = self._local()
        day = local.timetuple().tm_yday - 1 + (local.hour + local.minute / 60.0) / 24.0
        return self.weather.outdoor_c(day, (self.now - self.start) / 86400.0)

    def _sun(self) -> float:
        local = self._local()
        day = local.timetuple().tm_yday - 1 + (local.hour + local.minute / 60.0) / 24.0
        return self.weather.solar_share(day, (self.now - self.start) / 86400.0)

    def minute(self) -> None:
        """One minute of physics: weather, controller, six steps of the plant."""
        outside, faults = self.station.outside, self.faults
        outdoor = self._outdoor()
        outside.t_outdoor_c, outside.solar_share = outdoor, self._sun()
        self.filtered += -math.expm1(-MINUTE_S / ATTENUATION_S) * (outdoor - self.filtered)
        seen = faults.show["tout"](outdoor) if "tout" in faults.show else outdoor
        effective = 0.5 * seen + 0.5 * (self.filtered + seen - outdoor)
        target = self.curve.supply_c(effective) + faults.curve_k
        local = self._local()
        if self.setback and (local.hour >= 22 or local.hour < 4):
            target -= SETBACK_K
        change = 10.0 / 60.0
        self.setpoint += min(change, max(-change, target - self.setpoint))
        # The controller steers by what its sensor shows.
        supply = self.station.state.t2s_c
        wrong = supply - faults.show["t2s"](supply) if "t2s" in faults.show else 0.0
        outside.setpoint_c = self.setpoint + wrong
        swing = math.sin(2.0 * math.pi * (self.now - self.start) / (3 * 86400.0))
        outside.t_primary_c = 105.0 + 5.0 * swing + faults.primary_c
        outside.dp_primary_bar = 1.0 * faults.dp_share
        outside.valve_stuck_at = faults.valve_at
        outside.strainer_growth = faults.strainer
        outside.leak_area_m2 = area_for_flow_m2(BACKGROUND_M3H + faults.leak_m3h, NOMINAL_MPA)
        difference = self.station.parameters.primary_in_exchanger_mpa - NOMINAL_MPA
        outside.exchanger_leak_area_m2 = (
            area_for_flow_m2(faults.exchanger_m3h, difference) if faults.exchanger_m3h else 0.0
        )
        for _ in range(6):
            self.station.step(STEP_S)
            if faults.valve_passes and self.station.state.valve < faults.valve_passes:
                self.station.state.valve = faults.valve_passes
        self.now += MINUTE_S

    def shown(self) -> dict[str, float]:
        """What the sensors show now."""
        values = values_of(self.station)
        values["sp_plc"] = self.setpoint
        for name, spread in NOISE.items():
            values[name] += self.random.gauss(0.0, spread)
        for name, change in self.faults.show.items():
            values[name] = change(values[name])
        for name, step in STEPS.items():
            values[name] = round(values[name] / step) * step
        values["vmk"] = math.floor(values["vmk"] / self.pulse_m3) * self.pulse_m3
        values["cv_fb"] = min(100.0, max(0.0, values["cv_fb"]))
        values["fmk"] = max(0.0, values["fmk"])
        return values
