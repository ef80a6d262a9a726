"""Makeup by the totaliser, booked minute by minute; what a permit covers goes to its own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from heatmon.core.calculator import TICK_NS
from heatmon.core.spec import StationSpec, Water
from heatmon.core.tags import factor_to, fingerprint
from heatmon.core.water.minutes import MINUTES, TICKS_A_MINUTE, Minutes
from heatmon.core.water.totaliser import Jump, Totaliser

TICK_S: Final = TICK_NS / 1e9
TICK_H: Final = TICK_S / 3600.0
LONGEST_TICKS: Final = MINUTES * TICKS_A_MINUTE


class RawBook:
    """Volumes between two readings, spread evenly over the minutes between them.

    `total_m3` counts everything booked since the season began; `accounts` what permits covered, by mode.
    """

    def __init__(self, spec: StationSpec, settings: Water) -> None:
        tag = spec.tag(settings.makeup_totaliser)
        rollover = None if tag.rollover is None else tag.rollover.to("m3")
        counter = tag.totaliser
        pulse = counter.pulse.to("m3") if counter and counter.pulse else 0.0
        largest = max(2.0 * (settings.makeup_capacity_m3h or 0.0), settings.design_circulation_m3h)
        self.basis = fingerprint(spec, tag.id)
        self._to_m3 = factor_to(spec, tag.id, "volume", "m3")
        self._totaliser = Totaliser(rollover, largest, pulse)
        self.minutes = Minutes()
        self.accounts: dict[str, float] = {}
        self.total_m3 = 0.0
        self._read_ns: int | None = None
        self._booked_tick: int | None = None
        self._pending_m3 = 0.0
        self._pending = [0, 0, 0]

    def tick(self, tick: int, flow_m3h: float, estimated: bool, permitted: bool) -> bool:
        """A tick of circulation has passed; whether a new minute has begun."""
        self._pending_m3 += flow_m3h * TICK_H
        pending = self._pending
        pending[0] += 1
        pending[1] += estimated
        pending[2] += permitted
        # The interval that ends now belongs to the minute before the full minute.
        return self.minutes.advance((tick - 1) // TICKS_A_MINUTE)

    def read(self, tick: int, reading: float, read_ns: int, flow_m3h: float, mode: str) -> bool:
        """Book what a good reading adds. Whether it reached minutes that were closed."""
        reading_m3 = reading * self._to_m3
        if not 0.0 <= reading_m3 < 1e12 or read_ns == self._read_ns:
            return False
        ticks = 1 if self._booked_tick is None else tick - self._booked_tick
        if ticks <= 0:
            return False
        volume, jump = self._totaliser.advance(reading_m3, ticks * TICK_S)
        self._read_ns, self._booked_tick = read_ns, tick
        if volume is not None and jump in (Jump.NONE, Jump.ROLLOVER):
            self._book(volume, tick, ticks, flow_m3h, mode)
        self._pending_m3, self._pending = 0.0, [0, 0, 0]
        return ticks > 1

    @property
    def last_m3(self) -> float | None:
        """The last reading, m³."""
        return self._totaliser.last_m3

    def _book(self, volume_m3: float, tick: int, ticks: int, flow: float, mode: str) -> None:
        seen, estimated, permitted = self._pending
        unseen = max(0, ticks - seen)
        base_m3 = self._pending_m3 + unseen * flow * TICK_H
        all_estimated = (estimated + unseen) * 2 > ticks
        if permitted:
            account = mode or "fill"
            self.accounts[account] = self.accounts.get(account, 0.0) + volume_m3
        else:
            self.total_m3 += volume_m3
        first = tick - ticks + 1
        oldest = max(first, tick - LONGEST_TICKS)
        while oldest <= tick:
            minute = (oldest - 1) // TICKS_A_MINUTE
            last = min(tick, (minute + 1) * TICKS_A_MINUTE)
            n = last - oldest + 1
            if permitted:
                self.minutes.exclude(minute, n)
            else:
                share = n / ticks
                self.minutes.add(minute, volume_m3 * share, base_m3 * share, n, n if all_estimated else 0)
            oldest = last + 1

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 12 kB."""
        return {
            "basis": self.basis,
            "minutes": self.minutes.dump(),
            "last": [self._totaliser.last_m3, self._read_ns, self._booked_tick],
            "pending": [self._pending_m3, *self._pending],
            "accounts": dict(self.accounts),
            "total": self.total_m3,
        }

    def load(self, state: Mapping[str, Any]) -> bool:
        """Take a state over; False, and only the accounts, when the totaliser means something else now."""
        self.accounts, self.total_m3 = dict(state["accounts"]), state["total"]
        if state["basis"] != self.basis:
            return False
        self.minutes.load(state["minutes"])
        self._totaliser.last_m3, self._read_ns, self._booked_tick = state["last"]
        self._pending_m3, *self._pending = state["pending"]
        return True
