"""From wire quality to judged quality: range, rate of change, standing still, silence.

Also the way to the devices: a poll group that brings nothing three times in a row, or sends no scans
at all, makes ``comm.<device>`` 1; the device's one alarm watches that signal.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

from heatmon.core.alarm import AlarmPoint
from heatmon.core.calculator import Calculator
from heatmon.core.compile import COMMUNICATION, MISSED_POLLS, Column, Plan, compile_plans
from heatmon.core.condition import NEVER
from heatmon.core.quality import FIRST_BAD, FIRST_UNCERTAIN, GOOD, Quality
from heatmon.core.scan import Scan
from heatmon.core.signals import Signals
from heatmon.core.spec import StationSpec

UNSURE_SCANS: Final = 2
"""An implausible rate makes a value uncertain for at most this many scans."""
STALE_PERIODS: Final = 3
PATIENCE_NS: Final = 10_000_000_000
"""A group that sends no scan for three periods and this long is stale: as long as supervision waits before
it replaces a poller. Under a scaled clock it is that much longer, because stalls are real."""


class Judge:
    """The read plans of a station and what was last believed of each signal."""

    def __init__(
        self,
        spec: StationSpec,
        table: Signals,
        calculators: Sequence[Calculator],
        points: Sequence[AlarmPoint],
        now: int,
        patience_ns: int = PATIENCE_NS,
    ) -> None:
        self._table = table
        self.plans = compile_plans(spec, table, calculators, points)
        self._of_device: dict[int, list[Plan]] = {}
        for (device, group), plan in self.plans.items():
            plan.seen_ns = now
            plan.stale_ns = STALE_PERIODS * _period_ns(spec, device, group) + patience_ns
            self._of_device.setdefault(plan.communication, []).append(plan)
        n = len(table.infos)
        self._unsure = [0] * n
        self._last = [math.nan] * n
        self._last_ns = [0] * n
        self._moved_ns = [0] * n
        self._look_ns = now
        self.absent(now)

    def last_good_ns(self, signal: int) -> int | None:
        """Station time at which a tag last had a value that was good or uncertain; None: never."""
        return self._last_ns[signal] or None

    # -- scans ---------------------------------------------------------------------------------

    def take(self, scan: Scan, plan: Plan, now: int) -> None:
        """Judge each column. A good value that moves plausibly and lies inside all limits wakes nobody."""
        plan.seen_ns = now
        if plan.stale:
            plan.stale = False
            self._look_ns = min(self._look_ns, now + plan.stale_ns)
        if scan.exact or plan.exact:
            self._keep_exact(scan, plan)
        table, silent = self._table, 0
        values, qualities, times = table.values, table.qualities, table.times_ns
        last, last_ns, moved, unsure = self._last, self._last_ns, self._moved_ns, self._unsure
        for (i, low, high, rate, frozen_ns, column), value, quality in zip(
            plan.rows, scan.values, scan.qualities, strict=True
        ):
            if quality < FIRST_UNCERTAIN and low <= value <= high:
                previous = last[i]
                if value == previous:
                    calm = frozen_ns is None or now - moved[i] <= frozen_ns
                else:
                    calm = abs(value - previous) <= rate * (now - last_ns[i])
                    if calm:
                        moved[i] = now
                if calm:
                    values[i] = last[i] = value
                    times[i] = last_ns[i] = now
                    qualities[i] = quality
                    unsure[i] = 0
                    continue
            silent += quality in COMMUNICATION
            self._judge_one(column, value, quality, now)
        self._close(scan, plan, silent, now)

    def _close(self, scan: Scan, plan: Plan, silent: int, now: int) -> None:
        """What a scan says of the way to the device, and of the device's clock."""
        if silent == len(plan.rows):
            self._missed(plan, now)
        elif plan.missed:
            plan.missed = 0
            self._put_communication(plan, now)
        if scan.source_ns is not None:
            self._keep_source(scan, plan)

    def _keep_exact(self, scan: Scan, plan: Plan) -> None:
        """Texts and whole numbers that no float holds, beside the columns, as of the latest scan."""
        exact = self._table.exact
        for i in plan.exact:
            exact.pop(i, None)
        plan.exact = [plan.rows[column][0] for column in scan.exact]
        for column, what in scan.exact.items():
            exact[plan.rows[column][0]] = what

    def _keep_source(self, scan: Scan, plan: Plan) -> None:
        """The devices' own time stamps: entries print them where the device's clock can be trusted."""
        assert scan.source_ns is not None
        sources = self._table.source_ns
        for row, source in zip(plan.rows, scan.source_ns, strict=True):
            sources[row[0]] = source

    def _judge_one(self, column: Column, value: float, quality: int, now: int) -> None:
        i = column.signal
        for point in column.points:
            point.awake = True
        if quality < FIRST_BAD and not column.low <= value <= column.high:
            if isinstance(self._table.exact.get(i), str):
                self._last_ns[i] = self._moved_ns[i] = now
                self._table.put(i, value, quality, now)
                return
            quality = _outside(value, column.high)
        if quality >= FIRST_BAD:
            self._table.put(i, math.nan, quality, now)
            return
        if value != self._last[i]:
            if column.rate != math.inf and quality < FIRST_UNCERTAIN:
                quality = self._rate(column.rate, i, value, now, quality)
            self._moved_ns[i] = now
        elif column.frozen_ns is not None and now - self._moved_ns[i] > column.frozen_ns:
            quality = max(quality, int(Quality.FROZEN))
        if quality != Quality.IMPLAUSIBLE_RATE:
            self._last[i], self._last_ns[i], self._unsure[i] = value, now, 0
        self._table.put(i, value, quality, now)

    def _rate(self, rate: float, i: int, value: float, now: int, quality: int) -> int:
        """Faster than the plant can: uncertain at first, good when the next scans agree."""
        elapsed = (now - self._last_ns[i]) / 1e9
        if math.isnan(self._last[i]) or elapsed <= 0 or abs(value - self._last[i]) <= rate * elapsed:
            return quality
        previous = self._table.values[i]
        self._unsure[i] += 1
        if self._unsure[i] > UNSURE_SCANS or (
            self._unsure[i] > 1 and abs(value - previous) <= rate * elapsed
        ):
            return quality
        return int(Quality.IMPLAUSIBLE_RATE)

    def enter(self, i: int, value: float, now: int) -> None:
        """A person's reading is believed as it stands."""
        self._table.put(i, value, Quality.MANUAL, now)
        self._last[i], self._last_ns[i], self._moved_ns[i] = value, now, now

    # -- silence -------------------------------------------------------------------------------

    def _missed(self, plan: Plan, now: int) -> None:
        plan.missed += 1
        self._put_communication(plan, now)
        for point in plan.points:
            point.awake = True

    def _put_communication(self, plan: Plan, now: int) -> None:
        """The device counts as lost while one of its groups has brought nothing three times in a row."""
        lost = any(one.missed >= MISSED_POLLS for one in self._of_device[plan.communication])
        self._table.put(plan.communication, float(lost), GOOD, now)

    def deadline(self) -> int:
        """The earliest instant at which a group may have become stale, or NEVER.

        It is not moved with each scan: `pass_time` looks again then, which changes nothing by itself.
        """
        return self._look_ns

    def pass_time(self, now: int) -> list[Plan]:
        """Groups that have sent no scan for three periods, once: their values are stale from now."""
        stale = []
        self._look_ns = NEVER
        for plan in self.plans.values():
            if plan.stale:
                continue
            due = plan.seen_ns + plan.stale_ns
            if due <= now:
                plan.stale = True
                stale.append(plan)
            else:
                self._look_ns = min(self._look_ns, due)
        for plan in stale:
            self._silence(plan, now)
        return stale

    def _silence(self, plan: Plan, now: int) -> None:
        for row in plan.rows:
            self._judge_one(row[5], math.nan, int(Quality.STALE), now)
        plan.missed = max(plan.missed, MISSED_POLLS)
        self._put_communication(plan, now)
        for point in plan.points:
            point.awake = True

    def absent(self, now: int) -> None:
        """Nobody read until now: nothing is known of the tags, and the silence is nobody's fault."""
        table = self._table
        for plan in self.plans.values():
            plan.seen_ns, plan.stale = now, False
            for row in plan.rows:
                i = row[0]
                if table.qualities[i] < FIRST_BAD:
                    # The time stays: it is the age of what was last known.
                    table.values[i], table.qualities[i] = math.nan, int(Quality.STALE)
        self._look_ns = min((plan.seen_ns + plan.stale_ns for plan in self.plans.values()), default=NEVER)

    # -- state ---------------------------------------------------------------------------------

    def dump(self) -> dict[str, Any]:
        """State of the signals that ever had a value, and of the groups."""
        table = self._table
        return {
            "signals": {
                info.id: [_plain(table.values[i]), table.qualities[i], table.times_ns[i], self._moved_ns[i],
                          _plain(self._last[i]), self._last_ns[i], self._unsure[i]]
                for i, info in enumerate(table.infos)
                if table.times_ns[i]
            },
            "groups": {
                f"{device}/{group}": [plan.seen_ns, plan.missed, plan.stale]
                for (device, group), plan in self.plans.items()
            },
            "look": self._look_ns,
        }  # fmt: skip

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state of the same settings over."""
        table = self._table
        for name, (value, quality, time, moved, last, last_ns, unsure) in state["signals"].items():
            i = table.index[name]
            table.values[i] = math.nan if value is None else value
            table.qualities[i], table.times_ns[i] = quality, time
            self._last[i] = math.nan if last is None else last
            self._moved_ns[i], self._last_ns[i], self._unsure[i] = moved, last_ns, unsure
        for (device, group), plan in self.plans.items():
            plan.seen_ns, plan.missed, plan.stale = state["groups"][f"{device}/{group}"]
        self._look_ns = state["look"]

    def keep(self, before: Judge, renamed: Mapping[str, str]) -> None:
        """After a reload: a signal goes on under the same id while its unit is the same."""
        old = before._table
        for was, i in old.index.items():
            k = self._table.index.get(renamed.get(was, was))
            if k is None or self._table.infos[k].unit != old.infos[i].unit:
                continue
            self._table.values[k], self._table.qualities[k] = old.values[i], old.qualities[i]
            self._table.times_ns[k] = old.times_ns[i]
            self._last[k], self._last_ns[k] = old.values[i], old.times_ns[i]
            self._moved_ns[k], self._unsure[k] = before._moved_ns[i], before._unsure[i]
            if i in old.exact:
                self._table.exact[k] = old.exact[i]
        for key, plan in self.plans.items():
            if (kept := before.plans.get(key)) is not None:
                plan.missed = kept.missed


def _period_ns(spec: StationSpec, device: str, group: str) -> int:
    for one in spec.devices:
        if one.id == device:
            return next(int(g.period_s * 1e9) for g in one.groups if g.id == group)
    raise KeyError(device)


def _outside(value: float, high: float) -> int:
    if not math.isfinite(value):
        return int(Quality.NOT_A_NUMBER)
    return int(Quality.OVER_RANGE if value > high else Quality.UNDER_RANGE)


def _plain(value: float) -> float | None:
    return None if math.isnan(value) else value
