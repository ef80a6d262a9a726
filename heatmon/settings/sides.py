"""Tags that the pressure and energy sections name, and what is odd about their numbers."""

from __future__ import annotations

from collections.abc import Iterator

from heatmon.core.limits import empty_pressure_mpa
from heatmon.core.pressure.regime import BAND_RESERVE_MPA, boiler_least_mpa, valve_set_mpa
from heatmon.core.spec import StationSpec
from heatmon.core.waterprops import atmosphere_mpa
from heatmon.settings.marks import Mark, Path_, Problem


def side_tags(spec: StationSpec) -> Iterator[tuple[Path_, str]]:
    """Every tag that the two sections name, and where."""
    for path, tag in (*_pressure_tags(spec), *_energy_tags(spec)):
        if tag is not None:
            yield path, tag


def _pressure_tags(spec: StationSpec) -> Iterator[tuple[Path_, str | None]]:
    pressure = spec.pressure
    if pressure is None:
        return
    yield ("pressure", "return"), pressure.return_
    yield ("pressure", "supply"), pressure.supply
    yield ("pressure", "hottest"), pressure.hottest
    if pressure.pump is not None:
        yield ("pressure", "pump", "flow"), pressure.pump.flow
        yield ("pressure", "pump", "frequency"), pressure.pump.frequency
    if pressure.strainer is not None:
        yield ("pressure", "strainer", "tag"), pressure.strainer.tag


def _energy_tags(spec: StationSpec) -> Iterator[tuple[Path_, str | None]]:
    energy = spec.energy
    if energy is None:
        return
    side, valve = energy.primary, energy.valve
    for name in ("supply", "flow", "heat", "supply_pressure", "return_pressure"):
        yield ("energy", "primary", name), getattr(side, name)
    yield ("energy", "primary", "return"), side.return_
    if valve is not None:
        for name in ("command", "feedback", "setpoint"):
            yield ("energy", "valve", name), getattr(valve, name)


def _problem(path: Path_, key: str, **params: object) -> Problem:
    return Problem(Mark("", 0, 0), path, key, tuple(params.items()))


def side_warnings(spec: StationSpec) -> Iterator[Problem]:
    """Static line, reserve against boiling, and a valve's set pressure far from every rule."""
    pressure = spec.pressure
    if pressure is None:
        return
    empty = empty_pressure_mpa(pressure)
    if pressure.setpoint_mpa is not None:
        lower = pressure.setpoint_mpa - pressure.band_mpa / 2.0
        if lower < empty + BAND_RESERVE_MPA:
            params = {"lower": round(lower, 3), "empty": round(empty, 3)}
            yield _problem(("pressure", "setpoint"), "lint.static_line", **params)
    if pressure.boiler_max_temperature_c is not None:
        least = boiler_least_mpa(pressure.boiler_max_temperature_c, atmosphere_mpa(spec.station.altitude_m))
        if (pressure.boiler_minimum_mpa or 0.0) < least:
            params = {"least": round(least, 3), "t": pressure.boiler_max_temperature_c}
            yield _problem(("pressure", "boiler_max_temperature"), "lint.boiler_least", **params)
    ways = [(high, old) for high in (False, True) for old in (False, True)]
    rules = [valve_set_mpa(pressure.working_mpa, high=high, old_rules=old) for high, old in ways]
    low, high, value = min(rules), max(rules), pressure.safety_valve.set_mpa
    if not low - 0.05 <= value <= high + 0.05:
        span = {"value": value, "low": round(low, 2), "high": round(high, 2)}
        yield _problem(("pressure", "safety_valve", "set"), "lint.valve_set", **span)
