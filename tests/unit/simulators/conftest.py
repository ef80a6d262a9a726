from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache

import pytest

from heatmon_simulators.plant.curve import RADIATOR_CURVE
from heatmon_simulators.plant.settling import settled
from heatmon_simulators.plant.station import Station


@cache
def _balance(t_outdoor_c: float) -> Station:
    return settled(t_outdoor_c, RADIATOR_CURVE.supply_c(t_outdoor_c))


@pytest.fixture(scope="session")
def station_at() -> Callable[[float], Station]:
    """A fresh copy of the settled reference station at an outdoor temperature."""

    def build(t_outdoor_c: float) -> Station:
        return copy.deepcopy(_balance(t_outdoor_c))

    return build
