"""The circulation flow that a loss is a share of: measured, or the design value, marked."""

from __future__ import annotations

from typing import Final

from heatmon.core.quality import FIRST_UNCERTAIN

STANDING_SHARE: Final = 0.02
"""Below this share of the design flow the water stands: no base to divide by."""
LARGEST_SHARE: Final = 20.0
"""Beyond this multiple of the design flow a meter is wrong."""


def circulation_m3h(value: float, quality: int, factor: float, design_m3h: float) -> tuple[float, bool]:
    """(flow, whether it is estimated) from the tag's value and quality; never about zero."""
    flow = value * factor
    if quality < FIRST_UNCERTAIN and STANDING_SHARE * design_m3h < flow < LARGEST_SHARE * design_m3h:
        return flow, False
    return design_m3h, True
