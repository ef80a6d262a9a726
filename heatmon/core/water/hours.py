"""Hours of water for the last fifteen days: makeup, compensated loss, circulation."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from heatmon.core.windows import MISSING, pack, unpack

KEPT_H: Final = 360
M3: Final = 1e-4
"""Cells hold tenths of a litre; circulation is kept in litres times ten."""
BASE_M3: Final = 1e-2


@dataclass(frozen=True, slots=True)
class HourOfWater:
    """One hour. loss_m3: compensated, None where it could not be; clean: fit to learn from."""

    makeup_m3: float
    loss_m3: float | None
    base_m3: float


class Hours:
    """A ring of hours, numbered like ns // 3.6e12 (UTC)."""

    __slots__ = ("_base", "_clean", "_loss", "_makeup", "head")

    def __init__(self) -> None:
        self.head = -1
        self._clear()

    def _clear(self) -> None:
        self._makeup, self._loss, self._base = (array("i", [MISSING]) * KEPT_H for _ in range(3))
        self._clean = bytearray(KEPT_H)

    def put(self, hour: int, value: HourOfWater | None, clean: bool) -> None:
        """A complete hour, or None where too little of it was covered. Hours rise; gaps stay empty."""
        if hour <= self.head:
            return
        if self.head < 0 or hour - self.head >= KEPT_H:
            self._clear()
        else:
            for empty in range(self.head + 1, hour):
                self._set(empty, None, False)
        self.head = hour
        self._set(hour, value, clean)

    def _set(self, hour: int, value: HourOfWater | None, clean: bool) -> None:
        at = hour % KEPT_H
        if value is None:
            self._makeup[at] = self._loss[at] = self._base[at] = MISSING
            self._clean[at] = 0
            return
        self._makeup[at] = _cell(value.makeup_m3, M3)
        self._loss[at] = MISSING if value.loss_m3 is None else _cell(value.loss_m3, M3)
        self._base[at] = _cell(value.base_m3, BASE_M3)
        self._clean[at] = clean

    def _last(self, hours: int) -> Sequence[int]:
        if self.head < 0:
            return ()
        first = max(self.head - min(hours, KEPT_H) + 1, 0)
        return range(first, self.head + 1)

    def losses_m3h(self, hours: int) -> list[float | None]:
        """Compensated losses of the last hours, the latest last; None where there is none."""
        cells = ((h, self._loss[h % KEPT_H]) for h in self._last(hours))
        return [None if cell == MISSING else cell * M3 for _, cell in cells]

    def clean_losses_m3h(self, hours: int = KEPT_H) -> list[float]:
        """Compensated losses of the hours that are fit to learn from."""
        at = (h % KEPT_H for h in self._last(hours))
        return [self._loss[k] * M3 for k in at if self._clean[k] and self._loss[k] != MISSING]

    def makeup(self, hours: int) -> tuple[float, float, int]:
        """(makeup in m³, circulation in m³, how many hours are known) over the last hours."""
        at = [h % KEPT_H for h in self._last(hours) if self._makeup[h % KEPT_H] != MISSING]
        return sum(self._makeup[k] for k in at) * M3, sum(self._base[k] for k in at) * BASE_M3, len(at)

    def unlearn(self, hours: int) -> None:
        """The last hours belong to an event: nothing is learned from them."""
        for hour in self._last(hours):
            self._clean[hour % KEPT_H] = 0

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 6 kB."""
        cells = [pack(column) for column in (self._makeup, self._loss, self._base)]
        return {"head": self.head, "cells": cells, "clean": self._clean.hex()}

    def load(self, state: dict[str, Any]) -> None:
        """Take a dumped state over."""
        self.head = state["head"]
        self._makeup, self._loss, self._base = (array("i", unpack(text)) for text in state["cells"])
        self._clean = bytearray.fromhex(state["clean"])


def _cell(value: float, step: float) -> int:
    return max(MISSING + 1, min(-MISSING - 1, round(value / step)))
