"""What the judgement of water loss needs to know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from heatmon.core.spec.base import M3, Id, M3h, Model, Percent, Positive, written


class Water(Model):
    """Makeup water and the base its loss is a share of.

    base: ``circulation`` (makeup ÷ circulated volume) or ``volume`` (% of the system's content per hour).
    circulation: tag of the circulation flow; without it, or when it is not good or stands still,
    `design_circulation` is taken and the result is marked estimated.
    """

    makeup_totaliser: Id
    makeup_running: Id | None = None
    makeup_capacity_m3h: Annotated[M3h, Positive] | None = None
    circulation: Id | None = None
    design_circulation_m3h: Annotated[M3h, Positive]
    system_volume_m3: Annotated[M3, Positive]
    base: Literal["circulation", "volume"] = "circulation"
    coverage_pct: Annotated[Percent, Field(gt=0, le=100)] = written("90 %")
