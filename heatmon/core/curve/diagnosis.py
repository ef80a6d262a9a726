"""The calculator of causes: residuals by the minute, the rule table, evidence for the alarms."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any, Final

from heatmon.core.calculator import Calculator
from heatmon.core.curve.causes import Cause, Evidence, Residuals, diagnose
from heatmon.core.filters import SECOND, Exponential
from heatmon.core.input import JsonScalar
from heatmon.core.quality import FIRST_BAD, GOOD, Quality
from heatmon.core.quantity import decimal
from heatmon.core.reading import Reading, any_running
from heatmon.core.signals import SignalInfo, Signals
from heatmon.core.spec import Curve, StationSpec
from heatmon.core.spec.energy import Energy

MINUTE_NS: Final = 60 * SECOND
TRAIL_MIN: Final = 31
MEAN_MIN: Final = 15
HOLD_MIN: Final = 15
"""A cause is said when its evidence has stood for a quarter of an hour, and unsaid after another."""
SETTLED_MIN: Final = 30
SOURCE_TAU_S: Final = 3 * 86400.0
ROOMS_TAU_S: Final = 86400.0
"""Rooms that are off for three days are off in this mean by 95 %."""
LEAST_LOAD_K: Final = 4.0
NAMES: Final = (
    "command", "feedback", "t1s", "t1r", "t2s", "t2r", "g1", "g2", "dp1", "setpoint", "out_own", "out_near",
)  # fmt: skip
SIGNALS: Final = ("e", "limited", "balance", "ua", "residual", "source")
WATCHED: Final = {
    "e": "curve.deviation_15min_k",
    "limited": "curve.setpoint_c",
    "balance": "energy.balance_pct",
    "ua": "energy.ua_share_pct",
    "residual": "energy.day_residual_sigma",
    "source": "curve.outdoor_source",
}
FLAGS: Final = tuple(cause for cause in Cause if cause is not Cause.NONE)
OUTPUTS: Final = (
    SignalInfo("causes.code", "1", 0),
    *(SignalInfo(f"causes.{cause.name.lower()}", "1", 0) for cause in FLAGS),
    SignalInfo("causes.valve_gap_pct", "%", 1),
    SignalInfo("causes.source_below_k", "K", 1),
    SignalInfo("causes.difference_ratio", "1", 2),
)


class Trail:
    """The last half hour of each input, by the minute. NaN where it was not good."""

    __slots__ = ("_columns", "_minute")

    def __init__(self) -> None:
        self._columns = {name: array("f", [math.nan]) * TRAIL_MIN for name in NAMES}
        self._minute = -1

    def push(self, minute: int, values: Mapping[str, float | None]) -> None:
        """The values of a minute (rising)."""
        for empty in range(max(self._minute + 1, minute - TRAIL_MIN + 1), minute):
            for column in self._columns.values():
                column[empty % TRAIL_MIN] = math.nan
        for name, column in self._columns.items():
            value = values.get(name)
            column[minute % TRAIL_MIN] = math.nan if value is None else value
        self._minute = minute

    def mean(self, name: str, minutes: int = MEAN_MIN) -> float | None:
        """Mean of the last minutes; None unless all are known."""
        column = self._columns[name]
        total = sum([column[k % TRAIL_MIN] for k in range(self._minute - minutes + 1, self._minute + 1)])
        return None if math.isnan(total) else total / minutes

    def moved(self, name: str) -> float | None:
        """Mean of the last five minutes against that of half an hour ago; None where not known."""
        column, now = self._columns[name], self._minute
        late = sum([column[k % TRAIL_MIN] for k in range(now - 4, now + 1)]) / 5.0
        early = sum([column[k % TRAIL_MIN] for k in range(now - 30, now - 25)]) / 5.0
        return None if math.isnan(late - early) else late - early

    def dump(self) -> dict[str, Any]:
        """State as JSON, about 3 kB."""
        columns = {name: column.tobytes().hex() for name, column in self._columns.items()}
        return {"minute": self._minute, "columns": columns}

    def load(self, state: Mapping[str, Any]) -> None:
        """Take a dumped state over."""
        self._minute = state["minute"]
        for name, text in state["columns"].items():
            if name in self._columns:
                self._columns[name] = array("f", bytes.fromhex(text))


class CauseCheck:
    """Names the most believable cause of what is wrong with the heat, each minute."""

    name = "causes"
    inputs: tuple[str, ...] = ()
    outputs = OUTPUTS

    def __init__(self, spec: StationSpec, curve: Curve, energy: Energy) -> None:
        side, valve = energy.primary, energy.valve
        self._curve = curve
        self._nominal = side.nominal_flow_m3h
        if self._nominal is None and energy.exchanger is not None:
            self._nominal = energy.exchanger.primary_flow_m3h
        water = spec.water
        outdoor = curve.outdoor
        near = outdoor.second or (outdoor.neighbours[0] if outdoor.neighbours else outdoor.forecast)
        self._readings: dict[str, Reading] = {
            "command": Reading(spec, valve.command if valve else None, "share", "%"),
            "feedback": Reading(spec, valve.feedback if valve else None, "share", "%"),
            "setpoint": Reading(spec, valve.setpoint if valve else None),
            "t1s": Reading(spec, side.supply),
            "t1r": Reading(spec, side.return_),
            "t2s": Reading(spec, curve.supply),
            "t2r": Reading(spec, curve.return_),
            "g1": Reading(spec, side.flow, "flow", "m3/h"),
            "g2": Reading(spec, water.circulation if water else None, "flow", "m3/h"),
            "out_own": Reading(spec, outdoor.tag),
            "out_near": Reading(spec, near),
        }
        self._high = Reading(spec, side.supply_pressure, "pressure", "MPa")
        self._low = Reading(spec, side.return_pressure, "pressure", "MPa")
        self._pumps = [Reading(spec, pump) for pump in curve.pumps]
        self._rooms = [Reading(spec, tag) for tag in (curve.room_trim.tags if curve.room_trim else ())]
        self._trail = Trail()
        self._usual_t1s = Exponential(SOURCE_TAU_S)
        self._usual_ratio = Exponential(SOURCE_TAU_S)
        self._rooms_off = Exponential(ROOMS_TAU_S)
        self._slow = (self._usual_t1s, self._usual_ratio, self._rooms_off)
        self._target_c = curve.room_trim.target_c if curve.room_trim else math.nan
        self._running_min = 0
        self._stood = dict.fromkeys(FLAGS, 0)
        self._said: dict[Cause, Evidence] = {}
        self._minute = -1

    def bind(self, signals: Signals) -> None:
        """Learn the table."""
        self._signals = signals
        for reading in (*self._readings.values(), self._high, self._low, *self._pumps, *self._rooms):
            reading.bind(signals)
        self._derived = {name: signals.index.get(signal, -1) for name, signal in WATCHED.items()}
        self._out = tuple(signals.index[info.id] for info in OUTPUTS)

    def feed(self, signal: int, value: float, quality: int, now_ns: int) -> None:
        """Nothing is taken between ticks."""

    def drain(self) -> Sequence[tuple[str, Mapping[str, JsonScalar]]]:
        """Nothing to tell the journal; the alarms do."""
        return ()

    def evidence(self, signal: str) -> Mapping[str, JsonScalar]:
        """The causes that stand now, for alarms on deviation, heat and causes."""
        if not signal.startswith(("curve.", "causes.")) or not self._said:
            return {}
        first = min(self._said)
        numbers = " ".join(f"{name}={decimal(value, 2)}" for name, value in self._said[first].items())
        others = " ".join(cause.name.lower() for cause in sorted(self._said)[1:])
        return {"cause": first.name.lower(), "evidence": numbers, "other_causes": others}

    def tick(self, now_ns: int) -> None:
        """Publish, once a minute."""
        minute = now_ns // MINUTE_NS
        if minute == self._minute:
            return
        self._minute = minute
        values = {name: reading.good() for name, reading in self._readings.items()}
        high, low = self._high.good(), self._low.good()
        values["dp1"] = None if high is None or low is None else high - low
        self._trail.push(minute, values)
        running = any_running(self._pumps)
        self._running_min = self._running_min + 1 if running else 0
        residuals = self._residuals(running, now_ns)
        self._say(dict(diagnose(residuals)))
        self._publish(residuals, now_ns)

    def _computed(self, name: str) -> float | None:
        i = self._derived[name]
        if i < 0 or self._signals.qualities[i] >= FIRST_BAD:
            return None
        value = self._signals.values[i]
        return value if math.isfinite(value) else None

    def _residuals(self, running: bool | None, now_ns: int) -> Residuals:
        mean, e = self._trail.mean, self._computed("e")
        settled = self._running_min >= SETTLED_MIN
        command, feedback, t1s = mean("command"), mean("feedback"), mean("t1s")
        found = Residuals(
            running=settled if running else running, e_k=e, command_pct=command, feedback_pct=feedback
        )
        if command is not None and feedback is not None:
            found.valve_gap_pct = command - feedback
        found.valve_moved_pct = self._trail.moved("command")
        flow, moved = mean("g1"), self._trail.moved("g1")
        if flow is not None and self._nominal is not None:
            found.primary_flow_share = flow / self._nominal
        if flow is not None and moved is not None and flow > 0.0:
            found.flow_moved = moved / flow
        found.available_mpa = mean("dp1")
        found.t1s_c, found.t1r_c, found.t2s_c, found.t2r_c = t1s, mean("t1r"), mean("t2s"), mean("t2r")
        found.source_k = self._source_k(t1s, e, now_ns)
        found.balance_pct = self._computed("balance") if settled else None
        self._outdoor(found)
        found.difference_ratio = self._difference_ratio(found, settled, now_ns)
        found.ua_share_pct = self._computed("ua")
        setpoint, limited = mean("setpoint"), self._computed("limited")
        if setpoint is not None and limited is not None and settled:
            found.setpoint_off_k = setpoint - limited
        rooms = [room for one in self._rooms if (room := one.good()) is not None]
        if rooms:
            self._rooms_off.update(median(rooms) - self._target_c, now_ns)
            found.rooms_off_k = self._rooms_off.value
        found.demand_sigma = self._computed("residual")
        return found

    def _source_k(self, t1s: float | None, e: float | None, now_ns: int) -> float | None:
        """How far the primary supply is below what it usually is; learned only while the supply is kept."""
        if t1s is None:
            return None
        if e is not None and abs(e) < 2.0:
            self._usual_t1s.update(t1s, now_ns)
        usual = self._usual_t1s.value
        return None if usual is None else usual - t1s

    def _outdoor(self, found: Residuals) -> None:
        own, near, source = (
            self._trail.mean("out_own"),
            self._trail.mean("out_near"),
            self._computed("source"),
        )
        if own is not None and near is not None:
            found.outdoor_apart_k = own - near
            found.outdoor_suspect = abs(own - near) > 4.0
        # Another source than the own sensor is taken while the own one still answers.
        found.outdoor_suspect |= source in (1.0, 2.0, 3.0)

    def _difference_ratio(self, found: Residuals, settled: bool, now_ns: int) -> float | None:
        """Secondary ΔT for each K of load, over what it usually is; learned slowly."""
        outdoor, own = self._curve_room(), self._trail.mean("out_own")
        if not settled or own is None or found.t2s_c is None or found.t2r_c is None:
            return None
        load = outdoor - own
        if load < LEAST_LOAD_K or found.e_k is None or abs(found.e_k) > 5.0:
            return None
        each = (found.t2s_c - found.t2r_c) / load
        usual = self._usual_ratio.value
        if usual is None or 0.8 < each / usual < 1.2:
            self._usual_ratio.update(each, now_ns)
            usual = self._usual_ratio.value
        return each / usual if usual is not None and usual > 0.02 else None

    def _curve_room(self) -> float:
        return float(getattr(self._curve, "room_c", 18.0))

    def _say(self, found: Mapping[Cause, Evidence]) -> None:
        for cause in FLAGS:
            if cause in found:
                self._stood[cause] = min(2 * HOLD_MIN, self._stood[cause] + 1)
                if self._stood[cause] >= HOLD_MIN:
                    self._stood[cause] = 2 * HOLD_MIN
                    self._said[cause] = found[cause]
            else:
                self._stood[cause] = max(0, self._stood[cause] - 1)
                if self._stood[cause] < HOLD_MIN:
                    self._said.pop(cause, None)

    def _publish(self, residuals: Residuals, now_ns: int) -> None:
        put, out = self._signals.put, self._out
        put(out[0], float(min(self._said, default=Cause.NONE)), GOOD, now_ns)
        for k, cause in enumerate(FLAGS, 1):
            put(out[k], float(cause in self._said), GOOD, now_ns)
        rest = (residuals.valve_gap_pct, residuals.source_k, residuals.difference_ratio)
        for signal, value in zip(out[len(FLAGS) + 1 :], rest, strict=True):
            if value is None:
                put(signal, math.nan, Quality.NO_INPUT, now_ns)
            else:
                put(signal, value, GOOD, now_ns)

    def dump(self) -> Mapping[str, Any]:
        """State for the checkpoint, about 4 kB."""
        return {
            "trail": self._trail.dump(),
            "usual": [[one.value, one.time_ns] for one in self._slow],
            "running": self._running_min,
            "stood": [self._stood[cause] for cause in FLAGS],
            "said": {str(int(cause)): dict(evidence) for cause, evidence in self._said.items()},
            "minute": self._minute,
        }

    def load(self, state: Mapping[str, Any]) -> tuple[str, ...]:
        """Take a dumped state over."""
        if "trail" not in state:
            return ()
        self._trail.load(state["trail"])
        for one, (value, time_ns) in zip(self._slow, state["usual"], strict=True):
            one.value, one.time_ns = value, time_ns
        self._running_min, self._minute = state["running"], state["minute"]
        if len(state["stood"]) == len(FLAGS):
            self._stood = dict(zip(FLAGS, state["stood"], strict=True))
            self._said = {Cause(int(code)): evidence for code, evidence in state["said"].items()}
        return ()

    def take_over(self, previous: Calculator) -> tuple[str, ...]:
        """Go on from the calculator under the settings before a reload."""
        return self.load(previous.dump())
