"""Which reads a device allows in one of its areas: limits, blocks, forbidden addresses, odd habits."""

from __future__ import annotations

from typing import Final

from heatmon.driver import Message
from heatmon_drivers.modbus.options import Area, Block, DeviceOptions

FUNCTION: Final[dict[Area, int]] = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
AREA: Final = {function: area for area, function in FUNCTION.items()}
Span = tuple[int, int]
"""First and last address, inclusive."""


class Rules:
    """The rules for the addresses of one function code."""

    def __init__(self, unit: DeviceOptions, function: int) -> None:
        area = AREA[function]

        def spans(blocks: tuple[Block, ...]) -> list[Span]:
            return [(b.first, b.last) for b in blocks if b.area is None or b.area == area]

        self.function = function
        self.most = unit.max_registers if function > 2 else unit.max_bits
        self.max_gap = unit.max_gap if unit.read_rule == "free" else None
        self._from_zero = unit.read_rule == "from_zero"
        self._whole = unit.read_rule == "whole_blocks"
        self._blocks, self._forbidden = spans(unit.blocks), spans(unit.never_read)

    def reach(self, first: int, last: int) -> Span | None:
        """What a read for these addresses asks for under the device's habit; None outside its blocks."""
        if self._from_zero:
            first = 0
        if not self._blocks:
            return None if self._whole else (first, last)
        for block in self._blocks:
            if block[0] <= first and last <= block[1]:
                return block if self._whole else (first, last)
        return None

    def allowed(self, first: int, last: int) -> Span | None:
        """As `reach`, and None also where such a read is too long or touches a forbidden address."""
        span = self.reach(first, last)
        if span is None or span[1] - span[0] >= self.most or self._touches_forbidden(span):
            return None
        return span

    def fault(self, first: int, last: int, type_name: str) -> Message | None:
        """Why these addresses cannot be read at all, in words; None when they can."""
        where = {"first": first, "last": last}
        if last > 65535:
            return Message("modbus.plan.beyond", where)
        if last - first >= self.most:
            return Message("modbus.plan.too_wide", {"type": type_name, "most": self.most})
        span = self.reach(first, last)
        if span is None:
            return Message("modbus.plan.no_block", where)
        if span[1] - span[0] >= self.most:
            return Message(
                "modbus.plan.reads_too_long", {**where, "begin": span[0], "end": span[1], "most": self.most}
            )
        if self._touches_forbidden(span):
            return Message("modbus.plan.never_read", {**where, "begin": span[0], "end": span[1]})
        return None

    def _touches_forbidden(self, span: Span) -> bool:
        return any(first <= span[1] and span[0] <= last for first, last in self._forbidden)
