"""Secondary side: circulation pump, the nine cells of the loop, and the buildings behind them."""

from __future__ import annotations

import math

from heatmon_simulators.plant.boundary import Boundary
from heatmon_simulators.plant.parameters import StationParameters
from heatmon_simulators.plant.primary import CAPACITY_SECONDARY
from heatmon_simulators.plant.state import PlantState
from heatmon_simulators.plant.water import (
    DENSITY_SECONDARY_KG_PER_M3,
    SPECIFIC_HEAT_J_PER_KG_K,
    density_kg_per_m3,
)


def circulate(state: PlantState, outside: Boundary, p: StationParameters, dt: float, follow: float) -> None:
    """Step 2: the flow follows the crossing of pump and system curve with a lag (share `follow`)."""
    speed = outside.circulation_speed if outside.power_on else 0.0
    resistance = p.pump_curve_m_per_m3h2 + p.system_curve_m_per_m3h2 * (1.0 + outside.strainer_growth)
    target = speed * math.sqrt(p.pump_shutoff_head_m / resistance)
    state.secondary_flow_m3h += (target - state.secondary_flow_m3h) * follow
    if speed > 0.0:
        state.run_hours += dt / 3600.0


class Loop:
    """The water on its way: constants of the cells, worked out once for a station."""

    __slots__ = (
        "_capacities",
        "_emitter",
        "_expansion",
        "_exponent",
        "_pipe_loss",
        "_surroundings",
        "_volumes",
    )

    def __init__(self, p: StationParameters) -> None:
        self._volumes = p.cell_volumes_m3
        heat_per_m3 = DENSITY_SECONDARY_KG_PER_M3 * SPECIFIC_HEAT_J_PER_KG_K
        metal = p.emitter_metal_j_per_k / 3.0
        self._capacities = tuple(
            volume * heat_per_m3 + (metal if 3 <= cell < 6 else 0.0)
            for cell, volume in enumerate(self._volumes)
        )
        self._pipe_loss = p.pipe_loss_kw_per_k * 1000.0 / 6.0
        self._surroundings = p.pipe_surroundings_c
        self._emitter = p.emitter_w_per_k_n / 3.0
        self._exponent = p.emitter_exponent
        self._expansion = p.expansion_factor

    def flow(self, state: PlantState, dt: float) -> float:
        """Step 5: explicit Euler from the old values of all cells; returns the heat given to the rooms, W.

        The thermal expansion of this step (m³, positive when the water grows) goes to `state.expansion_m3`.
        """
        old = state.cells_c
        densities = state.cell_density
        carried = state.secondary_flow_m3h * CAPACITY_SECONDARY
        upstream = state.t2s_c
        room = state.t_room_c
        exponent = self._exponent
        emitted_w = 0.0
        grown_m3 = 0.0
        new: list[float] = []
        for cell, temperature in enumerate(old):
            if 3 <= cell < 6:
                over = temperature - room
                loss = self._emitter * over**exponent if over > 0.0 else 0.0
                emitted_w += loss
            else:
                loss = self._pipe_loss * (temperature - self._surroundings)
            after = temperature + dt * (carried * (upstream - temperature) - loss) / self._capacities[cell]
            new.append(after)
            upstream = temperature
            density = density_kg_per_m3(after)
            grown_m3 += self._volumes[cell] * (densities[cell] - density) / density
            densities[cell] = density
        state.cells_c = new
        state.expansion_m3 = self._expansion * grown_m3
        return emitted_w


def warm_buildings(
    state: PlantState,
    outside: Boundary,
    p: StationParameters,
    emitted_w: float,
    dt: float,
    speed_up: float = 1.0,
) -> None:
    """Step 6: rooms and masonry. `speed_up` > 1 shrinks both capacities, to find a balance quickly."""
    room, mass, outdoor = state.t_room_c, state.t_mass_c, outside.t_outdoor_c
    gains_w = (p.internal_gains_kw + p.solar_gains_kw * outside.solar_share) * 1000.0
    to_mass_w = p.room_to_mass_mw_per_k * 1e6 * (room - mass)
    windows_w = p.window_loss_kw_per_k * 1000.0 * (room - outdoor)
    walls_w = p.mass_loss_kw_per_k * 1000.0 * (mass - outdoor)
    state.t_room_c += dt * speed_up * (emitted_w + gains_w - windows_w - to_mass_w) / p.room_capacity_j_per_k
    state.t_mass_c += dt * speed_up * (to_mass_w - walls_w) / p.mass_capacity_j_per_k
