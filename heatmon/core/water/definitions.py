"""The five ways in which the trade states a loss of water, side by side; each alarm names its base.

1 % of circulation and 1 %/h of the content differ by a factor of about 2.6 on a common station.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from heatmon.core.waterprops import liquid

HOURS_A_MONTH: Final = 720.0
HEAT_W_K_M2: Final = 0.861
"""kg/(m²·h) of design circulation for each W/m² of load and K of difference (3600 / 4187)."""


@dataclass(frozen=True, slots=True)
class Losses:
    """One makeup flow in all its bases; None where the base is not known.

    circulation_pct: L1 失水率, % of circulation. volume_pct_h: L2, % of the content an hour. area_kg_m2h:
    L3, kg/(m²·h). ratio_pct: L4 补水比, % of the design circulation.
    """

    circulation_pct: float | None
    volume_pct_h: float | None
    area_kg_m2h: float | None
    ratio_pct: float | None

    @property
    def month_l_m2(self) -> float | None:
        """L3 over a month of 720 h, L/m² (kg taken as litres, as utilities do)."""
        return None if self.area_kg_m2h is None else self.area_kg_m2h * HOURS_A_MONTH


def losses(
    makeup_m3h: float,
    *,
    circulation_m3h: float,
    volume_m3: float,
    area_m2: float | None,
    design_circulation_kg_m2h: float | None,
    makeup_c: float = 15.0,
) -> Losses:
    """All bases of one makeup flow in m³/h; bases of zero or less give None."""
    l3 = None
    if area_m2 is not None and area_m2 > 0.0:
        l3 = makeup_m3h * liquid().density_kg_m3(makeup_c) / area_m2
    ratio = None
    if l3 is not None and design_circulation_kg_m2h is not None and design_circulation_kg_m2h > 0.0:
        ratio = 100.0 * l3 / design_circulation_kg_m2h
    return Losses(
        100.0 * makeup_m3h / circulation_m3h if circulation_m3h > 0.0 else None,
        100.0 * makeup_m3h / volume_m3 if volume_m3 > 0.0 else None,
        l3,
        ratio,
    )


def design_circulation_kg_m2h(load_w_m2: float | None, difference_k: float | None) -> float | None:
    """g_d = 0.861·q_h/(t_g' − t_h'); 45 W/m² at 15 K give 2.583. None where one of them is not known."""
    if load_w_m2 is None or difference_k is None or difference_k <= 0.0:
        return None
    return HEAT_W_K_M2 * load_w_m2 / difference_k


def season_figures(
    makeup_m3: float, area_m2: float | None, volume_m3: float
) -> tuple[float | None, float | None]:
    """L5: (m³ for 1000 m² of heated area, renewals of the content) of a season's makeup."""
    by_area = None if area_m2 is None or area_m2 <= 0.0 else 1000.0 * makeup_m3 / area_m2
    return by_area, makeup_m3 / volume_m3 if volume_m3 > 0.0 else None
