"""The whole square state × event × overlay, generated against the rules as a person reads them."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations, product
from typing import Any

import pytest

from heatmon.core.alarm import AlarmPoint, LevelInfo
from heatmon.core.condition import NEVER, Watch
from heatmon.core.input import JsonScalar
from heatmon.core.lifecycle import ACTIVE, State, Trigger, next_state
from heatmon.core.overlay import FRESH_DELAY, SILENCING, Overlay
from heatmon.core.quality import GOOD
from heatmon.core.signals import SignalInfo, Signals

SECOND = 1_000_000_000
DELAY = 5 * SECOND
SETS = [frozenset(one) for size in range(5) for one in combinations(Overlay, size)]
EVENTS = ("on", "off", "ack", "reset", "realarm")


class Bench:
    """One alarm above 1, on-delay 5 s, with everything it says."""

    def __init__(self, *, latching: bool = False) -> None:
        self.table = Signals([SignalInfo("x", "1", 1)])
        watch = Watch(1.0, 1.0, 1.0, DELAY, 0, hard=True, safe=False)
        info = LevelInfo("H", "P1", 1.0, "1")
        self.point = AlarmPoint("A", {"en": "a", "zh": "a"}, (0,), -1, (watch,), (info,), latching=latching)
        self.now = 0
        self.said: list[tuple[str, Mapping[str, JsonScalar]]] = []

    def emit(self, code: str, fields: Mapping[str, JsonScalar]) -> None:
        self.said.append((code, dict(fields)))

    def value(self, value: float) -> None:
        self.table.put(0, value, GOOD, self.now)
        self.point.update(self.table, self.now, self.emit)

    def wait(self, ns: int) -> None:
        """Let time pass, firing what is due at its own time."""
        until = self.now + ns
        while (due := self.point.deadline()) <= until:
            self.now = max(self.now, due)
            self.point.pass_time(self.table, self.now, self.emit)
        self.now = until

    def on(self) -> None:
        self.value(2.0)
        self.wait(DELAY)

    def off(self) -> None:
        self.value(0.0)

    def ack(self) -> bool:
        return self.point.acknowledge(self.table, self.now, self.emit)

    def reach(self, state: State) -> None:
        """Bring the alarm into a base state, as a plant and a person would."""
        if state is not State.NORM:
            self.on()
        if state in (State.ACKED, State.LAT_A):
            self.ack()
        if state in (State.RTNUN, State.LAT_U, State.LAT_A):
            self.off()
        assert self.point.state is state
        self.said.clear()

    def cover(self, overlays: frozenset[Overlay]) -> None:
        for overlay in sorted(overlays):
            assert self.point.cover(overlay, self.now)
            assert not self.point.cover(overlay, self.now)

    def uncover(self, overlay: Overlay) -> None:
        assert self.point.uncover(overlay, self.table, self.now, self.emit)

    @property
    def announced(self) -> list[str]:
        """What people are told: the rest is recorded and marked."""
        return [
            code.removeprefix("alarm.")
            for code, fields in self.said
            if "silent" not in fields and code in ("alarm.raised", "alarm.reannounced")
        ]


def bench(state: State) -> Bench:
    made = Bench(latching=state in (State.LAT_U, State.LAT_A))
    made.reach(state)
    return made


def happen(one: Bench, event: str) -> Trigger:
    """Let an event happen; the trigger that the base table knows it by."""
    if event == "on":
        one.on()
        return Trigger.ON
    if event == "off":
        one.off()
        return Trigger.OFF_LATCHED if one.point.latching else Trigger.OFF
    if event == "ack":
        one.ack()
        return Trigger.ACK
    if event == "reset":
        one.point.reset(one.table, one.now, one.emit)
        return Trigger.RESET
    one.wait(1800 * SECOND)
    return Trigger.REALARM


@pytest.mark.parametrize("overlays", SETS, ids=lambda s: "+".join(sorted(s)) or "none")
@pytest.mark.parametrize(("state", "event"), list(product(State, EVENTS)))
def test_the_base_machine_runs_on_underneath_and_nobody_hears_it(
    state: State, event: str, overlays: frozenset[Overlay]
) -> None:
    one = bench(state)
    one.cover(overlays)
    before = one.point.state
    trigger = happen(one, event)
    expected, _ = next_state(before, trigger)
    silent = not SILENCING.isdisjoint(overlays)
    if trigger in (Trigger.ON, Trigger.OFF, Trigger.OFF_LATCHED) and (before in ACTIVE) == (
        trigger is Trigger.ON
    ):
        expected = before  # no edge: the condition was so already
    if trigger is Trigger.REALARM and silent:
        expected = before  # the timer stands still
    assert one.point.state is expected
    if silent:
        assert one.announced == []
        assert all(fields.get("silent") for _, fields in one.said)
    for _, fields in one.said:
        assert fields.get("test", False) == (Overlay.TEST in overlays)


@pytest.mark.parametrize("overlay", list(Overlay))
@pytest.mark.parametrize("state", list(State))
def test_the_end_of_one_overlay(state: State, overlay: Overlay) -> None:
    """Rows 15, 16, 17 and 17a: it was in this state before, and still is at the end."""
    one = bench(state)
    one.cover(frozenset({overlay}))
    one.wait(60 * SECOND)
    one.said.clear()
    one.uncover(overlay)
    if overlay in FRESH_DELAY and state in ACTIVE:
        assert (one.point.state, one.announced) == (state, [])
        one.wait(DELAY - 1)
        assert one.announced == []
        one.wait(1)
    if state in ACTIVE:
        assert (one.point.state, one.announced) == (State.UNACK, ["reannounced"])
    else:
        assert (one.point.state, one.announced) == (state, [])


@pytest.mark.parametrize("overlay", sorted(SILENCING))
def test_what_began_silently_and_stands_is_announced_at_the_end(overlay: Overlay) -> None:
    one = bench(State.NORM)
    one.cover(frozenset({overlay}))
    one.on()
    one.ack()
    assert one.announced == []
    one.uncover(overlay)
    one.wait(DELAY)
    # Never silently acknowledged.
    assert (one.point.state, one.announced) == (State.UNACK, ["reannounced"])


@pytest.mark.parametrize(("overlay", "state"), list(product(sorted(SILENCING), (State.NORM, State.UNACK))))
def test_what_returned_within_a_suppression_is_closed_only_if_it_lay_wholly_within(
    overlay: Overlay, state: State
) -> None:
    one = bench(state)
    one.wait(SECOND)
    one.cover(frozenset({overlay}))
    if state is State.NORM:
        one.wait(SECOND)
        one.on()
    one.off()
    assert one.point.state is State.RTNUN
    one.said.clear()
    one.uncover(overlay)
    one.wait(DELAY)
    closed = overlay in FRESH_DELAY and state is State.NORM
    assert one.point.state is (State.NORM if closed else State.RTNUN)
    assert [code for code, _ in one.said] == (["alarm.closed"] if closed else [])


def test_a_condition_that_ends_within_the_fresh_delay_is_never_told() -> None:
    one = bench(State.NORM)
    one.cover(frozenset({Overlay.SUPPRESSED}))
    one.on()
    one.uncover(Overlay.SUPPRESSED)
    one.wait(2 * SECOND)
    one.off()
    one.wait(60 * SECOND)
    assert one.announced == []
    assert one.point.state is State.NORM
    assert one.point.deadline() == NEVER


@pytest.mark.parametrize("order", list(combinations(sorted(SILENCING), 2)))
def test_only_the_last_silencing_overlay_announces(order: tuple[Overlay, Overlay]) -> None:
    one = bench(State.UNACK)
    one.cover(frozenset({*order, Overlay.TEST}))
    one.uncover(order[0])
    one.wait(60 * SECOND)
    one.uncover(Overlay.TEST)
    one.wait(60 * SECOND)
    assert one.announced == []
    one.uncover(order[1])
    one.wait(60 * SECOND)
    assert one.announced == ["reannounced"]


@pytest.mark.parametrize("overlays", SETS, ids=lambda s: "+".join(sorted(s)) or "none")
@pytest.mark.parametrize("state", list(State))
def test_the_checkpoint_holds_every_state_under_every_overlay(
    state: State, overlays: frozenset[Overlay]
) -> None:
    one = bench(state)
    one.cover(overlays)
    twin = Bench(latching=one.point.latching)
    kept = one.point.dump()
    if kept is None:
        assert (state, overlays) == (State.NORM, frozenset())
        return
    twin.point.load(kept)
    twin.now, twin.table = one.now, one.table
    assert twin.point.dump() == kept
    for bench_ in (one, twin):
        bench_.said.clear()
        for overlay in sorted(overlays):
            bench_.uncover(overlay)
        bench_.wait(2 * DELAY)
    assert twin.said == one.said
    assert twin.point.dump() == one.point.dump()


def test_a_calm_alarm_sleeps_under_any_overlay() -> None:
    """The hot path does not pay: nothing of an overlay wakes an alarm that is normal."""
    for overlays in SETS:
        one = Bench()
        one.off()
        assert not one.point.awake
        one.cover(overlays)
        assert not one.point.awake
        assert one.point.deadline() == NEVER


def shown(one: Bench) -> Any:
    return one.point.shown()["overlays"]


def test_lists_show_what_lies_over_an_alarm() -> None:
    one = bench(State.UNACK)
    one.cover(frozenset({Overlay.SHELVED, Overlay.TEST}))
    assert shown(one) == ["shelved", "test"]
